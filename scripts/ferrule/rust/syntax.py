"""Rust files by their syntax tree: parsing, kinds of items, margins, and `mod` declarations."""

from __future__ import annotations

import re
from dataclasses import dataclass

import tree_sitter_rust
from tree_sitter import Language, Node, Parser

from ferrule.rust.cfg import test_only

LANGUAGE = Language(tree_sitter_rust.language())
PARSER = Parser(LANGUAGE)


def kind_ids(*names: str) -> frozenset[int]:
    """Every id of a node kind: the grammar may hold several under one name."""
    wanted = set(names)
    ids = (i for i in range(LANGUAGE.node_kind_count) if LANGUAGE.node_kind_for_id(i) in wanted)
    return frozenset(ids)


ITEM_KINDS = {
    "function_item": "function",
    "function_signature_item": "signature",
    "struct_item": "struct",
    "enum_item": "enum",
    "union_item": "union",
    "trait_item": "trait",
    "impl_item": "impl",
    "mod_item": "module",
    "type_item": "type",
    "associated_type": "associated_type",
    "const_item": "const",
    "static_item": "static",
    "macro_definition": "macro",
    "foreign_mod_item": "foreign",
    "use_declaration": "import",
}
KIND_OF = {i: kind for name, kind in ITEM_KINDS.items() for i in kind_ids(name)}
COMMENTS = kind_ids("line_comment", "block_comment")
ATTRIBUTE = kind_ids("attribute_item")
BLOCK = kind_ids("block", "declaration_list")
MODULE_NAME = re.compile(rb"\bmod\s+(?:r#)?(\w+)")
# Looked for in every file: without a word boundary before a word, the search can skip to the word itself.
MODULE_USE = re.compile(rb"mod\s+(?:r#)?\w+\s*;")


def parse(source: bytes) -> Node:
    return PARSER.parse(source).root_node


def dedent(text: str, indentation: int) -> str:
    """Take up to `indentation` leading spaces off every line except the first.

    Lines inside a string literal that spans lines would change their meaning: such a text is
    returned as it is.
    """
    if not indentation or "\n" not in text:
        return text
    if '"' in text and multiline_string(text):
        return text
    first, *rest = text.split("\n")
    blank = " " * indentation
    return "\n".join(
        [first] + [line[indentation:] if line.startswith(blank) else line.lstrip(" ") for line in rest]
    )


def multiline_string(text: str) -> bool:
    stack = [parse(text.encode())]
    while stack:
        node = stack.pop()
        if node.type in ("string_literal", "raw_string_literal"):
            if node.start_point.row != node.end_point.row:
                return True
        else:
            stack.extend(node.children)
    return False


def indentation(source: bytes, start: int) -> int:
    """The spaces before offset `start` on its line; 0 if anything else is there."""
    line = source.rfind(b"\n", 0, start) + 1
    before = source[line:start]
    return len(before) if not before.strip(b" ") else 0


@dataclass
class ModuleUse:
    """A `mod name;` declaration: which file it asks for is worked out by `ferrule.crates.source_files`."""

    name: str
    inside: tuple[str, ...]  # the inline modules around it
    path: str | None  # #[path = "..."]
    test: bool


def module_uses(root: Node, source: bytes) -> list[ModuleUse]:
    """The `mod name;` declarations of a file, those inside inline modules included."""
    found: list[ModuleUse] = []

    def walk(node: Node, inside: tuple[str, ...], test: bool) -> None:
        attributes: list[bytes] = []
        for child in node.children:
            if child.kind_id in ATTRIBUTE:
                attributes.append(source[child.start_byte : child.end_byte])
                continue
            if child.kind_id in COMMENTS:
                continue
            if KIND_OF.get(child.kind_id) == "module":
                match = MODULE_NAME.search(source, child.start_byte, child.end_byte)
                body = child.child(child.child_count - 1)
                hidden = test or any(test_only(a) for a in attributes if b"test" in a)
                if match and body.kind_id in BLOCK:
                    walk(body, (*inside, match[1].decode()), hidden)
                elif match:
                    path = re.search(rb'path\s*=\s*"([^"]*)"', b" ".join(attributes))
                    found.append(
                        ModuleUse(match[1].decode(), inside, path[1].decode() if path else None, hidden)
                    )
            attributes = []

    if MODULE_USE.search(source):  # most files have none, and a walk costs more than a look
        walk(root, (), False)
    return found
