"""Async functions and their blocking twins.

An `async fn` that awaits nothing is shown as the plain function; and where a crate ships a function in both
ways (`recv` and `recv_blocking`, or one name inside and outside a module `blocking`), the blocking one is shown and the
async one is the answer. Names that go together: `recv` with `recv_blocking`, `blocking_recv` or `recv_sync`, and
`recv_async` with any of them or with `recv`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from ferrule.rust.function_tree import Site
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place, rewrite

TWIN_ADVICE = "Write the asynchronous function that does what this blocking one does."
ASYNC = re.compile(r"(?:\b(?:pub(?:\([^)]*\))?|const|unsafe)\s+)*async\s+(?:unsafe\s+)?fn\b")
FUTURE = re.compile(r"\bimpl\s+(?:[\w:]+::)?Future\b|\bPin<Box<dyn\s+(?:[\w:]+::)?Future\b")
SYNC = re.compile(r"^blocking_|_blocking$|_sync$")
MODULES = ("blocking", "sync")
WAY = re.compile(r"^(?:blocking|async)_|_(?:blocking|sync|async)$")
ALIKE = 0.7  # of the words of both bodies


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
    match = re.search(rb"\basync\s+", site.modifiers)
    yield (Edit(match.start(), match.end(), b""),)


class Twins(NamedTuple):
    """Chunk ids of a function that is async and of the one that blocks."""

    asynchronous: str
    blocking: str


def twin_forms(rows: list[dict]) -> list[Twins]:
    """The pairs in the chunk rows of one crate, in the order of the rows."""
    functions = [row for row in rows if row["kind"] in ("function", "method") and row["body"] >= 0]
    by_place = defaultdict(list)
    for row in functions:
        by_place[row["owner"], row["name"]].append(row)
    found = []
    for row in functions:
        if is_async(row["code"]):
            continue
        for other in _asynchronous_of(row, by_place):
            if parameters_of(row["code"]) == parameters_of(other["code"]) and alike(
                row["code"], other["code"]
            ):
                found.append(Twins(other["id"], row["id"]))
                break
    return found


def is_async(code: str) -> bool:
    head = code.split("{")[0]
    return bool(ASYNC.match(head) or FUTURE.search(head))


def _asynchronous_of(row: dict, by_place: dict) -> Iterator[dict]:
    stem = SYNC.sub("", row["name"])
    for name in (stem, f"{stem}_async", f"async_{stem}"):
        for other in by_place.get((row["owner"], name), ()):
            if other["path"] == row["path"] and other["header"] == row["header"] and other is not row:
                if is_async(other["code"]):
                    yield other
    parts = row["path"].split("::")
    if set(parts) & set(MODULES):
        outside = [part for part in parts if part not in MODULES]
        for other in by_place.get((row["owner"], row["name"]), ()):
            theirs = [
                part
                for part in other["path"].split("::")
                if part not in ("asynchronous", "nonblocking", "future")
            ]
            if theirs == outside and is_async(other["code"]):
                yield other


def alike(blocking: str, asynchronous: str) -> bool:
    """Whether the bodies do the same in the same way, what is async about one of them left aside."""
    one, other = (
        [
            WAY.sub("", word)
            for word in re.findall(r"\w+|\S", code[code.find("{") :])
            if word not in ("await", "async")
        ]
        for code in (blocking, asynchronous)
    )
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def parameters_of(code: str) -> str:
    """The parameters' text without blanks, lifetimes and what makes no difference to a caller."""
    match = re.search(r"\bfn\s+\w+\s*(?:<[^(]*>)?\s*\(", code)
    if match is None:
        return ""
    depth, at = 1, match.end()
    while depth and at < len(code):
        depth += (code[at] in "([{") - (code[at] in ")]}")
        at += 1
    inside = code[match.end() : at - 1]
    return re.sub(r"\s+|,\s*$|\bmut\s+(?=\w+\s*:)", "", re.sub(r"'\w+\s*", "", inside)).strip(",")
