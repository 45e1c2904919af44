"""Which rows a run takes: one set of filters for every source, and the first that hits is the reason.

    vendor_path       a folder target, vendor, node_modules or __pycache__, or the file Cargo.lock
    test_file         a folder tests or test; or test functions or modules in the code
    example_file      a folder examples or example
    bench_file        a folder benches or bench; or bench functions in the code
    too_short         fewer characters of prompt and answer than min_chars, or no answer at all
    too_long          more than max_chars
    not_idiomatic     too few signs of idiomatic code for those of poor code (ferrule.rust.idiomatic)
    no_documentation  no doc comment, neither in the answer nor in the prompt

All but the folders is told from the row's own text, so that a row fares the same in whatever file it comes. What a
dataset says of its rows in columns of its own (`_documented`, `_idiomatic`) speaks of the item in its crate, not of
what the row shows, and is not asked.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, fields
from functools import partial
from itertools import islice
from typing import NamedTuple

from tree_sitter import Node, Query, QueryCursor

from ferrule.rust.answer_tree import before_endless
from ferrule.rust.fences import fences
from ferrule.rust.idiomatic import NOTHING, Signs, look
from ferrule.rust.syntax import COMMENTS, LANGUAGE, parse
from ferrule.training.sources import Row

VENDOR = frozenset(("target", "vendor", "node_modules", "__pycache__"))
TESTS, EXAMPLES, BENCHES = ({"tests", "test"}, {"examples", "example"}, {"benches", "bench"})
# Outside of a fence a prompt is prose with code in it; only a line that begins so is surely a doc comment.
DOC_LINE = re.compile(r"^[ \t]*(?:///(?!/)|//!|/\*\*(?![*/]))", re.MULTILINE)
DOC_MARK = re.compile(r"///|//!|/\*[*!]|\bdoc\b")
FAULTS = Query(LANGUAGE, "(ERROR) @fault")
BROKEN = 50_000  # characters that are looked at where they are no Rust: 5 seconds at the very most
BATCH = 256  # rows that a process is given at a time
FEW = 1000  # rows that are parsed before other processes are started


@dataclass(frozen=True)
class Filters:
    """The section `filters` of a run. Tokens are counted later, with the model's own (scripts/train/pack_rows.py)."""

    min_chars: int = 64
    max_chars: int | None = 200_000
    exclude_tests: bool = True
    exclude_examples: bool = False
    exclude_benches: bool = True
    prefer_idiomatic: bool = False
    prefer_documented: bool = False
    idiomatic_ratio: float = 2.0

    @classmethod
    def of(cls, settings: dict) -> Filters:
        return cls(**{field.name: settings[field.name] for field in fields(cls) if field.name in settings})


class Verdict(NamedTuple):
    reason: str  # "" for a row that is kept
    documented: bool
    idiomatic: bool


def judge(row: Row, filters: Filters) -> Verdict:
    signs = signs_of(row.prompt, row.gen)
    idiomatic = signs.is_idiomatic(filters.idiomatic_ratio)
    return Verdict(reason(row, filters, signs, idiomatic), signs.documented, idiomatic)


def reason(row: Row, filters: Filters, signs: Signs, idiomatic: bool) -> str:
    """The first reason to leave the row out, or ""."""
    *folders, name = (row.file or "").replace("\\", "/").split("/")
    within = set(folders)
    size = len(row.prompt) + len(row.gen)
    if within & VENDOR or name == "Cargo.lock":
        return "vendor_path"
    if filters.exclude_tests and (within & TESTS or signs.test):
        return "test_file"
    if filters.exclude_examples and within & EXAMPLES:
        return "example_file"
    if filters.exclude_benches and (within & BENCHES or signs.bench):
        return "bench_file"
    if size < filters.min_chars or not row.gen.strip():
        return "too_short"
    if filters.max_chars is not None and size > filters.max_chars:
        return "too_long"
    if filters.prefer_idiomatic and not idiomatic:
        return "not_idiomatic"
    if filters.prefer_documented and not signs.documented:
        return "no_documentation"
    return ""


def signs_of(prompt: str, gen: str) -> Signs:
    """What the answer's code shows; where the answer is words about code, what the code in the prompt shows.

    Docs count in the prompt as well: an answer to documentation does not repeat it.
    """
    asked = blocks(prompt)
    if (answer := answer_tree(prompt, gen, asked)) is not None:
        signs = look(answer)
        documented = signs.documented or documents(prompt, asked)
    else:
        signs = look(tree(asked)) if asked else NOTHING
        documented = bool(asked)  # words about code are its documentation
    return Signs(signs.idiomatic, signs.poor, documented, signs.test, signs.bench)


def answer_tree(prompt: str, gen: str, asked: str) -> Node | None:
    """The answer as Rust, in the first way in which it reads as such; None for words about code."""
    root = tree(gen)
    if reads(root):
        return root
    if fenced := blocks(gen):
        return tree(fenced)
    # It goes on where a prompt of bare code ends, or it is what stands inside a function.
    for text in (f"fn f() {{\n{gen}\n}}", *([] if asked else [f"{prompt}\n{gen}"])):
        whole = tree(text)
        if gen.strip() and reads(whole):
            return whole
    return None if asked else root


def reads(root: Node) -> bool:
    """Whether it is Rust, if need be with an end that is missing: a bare expression, a function cut off."""
    if root.has_error and QueryCursor(FAULTS).captures(root):
        return False
    return any(child.kind_id not in COMMENTS for child in root.named_children)


def documents(prompt: str, asked: str) -> bool:
    """Whether a prompt shows doc comments: in its code, where that is fenced."""
    if not asked:
        return DOC_LINE.search(prompt) is not None
    return DOC_MARK.search(asked) is not None and look(tree(asked)).documented


def blocks(text: str) -> str:
    """What stands between fences that may hold Rust."""
    return "\n".join(text[fence.start : fence.end] for fence in fences(text) if fence.rust)


def tree(code: str) -> Node:
    """The code's tree. Of a long text that is no Rust only the beginning is looked at, as that takes quadratic time."""
    code = before_endless(code)
    root = parse(code.encode(errors="replace"))
    return parse(code[:BROKEN].encode(errors="replace")) if root.has_error and len(code) > BROKEN else root


def judged(
    rows: Iterator[Row], filters: Filters, pool: Executor | None = None, workers: int = 1
) -> Iterator[tuple[Row, Verdict]]:
    """Every row with its verdict, in their order; of many rows the processes of `pool` share the parsing."""
    for row in islice(rows, None if pool is None else FEW):
        yield row, judge(row, filters)
    if pool is None:
        return
    pieces = iter(lambda: tuple(islice(rows, BATCH)), ())
    waiting = deque()
    while True:
        # Some pieces wait while one is handed on, so that no process does.
        for piece in islice(pieces, 2 * workers - len(waiting)):
            waiting.append((piece, pool.submit(judge_all, piece, filters)))
        if not waiting:
            return
        piece, answer = waiting.popleft()
        yield from zip(piece, answer.result(), strict=True)


def judge_all(rows: tuple[Row, ...], filters: Filters) -> list[Verdict]:
    return list(map(partial(judge, filters=filters), rows))
