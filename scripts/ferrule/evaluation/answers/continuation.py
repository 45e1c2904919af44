"""Can a text stand inside the entry item, as a continuation of the prompt? And is it code at all?"""

from __future__ import annotations

from ferrule.evaluation.answers.assembly import Layout
from ferrule.rust.code_tokens import KEYWORDS
from ferrule.rust.items import Code, Item
from ferrule.rust.lexer import BAD, CLOSE, CUT, OPEN, UNCLOSED, WORD
from ferrule.rust.syntax import parse

MARKS = frozenset("{ } ; = ( => ::".split())  # code has one of them


def level(code: Code) -> tuple[int, str]:
    """How a text ends that begins inside a block, and at which token.

    closed  the brace there closes the block      open    the bracket there is never closed
    level   at the end, nothing is open           broken  a bracket there closes the wrong one
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
    """Is the text up to the brace `stop` the rest of an entry item?"""
    if any(token.kind in (BAD, CUT) for token in code.tokens[:stop]):
        return False
    return is_rust(layout.opener + "\n" + code.text[code.start : code.tokens[stop].end])


def stands_cleanly(layout: Layout, code: Code) -> bool:
    """Is the whole text the inside of an entry item, without the brace that closes it?"""
    if any(token.kind in (BAD, CUT) for token in code.tokens):
        return False
    if code.count == 1 and code.is_name(0) and code.word(0) not in layout.words:
        return False  # one word that the prompt does not know: "Certainly"
    return is_rust(layout.opener + "\n" + code.text[code.start : code.end] + "\n}")


def made_of_statements(layout: Layout, code: Code, items: list[Item], at: int) -> bool:
    """Can a text that begins with these items be the inside of the entry item, by what it is made of?

    A function of items alone does nothing: they were meant to stand beside it. An impl block has nothing else.
    """
    if layout.kind == "impl":
        return bool(items) and all(item.kind in ("fn", "const", "type", "call") for item in items)
    return at < code.count or any(item.kind == "call" for item in items)


def tail_is_unfinished(layout: Layout, code: Code) -> bool:
    """Is everything Rust up to the last statement or block, and only what follows it not?"""
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
    """More words beside each other than any code has, or no mark that code cannot do without."""
    tokens = code.tokens[: code.count if stop is None else stop]
    beside, before, marked = 0, False, False
    for token in tokens:
        if token.text == "`":
            return True
        word = token.kind == WORD and token.text not in KEYWORDS
        beside += (word and before) or token.kind == BAD
        before = word
        marked = marked or token.text in MARKS
    return not marked or beside * 5 > len(tokens)
