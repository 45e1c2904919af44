"""Code that a constant context does not allow."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import Mutation, cut, insert, operator, put


@operator("E0015", "E0658", "E0493", "E0379")
def make_const(site: Site) -> Iterator[Mutation]:
    """Declared a function const although it calls functions that are not."""
    if (
        not site.is_const
        and not site.is_async
        and b"extern" not in site.modifiers
        and b"unsafe" not in site.modifiers
    ):
        calls = site.nodes(
            "call_expression", "for_expression", "try_expression", "macro_invocation", "index_expression"
        )
        if len(calls) > 0:
            yield insert(site.fn_at, b"const ")


@operator("E0435")
def array_for_vec(site: Site) -> Iterator[Mutation]:
    """Made an array whose length is known only at run time."""
    for macro in site.nodes("macro_invocation"):
        tree = macro.named_children[-1]
        parts = tree.children
        if site.text(child_of(macro, "macro")) == b"vec" and site.text(tree).startswith(b"["):
            at = next((i for i, c in enumerate(parts) if c.type == ";"), None)
            if at is not None and any(site.text(c) in site.bindings for c in parts[at + 1 :]):
                yield cut(macro.start_byte, tree.start_byte)


@operator("E0015")
def call_in_const(site: Site) -> Iterator[Mutation]:
    """Turned a variable into a constant whose value is computed at run time."""
    for node in site.nodes("let_declaration"):
        pattern = child_of(node, "pattern")
        kind, value = node.child_by_field_name("type"), node.child_by_field_name("value")
        if (
            kind is not None
            and pattern.type == "identifier"
            and value is not None
            and node.child_by_field_name("alternative") is None
        ):
            if not any(c.type == "mutable_specifier" for c in node.children) and value.type in (
                "call_expression",
                "field_expression",
                "binary_expression",
                "identifier",
            ):
                keyword = node.children[0]
                yield put(keyword, b"const")


@operator("E0600", "E0080", "E0308")
def literal_out_of_range(site: Site) -> Iterator[Mutation]:
    """Wrote a negative number for an unsigned type."""
    for node in site.nodes("integer_literal"):
        if site.text(node) == b"1" and parent_of(node).type in (
            "arguments",
            "let_declaration",
            "return_expression",
            "match_arm",
        ):
            yield insert(node.start_byte, b"-")
