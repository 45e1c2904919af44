"""Casts: missing, of the wrong width, or not allowed."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.rust.function_tree import INTEGERS, PRIMITIVES, Site
from ferrule.rust.nodes import child_of
from ferrule.transforms.mutations.mutation_operator import OTHER_WIDTH, Mutation, cut, insert, operator, put


@operator("E0308", "E0277")
def drop_cast(site: Site) -> Iterator[Mutation]:
    """Forgot that Rust does not convert between number types implicitly."""
    for node in site.nodes("type_cast_expression"):
        value = child_of(node, "value")
        if site.text(child_of(node, "type")) in PRIMITIVES and value.type not in ("integer_literal",):
            yield cut(value.end_byte, node.end_byte)


@operator("E0308", "E0277")
def wrong_cast(site: Site) -> Iterator[Mutation]:
    """Cast to a number type of the wrong width."""
    for node in site.nodes("type_cast_expression"):
        kind = child_of(node, "type")
        if site.text(kind) in OTHER_WIDTH:
            yield put(kind, OTHER_WIDTH[site.text(kind)])


@operator("E0604", "E0606")
def cast_to_char(site: Site) -> Iterator[Mutation]:
    """Cast a number wider than u8 to char."""
    for node in site.nodes("type_cast_expression"):
        kind, value = child_of(node, "type"), child_of(node, "value")
        if site.text(kind) == b"char" and value.type == "type_cast_expression":
            yield put(child_of(value, "type"), b"u32")
    for call, argument in site.calls_of(b"char::from_u32", b"char::from", b"std::char::from_u32"):
        if argument.type in ("identifier", "integer_literal", "field_expression"):
            yield put(call, site.text(argument) + b" as char")


@operator("E0054")
def cast_to_bool(site: Site) -> Iterator[Mutation]:
    """Cast a number to bool, as other languages allow."""
    for node in site.nodes("binary_expression"):
        left, right = child_of(node, "left"), child_of(node, "right")
        simple = left.type in ("identifier", "field_expression", "call_expression", "index_expression")
        if (
            site.text(right) == b"0"
            and site.code[left.end_byte : right.start_byte].strip() == b"!="
            and simple
        ):
            if site.stands_open(node):
                yield put(node, site.text(left) + b" as bool")


@operator("E0605")
def cast_for_from(site: Site) -> Iterator[Mutation]:
    """Used `as` for a conversion that needs From or a constructor."""
    for call in site.nodes("call_expression"):
        function = child_of(call, "function")
        if function.type == "scoped_identifier" and site.text(function.child_by_field_name("name")) in (
            b"from",
            b"new",
        ):
            arguments = site.arguments(call)
            path = function.child_by_field_name("path")
            if (
                len(arguments) == 1
                and path is not None
                and path.type == "identifier"
                and site.stands_open(call)
            ):
                if arguments[0].type in ("identifier", "field_expression", "integer_literal"):
                    yield put(call, site.text(arguments[0]) + b" as " + site.text(path))


@operator("E0606")
def cast_of_reference(site: Site) -> Iterator[Mutation]:
    """Cast the reference instead of the value behind it."""
    for node in site.nodes("type_cast_expression"):
        value = child_of(node, "value")
        if site.text(child_of(node, "type")) in INTEGERS and site.stands_open(node):
            if value.type == "identifier" or (value.type == "field_expression" and site.stands_open(node)):
                yield insert(node.start_byte, b"&")
            elif value.type == "unary_expression" and site.text(value).startswith(b"*"):
                yield cut(value.start_byte, value.start_byte + 1)


@operator("E0620")
def cast_to_slice(site: Site) -> Iterator[Mutation]:
    """Cast to an unsized slice or str instead of borrowing it."""
    for call, receiver, name, _ in site.method_calls:
        if name in (b"as_str", b"as_bytes", b"as_slice") and receiver.type in (
            "identifier",
            "field_expression",
        ):
            if site.stands_open(call):
                yield cut(receiver.end_byte, call.end_byte)
                kind = b"str" if name == b"as_str" else b"[u8]"
                yield put(call, site.text(receiver) + b" as " + kind)
