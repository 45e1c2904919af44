"""The examples of documentation: which code blocks are tests, as rustdoc decides, and their code."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from ferrule.rust.syntax import multiline_string

FENCE = re.compile(r"\s*(```+|~~~+)\s*(.*?)\s*$")
RUST = frozenset(("", "rust", "edition2018", "edition2021", "edition2024"))


@dataclass(frozen=True)
class Example:
    """A doctest that compiles, runs and ends. `shown` is what a reader sees, `whole` has the hidden lines too."""

    shown: str
    whole: str


def examples(docs: str) -> list[Example]:
    """The examples of a documentation text, without those that must not run or have to fail."""
    found: list[Example] = []
    lines: list[str] = []
    fence, wanted = "", False
    for line in docs.split("\n"):
        mark = FENCE.match(line)
        if mark and not fence:
            words = {word.strip().lower() for word in re.split(r"[,\s]+", mark[2])}
            fence, lines, wanted = mark[1], [], words <= RUST
        elif mark and mark[1].startswith(fence) and not mark[2]:
            if wanted and lines:
                found.append(Example(shown_of(lines), "\n".join(map(bare, lines))))
            fence = ""
        elif fence:
            lines.append(line)
    return found


def hidden(line: str) -> bool:
    return re.match(r"\s*#(?:\s|$)", line) is not None


def bare(line: str) -> str:
    """A line as the compiler gets it: without the mark that hides it, `##` for a line that begins with `#`."""
    if hidden(line):
        return re.sub(r"#\s?", "", line, count=1)
    return re.sub(r"^(\s*)##", r"\1#", line)


def shown_of(lines: list[str]) -> str:
    kept = [bare(line) for line in lines if not hidden(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


# What a reader of an example has to write as well, though the page does not show it.
AROUND = re.compile(
    r"\s*(?:use\s[^;]*;|extern crate \w+;|fn main\(\)[^{]*\{|\}|(?:Ok|Some)(?:::<.*>)?\(\(\)\);?)?\s*$"
)
MAIN = re.compile(r"\s*(?:pub\s+)?fn main\(")


def standing_alone(shown: str, whole: str) -> str:
    """The example with the hidden lines that it needs to compile; empty if they say more than a reader can guess.

    Hidden lines may import and open a function; what they define or compute belongs to the page's author.
    """
    visible = Counter(line.strip() for line in shown.split("\n"))
    lines, main, has_hidden = [], False, False
    for line in whole.split("\n"):
        if visible[line.strip()]:
            visible[line.strip()] -= 1
            lines.append(f"    {line}".rstrip() if main and not line.startswith("    ") else line)
            continue
        if not AROUND.match(line):
            return ""
        has_hidden |= bool(line.strip())
        closing = line.strip() == "}"
        lines.append(f"    {line}" if main and line.strip() and not closing else line)
        main = (main or bool(MAIN.match(line))) and not closing
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") if has_hidden else shown
    alone = MAIN.search(text) or not re.search(r"\?[;.)\s]|\?$|^\s*Ok\b", text, re.MULTILINE)
    return text if alone and not (has_hidden and multiline_string(text)) else ""


def as_module(name: str, whole: str) -> str:
    """The example as a module with one test, the way rustdoc wraps it."""
    attributes = "\n".join(line for line in whole.split("\n") if line.startswith("#!["))
    body = "\n".join(line for line in whole.split("\n") if not line.startswith("#!["))
    if re.search(r"^\s*(?:pub\s+)?fn main\s*\(", body, re.MULTILINE):
        inner = f"{body}\n#[test]\nfn run() {{ let _ = main(); }}"
    elif re.search(r"^\s*(?:Ok::<|Some::<|Ok\(\(\)\))", body, re.MULTILINE):
        result = re.search(r"Ok::<\(\), (.*)>\(\(\)\)\s*;?\s*$", body.rstrip())
        kind = result[1] if result else "Box<dyn std::error::Error>"
        inner = f"#[test]\nfn run() {{ fn inner() -> Result<(), {kind}> {{\n{body}\n}} inner().unwrap() }}"
    else:
        inner = f"#[test]\nfn run() {{\n{body}\n}}"
    return f"#[allow(warnings)]\nmod {name} {{\n{attributes}\n{inner}\n}}\n"
