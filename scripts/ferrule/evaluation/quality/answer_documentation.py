"""How an answer is documented: whether it has any docs, and the share of its items that have some.

An item is a function, an inherent method or a type. Items inside a function, functions in the impl of a trait, tests
and `main` do not count. The entry item counts only if the prompt has no doc comment for it or the answer adds another
one, so that it makes no difference whether a model repeats the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.answer_tree import Own
from ferrule.rust.nodes import text_of
from ferrule.rust.syntax import ATTRIBUTE, COMMENTS

MARK = re.compile(r"///|//!|/\*\*")  # the published definition: anywhere, also in a string
ITEMS = frozenset("function_item struct_item enum_item union_item trait_item type_item".split())
TEST = re.compile(rb"#\s*\[\s*(?:cfg\s*\(\s*test\s*\)|(?:\w+\s*::\s*)*test\b)")
DOC = re.compile(rb"#\s*\[\s*doc\b")


def documented(own: Own) -> bool:
    """Whether an answer has a doc comment, by the published definition."""
    return MARK.search(own.text) is not None


def documented_share(own: Own) -> float | None:
    """The share of items that have docs; None if there are no items to document."""
    from_prompt = {start for start, _ in own.comments}
    counted = [
        any(docs)
        for item, docs in items(own.root, own.start, from_prompt)
        # The entry item is left out if the prompt has docs for it and the answer adds none.
        if any(docs) or not (own.docs_given and item.start_byte == own.header[0])
    ]
    return sum(counted) / len(counted) if counted else None


def items(root: Node, start: int, from_prompt: set[int]) -> Iterator[tuple[Node, list[bool]]]:
    """The items that count. Each has a list with one entry per doc comment: whether the answer wrote it.

    Items that end before `start` do not count. `from_prompt` has the offsets of the prompt's comments.
    """
    parents = [root]  # no recursion, as an answer may nest modules arbitrarily deep
    while parents:
        docs: list[bool] = []
        test = False
        for node in parents.pop().children:
            if node.kind_id in COMMENTS:
                if node.child_by_field_name("outer") is not None:
                    docs.append(node.start_byte not in from_prompt)
                continue
            if node.kind_id in ATTRIBUTE:
                test = test or TEST.match(text_of(node)) is not None
                docs += [True] * bool(DOC.match(text_of(node)))
                continue
            if node.end_byte > start and not test:
                if node.type in ITEMS and name(node) != b"main":
                    yield node, docs
                parents += inside(node)
            docs, test = [], False


def inside(node: Node) -> list[Node]:
    """The body of a module or an inherent impl, as a list; empty for other items."""
    inherent = node.type == "impl_item" and node.child_by_field_name("trait") is None
    body = node.child_by_field_name("body")
    return [body] if body is not None and (inherent or node.type == "mod_item") else []


def name(node: Node) -> bytes:
    """The name of an item, or b""."""
    child = node.child_by_field_name("name")
    return text_of(child) if child is not None else b""
