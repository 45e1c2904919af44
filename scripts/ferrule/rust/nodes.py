"""Typed access to tree-sitter nodes, and the walk through them.

The bindings declare every field and every parent as optional. These functions are for the places where there
always is one: a field that the grammar requires, a node below the root.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node


def child_of(node: Node, field: str) -> Node:
    """The child in `field`, which the grammar requires for this kind of node."""
    child = node.child_by_field_name(field)
    assert child is not None, f"{node.type} has no {field}"
    return child


def parent_of(node: Node) -> Node:
    """The parent of a node below the root."""
    parent = node.parent
    assert parent is not None, f"{node.type} is the root"
    return parent


def text_of(node: Node) -> bytes:
    """The text of a node whose tree was parsed from bytes."""
    text = node.text
    assert text is not None, f"the source of {node.type} is unknown"
    return text


def descendants(node: Node) -> Iterator[Node]:
    """The node and everything in it, in the order of the text."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))
