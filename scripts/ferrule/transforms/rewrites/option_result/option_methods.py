"""Methods of Option and Result as the longer calls that they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.transforms.rewrites.expressions import fresh, is_place, is_pure, loses_comment, put
from ferrule.transforms.rewrites.option_result.wrappers import wrapper_of
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place, rewrite


def rename_call(site: Site, call, receiver, text: bytes) -> Place:
    """`text` in place of everything after the receiver."""
    return (Edit(receiver.end_byte, call.end_byte, text),)


@rewrite("Use `is_some_and` (or `is_ok_and`, `is_none_or`) instead of `map_or` with a truth value.")
def is_some_and_to_map_or(site: Site) -> Iterator[Place]:
    defaults = {b"is_some_and": b"false", b"is_ok_and": b"false", b"is_none_or": b"true"}
    for call, receiver, name, _ in site.method_calls:
        arguments = site.arguments(call)
        if name in defaults and len(arguments) == 1 and not loses_comment(call, receiver, *arguments):
            dot = site.code[receiver.end_byte : site.method(call)[1].start_byte]
            text = b"map_or(" + defaults[name] + b", " + site.text(arguments[0]) + b")"
            yield rename_call(site, call, receiver, dot + text)


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
            continue  # for truth values clippy asks for `is_some_and`
        dot = site.code[receiver.end_byte : site.method(call)[1].start_byte]
        ending = b"unwrap_or" if name == b"map_or" else b"unwrap_or_else"
        text = dot + b"map(" + site.text(function) + b")" + dot + ending + b"(" + site.text(default) + b")"
        yield rename_call(site, call, receiver, text)


@rewrite("Use `copied` or `cloned` instead of `map` with a closure that copies.")
def copied_to_map(site: Site) -> Iterator[Place]:
    one = fresh(site, b"x", b"v", b"value")
    done = {b"copied": b"map(|&%b| %b)", b"cloned": b"map(|%b| %b.clone())"}
    for call, receiver, name, _ in site.method_calls:
        # As a field or an associated type the iterator's own type is fixed.
        named = call.parent.type == "field_initializer" or b"Self::" in site.text(site.returns)
        if name in done and not site.arguments(call) and not loses_comment(call, receiver) and not named:
            dot = site.code[receiver.end_byte : site.method(call)[1].start_byte]
            yield rename_call(site, call, receiver, dot + done[name] % (one, one))


@rewrite("Use `as_deref`.")
def as_deref_to_map(site: Site) -> Iterator[Place]:
    for call, receiver, name, _ in site.method_calls:
        one = fresh(site, b"x", b"v", b"value")
        if name == b"as_deref" and not site.arguments(call) and not loses_comment(call, receiver):
            dot = site.code[receiver.end_byte : site.method(call)[1].start_byte]
            yield rename_call(site, call, receiver, dot + b"as_ref()" + dot + b"map(|%b| &**%b)" % (one, one))


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
