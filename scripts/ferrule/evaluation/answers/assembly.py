"""Assembly of one module from a prompt and an answer: the prompt's items first, nothing defined twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from ferrule.evaluation.problems.problem import Problem
from ferrule.rust.items import Code, Item
from ferrule.rust.lexer import WORD, lex
from ferrule.rust.uses import Leaf, leaves

Span = tuple[int, int]


def header_key(header: str) -> tuple[str, str]:
    """(trait, type) of an impl block's header. Only the last names count: generics, paths and bounds may differ."""
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
    """What a module defines so far, so that an answer does not define it again."""

    keys: set[tuple[str, str]] = field(default_factory=set)
    imports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    methods: dict[str, set[str]] = field(default_factory=dict)  # of inherent impl blocks, by type

    def copy(self) -> Defined:
        methods = {type_name: set(names) for type_name, names in self.methods.items()}
        return Defined(set(self.keys), dict(self.imports), methods)

    def add(self, code: Code, item: Item) -> None:
        if item.kind == "use":
            for leaf in use_leaves(code, item):
                self.imports.setdefault(leaf.name, leaf.path)
        elif item.kind == "impl":
            trait, type_name = header_key(item.name)
            if trait:
                self.keys.add(("impl", item.name))
            else:
                self.methods.setdefault(type_name, set()).update(each.name for each in members(code, item))
        elif item.kind != "call":
            self.keys.add(item.key)

    def missing(self, code: Code, item: Item) -> str | None:
        """The part of an item that the module lacks: the whole text, some of it, or None."""
        text = code.text[item.start : item.end]
        if item.kind == "use":
            return self.missing_imports(code, item, text)
        if item.kind == "impl" and not header_key(item.name)[0]:
            return self.missing_methods(code, item, text)
        return None if item.key in self.keys else text

    def missing_imports(self, code: Code, item: Item, text: str) -> str | None:
        imported = use_leaves(code, item)
        new = [leaf for leaf in imported if not self.has(leaf)]
        if len(new) == len(imported):
            return text
        at = code.skip_attributes(item.first)
        before = code.text[item.start : code.tokens[at].start]
        public = "pub " if code.word(at) == "pub" else ""
        return before + "\n".join(f"{public}use {leaf};" for leaf in new) if new else None

    def has(self, leaf: Leaf) -> bool:
        if leaf.name in ("*", "_"):
            return False
        # `std::fmt` is a module and does not clash with a function `fmt`; `std::mem::swap` clashes with a `swap`.
        module = len(leaf.path) <= 2
        return (
            leaf.name in self.imports
            or ("type", leaf.name) in self.keys
            or (not module and ("value", leaf.name) in self.keys)
        )

    def missing_methods(self, code: Code, item: Item, text: str) -> str | None:
        known = self.methods.get(header_key(item.name)[1])
        if not known:
            return text
        methods = members(code, item)
        new = [method for method in methods if method.name not in known]
        if len(new) == len(methods):
            return text
        if not new:
            return None
        inside = "".join(code.text[method.start : method.end] for method in new)
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
    """The parts of a problem's prompt."""

    prompt: str
    context: str  # the items before the entry item
    defined: Defined
    kind: str
    entry: str
    words: frozenset[str]  # all identifiers and keywords of the prompt

    @property
    def opener(self) -> str:
        return "impl X {" if self.kind == "impl" else "fn f() {"

    def is_entry(self, code: Code, item: Item) -> bool:
        if self.kind != "impl":
            return item.kind == "fn" and item.name == self.entry
        if item.kind != "impl" or header_key(item.name) != header_key(self.entry):
            return False
        # The context may have an inherent impl block of the same type. A copy of that block is not the entry item.
        known = self.defined.methods.get(header_key(item.name)[1], set())
        return bool(header_key(item.name)[0] or not known or {m.name for m in members(code, item)} - known)


def layout(problem: Problem) -> Layout:
    return layout_of(problem.prompt, problem.kind, problem.entry)


@lru_cache(maxsize=4096)
def layout_of(prompt: str, kind: str, entry: str) -> Layout:
    code = Code(prompt)
    items, _ = code.items(code.skip_attributes(0, inner=True))
    defined = Defined()
    for item in items:
        if item.whole:
            defined.add(code, item)
    start = next((item.start for item in items if not item.whole), len(prompt))
    words = frozenset(token.text for token in code.tokens if token.kind == WORD)
    return Layout(prompt, prompt[:start], defined, kind, entry.removeprefix("r#"), words)


@dataclass
class Parts:
    """A module under construction: its texts in order, and the spans of the completion that they came from."""

    layout: Layout
    head: list[str] = field(default_factory=list)  # `#![...]` and `//!`, which must come first
    texts: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    def __post_init__(self) -> None:
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
        """The module if the texts follow the prompt's context."""
        parts = [*self.head, self.layout.context, *self.texts]
        return tidy("\n".join(part.strip("\r\n") for part in parts if part.strip()))

    def continued(self) -> str:
        """The module if the texts follow the whole prompt."""
        return tidy(self.layout.prompt + "".join(self.texts))


def tidy(code: str) -> str:
    """The code with `\\n` as line end, as the compiler reads it, and one line end at its end."""
    return code.replace("\r\n", "\n").rstrip() + "\n"
