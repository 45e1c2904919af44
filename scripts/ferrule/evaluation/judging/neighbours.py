"""Which answers may share a crate with others, and which are compiled apart.

Modules of a crate do not see each other, with few exceptions: impls hold for the whole crate (coherence, and
inference where a trait has parameters), symbols and sections for the whole program, exported macros and
attributes of a file for what follows. An answer with one of these is a crate of its own.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from ferrule.evaluation.judging.problem_tests import leaves, text_of
from ferrule.rust import syntax

# Looked for in the plain text: rare words, and a comment that holds one costs a compilation and nothing else.
ALONE = re.compile(
    r"\b(?:no_mangle|export_name|link_section|global_allocator|global_asm|naked_asm|asm|macro_export|macro_use"
    r"|panic_handler|no_implicit_prelude|cfg_attr)\b|\bextern\b|\binclude(?:_str|_bytes)?\s*!|#\s*!?\s*\[\s*path\b"
)
# Attributes of the file that only concern lints and documentation.
INNER = re.compile(r"#\s*!\s*\[\s*(?!(?:allow|warn|deny|forbid|expect|doc)\b)")


def apart(code: str) -> bool:
    """Whether an answer is compiled without others."""
    if ALONE.search(code) or INNER.search(code):
        return True
    if "impl" not in code:
        return False
    source = code.encode()
    root = syntax.parse(source)
    own, imported = _names(source, root)
    return any(_reaches_out(source, node, own - imported) for node in _impls(root))


def _names(source: bytes, root: Node) -> tuple[set[bytes], set[bytes]]:
    """The types and traits that a text defines, and every name in its `use` lines."""
    own, imported, stack = set(), set(), [root]
    while stack:
        node = stack.pop()
        if node.type in ("struct_item", "enum_item", "union_item", "trait_item"):
            own.add(text_of(source, node.child_by_field_name("name")))
        elif node.type == "use_declaration":
            imported.update(text_of(source, leaf) for leaf in leaves(node))
            continue
        stack.extend(node.named_children)
    return own, imported


def _impls(root: Node):
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type == "impl_item" or node.type == "token_tree":
            yield node
        if node.type != "token_tree":
            stack.extend(node.named_children)


def _reaches_out(source: bytes, node: Node, own: set[bytes]) -> bool:
    """Whether an impl can be felt outside of the module it stands in.

    Not felt are impls of the module's own traits, and of a trait without parameters for a type of its own.
    """
    if node.type == "token_tree":  # of a macro: an impl for a type that the macro is given
        return any(leaf.type == "impl" or text_of(source, leaf) == b"impl" for leaf in leaves(node))
    trait = node.child_by_field_name("trait")
    if trait is None or text_of(source, _head(trait)) in own:
        return False
    if trait.type == "generic_type" and any(
        child.type != "lifetime" for child in trait.child_by_field_name("type_arguments").named_children
    ):
        return True
    return text_of(source, _head(node.child_by_field_name("type"))) not in own


def _head(node: Node) -> Node:
    """The name in `Name` or `Name<...>`; a path or any other type stays whole, and is nobody's own."""
    return node.child_by_field_name("type") if node.type == "generic_type" else node
