"""A method that an answer gives inside an impl block, where the problem asks for the method alone."""

from __future__ import annotations

from tree_sitter import Node

from ferrule.rust import syntax
from ferrule.rust.fences import fences


def from_impl(text: str, entry: str) -> str:
    """The method out of its impl block, with the items around the block; "" if there is none."""
    found = fences(text, 0)
    for code in [text[fence.start : fence.end] for fence in found] or [text]:
        source = code.encode()
        others: list[str] = []
        function = ""
        for node in syntax.parse(source).named_children:
            wanted = [each for each in methods(node) if name_of(source, each) == entry]
            if wanted:
                function = source[wanted[0].start_byte : wanted[0].end_byte].decode()
            elif node.type.endswith("_item") or node.type == "use_declaration":
                others.append(source[node.start_byte : node.end_byte].decode())
        if function:
            return "\n".join([*others, function])
    return ""


def methods(node: Node) -> list[Node]:
    """The functions of an impl block; of anything else none."""
    body = node.child_by_field_name("body") if node.type == "impl_item" else None
    return [child for child in body.named_children if child.type == "function_item"] if body else []


def name_of(source: bytes, node: Node) -> str:
    """The name of an item."""
    name = node.child_by_field_name("name")
    return source[name.start_byte : name.end_byte].decode() if name else ""
