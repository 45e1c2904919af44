"""The unbiased estimator of pass@k: the probability that at least one of k samples is correct.

The k samples are drawn from the n samples of a problem, of which c are correct:

    1 - C(n - c, k) / C(n, k)  =  1 - (n-c)/n * (n-c-1)/(n-1) * ... * (n-c-k+1)/(n-k+1)

All factors of the product are between 0 and 1, so that a large n is not a numerical problem. The first k factors give
pass@k, so that one cumulative product gives the values for all k.
"""

from __future__ import annotations

import numpy as np


def pass_at_k(samples: np.ndarray, correct: np.ndarray, most: int) -> np.ndarray:
    """One row per problem with pass@1 ... pass@most; nan if the problem has fewer than k samples."""
    samples, correct = np.asarray(samples, float)[:, None], np.asarray(correct, float)[:, None]
    if ((correct < 0) | (correct > samples)).any():
        raise ValueError("a problem cannot have more correct samples than samples")
    drawn = np.arange(most, dtype=float)[None, :]
    left = np.maximum(samples - drawn, 1)  # avoids 0 / 0 for k > n, where the result is nan anyway
    wrong = np.clip(samples - correct - drawn, 0, None)
    known = np.where(drawn < samples, 1 - np.cumprod(wrong / left, axis=1), np.nan)
    return np.where(samples == 0, np.nan, known)
