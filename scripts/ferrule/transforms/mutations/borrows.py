"""Borrows that overlap, or that outlive what they point to."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import (
    Mutation,
    cut,
    in_head,
    insert,
    leading_space,
    operator,
    over,
    put,
    span,
)


@operator("E0499", "E0502")
def same_reference_twice(site: Site) -> Iterator[Mutation]:
    """Passed references to the same value twice, at least one of them mutable."""
    for call in site.nodes("call_expression"):
        arguments = [n for n in site.arguments(call) if n.type == "reference_expression"]
        for a, b in itertools.pairwise(arguments):
            if site.text(a).startswith(b"&mut") or site.text(b).startswith(b"&mut"):
                yield put(child_of(b, "value"), site.text(child_of(a, "value")))


@operator("E0499")
def split_by_hand(site: Site) -> Iterator[Mutation]:
    """Borrowed two halves of a slice mutably instead of splitting it."""
    for node in site.nodes("let_declaration"):
        value = node.child_by_field_name("value")
        if value is None or value.type != "call_expression":
            continue
        parts = site.method(value)
        if parts and site.text(parts.name) == b"split_at_mut":
            base, at = site.text(parts.receiver), site.text(parts.arguments)[1:-1]
            yield put(value, b"(&mut " + base + b"[.." + at + b"], &mut " + base + b"[" + at + b"..])")


@operator("E0502", "E0499", "E0506")
def change_while_iterating(site: Site) -> Iterator[Mutation]:
    """Changed a collection while iterating over it."""
    for node in site.nodes("for_expression"):
        pattern, value = child_of(node, "pattern"), child_of(node, "value")
        if value.type != "range_expression" or pattern.type != "identifier":
            continue
        match = re.fullmatch(rb"0\s*\.\.\s*([\w.]+)\.len\(\)", site.text(value))
        if match:
            changed = (
                re.escape(match[1]) + rb"(?:\[[^\]]*\]\s*=[^=]|\.(?:push|swap|remove|insert|pop|truncate)\()"
            )
            if re.search(changed, site.text(child_of(node, "body"))):
                yield span(
                    pattern,
                    value,
                    b"(" + site.text(pattern) + b", _) in " + match[1] + b".iter().enumerate()",
                )


# Methods that change their receiver.
MUTATES = (
    b"push push_str insert remove clear truncate extend pop swap retain reserve set_len drain append resize "
    b"extend_from_slice push_back pop_front sort advance entry get_mut iter_mut"
).split()


@operator("E0502", "E0506", "E0499", "E0505")
def reference_held_too_long(site: Site) -> Iterator[Mutation]:
    """Kept a reference to a value that changes before the reference is used again."""
    for node in site.nodes("let_declaration"):
        pattern, value = child_of(node, "pattern"), node.child_by_field_name("value")
        if (
            pattern.type not in ("identifier", "tuple_struct_pattern")
            or value is None
            or parent_of(node).type != "block"
        ):
            continue
        if value.type == "unary_expression" and site.text(value).startswith(b"*"):
            yield put(value, b"&" + site.text(value))
        parts = site.method(value) if value.type == "call_expression" else None
        if parts and site.text(parts.name) in (
            b"to_vec",
            b"to_string",
            b"to_owned",
            b"clone",
            b"collect",
            b"copied",
            b"cloned",
        ):
            if parts.receiver.type in ("index_expression", "field_expression", "identifier"):
                yield put(value, b"&" + site.text(parts.receiver))
        if value.type in ("index_expression", "field_expression") and site.used_after(
            site.text(pattern), node.end_byte
        ):
            base = site.text(value).split(b"[")[0]
            written = re.escape(base) + rb"(?:\[[^\]]*\])?(?:\.\w+)?\s*(?:[-+*/|&^]|<<|>>)?=[^=]"
            calls = re.escape(base) + rb"\.(?:" + b"|".join(MUTATES) + rb")\("
            if re.search(written + b"|" + calls, site.code[node.end_byte :]):
                yield put(value, b"&" + site.text(value))


@operator("E0597", "E0716", "E0425")
def owner_dropped_in_block(site: Site) -> Iterator[Mutation]:
    """Let the owner of borrowed data go out of scope with an inner block."""
    for block in site.nodes("block"):
        statements = site.statements(block)
        for first, second in itertools.pairwise(statements):
            if first.type != "let_declaration" or second.type != "let_declaration":
                continue
            name, value = child_of(first, "pattern"), second.child_by_field_name("value")
            if (
                name.type != "identifier"
                or value is None
                or second.child_by_field_name("alternative") is not None
                or site.used_after(site.text(name), second.end_byte)
            ):
                continue
            word = re.escape(site.text(name))
            borrowed = (
                rb"&(?:mut )?"
                + word
                + rb"\b|\b"
                + word
                + rb"\.(?:iter|iter_mut|as_\w+|chars|bytes|trim\w*|split\w*|lines|lock|borrow\w*|drain|get\w*|keys|values)\("
            )
            if re.search(borrowed, site.text(value)):
                column = site.code.rfind(b"\n", 0, second.start_byte) + 1
                margin = leading_space(site.code[column : second.start_byte])
                inner = margin + b"    "
                text = (
                    b"{\n"
                    + inner
                    + site.text(first)
                    + b"\n"
                    + inner
                    + site.text(value)
                    + b"\n"
                    + margin
                    + b"}"
                )
                yield span(
                    first,
                    second,
                    site.code[second.start_byte : value.start_byte]
                    + text
                    + site.code[value.end_byte : second.end_byte],
                )


@operator("E0515", "E0106", "E0308")
def reference_to_local(site: Site) -> Iterator[Mutation]:
    """Returned a reference to a value that is dropped when the function ends."""
    tail, returns = site.tail(site.body), site.returns
    if returns is None or tail is None or tail.type != "identifier" or site.text(tail) not in site.bindings:
        return
    kind = site.text(returns)
    borrowed = {b"String": b"&str", b"PathBuf": b"&Path"}
    if kind.startswith(b"Vec<"):
        borrowed[kind] = b"&[" + kind[4:-1] + b"]"
    new = borrowed.get(kind)
    if (
        new is None
        and returns.type in ("type_identifier", "generic_type")
        and kind[:6] not in (b"Option", b"Result")
        and kind != b"Self"
    ):
        new = b"&" + kind
    if new and b"&" in site.head:
        between = site.code[returns.end_byte : tail.start_byte]
        yield in_head(site, span(returns, tail, new + between + b"&" + site.text(tail)))


@operator("E0515")
def reference_to_clone(site: Site) -> Iterator[Mutation]:
    """Returned a reference to a clone made on the spot."""
    tail = site.tail(site.body)
    if tail is not None and tail.type == "reference_expression" and site.text(site.returns).startswith(b"&"):
        value = child_of(tail, "value")
        if value.type in ("field_expression", "index_expression", "identifier"):
            yield insert(value.end_byte, b".clone()")
    if (
        tail is not None
        and tail.type == "call_expression"
        and site.text(site.returns).startswith((b"&", b"impl Iterator"))
    ):
        parts = site.method(tail)
        if parts and parts.receiver.type == "field_expression":
            yield insert(parts.receiver.end_byte, b".clone()")


@operator("E0373", "E0597")
def drop_move(site: Site) -> Iterator[Mutation]:
    """Forgot `move` on a closure that outlives the function's variables."""
    for node in site.nodes("closure_expression", "async_block", "gen_block"):
        for child in node.children:
            if child.type == "move":
                yield cut(child.start_byte, child.end_byte + 1)


