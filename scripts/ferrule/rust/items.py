"""Items of Rust by their tokens: where each begins and ends, what it defines, and whether its end is there.

Not by the syntax tree, because the text is an answer: prose may follow an item, the text may stop inside one, and
there a tree is the parser's guess. With brackets matched the grammar of items needs few words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ferrule.rust.lexer import BROKEN, CLOSE, CUT, MARK, OPEN, STRING, UNCLOSED, WORD, Token, lex, partners

QUALIFIERS = frozenset("const async unsafe extern default safe gen auto".split())
# What may follow the name of an item. It keeps prose ("type of", "use the", "struct is") from being an item.
AFTER_NAME = {
    "fn": "( <",
    "struct": "{ ( ; < where",
    "union": "{ < where",
    "enum": "{ < where",
    "trait": "{ < : where =",
    "mod": "{ ;",
    "type": "= < : where ;",
    "const": ":",
    "static": ":",
}
AFTER = {keyword: frozenset(after.split()) for keyword, after in AFTER_NAME.items()}
SPACE = {"fn": "value", "const": "value", "static": "value"}  # where a name lives; the others are types
TEST_ONLY = re.compile(r"\#\[(?:cfg\((?:all\(test,.*|test)\)|test)\]")


@dataclass(frozen=True)
class Item:
    """One item. Its text is [start:end] of the lexed text: comments and attributes in front of it belong to it."""

    kind: str  # its keyword: fn, struct, impl, use ...; "macro" is macro_rules!, "call" another macro's call
    name: str  # what it defines; for an impl block its header
    start: int
    end: int
    first: int  # its first token, and the one behind its last
    last: int
    body: int = 0  # the number of the token `{` that opens its body, 0 where it has none
    whole: bool = True  # False where the text ends inside it
    broken: bool = False  # a wrong bracket is in it: where it ends nobody knows
    test_only: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Two items with one key cannot stand in one module."""
        kind = self.kind if self.kind in ("impl", "macro", "call") else SPACE.get(self.kind, "type")
        return kind, self.name


