"""Why the published evaluation guide would have skipped an answer. These reasons are reported and exclude nothing.

    too_short          under 20 characters
    mostly_comments    under 3 lines with code on them
    no_main            no `fn main`, where a program was asked for
    incomplete         its last token is one of { ( [ :: -> => ,
    incomplete_string  a string that never ends
    incomplete_char    a quote that begins neither a character nor a lifetime
    incomplete_macro   a macro's bracket that is never closed

Where the guide counts characters, this looks at tokens. It took an odd number of `'` for a broken character, so
that three of four programs with lifetimes were left out; a quote in a comment did the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ferrule.core.reasons import PrefilterReason
from ferrule.rust.lexer import CLOSE, CUT, MARK, OPEN, PARTNER, WORD, Token, lex

SHORTEST, LEAST_LINES = 20, 3
OPEN_ENDS = frozenset(("{", "(", "[", "::", "->", "=>", ","))


def reason(code: str, *, needs_main: bool = False) -> str:
    """The first reason that applies, or ""."""
    if len(code.strip()) < SHORTEST:
        return PrefilterReason.TOO_SHORT
    seen = look(code)
    if len(seen.lines) < LEAST_LINES:
        return PrefilterReason.MOSTLY_COMMENTS
    if needs_main and not seen.main:
        return PrefilterReason.NO_MAIN
    if seen.last in OPEN_ENDS:
        return PrefilterReason.INCOMPLETE
    if seen.broken:
        return seen.broken
    return PrefilterReason.INCOMPLETE_MACRO if any(macro for _, macro in seen.brackets) else ""


@dataclass
class Seen:
    lines: set[int] = field(default_factory=set)  # those with code on them
    brackets: list[tuple[str, bool]] = field(default_factory=list)  # open ones; True for a macro's
    last: str = ""
    main: bool = False
    broken: str = ""
    end: int = 0  # up to here every string and character ends


def look(code: str) -> Seen:
    """One pass over the tokens, up to the first that never ends."""
    seen, at, line = Seen(end=len(code)), 0, 0
    before = last = Token(MARK, "", 0, 0)
    for token in lex(code):
        if token.kind == CUT and token.text.startswith("/*"):
            break
        line += code.count("\n", at, token.start)
        at = token.start
        seen.last = token.text
        if token.kind == CUT or token.text == "'":
            seen.lines.add(line)
            seen.broken = (
                PrefilterReason.INCOMPLETE_STRING if token.kind == CUT else PrefilterReason.INCOMPLETE_CHAR
            )
            seen.end = token.start
            break
        seen.lines.update(range(line, line + code.count("\n", token.start, token.end) + 1))
        seen.main = seen.main or (last.text, token.text) == ("fn", "main")
        if token.kind == OPEN:
            seen.brackets.append((token.text, last.text == "!" and before.kind == WORD))
        elif token.kind == CLOSE and seen.brackets and PARTNER[seen.brackets[-1][0]] == token.text:
            seen.brackets.pop()
        before, last = last, token
    return seen
