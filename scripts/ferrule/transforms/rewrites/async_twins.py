"""Async functions and their blocking twins.

An `async fn` that awaits nothing is shown as a plain function. If a crate has both a blocking and an async
version of a function, the blocking one is shown and the async one is the answer. Two functions are twins by
their names (`recv` with `recv_blocking`, `blocking_recv` or `recv_sync`, and `recv_async` with any of them or
with `recv`), or if they have the same name inside and outside a module `blocking`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from ferrule.core.schemas import ChunkRow
from ferrule.rust.function_tree import Site
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place, rewrite

ASYNC = re.compile(r"(?:\b(?:pub(?:\([^)]*\))?|const|unsafe)\s+)*async\s+(?:unsafe\s+)?fn\b")
FUTURE = re.compile(r"\bimpl\s+(?:[\w:]+::)?Future\b|\bPin<Box<dyn\s+(?:[\w:]+::)?Future\b")
SYNC = re.compile(r"^blocking_|_blocking$|_sync$")
MODULES = ("blocking", "sync")
ASYNC_MODULES = ("asynchronous", "nonblocking", "future")
ByPlace = dict[tuple[str, str], list[ChunkRow]]  # functions by owner and name
MARK = re.compile(r"^(?:blocking|async)_|_(?:blocking|sync|async)$")
ALIKE = 0.7  # share of the tokens that the bodies of twins have in common


@rewrite("Make the function `async`.")
def async_to_plain(site: Site) -> Iterator[Place]:
    if not site.is_async or site.in_trait_impl or site.in_trait:
        return
    if site.nodes("await_expression", "async_block") or re.search(
        rb"\bawait\b", site.code[site.body.start_byte :]
    ):
        return
    if any(child.type == "async" for node in site.nodes("closure_expression") for child in node.children):
        return
    keyword = re.search(rb"\basync\s+", site.modifiers)
    assert keyword is not None, "an async function has the keyword before its name"
    yield (Edit(keyword.start(), keyword.end(), b""),)


class Twins(NamedTuple):
    """The chunk ids of an async function and of its blocking twin."""

    asynchronous: str
    blocking: str


def twin_forms(rows: list[ChunkRow]) -> list[Twins]:
    """The twins in the chunk rows of one crate, in the order of the blocking ones."""
    functions = [row for row in rows if row["kind"] in ("function", "method") and row["body"] >= 0]
    by_place: ByPlace = defaultdict(list)
    for row in functions:
        by_place[row["owner"], row["name"]].append(row)
    twins = []
    for row in functions:
        code = row["code"]
        if is_async(code):
            continue
        for candidate in _asynchronous_of(row, by_place):
            if parameters_of(code) == parameters_of(candidate["code"]) and alike(code, candidate["code"]):
                twins.append(Twins(candidate["id"], row["id"]))
                break
    return twins


def is_async(code: str) -> bool:
    """Whether the function is an `async fn`, or returns a future."""
    head = code.split("{")[0]
    return bool(ASYNC.match(head) or FUTURE.search(head))


def _asynchronous_of(row: ChunkRow, by_place: ByPlace) -> Iterator[ChunkRow]:
    """The async functions that may be the twin of a blocking one by their names."""
    stem = SYNC.sub("", row["name"])
    for name in (stem, f"{stem}_async", f"async_{stem}"):
        for candidate in by_place.get((row["owner"], name), ()):
            same_place = candidate["path"] == row["path"] and candidate["header"] == row["header"]
            if same_place and candidate is not row and is_async(candidate["code"]):
                yield candidate
    parts = row["path"].split("::")
    if set(parts) & set(MODULES):
        outside = [part for part in parts if part not in MODULES]
        for candidate in by_place.get((row["owner"], row["name"]), ()):
            path = [part for part in candidate["path"].split("::") if part not in ASYNC_MODULES]
            if path == outside and is_async(candidate["code"]):
                yield candidate


def alike(blocking: str, asynchronous: str) -> bool:
    """Whether the bodies are nearly the same, apart from `async`, `await` and the names of twins."""
    return SequenceMatcher(None, _tokens(blocking), _tokens(asynchronous), autojunk=False).ratio() >= ALIKE


def _tokens(code: str) -> list[str]:
    tokens = re.findall(r"\w+|\S", code[code.find("{") :])
    return [MARK.sub("", token) for token in tokens if token not in ("await", "async")]


def parameters_of(code: str) -> str:
    """The parameters without whitespace, lifetimes, `mut` of the bindings and a trailing comma."""
    match = re.search(r"\bfn\s+\w+\s*(?:<[^(]*>)?\s*\(", code)
    if match is None:
        return ""
    depth, at = 1, match.end()
    while depth and at < len(code):
        depth += (code[at] in "([{") - (code[at] in ")]}")
        at += 1
    parameters = re.sub(r"'\w+\s*", "", code[match.end() : at - 1])
    return re.sub(r"\s+|,\s*$|\bmut\s+(?=\w+\s*:)", "", parameters).strip(",")
