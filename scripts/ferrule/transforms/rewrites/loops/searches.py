"""Chains that stop at the first item that they search for, written out as loops that return or break."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.transforms.rewrites.loops.chains import LONG, Chain, chains, is_iterator
from ferrule.transforms.rewrites.loops.closures import Step, step_of
from ferrule.transforms.rewrites.loops.iterators import variable
from ferrule.transforms.rewrites.loops.unrolled import (
    Unrolled,
    bracketed,
    condition_by_value,
    negated,
    unroll,
)
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite
from ferrule.transforms.rewrites.statement_position import (
    Seat,
    accumulate,
    braced,
    fresh,
    has_word,
    put,
    seat_of,
)


def _early(
    site: Site, seat: Seat, loop: Unrolled, test: bytes, hit: bytes, miss: bytes, name: bytes
) -> Place:
    """A loop that ends with `hit` at the first item that passes `test`; the value is `miss` if none does."""
    if seat.kind in ("value", "return"):
        text = loop.close(b"if " + test + b" {\nreturn " + hit + b";\n}") + b"\n"
        if seat.kind == "return":
            return (put(seat.statement, text + b"return " + miss + b";"),)
        return (put(seat.statement, braced(seat, text + miss)),)
    text = loop.close(b"if " + test + b" {\n" + name + b" = " + hit + b";\nbreak;\n}")
    return accumulate(site, seat, miss, text, name)


@rewrite("Ask `any` whether an item fulfils the condition instead of looping with a flag or an early return.")
def any_to_loop(site: Site) -> Iterator[Place]:
    yield from _asked(site, b"any", b"true", b"false", (b"found", b"any", b"result"))


@rewrite(
    "Ask `all` whether every item fulfils the condition instead of looping with a flag or an early return."
)
def all_to_loop(site: Site) -> Iterator[Place]:
    yield from _asked(site, b"all", b"false", b"true", (b"all", b"valid", b"result"))


def _asked(site: Site, consumer: bytes, hit: bytes, miss: bytes, names: tuple[bytes, ...]) -> Iterator[Place]:
    for chain in chains(site, consumer, 1):
        prepared = _prepare(site, chain, names)
        if prepared is None:
            continue
        seat, name, step = prepared
        loop = unroll(site, chain, step, by_reference=True)
        test = _test(loop, step, name) if loop else None
        if loop and test:
            test = bracketed(step.tail, test) if step.tail else test
            test = negated(test) if consumer == b"all" else test
            yield _early(site, seat, loop, test, hit, miss, name)


def _prepare(site: Site, chain: Chain, names: tuple[bytes, ...]) -> tuple[Seat, bytes, Step] | None:
    """(seat, name of the result, step of the consumer)."""
    seat, step = seat_of(site, chain.call), step_of(site, chain.arguments[0])
    if seat is None or step is None or (step.path and not is_iterator(site, chain)):
        return None
    name = variable(site, chain, seat, *names)
    return None if name is None else (seat, name, step)


def _test(loop: Unrolled, step: Step, name: bytes) -> bytes | None:
    """The value that the consumer's function has for the item of the loop."""
    if step.path:
        item = loop.value(name)
        return step.path + b"(" + item + b")" if item else None
    if step.tail is None or step.tail.type in LONG or not loop.bind(step.pattern):
        return None
    loop.opened += step.statements
    return step.value


@rewrite("Look the item up with `find` instead of a loop with an early return or a break.")
def find_to_loop(site: Site) -> Iterator[Place]:
    for chain in chains(site, b"find", 1):
        prepared = _prepare(site, chain, (b"found", b"result"))
        if prepared is None or prepared[2].path or prepared[2].statements:
            continue
        seat, name, step = prepared
        condition = condition_by_value(site, step, None)
        loop = unroll(site, chain, step, by_reference=True) if condition else None
        if condition is None or loop is None:
            continue
        pattern, test = _whole(site, chain, condition[0]), condition[1]
        if pattern and loop.bind(pattern) and (item := loop.value(name)):
            yield _early(site, seat, loop, test, b"Some(" + item + b")", b"None", name)


def _whole(site: Site, chain: Chain, pattern: bytes) -> bytes | None:
    """The pattern with a name for the index of `enumerate`: the item is rebuilt from its parts."""
    match = re.fullmatch(rb"\(_, ([a-z]\w*)\)", pattern)
    if not match:
        return pattern
    parts = site.method(chain.source) if chain.source.type == "call_expression" else None
    name = fresh(site, b"i", b"index") if parts and site.text(parts.name) == b"enumerate" else None
    return b"(" + name + b", " + match[1] + b")" if name else None


@rewrite("Look the value up with `find_map` instead of a loop with an early return or a break.")
def find_map_to_loop(site: Site) -> Iterator[Place]:
    for chain in chains(site, b"find_map", 1):
        prepared = _prepare(site, chain, (b"found", b"result"))
        if prepared is None or prepared[2].statements:
            continue
        seat, name, step = prepared
        loop = unroll(site, chain, step, by_reference=True)
        body = _test(loop, step, name) if loop else None
        inner = fresh(site, b"value", b"item", b"hit")
        if loop and body and inner and not has_word(loop.opened, inner):
            test = b"let Some(" + inner + b") = " + body
            yield _early(site, seat, loop, test, b"Some(" + inner + b")", b"None", name)


@rewrite("Ask `position` for the index instead of counting in a loop.")
def position_to_loop(site: Site) -> Iterator[Place]:
    for chain in chains(site, b"position", 1):
        prepared = _prepare(site, chain, (b"position", b"index", b"found"))
        if prepared is None or chain.stages or prepared[2].path or not is_iterator(site, chain):
            continue
        seat, name, step = prepared
        index = fresh(site, *(n for n in (b"i", b"index", b"at") if n != name))
        loop = unroll(site, chain, step, by_reference=True)
        if loop is None or index is None or step.tail is None:
            continue
        if not loop.bind(b"(" + index + b", " + step.pattern + b")"):
            continue
        head, _, rest = loop.opened.rpartition(b" {\n")
        loop.opened = head + b".enumerate() {\n" + rest + step.statements
        if chain.source.type == "parenthesized_expression":
            continue
        test = bracketed(step.tail, step.value)
        yield _early(site, seat, loop, test, b"Some(" + index + b")", b"None", name)
