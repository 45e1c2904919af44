"""The rows of two models on the same problems as arrays with one row per problem, and paired figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ferrule.evaluation.comparison.comparison_types import ComparedFigure, ComparedMean
from ferrule.evaluation.metrics.bootstrap import Resamples
from ferrule.evaluation.metrics.figures import STEPS, as_seen, interval, rounded
from ferrule.evaluation.metrics.metrics_types import Figure
from ferrule.evaluation.metrics.outcomes import ResultRow
from ferrule.evaluation.metrics.pass_at_k import pass_at_k
from ferrule.evaluation.metrics.quality_figures import Value


@dataclass(frozen=True)
class Side:
    """The results of one model in one view, by problem."""

    reached: np.ndarray  # problems x STEPS: the number of samples that reached the step
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
        """pass@1 ... pass@most of each problem; a problem without samples counts as not solved."""
        return np.nan_to_num(pass_at_k(self.samples, self.correct, most))

    def total(self) -> dict[str, int]:
        """The number of samples with each status."""
        return dict(sum((Counter(each) for each in self.statuses), Counter[str]()))


def side(ids: list[str], rows: list[ResultRow], forbidden: Iterable[str]) -> Side:
    """The results of a model on the problems `ids` if these groups are forbidden."""
    at = {name: number for number, name in enumerate(ids)}
    reached = np.zeros((len(ids), len(STEPS)))
    statuses: list[Counter[str]] = [Counter() for _ in ids]
    for sample in as_seen(rows, forbidden):
        reached[at[sample.problem]] += sample.reached()
        statuses[at[sample.problem]][sample.status] += 1
    return Side(reached, [dict(each) for each in statuses])


def both(resamples: Resamples, base: np.ndarray, run: np.ndarray) -> list[ComparedFigure]:
    """The means over problems of both models and of the difference, one entry per column.

    In every resample, the mean of the differences is the difference of the means. So its interval is paired: a problem
    is hard or easy for both models.
    """
    estimates = [resamples.mean(values) for values in (base, run, run - base)]
    columns = [list(zip(*each, strict=True)) for each in estimates]
    return [
        {"base": interval(*a), "run": interval(*b), "difference": interval(*d)}
        for a, b, d in zip(*columns, strict=True)
    ]


def both_ratios(
    resamples: Resamples, base: tuple[np.ndarray, np.ndarray], run: tuple[np.ndarray, np.ndarray]
) -> ComparedFigure:
    """The same for rates over samples, given as (above, below) per problem. Both rates use the same resamples."""
    drawn = np.concatenate([rates(part, *run) - rates(part, *base) for part in resamples.parts()])
    a, b = ([each[0] for each in resamples.ratio(*sums)] for sums in (base, run))
    difference = b[0] - a[0]
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    spread = min(low, difference), max(high, difference)
    return {"base": interval(*a), "run": interval(*b), "difference": interval(difference, *spread)}


def rates(part: np.ndarray, above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """The rate in each resample of a part."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return (part @ above) / (part @ below)


def per_sample(
    resamples: Resamples,
    ids: list[str],
    base: list[ResultRow],
    run: list[ResultRow],
    value: Value,
) -> ComparedMean | None:
    """The means over samples of a figure that not every sample has, and the paired difference; None if no sample has it.

    The difference is over the problems where both models have the figure, each with the mean of its samples. An answer
    that does not compile has no warnings; without the pairing, the two means would be of different problems.
    """
    at = {name: number for number, name in enumerate(ids)}
    sums, counts = np.zeros((2, len(ids))), np.zeros((2, len(ids)))
    for side_number, rows in enumerate((base, run)):
        for row in rows:
            if (figure := value(row)) is not None:
                sums[side_number, at[row["task_id"]]] += figure
                counts[side_number, at[row["task_id"]]] += 1
    if not counts.any():
        return None
    sides = [mean_of(resamples, *each) for each in zip(sums, counts, strict=True)]
    has = counts.all(axis=0)
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    differences = np.where(has, means[1] - means[0], 0.0)
    paired = mean_of(resamples, differences, has.astype(float))
    return {"base": sides[0], "run": sides[1], "difference": paired, "problems": int(has.sum())}


def mean_of(resamples: Resamples, sums: np.ndarray, counts: np.ndarray) -> Figure | None:
    if not counts.any():
        return None
    value, low, high = (each[0] for each in resamples.ratio(sums, counts))
    return {**interval(value, low, high), "n": int(counts.sum())}


def share(part: float, whole: float) -> float:
    return rounded(part / whole) if whole else 0.0
