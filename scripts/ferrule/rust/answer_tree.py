"""An answer's code as a tree, and what in it the prompt gave and the model did not write.

The code of an answer begins with the prompt's context. That, the comments in the prompt and, for
lints, the header of the entry item say nothing about the model:

    own = own_part(code, prompt)
    own.text       the code without context and without the prompt's comments; the header stays
    own.nodes      the nodes of what is left, by kind
    own.wrote(n)   whether byte n of the code is the model's
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Node

from ferrule.rust import prefilter
from ferrule.rust.lexer import RAW_QUOTE
from ferrule.rust.syntax import ATTRIBUTE, COMMENTS, parse


@dataclass(frozen=True)
class Own:
    """The model's part of an answer; byte offsets are into `source`."""

    source: bytes
    root: Node
    start: int = 0  # where the context ends
    comments: tuple[tuple[int, int], ...] = ()  # those of the prompt
    header: tuple[int, int] = (0, 0)  # of the entry item up to its `{`, where it is the prompt's
    docs_given: bool = False  # the prompt has doc comments before the entry item

    @cached_property
    def text(self) -> str:
        parts, last = [], self.start
        for start, end in self.comments:
            parts.append(self.source[last:start])
            last = end
        return b"".join([*parts, self.source[last:]]).decode(errors="replace").strip()

    @cached_property
    def nodes(self) -> dict[str, list[Node]]:
        """Every node after the context, by kind, in the order of the source."""
        found: dict[str, list[Node]] = defaultdict(list)
        stack = [child for child in reversed(self.root.children) if child.end_byte > self.start]
        while stack:
            node = stack.pop()
            found[node.type].append(node)
            if node.child_count:
                stack += reversed(node.children)
        return found

    def wrote(self, at: int) -> bool:
        return at >= self.start and not self.header[0] <= at < self.header[1]


def own_part(code: str, prompt: str = "") -> Own:
    """The answer's own part of `code`. Without a prompt everything is its own."""
    source = code.encode(errors="replace")
    root = parse(before_endless(code).encode(errors="replace"))
    if not prompt:
        return Own(source, root)
    # The prompt ends inside the entry item: one brace makes it whole.
    asked = parse((prompt + "\n}").encode(errors="replace"))
    items = [node for node in asked.children if node.kind_id not in COMMENTS]
    entry = items[-1] if items else None
    start = context_end(root, {squeezed(node) for node in items[:-1]})
    said = {squeezed(node) for node in asked.children if node.kind_id in COMMENTS}
    comments = [
        (node.start_byte, node.end_byte)
        for node in root.children
        if node.kind_id in COMMENTS and node.start_byte >= start and squeezed(node) in said
    ]
    header = same_header(root, entry, start) if entry else (0, 0)
    return Own(source, root, start, tuple(comments), header, docs_before(asked, entry))


def before_endless(code: str) -> str:
    """The code up to a string that never ends: what follows is not code, and the parser's time is quadratic in it."""
    return code[: prefilter.look(code).end] if re.search(RAW_QUOTE, code) else code


def context_end(root: Node, context: set[bytes]) -> int:
    """The end of the leading items that are the prompt's."""
    end = 0
    for node in root.children:
        if node.kind_id in COMMENTS or node.kind_id in ATTRIBUTE:
            continue
        if squeezed(node) not in context:
            break
        end = node.end_byte
    return end


def same_header(root: Node, entry: Node, start: int) -> tuple[int, int]:
    """The place of the entry item's header, if it is written as in the prompt; whitespace and `pub` aside."""
    wanted = header_of(entry)
    for node in root.children:
        if node.start_byte >= start and node.type == entry.type and header_of(node) == wanted:
            body = node.child_by_field_name("body")
            return (node.start_byte, body.start_byte + 1) if body else (0, 0)
    return (0, 0)


def header_of(item: Node) -> bytes:
    body = item.child_by_field_name("body")
    text = item.text or b""
    text = text[: body.start_byte - item.start_byte] if body else text
    return b"".join(text.split()).removeprefix(b"pub")


def docs_before(root: Node, item: Node | None) -> bool:
    documented = False
    for node in root.children:
        if node == item:
            return documented
        if node.kind_id in COMMENTS:
            documented = documented or node.child_by_field_name("outer") is not None
        elif node.kind_id not in ATTRIBUTE:
            documented = False
    return False


def squeezed(node: Node) -> bytes:
    """Its text without whitespace, so that layout makes no difference."""
    return b"".join((node.text or b"").split())
