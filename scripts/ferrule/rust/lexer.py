"""Rust's lexical grammar, said once, and the ways in which a text is read by it.

    lex(text)            tokens with their places; `partners` says which brackets belong together
    FLAT.findall(text)   the tokens' texts alone, at the speed of one regex: see `ferrule.rust.code_tokens`
    NOT_CODE.sub("", t)  code that compiles without its comments, strings and characters

The compiler reads a file this way first: tokens, then brackets that match, then grammar. So `lex` also holds for
text that no grammar takes: the inside of macros, an answer that stops in the middle, prose. It leaves comments
out; where text ends inside a string or a comment, the last token is of kind CUT.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

WORD, LIFETIME, NUMBER, STRING, CHAR, OPEN, CLOSE, MARK, BAD, CUT = range(10)


class Token(NamedTuple):
    kind: int
    text: str  # as written; a word without `r#` and NFC-normalised, which is how the compiler compares names
    start: int
    end: int


# The grammar: parts of the patterns below, which are in verbose mode. Block comments nest, see `comment_end`.
NAME = r"[^\W\d]\w*"
RAW_NAME = rf"(?:r\#)?{NAME}"
NUMERAL = r"\d\w*(?:\.(?!\.|[^\W\d])\w*)?"  # `1.` is one, in `1..2` and `1.max(2)` the point is not its own
LINE_COMMENT = r"//[^\n]*"
QUOTED = r'"(?:[^"\\]|\\[\s\S])*+"'
RAW_QUOTE = r'r\#*"'  # where a raw string begins
RAW_QUOTED = r'r(?P<marks>\#*)"[\s\S]*?"(?P=marks)'
CHARACTER = r"b?'(?:[^'\\\n\r\t]|\\(?:x[0-9a-fA-F]{2}|u\{[^}'\n]*\}|[^\n]))'"

# One group per kind, in this order; what has no group is layout. Words that may begin a string come after them.
TOKEN = re.compile(
    rf"""
    \s+ | {LINE_COMMENT}
  | (/\*)                                              # 1: see `lex`
  | ([bc]?{RAW_QUOTED} | [bc]?{QUOTED})                # 2: a string (3: its marks)
  | ([bc]?{RAW_QUOTE} | [bc]?")                        # 4: a string without an end
  | ({CHARACTER})                                      # 5
  | ('{RAW_NAME})                                      # 6: a lifetime
  | ({RAW_NAME})                                       # 7: a word
  | ({NUMERAL})                                        # 8
  | ([({{\[])                                          # 9
  | ([)}}\]])                                          # 10
  | (::|->|=>|[!\#$%&*+,\-./:;<=>?@^|~])              # 11: a mark
  | ([\s\S])                                           # 12: nothing that Rust has
    """,
    re.VERBOSE,
)
KIND = {2: STRING, 5: CHAR, 6: LIFETIME, 7: WORD, 8: NUMBER, 9: OPEN, 10: CLOSE, 11: MARK, 12: BAD}

# A regex cannot count, so comments in comments are followed one deep.
SHALLOW_COMMENT = r"/\*(?:[^*/]|\*(?!/)|/(?!\*)|/\*(?:[^*]|\*(?!/))*\*/)*+\*/"

# Nothing is cut off: what begins and never ends is passed over by a character. The commonest come first.
# Which rows are copies depends on what is one token here, so four things are other than above: `r#name` is three
# tokens and `1.` two, a backslash in a raw string without marks hides the quote behind it, and a raw string with
# more than two marks falls apart.
FLAT = re.compile(
    rf"""
    ,(?=\s*[)\]}}>])                                   # rustfmt writes it where it breaks a list into lines
  | {LINE_COMMENT} | {SHALLOW_COMMENT}
  | (
        [A-Zad-qs-z_]\w*+                              # a word that begins no string
      | [(){{}}\[\];?@\#$~,]
      | ::?|\.(?:\.=?)?
      | &(?:&|=)?|-[>=]?|=[=>]?|\|[|=]?|[+*/%^!<>]=?
      | \d\w*(?:\.\d\w*)?
      | {QUOTED}
      | (?:[bc]r?|r)(?:{QUOTED}|\#"[\s\S]*?"\#|\#\#"[\s\S]*?"\#\#)
      | {CHARACTER}
      | '?{NAME}
      | [^\s]
    )
    """,
    re.VERBOSE,
)
# For code that compiles, in which what begins also ends. Which items a prompt shows depends on what is code here, so
# it stays as it was first written: comments do not nest, and the letters before C and raw byte strings count as code.
NOT_CODE = re.compile(
    rf"{LINE_COMMENT} | /\*[\s\S]*?\*/ | {RAW_QUOTED} | b?{QUOTED} | b?'(?:\\[^\n]{{1,8}}?|[^\\\n])'",
    re.VERBOSE,
)

COMMENT_END = re.compile(r"/\*|\*/")
PARTNER = {"(": ")", "[": "]", "{": "}"}

UNCLOSED, BROKEN = -1, -2  # a bracket that the end of the text or a wrong bracket leaves open


def lex(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The tokens of text[start:end], places counted in `text`."""
    end = len(text) if end is None else end
    tokens: list[Token] = []
    scan = TOKEN.scanner(text, start, end).match  # type: ignore[attr-defined]  # typeshed lacks it
    while match := scan():
        group = match.lastindex
        if group is None:
            continue
        at, to = match.span()
        if group == 1:
            to = comment_end(text, at, end)
            if to < 0:
                tokens.append(Token(CUT, text[at:end], at, end))
                break
            scan = TOKEN.scanner(text, to, end).match  # type: ignore[attr-defined]
            continue
        if group == 4:
            tokens.append(Token(CUT, text[at:end], at, end))
            break
        word = match[0]
        if group == 7 and (not word.isascii() or word.startswith("r#")):
            word = plain_name(word)
        tokens.append(Token(KIND[group], word, at, to))
    return tokens


def plain_name(word: str) -> str:
    return unicodedata.normalize("NFC", word.removeprefix("r#"))


def comment_end(text: str, start: int, end: int) -> int:
    """Where the block comment that begins at `start` ends; -1 if it does not."""
    depth = 0
    for match in COMMENT_END.finditer(text, start, end):
        depth += 1 if match[0] == "/*" else -1
        if not depth:
            return match.end()
    return -1


def partners(tokens: list[Token]) -> list[int]:
    """For each opening bracket the number of the token that closes it, UNCLOSED or BROKEN; else UNCLOSED.

    A closing bracket that nothing opened is passed over: a continuation ends the function around it.
    After one that closes the wrong bracket nothing is known, so whatever is open then is BROKEN.
    """
    closes = [UNCLOSED] * len(tokens)
    stack: list[int] = []
    for number, (kind, text, _, _) in enumerate(tokens):
        if kind == OPEN:
            stack.append(number)
        elif kind == CLOSE and stack:
            if PARTNER[tokens[stack[-1]].text] != text:
                for opener in stack:
                    closes[opener] = BROKEN
                for later in range(number, len(tokens)):
                    closes[later] = BROKEN
                return closes
            closes[stack.pop()] = number
    return closes
