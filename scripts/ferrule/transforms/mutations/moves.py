"""Values used after they were moved, or moved out of a borrow."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import Mutation, cut, insert, name_of, operator, put, span


@operator("E0382", "E0507", "E0308")
def drop_clone(site: Site) -> Iterator[Mutation]:
    """Forgot to clone a value that is used again or only borrowed."""
    for call, receiver, name, arguments in site.method_calls:
        if name in (b"clone", b"cloned", b"copied") and site.text(arguments) == b"()":
            yield cut(receiver.end_byte, call.end_byte)


@operator("E0507")
def drop_take(site: Site) -> Iterator[Mutation]:
    """Moved a field out of a borrowed value instead of taking it."""
    for call, receiver, name, arguments in site.method_calls:
        if name == b"take" and site.text(arguments) == b"()":
            yield cut(receiver.end_byte, call.end_byte)
    for call in site.nodes("call_expression"):
        function = site.text(child_of(call, "function")).split(b"::")
        if function[-1] in (b"take", b"replace") and b"mem" in function:
            first = site.arguments(call)[0]
            if first.type == "reference_expression":
                yield put(call, site.text(child_of(first, "value")))
            elif first.type in ("identifier", "self"):
                yield put(call, b"*" + site.text(first))


@operator("E0507", "E0382", "E0308")
def drop_as_ref(site: Site) -> Iterator[Mutation]:
    """Forgot to borrow the value inside an Option before using it."""
    for call, receiver, name, _ in site.method_calls:
        if name in (b"as_ref", b"as_mut", b"as_deref", b"as_deref_mut", b"by_ref", b"borrow", b"borrow_mut"):
            yield cut(receiver.end_byte, call.end_byte)


@operator("E0507", "E0382", "E0308")
def match_by_value(site: Site) -> Iterator[Mutation]:
    """Matched on the value behind a reference instead of a reference to it."""
    for node in site.nodes("reference_expression"):
        if parent_of(node).type in ("match_expression", "let_condition"):
            yield cut(node.start_byte, child_of(node, "value").start_byte)


@operator("E0507", "E0382")
def drop_ref_pattern(site: Site) -> Iterator[Mutation]:
    """Forgot `ref` in a pattern that matches behind a reference."""
    for node in site.nodes("ref_pattern"):
        yield cut(node.start_byte, node.named_children[-1].start_byte)


@operator("E0507", "E0382", "E0277")
def loop_by_value(site: Site) -> Iterator[Mutation]:
    """Looped over a collection by value, which moves it."""
    for node in site.nodes("for_expression"):
        value = child_of(node, "value")
        if value.type == "reference_expression":
            yield cut(value.start_byte, child_of(value, "value").start_byte)
        elif value.type == "call_expression":
            parts = site.method(value)
            if (
                parts
                and site.text(parts.name) in (b"iter", b"iter_mut")
                and site.text(parts.arguments) == b"()"
            ):
                yield cut(parts.receiver.end_byte, value.end_byte)


@operator("E0382", "E0507")
def into_iter_for_iter(site: Site) -> Iterator[Mutation]:
    """Consumed a collection that is needed again."""
    for call, receiver, name, arguments in site.method_calls:
        if (
            name == b"iter"
            and receiver.type in ("identifier", "field_expression")
            and site.text(arguments) == b"()"
        ):
            yield put(name_of(call), b"into_iter")


@operator("E0382", "E0505")
def while_let_to_for(site: Site) -> Iterator[Mutation]:
    """Looped by value over an iterator that is still needed in or after the loop."""
    for node in site.nodes("while_expression"):
        condition = child_of(node, "condition")
        if condition.type != "let_condition":
            continue
        pattern, value = child_of(condition, "pattern"), child_of(condition, "value")
        parts = site.method(value) if value.type == "call_expression" else None
        if (
            parts is None
            or pattern.type != "tuple_struct_pattern"
            or not site.text(pattern).startswith(b"Some(")
        ):
            continue
        receiver, name = parts.receiver, site.text(parts.name)
        if receiver.type not in ("identifier", "field_expression") or len(pattern.named_children) != 2:
            continue
        inner = site.text(pattern.named_children[-1])
        keyword = next(c for c in node.children if c.type == "while")
        again = re.search(rb"\b" + re.escape(site.text(receiver)) + rb"\b", site.code[condition.end_byte :])
        if name == b"next" and again:
            yield span(keyword, condition, b"for " + inner + b" in " + site.text(receiver))
            yield span(keyword, condition, b"for " + inner + b" in " + site.text(receiver) + b".by_ref()")
        if name in (b"pop", b"pop_front") and again:
            yield span(keyword, condition, b"for " + inner + b" in " + site.text(receiver) + b".drain(..)")


@operator("E0382")
def move_into_variable(site: Site) -> Iterator[Mutation]:
    """Bound a value to a second name and used the first one again."""
    for node in site.nodes("reference_expression"):
        value = child_of(node, "value")
        if (
            parent_of(node).type == "let_declaration"
            and value.type == "identifier"
            and site.used_after(site.text(value), node.end_byte)
        ):
            yield cut(node.start_byte, value.start_byte)


@operator("E0382")
def consume_before_use(site: Site) -> Iterator[Mutation]:
    """Converted a value by value and used it afterwards."""
    swaps = {
        b"as_bytes": b"into_bytes",
        b"as_slice": b"into_boxed_slice",
        b"iter_mut": b"into_iter",
        b"keys": b"into_keys",
        b"values": b"into_values",
    }
    for call, receiver, name, _ in site.method_calls:
        if name in swaps and receiver.type in ("identifier", "field_expression"):
            yield put(name_of(call), swaps[name])


@operator("E0505", "E0382")
def drop_too_early(site: Site) -> Iterator[Mutation]:
    """Dropped a value one statement before its last use."""
    for block in site.nodes("block"):
        statements = site.statements(block)
        for first, second in itertools.pairwise(statements):
            if (
                site.text(second).startswith(b"drop(")
                and site.text(first).endswith(b";")
                and not site.between(first, second).strip()
            ):
                yield span(first, second, site.text(second) + site.between(first, second) + site.text(first))


@operator("E0382")
def use_in_loop(site: Site) -> Iterator[Mutation]:
    """Moved a value into a closure although it is used again after it."""
    for closure in site.nodes("closure_expression"):
        if not site.text(closure).startswith(b"move") and parent_of(closure).type == "arguments":
            captured = [
                n
                for n in site.uses
                if re.search(rb"(?<![\w.])" + n + rb"\b", site.text(child_of(closure, "body")))
            ]
            if any(
                site.used_after(n, closure.end_byte) and site.bindings[n][0].start_byte < closure.start_byte
                for n in captured
            ):
                yield insert(closure.start_byte, b"move ")
