"""Whether an answer may share a crate with others, or has to be compiled apart.

Modules of a crate do not affect each other, with few exceptions. Impls apply to the whole crate: they matter for
coherence, and for inference if the trait has parameters. Symbols and sections apply to the whole program, exported
macros and attributes of a file to the code after them. An answer that has one of these gets a crate of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.evaluation.judging.problem_tests import leaves, text_of
from ferrule.rust import syntax
from ferrule.rust.nodes import child_of

# Searched in the plain text. The words are rare, and if a comment contains one, that costs only one more compilation.
ALONE = re.compile(
    r"\b(?:no_mangle|export_name|link_section|global_allocator|global_asm|naked_asm|asm|macro_export|macro_use"
    r"|panic_handler|no_implicit_prelude|cfg_attr)\b|\bextern\b|\binclude(?:_str|_bytes)?\s*!|#\s*!?\s*\[\s*path\b"
)
# Attributes of the file, except those for lints and documentation.
INNER = re.compile(r"#\s*!\s*\[\s*(?!(?:allow|warn|deny|forbid|expect|doc)\b)")


def apart(code: str) -> bool:
    """Whether an answer must be compiled without others."""
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
    own: set[bytes] = set()
    imported: set[bytes] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type in ("struct_item", "enum_item", "union_item", "trait_item"):
            own.add(text_of(source, child_of(node, "name")))
        elif node.type == "use_declaration":
            imported.update(text_of(source, leaf) for leaf in leaves(node))
            continue
        stack.extend(node.named_children)
    return own, imported


def _impls(root: Node) -> Iterator[Node]:
    """The impl blocks, and the token trees of macros, which may contain some."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type == "impl_item" or node.type == "token_tree":
            yield node
        if node.type != "token_tree":
            stack.extend(node.named_children)


def _reaches_out(source: bytes, node: Node, own: set[bytes]) -> bool:
    """Whether an impl affects code outside its module.

    Impls of the module's own traits do not, nor do impls of a trait without parameters for the module's own type.
    """
    if node.type == "token_tree":  # a macro may implement something for a type that is passed to it
        return any(leaf.type == "impl" or text_of(source, leaf) == b"impl" for leaf in leaves(node))
    trait = node.child_by_field_name("trait")
    if trait is None or text_of(source, _head(trait)) in own:
        return False
    if trait.type == "generic_type" and any(
        child.type != "lifetime" for child in child_of(trait, "type_arguments").named_children
    ):
        return True
    return text_of(source, _head(child_of(node, "type"))) not in own


def _head(node: Node) -> Node:
    """The name in `Name` or `Name<...>`. A path or any other type is returned whole; it never is an own type."""
    return child_of(node, "type") if node.type == "generic_type" else node
