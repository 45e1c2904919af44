"""Tokens of many texts as numbers that can be compared, in three forms.

text      every token
locals    what a copier renames first is one and the same: the function's name, parameters, variables,
          lifetimes; as far as a token and its neighbours tell
nameless  all names are: types, fields and methods too; keywords, primitive types and literals stay
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xxhash

from ferrule.rust.code_tokens import is_name

NOT_AFTER = frozenset(". ::".split())  # a field, a method, an item of a module
NOT_BEFORE = frozenset(":: !".split())  # a path, a macro


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
