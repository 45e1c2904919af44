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

import re
from dataclasses import dataclass, field

SHORTEST, LEAST_LINES = 20, 3
OPEN_ENDS = frozenset(("{", "(", "[", "::", "->", "=>", ","))
CLOSES = {")": "(", "]": "[", "}": "{"}
TOKEN = re.compile(
    r"""\s+
  | (?P<comment>//[^\n]*)
  | (?P<block>/\*)
  | (?P<string>[bc]?r(?P<marks>\#*)"[\s\S]*?"(?P=marks) | [bc]?"(?:[^"\\]|\\[\s\S])*+")
  | (?P<open_string>[bc]?r\#*" | [bc]?")
  | (?P<char>b?'(?:[^'\\\n]|\\(?:u\{[^}\n]*\}|x..|[^\n]))')
  | (?P<lifetime>'[^\W\d]\w*)
  | (?P<open_char>b?')
  | (?P<word>(?:r\#)?\w+)
  | (?P<mark>::|->|=>|[^\w\s])
    """,
    re.VERBOSE,
)
BLOCK_MARK = re.compile(r"/\*|\*/")


def reason(code: str, *, needs_main: bool = False) -> str:
    """The first reason that applies, or ""."""
    if len(code.strip()) < SHORTEST:
        return "too_short"
    seen = look(code)
    if len(seen.lines) < LEAST_LINES:
        return "mostly_comments"
    if needs_main and not seen.main:
        return "no_main"
    if seen.last in OPEN_ENDS:
        return "incomplete"
    if seen.broken:
        return seen.broken
    return "incomplete_macro" if any(macro for _, macro in seen.brackets) else ""


@dataclass
class Seen:
    lines: set[int] = field(default_factory=set)  # those with code on them
    brackets: list[tuple[str, bool]] = field(default_factory=list)  # open ones; True for a macro's
    last: str = ""
    main: bool = False
    broken: str = ""
    end: int = 0  # of the last token that ends


def look(code: str) -> Seen:
    """One pass over the tokens, up to the first that never ends."""
    seen, before, at, line = Seen(), ("", ""), 0, 0
    while at < len(code) and not seen.broken:
        match = TOKEN.match(code, at)
        assert match, "some alternative of TOKEN matches anywhere"
        kind, text, end = match.lastgroup, match[0], match.end()
        if kind == "block":
            end = comment_end(code, at)
        elif kind in ("open_string", "open_char"):
            seen.broken = kind.replace("open", "incomplete")
        lines = code.count("\n", at, end)
        if kind not in (None, "comment", "block"):
            seen.lines.update(range(line, line + lines + 1))
            seen.main = seen.main or (before[1], text) == ("fn", "main")
            if kind == "mark":
                bracket(seen, text, before)
            seen.last, before = text, (before[1], text)
        seen.end = at if seen.broken else end
        at, line = end, line + lines
    return seen


def bracket(seen: Seen, text: str, before: tuple[str, str]) -> None:
    if text in CLOSES.values():
        macro = before[1] == "!" and re.fullmatch(r"\w+", before[0]) is not None
        seen.brackets.append((text, macro))
    elif text in CLOSES and seen.brackets and seen.brackets[-1][0] == CLOSES[text]:
        seen.brackets.pop()


def comment_end(code: str, start: int) -> int:
    """The end of the block comment that begins at `start`; comments nest."""
    depth = 0
    for match in BLOCK_MARK.finditer(code, start):
        depth += 1 if match[0] == "/*" else -1
        if not depth:
            return match.end()
    return len(code)
