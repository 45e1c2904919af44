"""The commands that the documentation shows: those of indented blocks, of fences, and of code spans in the text."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import yaml

from ferrule.core.yaml_files import parse_yaml, read_yaml

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Programs that a reader has and this machine may not have.
ELSEWHERE = set(
    "accelerate apptainer cargo docker git jq pip pre-commit rustup sudo tensorboard vllm".split()
)
# A code span is a command if it has one of these and something behind it.
IN_THE_TEXT = re.compile(
    r"`((?:[A-Z]+=\S+ )?(?:snakemake|make|python|\.ci/run|envs/bootstrap\.sh)(?: [^`]+)?)`"
)


@dataclass(frozen=True)
class Command:
    page: str
    line: int
    text: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text, comments=True)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


def commands_of(page: Path) -> list[Command]:
    name, text = page.relative_to(ROOT).as_posix(), page.read_text()
    found = []
    for line, block in blocks(text):
        lines = joined(block)
        # Data, configuration and Rust have no line that could be typed into a shell.
        if any(map(like_a_command, (each for _, each in lines))):
            found += [Command(name, line + n, each) for n, each in lines if not each.startswith("#")]
    for match in IN_THE_TEXT.finditer(text):
        found.append(Command(name, text.count("\n", 0, match.start()) + 1, " ".join(match[1].split())))
    return found


def settings_of(page: Path) -> dict:
    """The sections of the configuration that the page shows, one laid over the other."""
    known = read_yaml(ROOT / "config/config.yaml").keys()
    found: dict = {}
    for _, block in blocks(page.read_text()):
        try:
            content = parse_yaml("\n".join(block))
        except yaml.YAMLError:
            continue
        if isinstance(content, dict) and content.keys() <= known:
            lay_over(found, content)
    return found


def lay_over(below: dict, above: dict) -> None:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            lay_over(below[key], value)
        else:
            below[key] = value


def blocks(text: str) -> list[tuple[int, list[str]]]:
    """(number of its first line, its lines without their common indent) of each indented block and each fence."""
    found, block, fence, first, before = [], [], "", 0, ""
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if mark := re.match(r"\s*(```+|~~~+)", line):
            fence = "" if fence else mark[1]
            inside = False
        else:
            inside = bool(fence) or (line.startswith("    ") and (bool(block) or not before.strip()))
        if inside:
            first = first if block else number
            block.append(line)
        elif block:
            indent = min(len(each) - len(each.lstrip()) for each in block if each.strip())
            found.append((first, [each[indent:].rstrip() for each in block]))
            block = []
        before = line
    return found


def joined(block: list[str]) -> list[tuple[int, str]]:
    """The lines with their numbers in the block; one that ends with a backslash or in a quotation goes on."""
    found, start, text = [], 0, ""
    for number, line in enumerate(block):
        start = start if text else number
        text = f"{text}{line}"
        if text.endswith("\\"):
            text = text[:-1].rstrip() + " "
        elif text.count("'") % 2 == 0:
            found += [(start, text)] if text.strip() else []
            text = ""
        else:
            text += "\n"
    return found


def like_a_command(line: str) -> bool:
    """Its first word is a program of this machine or of the checkout, or an option stands behind a plain word."""
    first = re.match(r"(?:[A-Z_]+=\S* )*([\w./-]+)(?= |$)", line)
    if not first:
        return False
    word = first[1]
    if word in ("from", "import"):  # of Python; ImageMagick has a program of that name
        return False
    return bool(
        word in ELSEWHERE
        or (shutil.which(word) and re.match(r"[a-z]", word))
        or ("/" in word and (ROOT / word).is_file() and (ROOT / word).stat().st_mode & 0o100)
        or re.match(r"[a-z][\w.-]*(?: [\w./]+)* --?[a-z]", line)
    )
