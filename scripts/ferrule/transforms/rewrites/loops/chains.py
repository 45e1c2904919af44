"""Iterator chains as loops: the adaptors before a consumer become the statements of a `for`.

Going back from the consumer, the adaptors `map`, `filter`, `filter_map`, `flat_map` and `take_while` are
written out. The part of the chain before them is what the loop iterates over. A chain with `inspect` among
them is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of
from ferrule.transforms.rewrites.loops.closures import Step, step_of
from ferrule.transforms.rewrites.statement_position import comments_within, fresh

WRITTEN_OUT = frozenset(b"map filter filter_map flat_map take_while inspect".split())

# Methods of the standard library that return an iterator, adaptors included.
GIVE_ITERATORS = frozenset(
    b"iter iter_mut into_iter chars char_indices bytes lines split rsplit split_whitespace split_ascii_whitespace splitn "
    b"split_terminator split_inclusive split_mut matches match_indices windows chunks chunks_exact keys values "
    b"values_mut into_keys into_values drain map filter filter_map flat_map flatten enumerate zip rev skip take "
    b"take_while skip_while map_while chain cloned copied step_by scan inspect by_ref peekable fuse cycle "
    b"components ancestors split_at_mut rchunks difference intersection union symmetric_difference".split()
)

# Names for the items of these iterators, best first.
ITEM_NAMES = {
    b"chars": (b"c", b"ch"),
    b"bytes": (b"b", b"byte"),
    b"lines": (b"line",),
    b"split_whitespace": (b"word",),
    b"split": (b"part", b"piece"),
    b"keys": (b"key",),
    b"values": (b"value",),
    b"windows": (b"window", b"pair"),
    b"chunks": (b"chunk",),
    b"components": (b"component",),
    b"into_keys": (b"key",),
    b"into_values": (b"value",),
}

ANY_ITEM = (b"item", b"x", b"value", b"element", b"entry", b"it")

# Values that read badly as a condition.
LONG = frozenset(("if_expression", "match_expression", "block", "unsafe_block", "closure_expression"))


@dataclass
class Chain:
    """An iterator chain.

    `stages` are the adaptors to write out, by name; `arguments` are those of the consumer.
    """

    call: Node  # the whole expression, with the consumer
    source: Node  # what the loop iterates over
    stages: list[tuple[bytes, Step]]
    arguments: list[Node] = field(default_factory=list)


def chains(site: Site, consumer: bytes, arguments: int) -> Iterator[Chain]:
    """Every chain that ends in a call of `consumer` with that many arguments."""
    for call, receiver, name, _ in site.method_calls:
        nodes = site.arguments(call)
        if name == consumer and len(nodes) == arguments:
            chain = follow(site, call, receiver, nodes)
            if chain is not None:
                yield chain


def follow(site: Site, call: Node, receiver: Node, arguments: list[Node]) -> Chain | None:
    """The chain back to the first adaptor that is not written out; None if a comment would be lost."""
    stages: list[tuple[bytes, Step]] = []
    node = receiver
    while True:
        parts = site.method(node) if node.type == "call_expression" else None
        inner = site.arguments(node) if parts else []
        if not parts or site.text(parts.name) not in WRITTEN_OUT or len(inner) != 1:
            break
        step = step_of(site, inner[0])
        if step is None:
            break
        stages.insert(0, (site.text(parts.name), step))
        node = parts.receiver
    closures = [step.node for _, step in stages] + [n for n in arguments if n.type == "closure_expression"]
    bodies = [child_of(closure, "body") for closure in closures if closure is not None]
    if comments_within(site, call, [node, *(body for body in bodies if body.type == "block")]):
        return None
    return Chain(call, node, stages, arguments)


def is_iterator(site: Site, chain: Chain) -> bool:
    """Whether the text shows that the source is an iterator, so that the consumer is Iterator's method."""
    if chain.stages:
        return True
    node = chain.source
    if node.type == "parenthesized_expression":
        return node.named_children[0].type == "range_expression"
    if node.type == "call_expression":
        parts = site.method(node)
        return parts is not None and site.text(parts.name) in GIVE_ITERATORS
    if node.type == "identifier":
        kind = site.parameter_types.get(site.text(node), b"")
        if re.match(rb"(?:&mut )?impl (?:\w+::)*(?:DoubleEnded|ExactSize)?Iterator\b", kind):
            return True
        bound = rb"\b" + re.escape(kind) + rb"\s*:\s*(?:\w+::)*(?:DoubleEnded|ExactSize)?Iterator\b"
        return bool(kind) and re.search(bound, site.head) is not None
    return False


def source_text(site: Site, chain: Chain, by_reference: bool) -> bytes | None:
    """The expression after `in`.

    Consumers that take `&mut self` (`by_reference`) do not consume a named iterator.
    """
    node, text = chain.source, site.text(chain.source)
    if any(stage == b"flat_map" for stage, _ in chain.stages) and by_reference:
        return None
    if node.type == "parenthesized_expression" and node.named_children[0].type == "range_expression":
        return text[1:-1]
    if by_reference and not chain.stages and node.type in ("identifier", "field_expression", "self"):
        return text + b".by_ref()"
    if node.type not in ("call_expression", "identifier", "field_expression", "self", "reference_expression"):
        return None
    if re.search(rb"\b[A-Z]\w*\s*\{", text):  # a struct literal in the head of a loop needs parentheses
        return None
    return text


def item_name(site: Site, chain: Chain, *avoid: bytes) -> bytes | None:
    """A name for an item that no closure names, by the method that yields it or by the plural of its source."""
    node = chain.source
    names: list[bytes] = []
    while node.type == "call_expression" and (parts := site.method(node)):
        names += ITEM_NAMES.get(site.text(parts.name), ())
        node = parts.receiver
    word = re.search(rb"(\w+)$", site.text(node))
    if word and re.fullmatch(rb"[a-z]\w{2,}s", word[1]) and not word[1].endswith(b"ss"):
        names.append(word[1][:-3] + b"y" if word[1].endswith(b"ies") else word[1][:-1])
    return fresh(site, *(name for name in (*names, *ANY_ITEM) if name not in avoid))
