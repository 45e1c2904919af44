"""Unwrapping an Option or Result with a default, a test or a panic, written out as a match."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.transforms.rewrites.expressions import (
    UnaryCall,
    applied,
    error_name,
    heads_a_block,
    is_pure,
    loses_comment,
    match,
    put,
    supplied,
    value_name,
)
from ferrule.transforms.rewrites.option_result.combinators import (
    GOOD,
    bad_arm,
    calls,
    good_arm,
    kind_of,
    mapped,
)
from ferrule.transforms.rewrites.option_result.wrappers import wrapper_of
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite


def otherwise(site: Site, call: Node, receiver: Node, kind: bytes, fallback: bytes) -> Place | None:
    """The call replaced by a match with the value or the fallback."""
    if kind not in GOOD:
        return None
    name = value_name(site, call)
    arms = good_arm(kind, name, name), bad_arm(site, kind, fallback)
    return put(call, match(site.text(receiver), *arms))


@rewrite("Use `unwrap_or` for the default value.")
def unwrap_or_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, (default,) in calls(site, b"unwrap_or"):
        if is_pure(site, default) and not mapping(site, receiver):
            place = otherwise(site, call, receiver, kind_of(site, receiver), site.text(default))
            if place:
                yield place


@rewrite("Use `unwrap_or_else` to make the default value.")
def unwrap_or_else_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, (function,) in calls(site, b"unwrap_or_else"):
        if mapping(site, receiver):
            continue
        default, kind = supplied(site, function), kind_of(site, receiver)
        if default is not None:
            place = otherwise(site, call, receiver, kind, default) if kind == b"Option" else None
        else:
            place = _from_error(site, call, receiver, function)
        if place:
            yield place


def _from_error(site: Site, call: Node, receiver: Node, function: Node) -> Place | None:
    done, name = applied(site, function, error_name(site)), value_name(site, call)
    if done is None or function.type != "closure_expression":
        return None
    arms = good_arm(b"Result", name, name), (b"Err(" + done.pattern + b")", done.text)
    return put(call, match(site.text(receiver), *arms))


@rewrite("Use `unwrap_or_default`.")
def unwrap_or_default_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, _ in calls(site, b"unwrap_or_default", count=0):
        if not mapping(site, receiver):
            place = otherwise(site, call, receiver, kind_of(site, receiver), b"Default::default()")
            if place:
                yield place


def mapping(site: Site, receiver: Node) -> UnaryCall | None:
    """The receiver and the argument if the expression is a call of `map`."""
    parts = site.method(receiver) if receiver.type == "call_expression" else None
    if parts is None or site.text(parts.name) != b"map" or len(site.arguments(receiver)) != 1:
        return None
    return UnaryCall(parts.receiver, site.arguments(receiver)[0])


@rewrite("Use `map_or` or `map_or_else` instead of a match with a default.")
def map_or_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, (default, function) in calls(site, b"map_or", count=2):
        kind, done = kind_of(site, receiver), mapped(site, function)
        if kind in GOOD and done and is_pure(site, default):
            arms = good_arm(kind, done.pattern, done.text), bad_arm(site, kind, site.text(default))
            yield put(call, match(site.text(receiver), *arms))


@rewrite("Use `map_or_else` instead of a match.")
def map_or_else_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, (fallback, function) in calls(site, b"map_or_else", count=2):
        default, done = supplied(site, fallback), mapped(site, function)
        if done and default is not None and kind_of(site, receiver) == b"Option":
            arms = good_arm(b"Option", done.pattern, done.text), (b"None", default)
        elif done and default is None and (failed := applied(site, fallback, error_name(site))):
            bad = b"Err(" + failed.pattern + b")", failed.text
            arms = good_arm(b"Result", done.pattern, done.text), bad
        else:
            continue
        yield put(call, match(site.text(receiver), *arms))


@rewrite("Use `map` with `unwrap_or` (or `unwrap_or_else`) instead of a match.")
def map_with_default_to_match(site: Site) -> Iterator[Place]:
    for name, count in ((b"unwrap_or", 1), (b"unwrap_or_else", 1), (b"unwrap_or_default", 0)):
        for call, receiver, arguments in calls(site, name, count=count):
            inner = mapping(site, receiver)
            done = mapped(site, inner.argument) if inner else None
            if inner is None or done is None or not heads_a_block(inner.receiver):
                continue
            if loses_comment(call, *inner, *arguments):
                continue
            default = _default(site, name, arguments)
            kind = kind_of(site, inner.receiver)
            if default is not None and kind in GOOD:
                arms = good_arm(kind, done.pattern, done.text), bad_arm(site, kind, default)
                yield put(call, match(site.text(inner.receiver), *arms))


def _default(site: Site, name: bytes, arguments: list[Node]) -> bytes | None:
    if name == b"unwrap_or_default":
        return b"Default::default()"
    if name == b"unwrap_or_else":
        return supplied(site, arguments[0])
    return site.text(arguments[0]) if is_pure(site, arguments[0]) else None


@rewrite("Use `is_some_and` (or `is_ok_and`, `is_none_or`).")
def is_some_and_to_match(site: Site) -> Iterator[Place]:
    for method, kind, default in (
        (b"is_some_and", b"Option", b"false"),
        (b"is_ok_and", b"Result", b"false"),
        (b"is_none_or", b"Option", b"true"),
    ):
        for call, receiver, (argument,) in calls(site, method):
            done = mapped(site, argument)
            if done:
                arms = good_arm(kind, done.pattern, done.text), bad_arm(site, kind, default)
                yield put(call, match(site.text(receiver), *arms))


@rewrite("Use `expect` instead of a match that panics.")
def expect_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, (message,) in calls(site, b"expect"):
        text, name = site.text(message), value_name(site, call)
        kind = wrapper_of(site, receiver)
        if message.type != "string_literal" or b"{" in text or b"}" in text:
            continue
        if kind == b"Option":
            bad = b"None", b"panic!(" + text + b")"
        elif kind == b"Result":
            failed = error_name(site)
            bad = b"Err(" + failed + b")", b"panic!(" + text[:-1] + b": {" + failed + b':?}")'
        else:
            continue
        yield put(call, match(site.text(receiver), good_arm(kind, name, name), bad))
