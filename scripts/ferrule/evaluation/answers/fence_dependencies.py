"""What the chosen fence of an answer needs from the other fences of the same answer."""

from __future__ import annotations

from collections import defaultdict

from ferrule.evaluation.answers.assembly import Layout, Parts, header_key, use_leaves
from ferrule.rust.items import Code, Item
from ferrule.rust.lexer import WORD

Found = tuple[Code, Item]


def borrow(parts: Parts, chosen: Code, others: list[Code]) -> list[Found]:
    """Puts what is needed before the chosen text; what it was."""
    needed = needs(parts.layout, chosen, others)
    for other, item in needed:
        if text := parts.defined.missing(other, item):
            parts.add(item.start, item.end, text.strip("\r\n") + "\n")
        parts.defined.add(other, item)
    return needed


def needs(layout: Layout, chosen: Code, others: list[Code]) -> list[Found]:
    """Items of the other fences that this one speaks of and lacks, and those that they in turn need.

    `others` in the order in which they are asked. An impl block comes with its type; `use` lines of std from
    earlier fences come always, as a trait is used without its name.
    """
    there = {name for item in complete_items(chosen) for name in names(chosen, item)}
    there |= {name for _, name in layout.defined.keys} | set(layout.defined.imports)
    offers: dict[str, list[Found]] = defaultdict(list)  # by what is offered, first come first
    blocks: dict[str, list[Found]] = defaultdict(list)  # impl blocks by type
    found: list[Found] = []
    for other in others:
        for item in complete_items(other):
            if layout.is_entry(other, item) or left_aside(item, layout) or item.kind == "call":
                continue
            if item.kind == "impl":
                blocks[header_key(item.name)[1]].append((other, item))
            elif item.kind == "use" and item.start < chosen.start and from_std(other, item):
                found.append((other, item))
            else:
                for name in names(other, item):
                    offers[name].append((other, item))
    there |= {name for other, item in found for name in names(other, item)}
    waiting = list(words(chosen, 0, chosen.count)) if offers else []
    while waiting:
        name = waiting.pop()
        if name in there or name not in offers:
            continue
        other, item = offers[name][0]
        there |= names(other, item)
        for code, each in [(other, item), *blocks.pop(item.name, ())]:
            found.append((code, each))
            waiting += words(code, each.first, each.last)
    return sorted(found, key=lambda each: each[1].start)


def words(code: Code, first: int, last: int) -> set[str]:
    return {token.text for token in code.tokens[first:last] if token.kind == WORD}


def complete_items(code: Code) -> list[Item]:
    return [item for item in code.all_items()[0] if item.whole]


def names(code: Code, item: Item) -> set[str]:
    """What an item defines or brings in; an impl block nothing."""
    if item.kind == "use":
        return {leaf.name for leaf in use_leaves(code, item)}
    return set() if item.kind == "impl" else {item.name}


def from_std(code: Code, item: Item) -> bool:
    return all(leaf.path and leaf.path[0] in ("std", "core", "alloc") for leaf in use_leaves(code, item))


def left_aside(item: Item, layout: Layout) -> bool:
    """Tests and a `main` of the answer's own."""
    return item.test_only or (item.kind == "fn" and item.name == "main" and layout.entry != "main")
