"""The items that the chosen fence of an answer needs from the other fences of the same answer."""

from __future__ import annotations

from collections import defaultdict

from ferrule.evaluation.answers.assembly import Layout, Parts, header_key, use_leaves
from ferrule.rust.items import Code, Item
from ferrule.rust.lexer import WORD

SourceItem = tuple[Code, Item]  # an item, and the text that it is in


def borrow(parts: Parts, chosen: Code, others: list[Code]) -> list[SourceItem]:
    """Add to `parts` the items that the chosen text needs from the others, and return them."""
    needed = needs(parts.layout, chosen, others)
    for other, item in needed:
        if text := parts.defined.missing(other, item):
            parts.add(item.start, item.end, text.strip("\r\n") + "\n")
        parts.defined.add(other, item)
    return needed


def needs(layout: Layout, chosen: Code, others: list[Code]) -> list[SourceItem]:
    """The items of other fences that the chosen one names and lacks, and those that these items need in turn.

    `others` are in the order in which they are searched. An impl block comes with its type. `use` lines of std from
    earlier fences always come, as code can use a trait without naming it.
    """
    known = {name for item in complete_items(chosen) for name in names(chosen, item)}
    known |= {name for _, name in layout.defined.keys} | set(layout.defined.imports)
    definitions: dict[str, list[SourceItem]] = defaultdict(list)  # by name; the first is used
    blocks: dict[str, list[SourceItem]] = defaultdict(list)  # impl blocks by type
    needed: list[SourceItem] = []
    for other in others:
        for item in complete_items(other):
            if layout.is_entry(other, item) or left_aside(item, layout) or item.kind == "call":
                continue
            if item.kind == "impl":
                blocks[header_key(item.name)[1]].append((other, item))
            elif item.kind == "use" and item.start < chosen.start and from_std(other, item):
                needed.append((other, item))
            else:
                for name in names(other, item):
                    definitions[name].append((other, item))
    known |= {name for other, item in needed for name in names(other, item)}
    waiting = list(words(chosen, 0, chosen.count)) if definitions else []
    while waiting:
        name = waiting.pop()
        if name in known or name not in definitions:
            continue
        other, item = definitions[name][0]
        known |= names(other, item)
        for code, each in [(other, item), *blocks.pop(item.name, ())]:
            needed.append((code, each))
            waiting += words(code, each.first, each.last)
    return sorted(needed, key=lambda each: each[1].start)


def words(code: Code, first: int, last: int) -> set[str]:
    return {token.text for token in code.tokens[first:last] if token.kind == WORD}


def complete_items(code: Code) -> list[Item]:
    return [item for item in code.all_items()[0] if item.whole]


def names(code: Code, item: Item) -> set[str]:
    """The names that an item defines or imports; an impl block has none."""
    if item.kind == "use":
        return {leaf.name for leaf in use_leaves(code, item)}
    return set() if item.kind == "impl" else {item.name}


def from_std(code: Code, item: Item) -> bool:
    return all(leaf.path and leaf.path[0] in ("std", "core", "alloc") for leaf in use_leaves(code, item))


def left_aside(item: Item, layout: Layout) -> bool:
    """Whether an item is left out of the module: the answer's own tests and its `main`."""
    return item.test_only or (item.kind == "fn" and item.name == "main" and layout.entry != "main")