class Code:
    """Text as tokens with matching brackets, from which items are read one after the other."""

    def __init__(self, text: str, start: int = 0, end: int | None = None):
        self.text, self.start, self.end = text, start, len(text) if end is None else end
        self.tokens = lex(text, start, self.end)
        self.closes = partners(self.tokens)
        # Behind the last token, so that a look ahead needs no check.
        self.tokens += [Token(MARK, "", self.end, self.end)] * 4
        self.count = len(self.tokens) - 4
        self._items: tuple[list[Item], int] | None = None

    def word(self, number: int) -> str:
        return self.tokens[number].text

    def is_name(self, number: int) -> bool:
        return self.tokens[number].kind == WORD

    def joined(self, first: int, last: int) -> str:
        return " ".join(token.text for token in self.tokens[first:last])

    def skip_attributes(self, at: int, inner: bool = False) -> int:
        """The number of the token behind the attributes at `at`; `count` where the text ends in one."""
        while self.word(at) == "#" and (self.word(at + 1) == "!") == inner:
            bracket = at + 1 + inner
            if self.word(bracket) != "[" or self.closes[bracket] < 0:
                return self.count if self.word(bracket) in ("[", "") else at
            at = self.closes[bracket] + 1
        return at

    def items(self, at: int = 0, text_from: int | None = None) -> tuple[list[Item], int]:
        """The items from token `at` on, as far as they go, and the number of the token behind them.

        The last of them may be unfinished; then the text is at its end.
        """
        found: list[Item] = []
        start = self.start if text_from is None else text_from
        while at < self.count:
            item = self.item(at, start)
            if item is None:
                break
            found.append(item)
            at, start = item.last, item.end
        return found, at

    def all_items(self) -> tuple[list[Item], int]:
        """The same from the beginning, behind the attributes of the file. Read once."""
        if self._items is None:
            self._items = self.items(self.skip_attributes(0, inner=True))
        return self._items

    def item(self, first: int, start: int) -> Item | None:
        """The item at token `first`, or None if there is none."""
        at = self.skip_attributes(first)
        if at >= self.count:
            # Attributes that nothing follows: an item was meant to.
            return self.unfinished("attribute", "", start, first) if first < self.count else None
        test_only = at > first and bool(TEST_ONLY.search(self.joined(first, at).replace(" ", "")))
        if self.word(at) == "pub":
            at += 1
            if self.word(at) == "(" and self.closes[at] > 0:
                at = self.closes[at] + 1
        kind, name_at, at = self.keyword(at)
        if not kind:
            return None
        made = self.finish(kind, name_at, at, start, first)
        return replace(made, test_only=True) if made and test_only else made

    def keyword(self, at: int) -> tuple[str, int, int]:
        """(kind, number of the name's token, where the rest begins) of the item whose keyword is at or behind `at`."""
        while True:
            word, following = self.word(at), self.word(at + 1)
            if not self.is_name(at) and word != "::":
                return "", at, at
            if word == "extern" and following == "crate":
                return "extern crate", at + 2, at + 2
            if word == "extern" and (following == "{" or self.word(at + 2) == "{"):
                return "extern", at, at + 1
            if word == "impl":
                return "impl", at, at + 1
            if word == "use":
                return "use", at, at + 1
            if word == "macro_rules" and following == "!":
                return "macro", at + 2, at + 3
            if word == "static":
                name = at + 1 + (following == "mut")
                return "static", name, name + 1
            if word in AFTER and not (word == "const" and following in ("fn", "async", "unsafe", "extern")):
                return word, at + 1, at + 2
            if word == "union" and self.is_name(at + 1) and self.word(at + 2) in AFTER["union"]:
                return "union", at + 1, at + 2
            if word in QUALIFIERS:
                at += 1 + (self.tokens[at + 1].kind == STRING)  # extern "C" fn
                continue
            return self.macro_call(at)

    def macro_call(self, at: int) -> tuple[str, int, int]:
        first = at
        while self.is_name(at) or self.word(at) == "::":
            at += 1
        if at > first and self.word(at) == "!" and self.tokens[at + 1].kind == OPEN:
            return "call", first, at + 1
        return "", first, first

    def finish(self, kind: str, name_at: int, at: int, start: int, first: int) -> Item | None:
        """The item with its end, once its keyword is known."""
        name = self.word(name_at)
        if kind in AFTER or kind == "union":
            if name_at >= self.count or at >= self.count:
                return self.unfinished(kind, name, start, first)
            if not self.is_name(name_at) or self.word(at) not in AFTER[kind]:
                return None
        if kind == "call":
            close = self.closes[at]
            if close < 0:
                return self.unfinished(kind, name, start, first) if close == UNCLOSED else None
            last = close + 1 + (self.word(close + 1) == ";")
            return self.made(kind, self.joined(name_at, last), start, first, last)
        if kind in ("use", "extern crate", "type", "const", "static"):
            end = self.semicolon(at, only_paths=kind == "use")
            body = 0
        elif kind == "macro":
            end = self.closes[at] if self.tokens[at].kind == OPEN else BROKEN
            if end > 0 and self.word(at) != "{" and self.word(end + 1) == ";":
                end += 1
            body = 0
        else:
            end, body = self.block(at)
            if kind == "impl" and body:
                name = self.joined(name_at, body)
        if end == BROKEN:
            return replace(self.unfinished(kind, name, start, first, body), broken=True) if body else None
        if end == UNCLOSED:
            return self.unfinished(kind, name, start, first, body)
        if kind == "use":
            name = self.joined(name_at + 1, end)
        return self.made(kind, name, start, first, end + 1, body)

    def made(self, kind: str, name: str, start: int, first: int, last: int, body: int = 0) -> Item:
        return Item(kind, name, start, self.tokens[last - 1].end, first, last, body)

    def unfinished(self, kind: str, name: str, start: int, first: int, body: int = 0) -> Item:
        return Item(kind, name, start, self.end, first, self.count, body, whole=False)

    def semicolon(self, at: int, only_paths: bool) -> int:
        """The number of the `;` that ends the item, UNCLOSED, or BROKEN where none can come."""
        before_word = False
        while at < self.count:
            token = self.tokens[at]
            if token.text == ";":
                return at
            if token.kind == CLOSE:
                return BROKEN
            if only_paths:
                is_word = token.kind == WORD
                # Two adjacent words are prose, except `a as b`.
                beside = is_word and before_word and "as" not in (token.text, self.word(at - 1))
                if beside or not (is_word or token.text in ("::", "{", ",", "*")):
                    return BROKEN if token.kind != CUT else UNCLOSED
                before_word = is_word
            if token.kind == OPEN:
                if self.closes[at] < 0:
                    return self.closes[at]
                if only_paths and any(
                    t.kind != WORD and t.text not in ("::", "{", "}", ",", "*")
                    for t in self.tokens[at : self.closes[at]]
                ):
                    return BROKEN
                at, before_word = self.closes[at], False
            at += 1
        return UNCLOSED

    def block(self, at: int) -> tuple[int, int]:
        """(number of the token that ends the item: `}` or `;`, number of the `{` or 0)."""
        while at < self.count:
            token = self.tokens[at]
            if token.text == ";":
                return at, 0
            if token.kind == CLOSE:
                return BROKEN, 0
            if token.kind == OPEN:
                close = self.closes[at]
                if token.text == "{" and not self.constant(at, close):
                    return close, at
                if close < 0:
                    return close, 0
                at = close
            at += 1
        return UNCLOSED, 0

    def constant(self, at: int, close: int) -> bool:
        """Is this `{` a constant among generic arguments, `Ring<{ N + 1 }>`, and not the body?"""
        return self.word(at - 1) in ("<", ",", "=") and close > 0 and self.word(close + 1) in (">", ",")
