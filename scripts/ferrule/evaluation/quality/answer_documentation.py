"""How an answer is documented: whether at all, and which share of its items.

An item is a function, a method of the type itself, or a type; not what is inside a function, what a trait's
impl repeats, a test, or `main`. The entry item counts only where the prompt had no doc comment for it or the
answer wrote another one, so that it makes no difference whether a model repeats the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.answer_tree import Own
from ferrule.rust.syntax import ATTRIBUTE, COMMENTS

MARK = re.compile(r"///|//!|/\*\*")  # the published definition: anywhere, also in a string
ITEMS = frozenset("function_item struct_item enum_item union_item trait_item type_item".split())
TEST = re.compile(rb"#\s*\[\s*(?:cfg\s*\(\s*test\s*\)|(?:\w+\s*::\s*)*test\b)")
DOC = re.compile(rb"#\s*\[\s*doc\b")


def documented(own: Own) -> bool:
    return MARK.search(own.text) is not None


def documented_share(own: Own) -> float | None:
    """The share of its items that have docs; None where there is nothing to document."""
    given = {start for start, _ in own.comments}
    counted = [
        any(docs)
        for item, docs in items(own.root, own.start, given)
        # An entry item without docs of its own, to which the prompt has some.
        if any(docs) or not (own.docs_given and item.start_byte == own.header[0])
    ]
    return sum(counted) / len(counted) if counted else None


def items(root: Node, start: int, given: set[int]) -> Iterator[tuple[Node, list[bool]]]:
    """The items that count, each with its doc comments: True for those that the prompt did not give."""
    parents = [root]  # no recursion: an answer may nest modules as deep as it likes
    while parents:
        docs: list[bool] = []
        test = False
        for node in parents.pop().children:
            if node.kind_id in COMMENTS:
                if node.child_by_field_name("outer") is not None:
                    docs.append(node.start_byte not in given)
                continue
            if node.kind_id in ATTRIBUTE:
                test = test or TEST.match(node.text) is not None
                docs += [True] * bool(DOC.match(node.text))
                continue
            if node.end_byte > start and not test:
                if node.type in ITEMS and name(node) != b"main":
                    yield node, docs
                parents += inside(node)
            docs, test = [], False


def inside(node: Node) -> list[Node]:
    """The body of a module or of a type's own impl."""
    inherent = node.type == "impl_item" and node.child_by_field_name("trait") is None
    body = node.child_by_field_name("body")
    return [body] if body is not None and (inherent or node.type == "mod_item") else []


def name(node: Node) -> bytes:
    found = node.child_by_field_name("name")
    return found.text if found is not None else b""
