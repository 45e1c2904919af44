"""Methods of Option and Result as the longer calls that they abbreviate."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import parent_of
from ferrule.transforms.rewrites.expressions import is_place, is_pure, loses_comment, put, unused
from ferrule.transforms.rewrites.option_result.wrappers import wrapper_of
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place, rewrite


def rename_call(call: Node, receiver: Node, text: bytes) -> Place:
    """`text` instead of everything after the receiver."""
    return (Edit(receiver.end_byte, call.end_byte, text),)


def dot_of(site: Site, call: Node) -> bytes:
    """The text between the receiver and the name of a method call: a dot, perhaps on a line of its own."""
    parts = site.method(call)
    assert parts is not None, "the node is a method call"
    return site.between(parts.receiver, parts.name)


@rewrite("Use `is_some_and` (or `is_ok_and`, `is_none_or`) instead of `map_or` with a truth value.")
def is_some_and_to_map_or(site: Site) -> Iterator[Place]:
    defaults = {b"is_some_and": b"false", b"is_ok_and": b"false", b"is_none_or": b"true"}
    for call, receiver, name, _ in site.method_calls:
        arguments = site.arguments(call)
        if name in defaults and len(arguments) == 1 and not loses_comment(call, receiver, *arguments):
            text = b"map_or(" + defaults[name] + b", " + site.text(arguments[0]) + b")"
            yield rename_call(call, receiver, dot_of(site, call) + text)


@rewrite("Use `map_or` instead of `map` followed by `unwrap_or`.")
def map_or_to_map_unwrap_or(site: Site) -> Iterator[Place]:
    for call, receiver, name, _ in site.method_calls:
        arguments = site.arguments(call)
        if (
            name not in (b"map_or", b"map_or_else")
            or len(arguments) != 2
            or loses_comment(call, receiver, *arguments)
        ):
            continue
        default, function = arguments
        if default.type == "boolean_literal" or (name == b"map_or" and not is_pure(site, default)):
            continue  # for booleans clippy asks for `is_some_and`
        dot = dot_of(site, call)
        ending = b"unwrap_or" if name == b"map_or" else b"unwrap_or_else"
        text = dot + b"map(" + site.text(function) + b")" + dot + ending + b"(" + site.text(default) + b")"
        yield rename_call(call, receiver, text)


@rewrite("Use `copied` or `cloned` instead of `map` with a closure that copies.")
def copied_to_map(site: Site) -> Iterator[Place]:
    item = unused(site, b"x", b"v", b"value")
    longer = {
        b"copied": b"map(|&" + item + b"| " + item + b")",
        b"cloned": b"map(|" + item + b"| " + item + b".clone())",
    }
    for call, receiver, name, _ in site.method_calls:
        # In a field or as an associated type, the type of the iterator is fixed.
        fixed = parent_of(call).type == "field_initializer" or b"Self::" in site.text(site.returns)
        if name in longer and not site.arguments(call) and not loses_comment(call, receiver) and not fixed:
            yield rename_call(call, receiver, dot_of(site, call) + longer[name])


@rewrite("Use `as_deref`.")
def as_deref_to_map(site: Site) -> Iterator[Place]:
    for call, receiver, name, _ in site.method_calls:
        if name == b"as_deref" and not site.arguments(call) and not loses_comment(call, receiver):
            dot, item = dot_of(site, call), unused(site, b"x", b"v", b"value")
            text = dot + b"as_ref()" + dot + b"map(|" + item + b"| &**" + item + b")"
            yield rename_call(call, receiver, text)


@rewrite("Use `take` instead of replacing the Option by `None`.")
def take_to_replace(site: Site) -> Iterator[Place]:
    for call, receiver, name, _ in site.method_calls:
        if name != b"take" or site.arguments(call) or not is_place(receiver) or loses_comment(call):
            continue
        borrowed = site.parameter_types.get(site.text(receiver), b"").startswith(b"&mut ")
        core = "core" in site.names and "std" not in site.names
        path = b"mem" if re.search(rb"(?<!:)\bmem::", site.code) else b"core::mem" if core else b"std::mem"
        target = site.text(receiver) if borrowed else b"&mut " + site.text(receiver)
        if wrapper_of(site, receiver) != b"other":
            yield put(call, path + b"::replace(" + target + b", None)")
