"""pass@k without bias: the chance that of k samples drawn from a problem's n, of which c are right, one is right.

    1 - C(n - c, k) / C(n, k)  =  1 - (n-c)/n * (n-c-1)/(n-1) * ... * (n-c-k+1)/(n-k+1)

The product has factors between 0 and 1 and no large number in it, so that n = 1000 is no harder than n = 10; its
first k factors give pass@k, so that one running product gives every k.
"""

from __future__ import annotations

import numpy as np


def pass_at_k(samples: np.ndarray, correct: np.ndarray, most: int) -> np.ndarray:
    """One row per problem with pass@1 ... pass@most. Of a problem with fewer samples only the first k are known."""
    samples, correct = np.asarray(samples, float)[:, None], np.asarray(correct, float)[:, None]
    if ((correct < 0) | (correct > samples)).any():
        raise ValueError("a problem cannot have more correct samples than samples")
    drawn = np.arange(most, dtype=float)[None, :]
    left = np.maximum(samples - drawn, 1)  # beyond n nothing is known
    wrong = np.clip(samples - correct - drawn, 0, None)
    known = np.where(drawn < samples, 1 - np.cumprod(wrong / left, axis=1), np.nan)
    return np.where(samples == 0, np.nan, known)
