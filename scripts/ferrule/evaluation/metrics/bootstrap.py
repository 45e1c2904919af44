"""95 % intervals by the bootstrap over problems: what would another set of such problems have said?

    resamples = Resamples(problems=164, count=10_000, seed=0)
    value, low, high = resamples.ratio(correct, samples)     # a rate over all samples
    value, low, high = resamples.mean(values)                # a mean over problems, here of many columns at once

A resample draws as many problems as there are, with replacement, and takes each with all its samples. Nothing is
drawn again within a problem: its figure already carries the chance of its samples, which a second draw would
count twice; and samples drawn with replacement repeat themselves, which biases pass@k for k > 1 downwards.

All figures of a run use the same resamples, so that two views of it can be compared. The interval is widened
to its figure where few problems would leave it outside.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

LEVEL = (2.5, 97.5)
AT_ONCE = 2_000_000  # problems drawn at once; bounds the memory


class Resamples:
    def __init__(self, problems: int, count: int, seed: int):
        self.problems, self.count = problems, count
        self.chunks = list(self._draw(np.random.default_rng(seed)))

    def _draw(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """How often each problem is in each resample, some resamples at a time."""
        size = max(1, AT_ONCE // max(1, self.problems))
        for start in range(0, self.count, size):
            rows = min(size, self.count - start)
            drawn = rng.integers(0, self.problems, size=(rows, self.problems), dtype=np.int32)
            flat = drawn + np.arange(rows, dtype=np.int64)[:, None] * self.problems
            counts = np.bincount(flat.ravel(), minlength=rows * self.problems)
            yield counts.reshape(rows, self.problems).astype(np.uint16)

    def mean(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of values per problem (problems, or problems x columns): mean, low, high, one per column."""
        return self.ratio(values, np.ones(self.problems))

    def ratio(self, above: np.ndarray, below: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of sums per problem: sum of `above` by sum of `below`, low, high, one per column; nan for 0 by 0."""
        above, below = columns(above), columns(below)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = above.sum(axis=0) / below.sum(axis=0)
            drawn = np.concatenate([(part @ above) / (part @ below) for part in self.parts()])
        if np.isnan(drawn).any():  # resamples without any case
            low, high = np.nanpercentile(drawn, LEVEL, axis=0)
        else:
            low, high = np.percentile(drawn, LEVEL, axis=0)
        both = zip(above.T, np.broadcast_to(below, above.shape).T, strict=True)
        alike = np.array([one_value(*each) for each in both])
        low = np.where(alike, value, np.minimum(low, value))
        return value, low, np.where(alike, value, np.maximum(high, value))

    def parts(self) -> Iterator[np.ndarray]:
        return (chunk.astype(float) for chunk in self.chunks)


def columns(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, float)
    return values[:, None] if values.ndim == 1 else values


def one_value(above: np.ndarray, below: np.ndarray) -> bool:
    """Whether every problem has the same ratio: then sums differ by rounding alone."""
    has = below > 0
    ratios = above[has] / below[has]
    return bool((ratios == ratios[:1]).all())
