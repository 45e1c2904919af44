"""Small idioms of assignments and names that reviewers and clippy ask for, written the longer way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.rewrites.expressions import below, is_primitive, loses_comment, put
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite


@rewrite("Use the compound assignment operator.")
def compound_assignment_to_assignment(site: Site) -> Iterator[Place]:
    for node in site.nodes("compound_assignment_expr"):
        left, right = child_of(node, "left"), child_of(node, "right")
        operator = site.text(child_of(node, "operator"))[:-1]
        if not is_number(site, left) or loses_comment(node) or not is_steady(site, right):
            continue
        value = site.text(right)
        if right.type == "binary_expression":
            value = b"(" + value + b")"
        yield put(node, site.text(left) + b" = " + site.text(left) + b" " + operator + b" " + value)


def is_number(site: Site, node: Node) -> bool:
    """Whether the text shows that this variable is of a primitive type."""
    if node.type == "unary_expression" and site.text(node).startswith(b"*"):
        reference = site.parameter_types.get(site.text(node.named_children[0]), b"")
        return reference.startswith(b"&mut ") and is_primitive(reference[5:])
    name = site.text(node)
    bound = site.bindings.get(name, ())
    if node.type != "identifier" or len(bound) != 1:
        return False
    if name in site.parameter_types:
        return is_primitive(site.parameter_types[name])
    let = parent_of(bound[0])
    if let.type != "let_declaration":
        return False
    kind, value = let.child_by_field_name("type"), let.child_by_field_name("value")
    if kind is not None:
        return is_primitive(site.text(kind))
    return value is not None and value.type in ("integer_literal", "float_literal", "boolean_literal")


def is_steady(site: Site, node: Node) -> bool:
    """Whether the expression has no effect, so that it may be evaluated after the variable is read."""
    return not any(
        n.type
        in (
            "assignment_expression",
            "compound_assignment_expr",
            "macro_invocation",
            "block",
            "await_expression",
        )
        or (n.type == "call_expression" and not _reads_only(site, n))
        or (n.type == "reference_expression" and b"mut" in site.text(n))
        for n in below(node)
    )


def _reads_only(site: Site, call: Node) -> bool:
    parts = site.method(call)
    name = site.text(parts.name) if parts else b""
    return name in (
        b"len",
        b"len_utf8",
        b"count_ones",
        b"abs",
        b"min",
        b"max",
        b"pow",
        b"leading_zeros",
        b"trailing_zeros",
    )


@rewrite("Use the shorthand for fields that are called as the variable.")
def field_shorthand_to_full(site: Site) -> Iterator[Place]:
    for node in site.nodes("shorthand_field_initializer"):
        name = site.text(node)
        if re.fullmatch(rb"\w+", name):
            yield put(node, name + b": " + name)


@rewrite("Write `Self` for the type of the impl.")
def self_type_to_name(site: Site) -> Iterator[Place]:
    """Only for types without parameters, for which the two mean the same."""
    impl = re.match(r"(?:unsafe )?impl\s+(?:[\w:]+(?:<[^{]*>)?\s+for\s+)?([A-Z]\w*)\s*(?:\{|$)", site.header)
    if impl is None or site.nodes("impl_item", "trait_item", "struct_item", "enum_item"):
        return
    for node in site.nodes("identifier", "type_identifier"):
        if site.text(node) != b"Self":
            continue
        # `Self::Item` is the trait's; `Type::Item` would be ambiguous.
        if parent_of(node).type != "scoped_type_identifier" and not (
            site.in_trait_impl and parent_of(node).type == "scoped_identifier"
        ):
            yield put(node, impl[1].encode())
