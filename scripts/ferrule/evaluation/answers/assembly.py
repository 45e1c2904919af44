"""One module out of a prompt and an answer: the prompt's own items first, nothing defined twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from ferrule.evaluation.problems.problem import Problem
from ferrule.rust.items import Code, Item
from ferrule.rust.lexer import WORD, lex
from ferrule.rust.uses import Leaf, leaves

Span = tuple[int, int]


def header_key(header: str) -> tuple[str, str]:
    """(trait, type) of an impl block's header by their last names: generics, paths and bounds may differ."""
    angle, sides = 0, ["", ""]
    side = 1
    tokens = lex(header)
    for number, (kind, text, _, _) in enumerate(tokens[1:], 1):
        following = tokens[number + 1].text if number + 1 < len(tokens) else ""
        if text in ("<", ">"):
            angle += 1 if text == "<" else -1
        elif angle:
            continue
        elif text == "where":
            break
        elif text == "for" and following != "<":
            sides[0], sides[1] = sides[1], ""
            side = 1
        elif kind == WORD:
            sides[side] = text
    return sides[0], sides[1]


@dataclass
class Defined:
    """What a module has so far, so that an answer's items are not put beside their like."""

    keys: set[tuple] = field(default_factory=set)
    imports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    methods: dict[str, set[str]] = field(default_factory=dict)  # of inherent impl blocks, by type

    def copy(self) -> Defined:
        return Defined(
            set(self.keys), dict(self.imports), {name: set(of) for name, of in self.methods.items()}
        )

    def add(self, code: Code, item: Item) -> None:
        if item.kind == "use":
            for leaf in use_leaves(code, item):
                self.imports.setdefault(leaf.name, leaf.path)
        elif item.kind == "impl":
            trait, of = header_key(item.name)
            if trait:
                self.keys.add(("impl", item.name))
            else:
                self.methods.setdefault(of, set()).update(each.name for each in members(code, item))
        elif item.kind != "call":
            self.keys.add(item.key)

    def missing(self, code: Code, item: Item) -> str | None:
        """What of an item is not there yet: its text, a part of it, or None."""
        text = code.text[item.start : item.end]
        if item.kind == "use":
            return self.missing_imports(code, item, text)
        if item.kind == "impl" and not header_key(item.name)[0]:
            return self.missing_methods(code, item, text)
        return None if item.key in self.keys else text

    def missing_imports(self, code: Code, item: Item, text: str) -> str | None:
        all_of_it = use_leaves(code, item)
        new = [leaf for leaf in all_of_it if not self.has(leaf)]
        if len(new) == len(all_of_it):
            return text
        at = code.skip_attributes(item.first)
        before = code.text[item.start : code.tokens[at].start]
        public = "pub " if code.word(at) == "pub" else ""
        return before + "\n".join(f"{public}use {leaf};" for leaf in new) if new else None

    def has(self, leaf: Leaf) -> bool:
        if leaf.name in ("*", "_"):
            return False
        # `std::fmt` is a module and no harm to a function `fmt`; `std::mem::swap` and a function `swap` clash.
        module = len(leaf.path) <= 2
        return (
            leaf.name in self.imports
            or ("type", leaf.name) in self.keys
            or (not module and ("value", leaf.name) in self.keys)
        )

    def missing_methods(self, code: Code, item: Item, text: str) -> str | None:
        there = self.methods.get(header_key(item.name)[1])
        if not there:
            return text
        of_item = members(code, item)
        new = [each for each in of_item if each.name not in there]
        if len(new) == len(of_item):
            return text
        if not new:
            return None
        inside = "".join(code.text[each.start : each.end] for each in new)
        return code.text[item.start : code.tokens[item.body].end] + inside + "\n}"


def use_leaves(code: Code, item: Item) -> list[Leaf]:
    at = next(n for n in range(item.first, item.last) if code.word(n) == "use")
    return leaves(code.tokens[at + 1 : item.last - 1])


def members(code: Code, item: Item) -> list[Item]:
    """The items inside an impl block."""
    if not item.body:
        return []
    return code.items(item.body + 1, code.tokens[item.body].end)[0]


@dataclass(frozen=True)
class Layout:
    """A problem's prompt, taken apart once."""

    prompt: str
    context: str  # the items before the entry item
    defined: Defined
    kind: str
    entry: str
    words: frozenset[str]  # what the prompt speaks of

    @property
    def opener(self) -> str:
        return "impl X {" if self.kind == "impl" else "fn f() {"

    def is_entry(self, code: Code, item: Item) -> bool:
        if self.kind != "impl":
            return item.kind == "fn" and item.name == self.entry
        if item.kind != "impl" or header_key(item.name) != header_key(self.entry):
            return False
        # A type may have a block of its own methods in the context too: that one again is not the entry item.
        there = self.defined.methods.get(header_key(item.name)[1], set())
        return bool(header_key(item.name)[0] or not there or {m.name for m in members(code, item)} - there)


def layout(problem: Problem) -> Layout:
    return layout_of(problem.prompt, problem.kind, problem.entry)


@lru_cache(maxsize=4096)
def layout_of(prompt: str, kind: str, entry: str) -> Layout:
    code = Code(prompt)
    found, _ = code.items(code.skip_attributes(0, inner=True))
    defined = Defined()
    for item in found:
        if item.whole:
            defined.add(code, item)
    start = next((item.start for item in found if not item.whole), len(prompt))
    words = frozenset(token.text for token in code.tokens if token.kind == WORD)
    return Layout(prompt, prompt[:start], defined, kind, entry.removeprefix("r#"), words)


@dataclass
class Parts:
    """A module being put together: texts in order, and which stretches of the completion they came from."""

    layout: Layout
    head: list[str] = field(default_factory=list)  # `#![...]` and `//!`, which have to come first
    texts: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    def __post_init__(self):
        self.defined = self.layout.defined.copy()

    def add(self, start: int, end: int, text: str) -> None:
        self.texts.append(text)
        if self.spans and self.spans[-1][1] == start:
            self.spans[-1] = (self.spans[-1][0], end)
        else:
            self.spans.append((start, end))

    def taken(self, completion: str) -> str:
        return "\n".join(completion[start:end].strip("\r\n") for start, end in self.spans)

    def module(self) -> str:
        """After the prompt's context."""
        parts = [*self.head, self.layout.context, *self.texts]
        return tidy("\n".join(part.strip("\r\n") for part in parts if part.strip()))

    def continued(self) -> str:
        """After the whole prompt."""
        return tidy(self.layout.prompt + "".join(self.texts))


def tidy(code: str) -> str:
    """Line ends as the compiler reads them."""
    return code.replace("\r\n", "\n").rstrip() + "\n"
