"""Find words and turns in docs, comments and docstrings that should be plain English.

    python scripts/utilities/check_prose.py              # everything in this checkout; part of `make lint`
    python scripts/utilities/check_prose.py README.md    # single files

docs/prose.tsv has the patterns, each with what to write instead and an example. Every hit is printed as
`file:line: text: what to write instead`. Exits with 1 if there is one.

It searches Markdown and HTML files without their code, the comments and docstrings of Python files and rules, and the
comments of YAML files. In config/ it also searches the values, which hold descriptions. Values under resources/ are
data, such as prompts, and are not searched.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PATTERNS = ROOT / "docs/prose.tsv"
SEARCHED = (
    "*.md",
    "docs/**/*.md",
    "scripts/**/*.py",
    "Snakefile",
    "rules/*.smk",
    "config/*.yaml",
    "resources/*.md",
    "resources/*.html",
    "resources/report/*.html",
    "resources/*.yaml",
)
BREAK = r"(?: +|\n)"  # a space in a pattern also matches a line end, but not an empty line
EDGES = re.compile(r"[ \t]*\n[ \t]*")
FENCED = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)[^\n]*$", re.MULTILINE | re.DOTALL)
JINJA = re.compile(r"\{%.*?%\}", re.DOTALL)
INDENTED = re.compile(r"(?<=\n\n)(?: {4}|\t)[^\n]*(?:\n+(?: {4}|\t)[^\n]*)*")
SPAN = re.compile(r"`[^`\n]*`")
# Instead of tokenize, which takes more than half of the time. A docstring is a string
# that has its lines for itself.
PYTHON = re.compile(
    r"""(?P<docstring>(?<![^\n])[ ]*\"""(?:[^"\\]|\\.|"(?!""))*\"""(?=[ ]*(?:\n|\#|$)))"""
    r"""|(?P<string>\"""(?:[^\\]|\\.)*?\"""|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<comment>\#[^\n]*)""",
    re.DOTALL,
)
YAML_COMMENT = re.compile(r"(?:^|\s)#(.*)")


class Pattern(NamedTuple):
    """A turn to avoid, and what to write instead."""

    search: re.Pattern[str]
    instead: str
    example: str


class Hit(NamedTuple):
    """A turn that was found: the line (from 1) where it starts, and its text."""

    line: int
    text: str
    instead: str


def main() -> None:
    arguments = parse_arguments()
    patterns = read_patterns(PATTERNS)
    files = arguments.files or [file for glob in SEARCHED for file in sorted(ROOT.glob(glob))]
    count = 0
    for file in files:
        for hit in hits_in(file, patterns):
            name = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
            print(f"{name}:{hit.line}: {hit.text!r}: {hit.instead}")
            count += 1
    if count:
        sys.exit(f"{count} turns of phrase to change; docs/prose.tsv has the list")


def read_patterns(path: Path) -> list[Pattern]:
    """The rows of the table. A pattern is a regular expression; case does not matter."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [Pattern(compiled(row["pattern"]), row["instead"], row["example"]) for row in rows]


def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", BREAK), re.IGNORECASE)


def hits_in(file: Path, patterns: list[Pattern]) -> list[Hit]:
    """The hits in one file, in the order of its lines."""
    found = []
    for first, text in prose(file):
        text = EDGES.sub("\n", text)
        starts = [0] + [match.end() for match in re.finditer("\n", text)]
        for pattern in patterns:
            for match in pattern.search.finditer(text):
                line = first + bisect_right(starts, match.start()) - 1
                found.append(Hit(line, " ".join(match[0].split()), pattern.instead))
    return sorted(found)


def prose(file: Path) -> Iterator[tuple[int, str]]:
    """(number of its first line, text) of every piece of prose in a file; code in it is blanked out."""
    if file.suffix in (".py", ".smk", ""):
        yield from python_prose(file)
        return
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".yaml" and "config" not in file.parts:
        text = "\n".join(
            match[1] if (match := YAML_COMMENT.search(line)) else "" for line in text.split("\n")
        )
    elif file.suffix == ".yaml":
        text = re.sub(r"^ *# ?", "", text, flags=re.MULTILINE)
    elif file.suffix == ".md":
        text = INDENTED.sub(blanked, FENCED.sub(blanked, text))
    yield 1, SPAN.sub(blanked, JINJA.sub(blanked, text))


def python_prose(file: Path) -> Iterator[tuple[int, str]]:
    """Docstrings, and comments; comments on adjacent lines are one text."""
    text = file.read_text(encoding="utf-8")
    comments: list[str] = []
    first = last = at = 0
    line = 1
    for match in PYTHON.finditer(text):
        line, at = line + text.count("\n", at, match.start()), match.start()
        if match["docstring"]:
            yield line, SPAN.sub(blanked, match[0])
        if not match["comment"]:
            continue
        if line != last + 1:
            if comments:
                yield first, SPAN.sub(blanked, "\n".join(comments))
            comments, first = [], line
        comments.append(match[0].lstrip("# "))
        last = line
    if comments:
        yield first, SPAN.sub(blanked, "\n".join(comments))


def blanked(match: re.Match[str]) -> str:
    """The match with every character but line ends replaced, so that lines keep their numbers."""
    return re.sub(r"[^\n]", "·", match[0])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="files to check; by default all that have prose")
    return parser.parse_args()


if __name__ == "__main__":
    main()
