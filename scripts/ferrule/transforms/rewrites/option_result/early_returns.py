"""The `?` operator written out: the match, the `let else` or the `if let` that returns early."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.rewrites.expressions import (
    UnaryCall,
    applied,
    comfortable,
    error_name,
    heads_a_block,
    loses_comment,
    match,
    own_return,
    put,
    value_name,
    wrapped,
)
from ferrule.transforms.rewrites.option_result.combinators import error_value
from ferrule.transforms.rewrites.option_result.wrappers import returned_wrapper
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite

# Names of the errors that fallible functions of std return.
STD_ERRORS = re.compile(rb"\b(?:Parse\w+|TryFrom\w+|\w*Utf8|Infallible|Err)(?:Error)?\s*>")


def questions(site: Site, kind: bytes) -> Iterator[tuple[Node, Node]]:
    """(`e?`, e) for every `?` that leaves the function, if the function returns this kind."""
    if returned_wrapper(site) != kind:
        return
    for node in site.nodes("try_expression"):
        inner = node.named_children[0]
        if own_return(site, node) and heads_a_block(inner) and not loses_comment(node, inner):
            yield node, inner


def method_named(site: Site, node: Node, *names: bytes) -> UnaryCall | None:
    """The receiver and the argument if the node calls one of these methods with one argument."""
    parts = site.method(node) if node.type == "call_expression" else None
    if parts is None or site.text(parts.name) not in names or len(site.arguments(node)) != 1:
        return None
    argument = site.arguments(node)[0]
    return None if loses_comment(node, parts.receiver, argument) else UnaryCall(parts.receiver, argument)


def is_special(site: Site, inner: Node) -> bool:
    """Whether another rewrite has a better long form than a match on the whole."""
    if method_named(site, inner, b"ok_or", b"ok_or_else", b"map_err"):
        return True
    return site.text(inner).startswith((b"Err(", b"Ok(", b"Some("))


def is_statement(node: Node) -> bool:
    """Whether the expression is a statement with a semicolon."""
    return parent_of(node).type == "expression_statement" and parent_of(node).child_count > 1


@rewrite("Use the `?` operator.")
def question_mark_to_match(site: Site) -> Iterator[Place]:
    for node, inner in questions(site, b"Result"):
        if comfortable(site, node) and not is_statement(node) and not is_special(site, inner):
            name, failed = value_name(site, node), error_name(site)
            good, bad = b"Ok(" + name + b")", b"Err(" + failed + b")"
            arms = (good, name), (bad, returned_error(site, failed, inner))
            yield put(node, match(site.text(inner), *arms))
    for node, inner in questions(site, b"Option"):
        if comfortable(site, node) and not is_statement(node):
            name = value_name(site, node)
            arms = (b"Some(" + name + b")", name), (b"None", b"return None")
            yield put(node, match(site.text(inner), *arms))


def returned_error(site: Site, name: bytes, inner: Node) -> bytes:
    """`return Err(name)`, with `.into()` if the error of `inner` is one of std's and the function's is not.

    A needless conversion would be noise, and a form without a needed one does not compile.
    """
    parts, returns = site.method(inner) if inner.type == "call_expression" else None, site.text(site.returns)
    function = site.text(parts.name if parts else inner.child_by_field_name("function"))
    fallible = re.search(rb"\b(?:parse|try_from|try_into|from_utf8|from_str_radix)$", function)
    # A `parse` with arguments is a parser's method.
    of_std = fallible and not (function == b"parse" and site.arguments(inner))
    converted = of_std and b"," in returns and not STD_ERRORS.search(returns)
    return b"return Err(" + name + (b".into())" if converted or b"dyn " in returns else b")")


@rewrite("Use the `?` operator.")
def question_mark_to_if_let(site: Site) -> Iterator[Place]:
    for node, inner in questions(site, b"Result"):
        if is_statement(node) and not is_special(site, inner):
            failed = error_name(site)
            head = b"if let Err(" + failed + b") = " + site.text(inner)
            yield put(parent_of(node), head + b" {\n" + returned_error(site, failed, inner) + b";\n}")
    for node, inner in questions(site, b"Option"):
        if is_statement(node):
            yield put(parent_of(node), b"if " + site.text(inner) + b".is_none() {\nreturn None;\n}")


def let_of(node: Node) -> Node | None:
    """The `let name = e?;` around `e?`, if it may become a `let else`."""
    parent = parent_of(node)
    if parent.type != "let_declaration" or parent.child_by_field_name("alternative") is not None:
        return None
    pattern = child_of(parent, "pattern")
    if parent.child_by_field_name("type") is not None or pattern.type not in (
        "identifier",
        "tuple_pattern",
        "tuple_struct_pattern",
        "struct_pattern",
        "reference_pattern",
    ):
        return None
    return parent


def let_else(site: Site, let: Node, value: Node, otherwise: bytes) -> Place | None:
    """`let Some(name) = value else { otherwise };`"""
    pattern = child_of(let, "pattern")
    mutable = next((b"mut " for n in let.children if n.type == "mutable_specifier"), b"")
    if site.text(value).endswith(b"}") or value.type in ("binary_expression", "match_expression"):
        return None
    if loses_comment(let, pattern, value):
        return None
    head = b"let Some(" + mutable + site.text(pattern) + b") = " + site.text(value)
    return put(let, head + b" else {\n" + otherwise + b";\n};")


@rewrite("Use the `?` operator.")
def question_mark_to_let_else(site: Site) -> Iterator[Place]:
    for node, inner in questions(site, b"Option"):
        let = let_of(node)
        place = let_else(site, let, inner, b"return None") if let is not None else None
        if place:
            yield place


@rewrite("Use `ok_or` or `ok_or_else` with the `?` operator.")
def ok_or_question_mark_to_let_else(site: Site) -> Iterator[Place]:
    for node, inner in questions(site, b"Result"):
        let, parts = let_of(node), method_named(site, inner, b"ok_or", b"ok_or_else")
        if let is None or parts is None:
            continue
        error = error_value(site, inner, parts.argument)
        if error is not None:
            place = let_else(site, let, parts.receiver, b"return Err(" + error + b")")
            if place:
                yield place


@rewrite("Use `ok_or` or `ok_or_else` with the `?` operator.")
def ok_or_question_mark_to_match(site: Site) -> Iterator[Place]:
    for node, inner in questions(site, b"Result"):
        parts = method_named(site, inner, b"ok_or", b"ok_or_else")
        if (
            parts is None
            or not comfortable(site, node)
            or not heads_a_block(parts.receiver)
            or is_statement(node)
        ):
            continue
        error, name = error_value(site, inner, parts.argument), value_name(site, node)
        if error is not None:
            arms = (b"Some(" + name + b")", name), (b"None", b"return Err(" + error + b")")
            yield put(node, match(site.text(parts.receiver), *arms))


@rewrite("Use `map_err` with the `?` operator.")
def map_err_question_mark_to_match(site: Site) -> Iterator[Place]:
    for node, inner in questions(site, b"Result"):
        parts = method_named(site, inner, b"map_err")
        if (
            parts is None
            or not (comfortable(site, node) or is_statement(node))
            or not heads_a_block(parts.receiver)
        ):
            continue
        done = applied(site, parts.argument, error_name(site))
        error = wrapped(site, b"return Err", done.text, done.body) if done else None
        if done is None or error is None:
            continue
        if is_statement(node):
            head = b"if let Err(" + done.pattern + b") = " + site.text(parts.receiver)
            block = error if error.startswith(b"{") else b"{\n" + error + b";\n}"
            yield put(parent_of(node), head + b" " + block)
        else:
            name = value_name(site, node)
            arms = (b"Ok(" + name + b")", name), (b"Err(" + done.pattern + b")", error)
            yield put(node, match(site.text(parts.receiver), *arms))
