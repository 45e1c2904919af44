"""The filters of a run's rows: the same for every source. The reason is the first filter that applies.

    vendor_path       a folder target, vendor, node_modules or __pycache__, or the file Cargo.lock
    test_file         a folder tests or test; or test functions or modules in the code
    example_file      a folder examples or example
    bench_file        a folder benches or bench; or bench functions in the code
    too_short         fewer characters of prompt and answer than min_chars, or no answer at all
    too_long          more than max_chars
    not_idiomatic     too few signs of idiomatic code compared with those of poor code (ferrule.rust.idiomatic)
    no_documentation  no doc comment, neither in the answer nor in the prompt

Apart from the folders, only the row's text counts, so the type of its file makes no difference. A dataset's own columns
(`_documented`, `_idiomatic`) are ignored: they describe the item in its crate, not the text of the row.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, fields
from functools import partial
from itertools import islice
from typing import NamedTuple

from tree_sitter import Node, Query, QueryCursor

from ferrule.rust.answer_tree import before_endless
from ferrule.rust.code_patterns import NO_PATTERNS, Patterns
from ferrule.rust.fences import fences
from ferrule.rust.idiomatic import NOTHING, Signs, look
from ferrule.rust.syntax import COMMENTS, LANGUAGE, parse
from ferrule.training.sources import Row

VENDOR = frozenset(("target", "vendor", "node_modules", "__pycache__"))
TESTS, EXAMPLES, BENCHES = ({"tests", "test"}, {"examples", "example"}, {"benches", "bench"})
# Outside a fence a prompt mixes prose and code; only a line that begins like this is certainly a doc comment.
DOC_LINE = re.compile(r"^[ \t]*(?:///(?!/)|//!|/\*\*(?![*/]))", re.MULTILINE)
DOC_MARK = re.compile(r"///|//!|/\*[*!]|\bdoc\b")
FAULTS = Query(LANGUAGE, "(ERROR) @fault")
BROKEN = 50_000  # most characters to parse of text that is not Rust: at most 5 seconds
BATCH = 256  # rows per task of a worker process
FEW = 1000  # rows to parse in this process before it starts workers


@dataclass(frozen=True)
class Filters:
    """The section `filters` of a run. The limits on tokens apply later, in scripts/train/pack_rows.py."""

    min_chars: int = 64
    max_chars: int | None = 200_000
    exclude_tests: bool = True
    exclude_examples: bool = False
    exclude_benches: bool = True
    prefer_idiomatic: bool = False
    prefer_documented: bool = False
    idiomatic_ratio: float = 2.0
    signs: Patterns = NO_PATTERNS  # of idiomatic and of poor code

    @classmethod
    def of(cls, settings: dict, signs: Patterns) -> Filters:
        known = {field.name: settings[field.name] for field in fields(cls) if field.name in settings}
        return cls(**known, signs=signs)


class Verdict(NamedTuple):
    reason: str  # empty for a row that is kept
    documented: bool
    idiomatic: bool


def judge(row: Row, filters: Filters) -> Verdict:
    signs = signs_of(row.prompt, row.gen, filters.signs)
    idiomatic = signs.is_idiomatic(filters.idiomatic_ratio)
    return Verdict(reason(row, filters, signs, idiomatic), signs.documented, idiomatic)


def reason(row: Row, filters: Filters, signs: Signs, idiomatic: bool) -> str:
    """The first reason to leave the row out, or an empty string."""
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


def signs_of(prompt: str, gen: str, patterns: Patterns) -> Signs:
    """The signs in the answer's code. If the answer is prose, those in the prompt's code.

    Doc comments in the prompt count as well: an answer does not repeat them.
    """
    prompt_code = fenced_code(prompt)
    if (answer := answer_tree(prompt, gen, prompt_code)) is not None:
        signs = look(answer, patterns)
        documented = signs.documented or shows_docs(prompt, prompt_code)
    else:
        signs = look(tree(prompt_code), patterns) if prompt_code else NOTHING
        documented = bool(prompt_code)  # prose about code is its documentation
    return Signs(signs.idiomatic, signs.poor, documented, signs.test, signs.bench)


def answer_tree(prompt: str, gen: str, prompt_code: str) -> Node | None:
    """The answer's syntax tree, from the first attempt that gives Rust; None for prose about the prompt's code."""
    root = tree(gen)
    if is_rust(root):
        return root
    if code := fenced_code(gen):
        return tree(code)
    # The answer may be the inside of a function, or it may continue a prompt that is bare code.
    for text in (f"fn f() {{\n{gen}\n}}", *([] if prompt_code else [f"{prompt}\n{gen}"])):
        whole = tree(text)
        if gen.strip() and is_rust(whole):
            return whole
    return None if prompt_code else root


def is_rust(root: Node) -> bool:
    """Whether a tree is Rust. Its end may be missing: a bare expression, a function that is cut off."""
    if root.has_error and QueryCursor(FAULTS).captures(root):
        return False
    return any(child.kind_id not in COMMENTS for child in root.named_children)


def shows_docs(prompt: str, prompt_code: str) -> bool:
    """Whether a prompt has doc comments. `prompt_code` is its fenced code; if there is none, the whole prompt counts."""
    if not prompt_code:
        return DOC_LINE.search(prompt) is not None
    return DOC_MARK.search(prompt_code) is not None and look(tree(prompt_code), NO_PATTERNS).documented


def fenced_code(text: str) -> str:
    """The content of all fences that may hold Rust."""
    return "\n".join(text[fence.start : fence.end] for fence in fences(text) if fence.rust)


def tree(code: str) -> Node:
    """The code's syntax tree. Of a long text with syntax errors only the beginning: parsing it takes quadratic time."""
    code = before_endless(code)
    root = parse(code.encode(errors="replace"))
    return parse(code[:BROKEN].encode(errors="replace")) if root.has_error and len(code) > BROKEN else root


def judged(
    rows: Iterator[Row], filters: Filters, pool: Executor | None = None, workers: int = 1
) -> Iterator[tuple[Row, Verdict]]:
    """Every row with its verdict, in order. With a `pool`, its processes parse all rows after the first FEW."""
    for row in islice(rows, None if pool is None else FEW):
        yield row, judge(row, filters)
    if pool is None:
        return
    batches = iter(lambda: tuple(islice(rows, BATCH)), ())
    submitted: deque[tuple[tuple[Row, ...], Future[list[Verdict]]]] = deque()
    while True:
        # Two batches per process are in the queue, so that no process waits while the caller uses a result.
        for batch in islice(batches, 2 * workers - len(submitted)):
            submitted.append((batch, pool.submit(judge_all, batch, filters)))
        if not submitted:
            return
        batch, verdicts = submitted.popleft()
        yield from zip(batch, verdicts.result(), strict=True)


def judge_all(rows: tuple[Row, ...], filters: Filters) -> list[Verdict]:
    return list(map(partial(judge, filters=filters), rows))
