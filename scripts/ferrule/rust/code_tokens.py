"""Rust code as tokens without comments and layout, and three forms of it as numbers that can be compared.

text      every token
locals    what a copier renames first is one and the same: the function's name, parameters, variables,
          lifetimes; as far as a token and its neighbours tell
nameless  all names are: types, fields and methods too; keywords, primitive types and literals stay

`tokens` is forgiving: text that is not Rust gives tokens too, it never fails. A comma before a closing
bracket is layout (rustfmt writes it where it breaks a list into lines) and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import xxhash

from ferrule.rust.lexer import FLAT
from ferrule.rust.lexer import NAME as NAME_PATTERN

WORD = re.compile(rf"'?{NAME_PATTERN}")

PRIMITIVE = frozenset("bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize".split())
KEYWORDS = PRIMITIVE | frozenset(
    "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod"
    " move mut pub ref return self Self static struct super trait true type union unsafe use where while yield"
    " 'static '_ _".split()
)
NOT_AFTER = frozenset(". ::".split())  # a field, a method, an item of a module
NOT_BEFORE = frozenset(":: !".split())  # a path, a macro


def tokens(code: str) -> list[str]:
    return list(filter(None, FLAT.findall(code)))


def is_name(token: str) -> bool:
    return token not in KEYWORDS and WORD.fullmatch(token) is not None


def token_hash(token: str) -> int:
    return xxhash.xxh3_64_intdigest(token.encode("utf-8", "surrogatepass"))


NAME = np.uint64(token_hash("\0name"))  # stands for a name where names are all alike


class Numbers(dict):
    """Numbers things as they come."""

    def __missing__(self, key: str) -> int:
        self[key] = number = len(self)
        return number


class Encoded:
    """Texts as one array of numbers of tokens; text i is from ends[i] to ends[i + 1].

    The hashes depend on the tokens alone. The numbers of the vocabulary do not leave the object, so that
    its size is bounded by the texts at hand.
    """

    def __init__(self, texts: Iterable[list[str]]):
        vocabulary, ends = Numbers(), [0]
        numbers: list[int] = []
        for text in texts:
            numbers.extend(map(vocabulary.__getitem__, text))
            ends.append(len(numbers))
        self.numbers, self.ends = np.array(numbers, np.int64), np.array(ends, np.int64)
        self.words = list(vocabulary)
        self.names = np.array([is_name(word) for word in self.words], bool)
        self.known = np.array([token_hash(word) for word in self.words], np.uint64)
        self.nameless = np.where(self.names, NAME, self.known)

    def lengths(self) -> np.ndarray:
        return np.diff(self.ends)

    def hashes(self, form: str, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The token hashes of these texts in a form, flat, and where each text begins and ends."""
        known = self.nameless if form == "nameless" else self.known
        hashes = known[self.numbers]
        if form == "locals":
            hashes[self.local_names()] = NAME
        wanted = np.zeros(len(self.ends) - 1, bool)
        wanted[texts] = True
        lengths = self.lengths()
        return hashes[np.repeat(wanted, lengths)], np.concatenate([[0], np.cumsum(lengths[wanted])])

    def local_names(self) -> np.ndarray:
        """Which tokens are names that mean something in this text alone."""
        at, words = self.numbers, self.words
        if not at.size:
            return np.zeros(0, bool)
        part = np.array([word in NOT_AFTER for word in words], bool)
        path = np.array([word in NOT_BEFORE for word in words], bool)
        call = np.array([word == "(" for word in words], bool)
        small = np.array([word[0].islower() or word[0] == "_" for word in words], bool)
        lifetime = np.array([word[0] == "'" for word in words], bool)
        function = np.array([word == "fn" for word in words], bool)[at]

        first = np.zeros(len(at), bool)
        first[self.ends[:-1][self.lengths() > 0]] = True
        last = np.roll(first, -1)
        after = np.concatenate([[False], part[at[:-1]]]) & ~first
        named = np.concatenate([[False], function[:-1]]) & ~first
        before = np.concatenate([path[at[1:]], [False]]) & ~last
        called = np.concatenate([call[at[1:]], [False]]) & ~last

        # A called name is not local, except the function itself.
        own = np.full(len(self.ends) - 1, -1)
        text = np.repeat(np.arange(len(own)), self.lengths())
        where = np.flatnonzero(named)[::-1]
        own[text[where]] = at[where]  # of several names the first, which is written last
        called &= own[text] != at
        return self.names[at] & (small[at] & ~after & ~before & ~called | named | lifetime[at])
