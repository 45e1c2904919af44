"""Iterator chains written out as loops: sums, counts and folds, and `for_each`.

The loop runs the same closures in the same order on the same items. A chain is left alone if one of its
closures returns early (`return`, `?`), if a comment would be lost, or if a name of one closure would shadow
one of another. The other consumers are in `collecting` and `searches`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import INTEGERS, Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.rewrites.loops.chains import LONG, Chain, chains, is_iterator
from ferrule.transforms.rewrites.loops.closures import step_of
from ferrule.transforms.rewrites.loops.unrolled import unroll
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite
from ferrule.transforms.rewrites.statement_position import Seat, accumulate, fresh, has_word, put, seat_of


def turbofish(site: Site, call: Node) -> bytes:
    """The type arguments of a call, without the angle brackets; empty if it has none."""
    function = child_of(call, "function")
    if function.type != "generic_function":
        return b""
    return site.text(child_of(function, "type_arguments"))[1:-1].strip()


def wanted_type(site: Site, chain: Chain, seat: Seat) -> bytes:
    """The type of the chain's value by its turbofish, its `let` or the function's return type; else empty."""
    written = turbofish(site, chain.call)
    if written:
        return written
    if seat.kind == "let":
        return seat.annotation[2:]
    return site.text(site.returns) if seat.kind in ("value", "return") else b""


def variable(site: Site, chain: Chain, seat: Seat, *names: bytes) -> bytes | None:
    """A name for the result: that of the `let`, unless the chain uses that name for something else."""
    if seat.kind == "let":
        return None if has_word(site.text(chain.call), seat.name) else seat.name
    return fresh(site, *names)


@rewrite("Add the items up with `sum` instead of a running total in a loop.")
def sum_to_loop(site: Site) -> Iterator[Place]:
    yield from _running(site, b"sum", b"0", b" += ", (b"total", b"sum", b"result"))


@rewrite("Multiply the items with `product` instead of a running product in a loop.")
def product_to_loop(site: Site) -> Iterator[Place]:
    yield from _running(site, b"product", b"1", b" *= ", (b"product", b"result", b"total"))


def _running(
    site: Site, consumer: bytes, start: bytes, operator: bytes, names: tuple[bytes, ...]
) -> Iterator[Place]:
    for chain in chains(site, consumer, 0):
        seat = seat_of(site, chain.call)
        if seat is None or not is_iterator(site, chain):
            continue
        kind = wanted_type(site, chain, seat)
        # Only integers: the sum of no floats is -0.0, and a loop would start with 0.0.
        if kind not in INTEGERS:
            continue
        name = variable(site, chain, seat, *names)
        loop = unroll(site, chain) if name else None
        if loop is None or name is None:
            continue
        value = loop.value(name)
        if value:
            first = start if seat.annotation or seat.kind in ("value", "return") else start + kind
            yield accumulate(site, seat, first, loop.close(name + operator + value + b";"), name)


@rewrite("Count the items with `count` instead of a counter in a loop.")
def count_to_loop(site: Site) -> Iterator[Place]:
    for chain in chains(site, b"count", 0):
        seat = seat_of(site, chain.call)
        if seat is None or not is_iterator(site, chain):
            continue
        name = variable(site, chain, seat, b"count", b"total", b"n")
        loop = unroll(site, chain) if name else None
        if loop is None or name is None:
            continue
        if loop.direct is not None:  # the result of a map is dropped, but evaluated
            loop.opened += loop.direct + b";\n"
        elif loop.pending is not None:
            loop.bind(b"_")
        known = seat.annotation or (seat.kind in ("value", "return") and site.text(site.returns) == b"usize")
        start = b"0" if known else b"0usize"
        yield accumulate(site, seat, start, loop.close(name + b" += 1;"), name)


@rewrite("Carry the state through the items with `fold` instead of a mutable variable and a loop.")
def fold_to_loop(site: Site) -> Iterator[Place]:
    for chain in chains(site, b"fold", 2):
        start, closure = chain.arguments
        seat, step = seat_of(site, chain.call), step_of(site, closure, 2)
        if seat is None or step is None or not _may_come_first(site, start):
            continue
        if chain.source.type == "identifier" and not is_iterator(site, chain):
            continue  # geometric vectors have a `fold` of their own
        if step.path:
            yield from _fold_with_path(site, chain, seat, step.path)
            continue
        pattern = step.patterns[0]
        state = pattern.named_children[-1] if pattern.type == "mut_pattern" else pattern
        name = site.text(state)
        if state.type != "identifier" or not _free(site, chain, seat, closure, name) or step.tail is None:
            continue
        if seat.kind == "let" and name != seat.name:
            continue
        loop = unroll(site, chain, step)
        if loop is not None and loop.bind(step.pattern):
            same = step.value == name and step.statements
            inner = step.statements + (b"" if same else name + b" = " + step.value + b";")
            yield accumulate(site, seat, site.text(start), loop.close(inner.rstrip()), name)


def _fold_with_path(site: Site, chain: Chain, seat: Seat, path: bytes) -> Iterator[Place]:
    """`fold` with a function given by its path."""
    name = variable(site, chain, seat, b"result", b"total", b"acc")
    loop = unroll(site, chain) if name and is_iterator(site, chain) else None
    if loop is None or name is None:
        return
    item = loop.value(name)
    if item:
        inner = name + b" = " + path + b"(" + name + b", " + item + b");"
        yield accumulate(site, seat, site.text(chain.arguments[0]), loop.close(inner), name)


def _may_come_first(site: Site, node: Node) -> bool:
    """Whether the start of a fold may be evaluated before its source."""
    text = site.text(node)
    if node.type.endswith("_literal") or node.type in ("identifier", "scoped_identifier"):
        return True
    return re.fullmatch(rb"(?:\w+::|<\w+>::)*\w+\((?:\d*)\)|vec!\[\]", text) is not None


def _free(site: Site, chain: Chain, seat: Seat, closure: Node, name: bytes) -> bool:
    """Whether the state's name is used for nothing else before, in and after the loop."""
    before = site.code[chain.call.start_byte : closure.start_byte]
    if has_word(before, name) or name in site.parameter_types:
        return False
    if seat.kind == "let":
        return not has_word(before, name)
    outside = site.code[: seat.statement.start_byte] + site.code[chain.call.end_byte :]
    return seat.kind == "value" or not has_word(outside, name)


@rewrite("Run the closure with `for_each` at the end of the iterator chain instead of a `for` loop.")
def for_each_to_loop(site: Site) -> Iterator[Place]:
    for chain in chains(site, b"for_each", 1):
        step, statement = step_of(site, chain.arguments[0]), parent_of(chain.call)
        if step is None or site.is_const or (step.path and not is_iterator(site, chain)):
            continue
        if statement.type != "expression_statement" or not site.text(statement).endswith(b";"):
            if site.tail(site.body) != chain.call:
                continue
            statement = chain.call
        loop = unroll(site, chain, step)
        if loop is None:
            continue
        if step.path:
            item = loop.value()
            if item is None:
                continue
            inner = step.path + b"(" + item + b");"
        else:
            if not loop.bind(step.pattern):
                continue
            end = b"" if step.tail is None or step.tail.type in LONG else b";"
            inner = step.statements + step.value + end
        yield (put(statement, loop.close(inner.rstrip())),)
