"""Where an expression stands, so that statements can take its place or go before it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ferrule.rust.function_tree import COMMENTS, KEYWORDS, Site
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place

# Climbed through: each evaluates the expression before anything else in it.
FIRST = {
    "field_expression": "value",
    "try_expression": None,
    "call_expression": "function",
    "await_expression": None,
    "binary_expression": "left",
    "type_cast_expression": "value",
    "unary_expression": None,
    "parenthesized_expression": None,
    "generic_function": "function",
}
OWN_FUNCTION = ("closure_expression", "async_block", "const_block", "gen_block")


class Seat(NamedTuple):
    """`kind`: value (of the function), return, let (`name` is bound), or lead (first in `statement`)."""

    kind: str
    expression: object
    statement: object
    name: bytes = b""
    annotation: bytes = b""  # `: T` of the let


def seat_of(site: Site, expression, *, leading: bool = True) -> Seat | None:
    """How `expression` can become statements, or None. Nothing here crosses a closure or a loop's head."""
    if site.is_const or in_const(site, expression):
        return None
    if gives_value(site, expression):
        return Seat("value", expression, expression)
    parent = expression.parent
    if parent.type == "return_expression" and not site.inside(parent, *OWN_FUNCTION):
        if _stands_in_block(site, parent.parent) and site.text(parent.parent).endswith(b";"):
            return Seat("return", expression, parent.parent)
        return None
    if parent.type == "let_declaration" and _stands_in_block(site, parent):
        pattern, kind = parent.child_by_field_name("pattern"), parent.child_by_field_name("type")
        name = next((n for n in pattern.named_children if n.type == "identifier"), None)
        name = name if pattern.type == "mut_pattern" else pattern if pattern.type == "identifier" else None
        if name is not None and parent.child_by_field_name("alternative") is None and _no_comment(parent):
            annotation = b": " + site.text(kind) if kind is not None else b""
            return Seat("let", expression, parent, site.text(name), annotation)
    statement = _statement_led_by(site, expression) if leading else None
    return Seat("lead", expression, statement) if statement is not None else None


def in_const(site: Site, node) -> bool:
    return site.inside(node, "const_item", "static_item", "const_block", "function_item") != site.function


def gives_value(site: Site, node) -> bool:
    """Whether the value of `node` is the function's, and nothing but it is worked out there."""
    while True:
        parent = node.parent
        if parent.type == "expression_statement" and not site.text(parent).endswith(b";"):
            node = parent
        elif parent.type == "block":
            tail = site.tail(parent)
            if tail is None or not (tail == node or node.type == "expression_statement"):
                return False
            if tail.start_byte != node.start_byte or _attribute_before(node):
                return False
            if parent == site.body:
                return True
            if any(child.type == "label" for child in parent.children):
                return False
            node = parent
        elif (
            (parent.type == "if_expression" and node != parent.child_by_field_name("condition"))
            or parent.type in ("else_clause", "match_block")
            or (parent.type == "match_arm" and node == parent.child_by_field_name("value"))
            or (parent.type == "match_expression" and node.type == "match_block")
        ):
            node = parent
        else:
            return False


def _statement_led_by(site: Site, node):
    """The statement of a block whose first action is to evaluate `node`, else None."""
    while True:
        parent = node.parent
        if parent.type in FIRST:
            field = FIRST[parent.type]
            if field and parent.child_by_field_name(field) != node:
                return None
            if parent.type == "call_expression" and node.type not in ("field_expression", "generic_function"):
                return None
            if parent.type == "unary_expression" and site.text(parent)[:1] == b"*":
                return None
            node = parent
        elif parent.type == "let_condition":
            if parent.parent.type != "if_expression" or parent.child_by_field_name("value") != node:
                return None
            node = parent
        elif parent.type in ("if_expression", "match_expression"):
            head = parent.child_by_field_name("condition") or parent.child_by_field_name("value")
            if head != node:
                return None
            return _as_statement(site, parent)
        elif parent.type == "let_declaration":
            return parent if _stands_in_block(site, parent) else None
        elif parent.type == "return_expression":
            node = parent
        else:
            return _as_statement(site, node)


def _as_statement(site: Site, node):
    statement = node.parent if node.parent.type == "expression_statement" else node
    return statement if _stands_in_block(site, statement) else None


def _stands_in_block(site: Site, statement) -> bool:
    return (
        statement.parent is not None and statement.parent.type == "block" and not _attribute_before(statement)
    )


def _attribute_before(node) -> bool:
    before = node.prev_named_sibling
    while before is not None and before.type in COMMENTS:
        before = before.prev_named_sibling
    return before is not None and before.type == "attribute_item"


def _no_comment(node) -> bool:
    return not any(child.type in COMMENTS for child in node.children)


def comments_within(site: Site, node, kept: Iterable = ()) -> bool:
    """Whether a comment stands inside `node` but outside every node of `kept`, whose text stays."""
    spans = [(n.start_byte, n.end_byte) for n in kept if n is not None]
    return any(
        node.start_byte <= comment.start_byte < node.end_byte
        and not any(start <= comment.start_byte < end for start, end in spans)
        for comment in site.nodes(*COMMENTS)
    )


def fresh(site: Site, *names: bytes) -> bytes | None:
    """The first of the names that a new variable can have: the function uses it for methods and fields at most."""
    return next(
        (n for n in names if n not in KEYWORDS and not re.search(rb"(?<![.\w])" + n + rb"\b", site.code)),
        None,
    )


def has_word(text: bytes, name: bytes) -> bool:
    return re.search(rb"(?<![\w'])" + re.escape(name) + rb"\b", text) is not None


def put(node, text: bytes) -> Edit:
    return Edit(node.start_byte, node.end_byte, text)


def accumulate(site: Site, seat: Seat, start: bytes, loop: bytes, name: bytes) -> Place:
    """`let mut name = start; loop` in the seat, and the name where the value was wanted."""
    before = b"let mut " + name + seat.annotation + b" = " + start + b";\n" + loop
    if seat.kind == "let":
        return (put(seat.statement, before),)
    if seat.kind == "return":
        return (put(seat.statement, before + b"\nreturn " + name + b";"),)
    if seat.kind == "value":
        return (put(seat.statement, braced(seat, before + b"\n" + name)),)
    at = seat.statement.start_byte
    return (Edit(at, at, before + b"\n"), put(seat.expression, name))


def braced(seat: Seat, text: bytes) -> bytes:
    """Statements where a single expression stood: a match arm needs braces for them."""
    return b"{\n" + text + b"\n}" if seat.expression.parent.type == "match_arm" else text
