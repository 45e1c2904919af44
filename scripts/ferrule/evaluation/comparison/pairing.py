"""Two models' rows on the same problems, brought to arrays that stand problem by problem beside each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ferrule.evaluation.metrics.bootstrap import Resamples
from ferrule.evaluation.metrics.figures import STEPS, Counted, as_seen, interval, rounded
from ferrule.evaluation.metrics.pass_at_k import pass_at_k


@dataclass(frozen=True)
class Side:
    """What one model did on the problems `ids`, in one view."""

    reached: np.ndarray  # problems x STEPS: how many samples got so far
    statuses: list[dict[str, int]]  # of each problem

    @property
    def samples(self) -> np.ndarray:
        return self.reached[:, 0]

    @property
    def correct(self) -> np.ndarray:
        return self.reached[:, -1]

    @property
    def compiled(self) -> np.ndarray:
        return self.reached[:, STEPS.index("compiled")]

    def pass_at_k(self, most: int) -> np.ndarray:
        """pass@1 ... pass@most of each problem; a problem without samples was not solved."""
        return np.nan_to_num(pass_at_k(self.samples, self.correct, most))

    def total(self) -> dict[str, int]:
        return dict(sum((Counter(each) for each in self.statuses), Counter()))


def side(ids: list[str], rows: list[dict], forbidden: Iterable[str]) -> Side:
    at = {name: number for number, name in enumerate(ids)}
    reached = np.zeros((len(ids), len(STEPS)))
    statuses: list[Counter[str]] = [Counter() for _ in ids]
    sample: Counted
    for sample in as_seen(rows, forbidden):
        reached[at[sample.problem]] += sample.reached()
        statuses[at[sample.problem]][sample.status] += 1
    return Side(reached, [dict(each) for each in statuses])


def both(resamples: Resamples, base: np.ndarray, run: np.ndarray) -> list[dict]:
    """Means over problems of both and of the difference, column by column.

    The mean of the differences is the difference of the means, in every resample too: so its interval is the paired
    one, in which a problem is hard or easy for both.
    """
    three = [resamples.mean(values) for values in (base, run, run - base)]
    columns = [list(zip(*each, strict=True)) for each in three]
    return [
        {"base": interval(*a), "run": interval(*b), "difference": interval(*d)}
        for a, b, d in zip(*columns, strict=True)
    ]


def both_ratios(
    resamples: Resamples, base: tuple[np.ndarray, np.ndarray], run: tuple[np.ndarray, np.ndarray]
) -> dict:
    """The same of rates over samples, (above, below) per problem. The problems are resampled for both together."""
    drawn = np.concatenate([draw(part, *run) - draw(part, *base) for part in resamples.parts()])
    a, b = (tuple(each[0] for each in resamples.ratio(*one)) for one in (base, run))
    difference = b[0] - a[0]
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    spread = min(low, difference), max(high, difference)
    return {"base": interval(*a), "run": interval(*b), "difference": interval(difference, *spread)}


def draw(part: np.ndarray, above: np.ndarray, below: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return (part @ above) / (part @ below)


def per_sample(
    resamples: Resamples,
    ids: list[str],
    base: list[dict],
    run: list[dict],
    value: Callable[[dict], float | None],
) -> dict | None:
    """Means over samples of a figure that not every sample has, and the paired difference.

    The difference is over the problems where both models have the figure, each with the mean of its samples: an
    answer that does not compile has no warnings, and comparing what is left of both would compare other problems.
    """
    at = {name: number for number, name in enumerate(ids)}
    sums, counts = np.zeros((2, len(ids))), np.zeros((2, len(ids)))
    for which, rows in enumerate((base, run)):
        for row in rows:
            if (figure := value(row)) is not None:
                sums[which, at[row["task_id"]]] += figure
                counts[which, at[row["task_id"]]] += 1
    if not counts.any():
        return None
    sides = [mean_of(resamples, *each) for each in zip(sums, counts, strict=True)]
    has = counts.all(axis=0)
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    differences = np.where(has, means[1] - means[0], 0.0)
    paired = mean_of(resamples, differences, has.astype(float))
    return {"base": sides[0], "run": sides[1], "difference": paired, "problems": int(has.sum())}


def mean_of(resamples: Resamples, sums: np.ndarray, counts: np.ndarray) -> dict | None:
    if not counts.any():
        return None
    value = interval(*(each[0] for each in resamples.ratio(sums, counts)))
    return value | {"n": int(counts.sum())}


def share(part: float, whole: float) -> float:
    return rounded(part / whole) if whole else 0.0
