"""The pieces of a file that questions are about: items of Rust, definitions where there is a grammar, else lines.

    for piece in cut("rust", source, Limits(max_lines=200, max_chars=8000)):
        source[piece.start:piece.end]

Rust is cut by the dataset's chunker, and a piece has the context that the dataset's tasks show, from its own file:
a change of one file changes no piece of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node, Parser

from ferrule.core.schemas import CHUNKS
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.qa.languages import grammar
from ferrule.rust import syntax
from ferrule.tasks.context import Crate

ITEMS = ("function", "method", "struct", "enum", "union", "trait", "macro")
TOO_FEW = 80  # characters without whitespace: a shorter piece gives no question
JOINED_LINES, JOINED_CHARS = 60, 4000  # neighbouring definitions and lines are joined up to this
CONTEXT_CHARS = 3000


@dataclass(frozen=True)
class Limits:
    max_lines: int = 200
    max_chars: int = 8000


@dataclass(frozen=True)
class Piece:
    """A span of bytes, the item's name where it has one, and Rust text that goes with it."""

    start: int
    end: int
    name: str = ""
    context: str = ""


def cut(language: str, source: bytes, limits: Limits) -> list[Piece]:
    """The pieces of a file in their order. `source` is UTF-8."""
    if language == "rust":
        found = rust_pieces(source, limits)
    elif parsed := grammar(language):
        found = list(
            joined(source, list(definitions(Parser(parsed).parse(source).root_node, source, limits)))
        )
    else:
        found = list(joined(source, list(paragraphs(source, 0, len(source), limits))))
    return [piece for piece in found if long_enough(source[piece.start : piece.end])]


def long_enough(code: bytes) -> bool:
    return len(b"".join(code.split())) >= TOO_FEW


def rust_pieces(source: bytes, limits: Limits) -> list[Piece]:
    """The items of a Rust file that the dataset's chunker offers, with their documentation."""
    chunks = Chunks("", max_lines=limits.max_lines, max_chars=limits.max_chars)
    chunk_file(chunks, "", source, syntax.parse(source))
    rows = [dict(zip(CHUNKS.names, row, strict=True)) for row in chunks.rows]
    file = Crate(rows)
    found = []
    for row in rows:
        if row["reason"] or row["kind"] not in ITEMS:
            continue
        name = f"{row['owner']}::{row['name']}" if row["owner"] else row["name"]
        found.append(Piece(row["outer"], row["end"], name, context_of(file, row)))
    return found


def context_of(file: Crate, row: dict) -> str:
    """The definitions of the file that an item uses, as far as there is room; the head of its impl."""
    context = file.context(row, CONTEXT_CHARS) if row["kind"] in ("function", "method") else None
    parts = [context.before()] if context else []
    if row["header"]:
        parts.append(f"{row['header']} {{ .. }}")
    return "\n\n".join(part for part in parts if part)


def definitions(node: Node, source: bytes, limits: Limits) -> Iterator[Piece]:
    """The largest nodes below `node` that are within the limits; a leaf that is not is cut by lines."""
    for child in node.children:
        start, end = child.start_byte, child.end_byte
        if fits(source, start, end, limits):
            yield Piece(start, end, name_of(child, source))
        elif child.child_count:
            yield from definitions(child, source, limits)
        else:
            yield from paragraphs(source, start, end, limits)


def name_of(node: Node, source: bytes) -> str:
    """The name of a definition: a node that has a body as well."""
    name = node.child_by_field_name("name")
    if name is None or node.child_by_field_name("body") is None:
        return ""
    return source[name.start_byte : name.end_byte].decode(errors="replace")


def fits(source: bytes, start: int, end: int, limits: Limits) -> bool:
    return end - start <= limits.max_chars and source.count(b"\n", start, end) < limits.max_lines


def paragraphs(source: bytes, start: int, end: int, limits: Limits) -> Iterator[Piece]:
    """Spans of whole lines within the limits, cut at blank lines where there are some."""
    lines = [
        (found.start() + start, found.end() + start)
        for found in re.finditer(rb"[^\n]*(?:\n|$)", source[start:end])
    ]
    first = last = None
    for begin, stop in lines:
        blank = not source[begin:stop].strip()
        if first is not None and (blank or not fits(source, first, stop, limits)):
            yield Piece(first, last or stop)
            first = last = None
        if not blank:
            first, last = begin if first is None else first, stop
    if first is not None and last is not None:
        yield Piece(first, last)


def joined(source: bytes, pieces: list[Piece]) -> Iterator[Piece]:
    """Small neighbours as one piece: a line of its own says nothing. A definition that is long enough stays alone."""
    limits = Limits(JOINED_LINES, JOINED_CHARS)
    group: list[Piece] = []
    alone = False
    for piece in pieces:
        before, alone = alone, bool(piece.name) and long_enough(source[piece.start : piece.end])
        if group and (before or alone or not fits(source, group[0].start, piece.end, limits)):
            yield as_one(group)
            group = []
        group.append(piece)
    if group:
        yield as_one(group)


def as_one(group: list[Piece]) -> Piece:
    names = [piece.name for piece in group if piece.name]
    return Piece(group[0].start, group[-1].end, names[0] if len(names) == 1 else "")
