"""Markdown for cards and reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

TAG = re.compile(r"<(?=[A-Za-z/!?])")  # what Markdown reads as HTML; `a < b` and `<|end|>` are text


def table(names: list[str], rows: Iterable[list]) -> str:
    """A table, each cell written by `cell`."""
    return "\n".join([row(names), row(["---"] * len(names)), *map(row, rows)])


def row(values: Iterable[object]) -> str:
    """One line of a table."""
    return f"| {' | '.join(map(cell, values))} |"


def cell(value: object) -> str:
    """A table cell: integers with thousands separators, text on one line that cannot end the cell."""
    if isinstance(value, int):
        return f"{value:,}"
    # Some readers take `\\|` for a backslash and the end of the cell: backslashes before a bar are doubled.
    return re.sub(r"(\\*)\|", r"\1\1\\|", inline(value))


def inline(value: object) -> str:
    """Text in a sentence or heading: on one line, and no HTML."""
    return TAG.sub(r"\\<", " ".join(str(value).split()))


def code(value: object) -> str:
    """A code span on one line, with a fence that no run of backticks in the text closes."""
    text = " ".join(str(value).split())
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence, space = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{space}{text}{space}{fence}"


def ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Most frequent first; those of one count by name."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in ranked(counts))
