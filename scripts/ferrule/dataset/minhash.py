"""Which texts of many are alike: shingles, MinHash signatures, candidates by bands, exact Jaccard.

A shingle is the hash of SHINGLE tokens in a row. A text's signature is cut into bands; two texts are candidates
if they agree in all numbers of one band. With b bands of r numbers that happens to a pair of Jaccard j with
the chance 1 - (1 - j^r)^b. Candidates are only proposals; what decides is `jaccard`, exact on the shingles.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

SHINGLE = 4  # tokens
NUMBERS = 128  # in a signature
FOUND = 0.98  # chance that a pair right at the threshold becomes a candidate
FACTOR = np.uint64(0x9E3779B97F4A7C15)


def shingles(hashes: np.ndarray, ends: np.ndarray, size: int = SHINGLE) -> tuple[np.ndarray, np.ndarray]:
    """The hash of every run of `size` tokens of every text, flat, and where those of each text begin.

    `hashes` are the tokens' of all texts in one array, text i from ends[i] to ends[i + 1]. A text of fewer
    tokens has no shingle.
    """
    bounds = np.concatenate([[0], np.cumsum(np.maximum(np.diff(ends) - size + 1, 0))])
    width = len(hashes) - size + 1
    if width <= 0:
        return np.empty(0, np.uint64), bounds
    mixed = hashes[:width].copy()
    for offset in range(1, size):
        mixed *= FACTOR  # wraps around, as a hash may
        mixed += hashes[offset : offset + width]
    mixed ^= mixed >> np.uint64(31)
    mixed *= FACTOR
    mixed ^= mixed >> np.uint64(29)
    inside = np.ones(width, bool)  # a run that crosses the end of its text does not count
    for offset in range(1, size):
        cut = ends[1:-1] - offset
        inside[cut[(cut >= 0) & (cut < width)]] = False
    return mixed[inside], bounds


def bands_for(threshold: float) -> tuple[int, int]:
    """Bands and numbers per band: the longest bands, so the fewest candidates, with which FOUND still holds."""
    fitting = [
        rows
        for rows in range(1, NUMBERS + 1)
        if 1 - (1 - threshold**rows) ** (NUMBERS // rows) >= FOUND or rows == 1
    ]
    return NUMBERS // fitting[-1], fitting[-1]


def signatures(flat: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """MinHash: of each text, a row, the least value of NUMBERS functions, the columns, over its shingles.

    Every text must have a shingle. The functions are x -> (x xor a) * b on 32 bits of the shingles' hashes.
    """
    low = (flat >> np.uint64(32)).astype(np.uint32)
    out = np.empty((len(bounds) - 1, NUMBERS), np.uint32)
    for number in range(NUMBERS if len(out) else 0):
        mask, factor = np.array([mix(2 * number), mix(2 * number + 1) | 1], np.uint64).astype(np.uint32)
        out[:, number] = np.minimum.reduceat((low ^ mask) * factor, bounds[:-1])
    return out


def mix(number: int) -> int:
    """32 bits that look random: the same in every run."""
    number = (number + 1) * int(FACTOR) % 2**64
    number = (number ^ number >> 31) * int(FACTOR) % 2**64
    return number >> 32


def band_keys(signature: np.ndarray, bands: int, rows: int) -> np.ndarray:
    """One number for each band of each signature; texts are rows, bands are columns."""
    parts = signature[:, : bands * rows].reshape(-1, bands, rows)
    keys = np.zeros(parts.shape[:2], np.uint64)
    for row in range(rows):
        keys = (keys ^ parts[:, :, row]) * FACTOR
        keys ^= keys >> np.uint64(32)
    return keys.astype(np.uint32)  # two that agree by chance only cost a comparison


def shared_keys(keys: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Per band the texts whose key another text has too, and these keys."""
    for band in range(keys.shape[1] if len(keys) else 0):
        order = np.argsort(keys[:, band], kind="stable")
        ordered = keys[order, band]
        same = ordered[1:] == ordered[:-1]
        joined = np.concatenate([[False], same]) | np.concatenate([same, [False]])
        yield order[joined], ordered[joined]


def distinct(hashes: np.ndarray) -> np.ndarray:
    """A set of hashes as a sorted array: np.unique without its overhead."""
    ordered = np.sort(hashes)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if ordered.size else ordered


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    """Of two sets as sorted arrays: the size of their intersection by that of their union."""
    if not one.size or not other.size:
        return 0.0
    both = np.concatenate([one, other])
    both.sort(kind="stable")
    common = int(np.count_nonzero(both[1:] == both[:-1]))
    return common / (both.size - common)
