"""Option and Result: wrapped too little, too much, or the wrong way."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import Mutation, cut, insert, operator, over, put


@operator("E0308")
def drop_some(site: Site) -> Iterator[Mutation]:
    """Forgot to wrap a value in Some."""
    for call, argument in site.calls_of(b"Some"):
        if site.stands_open(call):
            yield put(call, site.text(argument))


@operator("E0308")
def drop_ok(site: Site) -> Iterator[Mutation]:
    """Forgot to wrap the result in Ok."""
    for call, argument in site.calls_of(b"Ok", b"Err"):
        if site.stands_open(call):
            yield put(call, site.text(argument))


@operator("E0308")
def drop_final_ok(site: Site) -> Iterator[Mutation]:
    """Forgot the Ok(()) at the end."""
    tail = site.tail(site.body)
    if tail is not None and site.text(tail) == b"Ok(())":
        yield cut(tail.start_byte, tail.end_byte)


@operator("E0308")
def wrap_in_some(site: Site) -> Iterator[Mutation]:
    """Wrapped the value of a function that returns no Option."""
    tail, kind = site.tail(site.body), site.text(site.returns)
    if (
        tail is not None
        and kind
        and not kind.startswith((b"Option", b"Result", b"impl", b"io::Result", b"fmt::Result"))
        and b"Result" not in kind
    ):
        if tail.type in (
            "identifier",
            "call_expression",
            "field_expression",
            "struct_expression",
            "binary_expression",
        ):
            yield put(tail, (b"Ok(" if tail.type == "call_expression" else b"Some(") + site.text(tail) + b")")


@operator("E0308")
def some_for_ok(site: Site) -> Iterator[Mutation]:
    """Mistook a Result for an Option, or the other way round."""
    for call, _ in site.calls_of(b"Some", b"Ok"):
        function = child_of(call, "function")
        yield put(function, b"Ok" if site.text(function) == b"Some" else b"Some")
    for node in site.nodes("identifier"):
        if site.text(node) == b"None" and parent_of(node).type in ("block", "return_expression", "match_arm"):
            yield put(node, b"Err(())")


@operator("E0308", "E0277", "E0599", "E0369")
def drop_question_mark(site: Site) -> Iterator[Mutation]:
    """Forgot the ? after a call that can fail."""
    for node in site.nodes("try_expression"):
        yield cut(node.end_byte - 1, node.end_byte)


@operator("E0277")
def extra_question_mark(site: Site) -> Iterator[Mutation]:
    """Used ? on a value that cannot fail, or in a function that returns no Result."""
    for call, _, name, _ in site.method_calls:
        if parent_of(call).type in ("let_declaration", "arguments", "field_expression") and name in (
            b"next",
            b"get",
            b"first",
            b"last",
            b"pop",
            b"len",
            b"iter",
            b"parse",
            b"find",
            b"position",
            b"checked_add",
            b"checked_sub",
            b"get_mut",
            b"peek",
        ):
            yield insert(call.end_byte, b"?")


@operator("E0277")
def question_mark_for_unwrap(site: Site) -> Iterator[Mutation]:
    """Used ? in a function that returns neither Option nor Result."""
    for call, receiver, name, _ in site.method_calls:
        if name in (b"unwrap", b"expect", b"unwrap_or_default"):
            yield over(receiver.end_byte, call.end_byte, b"?")


@operator("E0308", "E0599", "E0277", "E0369")
def drop_unwrap(site: Site) -> Iterator[Mutation]:
    """Used an Option or Result as if it were the value inside."""
    for call, receiver, name, _ in site.method_calls:
        if name in (
            b"unwrap",
            b"expect",
            b"unwrap_or",
            b"unwrap_or_else",
            b"unwrap_or_default",
            b"unwrap_unchecked",
        ):
            yield cut(receiver.end_byte, call.end_byte)


@operator("E0599")
def unwrap_of_value(site: Site) -> Iterator[Mutation]:
    """Unwrapped a value that is neither Option nor Result."""
    for call, _, name, _ in site.method_calls:
        if name in (
            b"len",
            b"iter",
            b"clone",
            b"to_string",
            b"as_str",
            b"chars",
            b"index",
            b"abs",
            b"min",
            b"max",
            b"as_bytes",
        ):
            if site.stands_open(call):
                yield insert(call.end_byte, b".unwrap()")


@operator("E0277")
def question_mark_across(site: Site) -> Iterator[Mutation]:
    """Used ? on an Option in a function that returns a Result, or the other way round."""
    for node in site.nodes("try_expression"):
        inner = node.named_children[0]
        parts = site.method(inner) if inner.type == "call_expression" else None
        if parts and site.text(parts.name) in (b"ok_or", b"ok_or_else", b"ok", b"map_err", b"err"):
            yield cut(parts.receiver.end_byte, inner.end_byte)


@operator("E0308")
def map_for_and_then(site: Site) -> Iterator[Mutation]:
    """Called one of two similar methods with what the other one takes."""
    related = {
        b"map": b"and_then",
        b"and_then": b"map",
        b"unwrap_or": b"unwrap_or_else",
        b"unwrap_or_else": b"unwrap_or",
        b"map_or": b"map_or_else",
        b"ok_or": b"ok_or_else",
        b"ok_or_else": b"ok_or",
        b"filter_map": b"filter",
        b"flat_map": b"map",
        b"or_else": b"or",
    }
    for call, _, name, _ in site.method_calls:
        function = child_of(call, "function")
        if name in related and function.type == "field_expression":
            yield put(child_of(function, "field"), related[name])