@operator("E0515", "E0597")
def closure_returns_local(site: Site) -> Iterator[Mutation]:
    """Returned a reference to a value made inside a closure."""
    for _, _, name, arguments in site.method_calls:
        if name in (b"map", b"filter_map", b"and_then", b"unwrap_or_else", b"map_or"):
            closures = [n for n in arguments.named_children if n.type == "closure_expression"]
            for closure in closures:
                body = child_of(closure, "body")
                parts = site.method(body) if body.type == "call_expression" else None
                if parts and site.text(parts.name) in (
                    b"to_string",
                    b"to_owned",
                    b"to_vec",
                    b"collect",
                    b"clone",
                ):
                    yield insert(body.start_byte, b"&")


# Methods that only read, for `field_kept_in_variable`.
READS = frozenset(
    b"len is_empty get iter first last contains contains_key capacity as_slice as_ref keys values peek".split()
)


@operator("E0502", "E0499", "E0506", "E0503")
def field_kept_in_variable(site: Site) -> Iterator[Mutation]:
    """Took a reference to a field at the start, although the field changes before the last use."""
    if site.text(site.self_parameter) != b"&mut self":
        return
    start = site.body.start_byte + 1
    for node in site.nodes("field_expression"):
        name = site.text(child_of(node, "field"))
        if (
            site.text(node) != b"self." + name
            or name in site.bindings
            or not re.fullmatch(rb"[a-z_]\w*", name)
        ):
            continue
        path = re.escape(site.text(node))
        calls = rb"\.(?:" + b"|".join(MUTATES) + rb")\("
        written = (
            path + rb"(?:(?:\[[^\]]*\])?\s*(?:[-+*/|&^]|<<|>>)?=[^=]|" + calls + rb")|&mut " + path + rb"\b"
        )
        read = path + rb"\.(?:" + b"|".join(sorted(READS)) + rb")\("
        before, after = site.code[start : node.start_byte], site.code[node.start_byte : site.end]
        margin = leading_space(before)
        if b"\n" not in margin:
            continue
        if re.match(read, after) and re.search(written, before):
            text = margin + b"let " + name + b" = &" + site.text(node) + b";" + before + name
            yield over(start, node.end_byte, text)
        elif re.match(path + calls, after) and re.search(written + b"|" + read, before):
            text = margin + b"let " + name + b" = &mut " + site.text(node) + b";" + before + name
            yield over(start, node.end_byte, text)
