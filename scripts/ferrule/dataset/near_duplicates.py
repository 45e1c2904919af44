"""Candidates for copies among texts that come in batches, and the verdict on a pair of them.

    pairs = Candidates({"text": 0.7, "locals": 0.85})
    for batch in ...:
        pairs.add(list of token lists)
    texts, keys = pairs.sharing()       # the texts that share a key with another text
    sets = pairs.shingle_sets(token lists)

A text is held as some numbers per form; its shingles are made again for the few texts that are candidates.
"""

from __future__ import annotations

import numpy as np

from ferrule.dataset.minhash import band_keys, bands_for, distinct, jaccard, shared_keys, shingles, signatures
from ferrule.rust.encoded_tokens import Encoded

# Fewest tokens of a text in a form. Without names most short functions look like another one.
FEWEST = {"text": 10, "locals": 12, "nameless": 60}

Sets = dict[str, np.ndarray]  # form: sorted shingles


class Candidates:
    """`thresholds` are the least Jaccard of a copy for each form, in the order in which forms are asked."""

    def __init__(self, thresholds: dict[str, float]):
        self.thresholds = thresholds
        self.bands = {form: bands_for(threshold) for form, threshold in thresholds.items()}
        self.texts = {form: [np.empty(0, np.int64)] for form in thresholds}  # which are long enough
        self.keys = {form: [np.empty((0, bands), np.uint32)] for form, (bands, _) in self.bands.items()}
        self.forms = [form for form, (bands, _) in self.bands.items() for _ in range(bands)]  # by column
        self.size = 0

    def add(self, texts: list[list[str]]) -> None:
        encoded = Encoded(texts)
        for form in self.thresholds:
            fitting, flat, bounds = self.shingled(encoded, form)
            self.texts[form].append(fitting + self.size)
            self.keys[form].append(band_keys(signatures(flat, bounds), *self.bands[form]))
        self.size += len(texts)

    def shingled(self, encoded: Encoded, form: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The texts that are long enough for the form, and their shingles."""
        fitting = np.flatnonzero(encoded.lengths() >= FEWEST[form])
        return fitting, *shingles(*encoded.hashes(form, fitting))

    def sharing(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of texts, rising, and beside each a key that it shares with another text."""
        texts, keys = [np.empty(0, np.int64)], [np.empty(0, np.uint64)]
        column = 0
        for form in self.thresholds:
            fitting, known = np.concatenate(self.texts.pop(form)), np.concatenate(self.keys.pop(form))
            for found, shared in shared_keys(known):
                texts.append(fitting[found])
                # The column takes part: the same number in another band says nothing.
                keys.append(shared.astype(np.uint64) | np.uint64(column << 32))
                column += 1
        every, shared = np.concatenate(texts), np.concatenate(keys)
        order = np.argsort(every, kind="stable")
        return every[order], shared[order]

    def shingle_sets(self, texts: list[list[str]]) -> list[Sets]:
        """For each text its shingles in the forms for which it is long enough."""
        sets: list[Sets] = [{} for _ in texts]
        encoded = Encoded(texts)
        for form in self.thresholds:
            fitting, flat, bounds = self.shingled(encoded, form)
            for i, low, high in zip(fitting, bounds, bounds[1:], strict=False):
                sets[i][form] = distinct(flat[low:high])
        return sets

    def alike(self, form: str, one: Sets, other: Sets) -> float:
        """The Jaccard of two texts in a form if it is enough for a copy, else 0."""
        a, b, least = one[form], other[form], self.thresholds[form]
        # No Jaccard is above the ratio of the sizes.
        if min(a.size, b.size) < least * max(a.size, b.size):
            return 0.0
        similarity = jaccard(a, b)
        return similarity if similarity >= least else 0.0

    def form_of(self, key: int) -> str:
        """The form in which texts agree that share this key."""
        return self.forms[key >> 32]
