"""Copies of Rust functions as people make them: laid out anew, renamed, without comments, one statement changed.

Every choice comes from a hash of the function's text: the same copies in every run. Copies are
made with a tokeniser of their own; `plain_forms` says anew, with sets of tokens, what is compared by hashes.
"""

from __future__ import annotations

import itertools
import re

from ferrule.core.schemas import choose
from ferrule.dataset.minhash import SHINGLE
from ferrule.rust.code_tokens import KEYWORDS, tokens

PIECE = re.compile(
    r'//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:[^"\\]|\\.)*"|b?\'(?:[^\'\\\n]|\\[^\n]+?)\'|\'?[A-Za-z_]\w*|\d[\w.]*\d|::|\s+|.',
    re.DOTALL,
)
KINDS = ("verbatim", "reformatted", "renamed", "bare", "changed")
COMMENT = ("//", "/*")


def pieces(code: str) -> list[str]:
    return [match[0] for match in PIECE.finditer(code)]


def copy(kind: str, code: str, other: str = "") -> str:
    """A copy of `code`; a changed statement is taken from `other`."""
    made = {"verbatim": str, "reformatted": reformatted, "renamed": renamed, "bare": bare}
    return changed(code, other) if kind == "changed" else made[kind](code)


def reformatted(code: str) -> str:
    """Other indentation, lines broken where a blank or a bracket stands and joined where they were broken."""
    out, held = [], ""
    for number, piece in enumerate(pieces(code)):
        turn = choose(0, "layout", code, number) % 4
        if piece.isspace():
            piece = ["\n   ", " ", "  ", " "][turn]
        elif piece.startswith("//"):
            held = "\n"  # what follows must not become part of the comment
        elif piece in "{;" and turn < 2:
            piece += "\n\t"
        elif piece in "([," and turn == 0:
            piece += " "
        if held and not piece.startswith("//"):
            piece, held = held + piece, ""
        out.append(piece)
    return "".join(out)


def bare(code: str) -> str:
    return "".join(piece for piece in pieces(code) if not piece.startswith(COMMENT))


def renamed(code: str, everything: bool = False) -> str:
    """The function, its parameters and variables under other names; or every name but keywords."""
    parts = pieces(code)
    solid = [
        number for number, piece in enumerate(parts) if not piece.isspace() and not piece.startswith(COMMENT)
    ]
    names, new = {}, {}
    for before, at, after in zip([None, *solid], solid, [*solid[1:], None], strict=False):
        word = parts[at]
        if not re.fullmatch(r"[A-Za-z_]\w*", word) or word in KEYWORDS:
            continue
        left = "" if before is None else parts[before]
        right = "" if after is None else parts[after]
        bound = left in ("fn", "let", "mut", "ref", "|", "for") or (right == ":" and left in ("(", ",", "|"))
        if everything or (bound and right != "::" and not word[0].isupper()):
            names.setdefault(word, f"{'Q' if word[0].isupper() else 'q'}{len(names)}_{word[::-1].lower()}")
        # A field, a method or a module of the same name is another thing.
        if word in names and (everything or (left not in (".", "::") and right not in ("::", "!"))):
            new[at] = names[word]
    return "".join(new.get(at, piece) for at, piece in enumerate(parts))


def statements(code: str) -> list[tuple[int, int]]:
    """Spans of the plain statements of a function's body: `...;` without a block in it."""
    found, begin, deep, at = [], None, 0, 0
    for piece in pieces(code):
        if piece in "{}":
            begin, deep = at + len(piece), 0
        elif piece in "([":
            deep += 1
        elif piece in ")]":
            deep -= 1
        elif piece == ";" and begin is not None and not deep:
            found.append((begin, at + 1))
            begin = at + 1
        at += len(piece)
    return found


def changed(code: str, other: str) -> str:
    """One statement gives way to one of another function."""
    mine, theirs = statements(code), statements(other)
    start, end = mine[choose(0, "statement", code) % len(mine)]
    first, last = theirs[choose(0, "donor", other) % len(theirs)]
    return code[:start] + "\n    " + other[first:last].strip() + code[end:]


def plain_forms(code: str) -> dict[str, set]:
    """The three forms as sets of runs of words: said again, without hashes."""
    words = tokens(code)

    def is_name(word):
        return (word[0].isalpha() or word[0] in "_'") and word[-1] not in "'\"#" and word not in KEYWORDS

    itself = next((word for before, word in itertools.pairwise(words) if before == "fn"), "")
    local = []
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        small = word[0].islower() or word[0] == "_"
        own = small and before not in (".", "::") and after not in ("::", "!")
        own = own and (after != "(" or word == itself)
        own = own or before == "fn" or word[0] == "'"
        local.append("NAME" if own and is_name(word) else word)
    forms = dict(text=words, locals=local, nameless=["NAME" if is_name(word) else word for word in words])
    return {
        form: {tuple(run[i : i + SHINGLE]) for i in range(len(run) - SHINGLE + 1)}
        for form, run in forms.items()
    }


def plain_jaccard(one: set, other: set) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0
