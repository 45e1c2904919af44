"""Conditions in the longer form: two comparisons for a range, a length for `is_empty`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.rewrites.expressions import LITERALS, is_place, loses_comment, put
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite


@rewrite("Use `contains` on a range instead of two comparisons.")
def range_contains_to_comparison(site: Site) -> Iterator[Place]:
    for call, receiver, name, _ in site.method_calls:
        arguments = site.arguments(call)
        if name != b"contains" or receiver.type != "parenthesized_expression" or len(arguments) != 1:
            continue
        ends, argument = receiver.named_children[0], arguments[0]
        if ends.type != "range_expression" or loses_comment(call):
            continue
        if argument.type == "reference_expression" and is_place(argument.named_children[-1]):
            item = site.text(argument.named_children[-1])
        elif argument.type == "identifier":
            item = b"*" + site.text(argument)
        else:
            continue
        sides = _comparisons(site, ends, item)
        if sides:
            text = b" && ".join(sides)
            around = parent_of(call)
            open_place = site.stands_open(call) or around.type in (
                "if_expression",
                "while_expression",
                "match_pattern",
            )
            if around.type == "binary_expression":
                operator = site.text(child_of(around, "operator"))
                open_place = operator == b"&&" or (operator == b"||" and len(sides) == 1)
            yield put(call, text if open_place else b"(" + text + b")")


def _comparisons(site: Site, ends: Node, item: bytes) -> list[bytes]:
    """The comparisons of `item` with the ends of a range; none if an end may have an effect."""
    low = high = None
    operator = None
    for child in ends.children:
        if child.type in ("..", "..="):
            operator = child.type
        elif operator is None:
            low = child
        else:
            high = child
    if any(
        n is not None and not (n.type in LITERALS or is_place(n) or n.type == "scoped_identifier")
        for n in (low, high)
    ):
        return []
    sides = [item + b" >= " + site.text(low)] if low is not None else []
    if high is not None:
        sides.append(item + (b" <= " if operator == "..=" else b" < ") + site.text(high))
    return sides


TEXTS = re.compile(rb"&?\s*(?:'\w+\s+)?(?:mut\s+)?(?:str|String|Vec<.*>|\[[^;]*\])|&?'static str", re.DOTALL)
GIVES_TEXT = frozenset(
    b"trim trim_start trim_end as_str as_bytes as_slice to_string to_owned to_lowercase to_uppercase into_bytes "
    b"trim_matches trim_start_matches trim_end_matches to_vec".split()
)


def has_length(site: Site, node: Node) -> bool:
    """Whether the text shows that the node is a string, vector or slice."""
    if node.type in ("string_literal", "raw_string_literal"):
        return True
    if node.type == "call_expression":
        parts = site.method(node)
        if parts is None:
            return site.text(child_of(node, "function")) in (b"String::new", b"Vec::new")
        return site.text(parts.name) in GIVES_TEXT
    if node.type == "macro_invocation":
        return site.text(node).startswith((b"vec!", b"format!"))
    name = site.text(node)
    bound = site.bindings.get(name, ())
    if node.type != "identifier" or len(bound) != 1:
        return False
    if name in site.parameter_types:
        return TEXTS.fullmatch(site.parameter_types[name]) is not None
    let = parent_of(bound[0])
    if let.type != "let_declaration":
        return False
    kind, value = let.child_by_field_name("type"), let.child_by_field_name("value")
    if kind is not None:
        return TEXTS.fullmatch(site.text(kind)) is not None
    return value is not None and value.type != "identifier" and has_length(site, value)


@rewrite("Use `is_empty` instead of comparing the length with zero.")
def is_empty_to_length(site: Site) -> Iterator[Place]:
    for call, receiver, name, _ in site.method_calls:
        if name != b"is_empty" or not has_length(site, receiver) or loses_comment(call, receiver):
            continue
        parent = parent_of(call)
        negated = parent.type == "unary_expression" and site.text(parent).startswith(b"!")
        node = parent if negated else call
        around = parent_of(node)
        operator = site.text(around.child_by_field_name("operator"))
        logical = around.type == "binary_expression" and operator in (b"&&", b"||")
        if around.type in ("if_expression", "while_expression") or logical or site.stands_open(node):
            length = site.text(receiver) + b".len()"
            yield put(node, length + (b" > 0" if negated else b" == 0"))
