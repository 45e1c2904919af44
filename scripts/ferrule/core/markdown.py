"""Markdown for cards and reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def table(names: list[str], rows: Iterable[list]) -> str:
    """A table; whole numbers with separators, bars in a text escaped."""
    lines = [names, ["---"] * len(names), *([_cell(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return " ".join(str(value).split()).replace("|", "\\|")


def ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Most frequent first; those of one count by name."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in ranked(counts))
