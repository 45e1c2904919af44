"""Whether a text can continue the prompt inside the entry item, and whether it is code at all."""

from __future__ import annotations

from ferrule.evaluation.answers.assembly import Layout
from ferrule.rust.code_tokens import KEYWORDS
from ferrule.rust.items import Code, Item
from ferrule.rust.lexer import BAD, CLOSE, CUT, OPEN, UNCLOSED, WORD
from ferrule.rust.syntax import parse

MARKS = frozenset("{ } ; = ( => ::".split())  # all code has at least one of these


def level(code: Code) -> tuple[int, str]:
    """How a text that begins inside a block ends, and at which token.

    closed  the brace at that token closes the block    open    the bracket at that token is never closed
    level   the text ends with no bracket open          broken  a bracket at that token closes the wrong one
    """
    at = 0
    while at < code.count:
        token = code.tokens[at]
        if token.kind == OPEN:
            if code.closes[at] < 0:
                return at, "open" if code.closes[at] == UNCLOSED else "broken"
            at = code.closes[at]
        elif token.kind == CLOSE:
            return at, "closed" if token.text == "}" else "broken"
        at += 1
    return at, "level"


def is_rust(text: str) -> bool:
    return not parse(text.encode()).has_error


def closes_cleanly(layout: Layout, code: Code, stop: int) -> bool:
    """Whether the text up to the brace `stop` is the rest of an entry item."""
    if any(token.kind in (BAD, CUT) for token in code.tokens[:stop]):
        return False
    return is_rust(layout.opener + "\n" + code.text[code.start : code.tokens[stop].end])


def stands_cleanly(layout: Layout, code: Code) -> bool:
    """Whether the whole text is the inside of an entry item, without the brace that closes it."""
    if any(token.kind in (BAD, CUT) for token in code.tokens):
        return False
    if code.count == 1 and code.is_name(0) and code.word(0) not in layout.words:
        return False  # a single word that the prompt does not contain: "Certainly"
    return is_rust(layout.opener + "\n" + code.text[code.start : code.end] + "\n}")


def made_of_statements(layout: Layout, code: Code, items: list[Item], at: int) -> bool:
    """Whether a text that begins with these items can be the inside of the entry item, by its kinds of items.

    A function body of items alone does nothing, so such items were meant to be next to the function. An impl block
    contains only items.
    """
    if layout.kind == "impl":
        return bool(items) and all(item.kind in ("fn", "const", "type", "call") for item in items)
    return at < code.count or any(item.kind == "call" for item in items)


def tail_is_unfinished(layout: Layout, code: Code) -> bool:
    """Whether the text is Rust up to the end of its last complete statement or block."""
    if code.tokens[code.count - 1].kind == CUT:
        return True
    depth = 0
    for number in range(code.count - 1, -1, -1):
        token = code.tokens[number]
        depth += (token.kind == CLOSE) - (token.kind == OPEN)
        ends_here = (token.text == ";" and depth == 0) or (token.text == "}" and depth == 1)
        if ends_here and number < code.count - 1:
            return is_rust(layout.opener + "\n" + code.text[code.start : token.end] + "\n}")
    return False


def prose(code: Code, stop: int | None = None) -> bool:
    """Whether a text is prose: it has more adjacent words than code can have, or none of MARKS."""
    tokens = code.tokens[: code.count if stop is None else stop]
    adjacent, after_word, marked = 0, False, False
    for token in tokens:
        if token.text == "`":
            return True
        word = token.kind == WORD and token.text not in KEYWORDS
        adjacent += (word and after_word) or token.kind == BAD
        after_word = word
        marked = marked or token.text in MARKS
    return not marked or adjacent * 5 > len(tokens)
