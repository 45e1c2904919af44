"""The position of an expression, and how statements can replace it or be put before it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from tree_sitter import Node

from ferrule.rust.function_tree import COMMENTS, KEYWORDS, Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place

# Nodes that evaluate the expression in this field (or their only operand) before anything else.
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
    """Where an expression is, by `kind`.

    value: it is the function's value; return: it is returned; let: it is bound to `name`; lead: it is what
    `statement` evaluates first.
    """

    kind: str
    expression: Node
    statement: Node
    name: bytes = b""
    annotation: bytes = b""  # `: T` of the let


def seat_of(site: Site, expression: Node, *, leading: bool = True) -> Seat | None:
    """The seat of an expression that can become statements, else None.

    It is never in a closure or a loop's head.
    """
    if site.is_const or in_const(site, expression):
        return None
    if gives_value(site, expression):
        return Seat("value", expression, expression)
    parent = parent_of(expression)
    if parent.type == "return_expression" and not site.inside(parent, *OWN_FUNCTION):
        statement = parent_of(parent)
        if _is_in_block(statement) and site.text(statement).endswith(b";"):
            return Seat("return", expression, statement)
        return None
    if parent.type == "let_declaration" and _is_in_block(parent):
        pattern, kind = child_of(parent, "pattern"), parent.child_by_field_name("type")
        inner = next((n for n in pattern.named_children if n.type == "identifier"), None)
        name = inner if pattern.type == "mut_pattern" else pattern if pattern.type == "identifier" else None
        if name is not None and parent.child_by_field_name("alternative") is None and _no_comment(parent):
            annotation = b": " + site.text(kind) if kind is not None else b""
            return Seat("let", expression, parent, site.text(name), annotation)
    led = _statement_led_by(site, expression) if leading else None
    return Seat("lead", expression, led) if led is not None else None


def in_const(site: Site, node: Node) -> bool:
    """Whether the node is in a constant, or in a nested function."""
    return site.inside(node, "const_item", "static_item", "const_block", "function_item") != site.function


def gives_value(site: Site, node: Node) -> bool:
    """Whether the value of `node` is the function's value, with nothing evaluated after it."""
    while True:
        parent = parent_of(node)
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


def _statement_led_by(site: Site, node: Node) -> Node | None:
    """The statement of a block that evaluates `node` first, else None."""
    while True:
        parent = parent_of(node)
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
            if parent_of(parent).type != "if_expression" or parent.child_by_field_name("value") != node:
                return None
            node = parent
        elif parent.type in ("if_expression", "match_expression"):
            head = parent.child_by_field_name("condition") or parent.child_by_field_name("value")
            if head != node:
                return None
            return _as_statement(parent)
        elif parent.type == "let_declaration":
            return parent if _is_in_block(parent) else None
        elif parent.type == "return_expression":
            node = parent
        else:
            return _as_statement(node)


def _as_statement(node: Node) -> Node | None:
    statement = parent_of(node) if parent_of(node).type == "expression_statement" else node
    return statement if _is_in_block(statement) else None


def _is_in_block(statement: Node) -> bool:
    return parent_of(statement).type == "block" and not _attribute_before(statement)


def _attribute_before(node: Node) -> bool:
    before = node.prev_named_sibling
    while before is not None and before.type in COMMENTS:
        before = before.prev_named_sibling
    return before is not None and before.type == "attribute_item"


def _no_comment(node: Node) -> bool:
    return not any(child.type in COMMENTS for child in node.children)


def comments_within(site: Site, node: Node, kept: Iterable[Node] = ()) -> bool:
    """Whether there is a comment in `node` outside the nodes of `kept`, whose text stays."""
    spans = [(n.start_byte, n.end_byte) for n in kept]
    return any(
        node.start_byte <= comment.start_byte < node.end_byte
        and not any(start <= comment.start_byte < end for start, end in spans)
        for comment in site.nodes(*COMMENTS)
    )


def fresh(site: Site, *names: bytes) -> bytes | None:
    """The first of the names that a new variable can have: no variable of the function has it."""
    return next(
        (n for n in names if n not in KEYWORDS and not re.search(rb"(?<![.\w])" + n + rb"\b", site.code)),
        None,
    )


def has_word(text: bytes, name: bytes) -> bool:
    return re.search(rb"(?<![\w'])" + re.escape(name) + rb"\b", text) is not None


def put(node: Node, text: bytes) -> Edit:
    """`text` instead of the node."""
    return Edit(node.start_byte, node.end_byte, text)


def accumulate(site: Site, seat: Seat, start: bytes, loop: bytes, name: bytes) -> Place:
    """`let mut name = start; loop` in the seat, and the name instead of the expression."""
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
    """Statements instead of a single expression: a match arm needs braces around them."""
    return b"{\n" + text + b"\n}" if parent_of(seat.expression).type == "match_arm" else text
