"""95 % intervals by the bootstrap over problems: how much the figures vary with the choice of problems.

    resamples = Resamples(problems=164, count=10_000, seed=0)
    value, low, high = resamples.ratio(correct, samples)     # a rate over all samples
    value, low, high = resamples.mean(values)                # a mean over problems, here of many columns at once

A resample draws as many problems as there are, with replacement, each with all its samples. Nothing is drawn within a
problem. The figure of a problem already has the randomness of its samples, and a second draw would count it twice. Also,
samples drawn with replacement repeat, which biases pass@k for k > 1 downwards.

All figures of a run use the same resamples, so that its views can be compared. If an interval does not contain its
figure, which can happen with few problems, it is widened to it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

LEVEL = (2.5, 97.5)
AT_ONCE = 2_000_000  # problems drawn at once; limits the memory

Estimate = tuple[np.ndarray, np.ndarray, np.ndarray]  # value, low, high; each has one entry per column


class Resamples:
    """`count` resamples of `problems` problems."""

    def __init__(self, problems: int, count: int, seed: int):
        self.problems, self.count = problems, count
        self.chunks = list(self._draw(np.random.default_rng(seed)))

    def _draw(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """How often each problem occurs in each resample, in chunks of resamples."""
        size = max(1, AT_ONCE // max(1, self.problems))
        for start in range(0, self.count, size):
            rows = min(size, self.count - start)
            drawn = rng.integers(0, self.problems, size=(rows, self.problems), dtype=np.int32)
            flat = drawn + np.arange(rows, dtype=np.int64)[:, None] * self.problems
            counts = np.bincount(flat.ravel(), minlength=rows * self.problems)
            yield counts.reshape(rows, self.problems).astype(np.uint16)

    def mean(self, values: np.ndarray) -> Estimate:
        """The mean over problems of `values`, an array of problems or of problems x columns."""
        return self.ratio(values, np.ones(self.problems))

    def ratio(self, above: np.ndarray, below: np.ndarray) -> Estimate:
        """The sum of `above` divided by the sum of `below`, both given per problem; nan for 0 / 0."""
        above, below = columns(above), columns(below)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = above.sum(axis=0) / below.sum(axis=0)
            drawn = np.concatenate([(part @ above) / (part @ below) for part in self.parts()])
        if np.isnan(drawn).any():  # some resamples have no case
            low, high = np.nanpercentile(drawn, LEVEL, axis=0)
        else:
            low, high = np.percentile(drawn, LEVEL, axis=0)
        both = zip(above.T, np.broadcast_to(below, above.shape).T, strict=True)
        constant = np.array([same_ratio(*each) for each in both])
        low = np.where(constant, value, np.minimum(low, value))
        return value, low, np.where(constant, value, np.maximum(high, value))

    def parts(self) -> Iterator[np.ndarray]:
        """The chunks of resamples as matrices (resamples x problems) of floats."""
        return (chunk.astype(float) for chunk in self.chunks)


def columns(values: np.ndarray) -> np.ndarray:
    """The values as problems x columns."""
    values = np.asarray(values, float)
    return values[:, None] if values.ndim == 1 else values


def same_ratio(above: np.ndarray, below: np.ndarray) -> bool:
    """Whether every problem has the same ratio. Then the ratios of resamples differ only by rounding."""
    has = below > 0
    ratios = above[has] / below[has]
    return bool((ratios == ratios[:1]).all())
