"""Figures on the quality of answers. Each has its `n`, the number of samples that it is a mean of.

    scores   over all samples: a sample without code counts as 0
    shape    over the samples with code
    clippy   over the samples on which clippy ran, which are those that compile

The pre-filter leaves nothing out: its reasons are only counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Literal

import numpy as np

from ferrule.evaluation.metrics.bootstrap import Resamples
from ferrule.evaluation.metrics.metrics_types import Figure, QualityFigures
from ferrule.evaluation.metrics.outcomes import ResultRow

Score = Literal["idiomatic", "idiomatic_syntax", "documented", "has_main", "has_tests"]
Measure = Literal["prompt_match", "documented_items", "functions", "structs", "impls", "traits"]
SCORES: tuple[Score, ...] = ("idiomatic", "idiomatic_syntax", "documented", "has_main", "has_tests")
SHAPE: tuple[Measure, ...] = (
    "prompt_match",
    "documented_items",
    "functions",
    "structs",
    "impls",
    "traits",
)
Value = Callable[[ResultRow], float | None]  # what a row contributes to a mean; None if it does not count


def score(name: Score) -> Value:
    return lambda row: float(row[name] or 0)


def measure(name: Measure) -> Value:
    return lambda row: row[name]


def warnings(row: ResultRow) -> float | None:
    return row["clippy_warnings"]


def clean(row: ResultRow) -> float | None:
    """1 for a sample without a warning of clippy, else 0."""
    return None if row["clippy"] is None else float(not row["clippy_warnings"])


def warnings_of(group: str) -> Value:
    """The number of warnings of one group of lints."""
    return lambda row: None if row["clippy"] is None else row["clippy"].get(group, 0)


def quality_figures(problems: list[str], rows: list[ResultRow], resamples: Resamples) -> QualityFigures:
    """Means over samples, with intervals over problems."""
    at = {name: number for number, name in enumerate(problems)}
    places = np.array([at[row["task_id"]] for row in rows])

    def mean(value: Value) -> Figure | None:
        return figure([value(row) for row in rows], places, resamples)

    groups = sorted({group for row in rows for group in row.get("clippy") or ()})
    lints: Counter[str] = Counter()
    for row in rows:
        lints.update(row.get("lints") or {})
    prefilter = Counter(row["prefilter"] for row in rows if row["prefilter"])
    linted = [row["clippy_warnings"] for row in rows if row["clippy_warnings"] is not None]
    unlinted = Counter(row["clippy_reason"] for row in rows if row["compiles"] and row["clippy_reason"])
    return {
        "scores": {name: mean(score(name)) for name in SCORES},
        "shape": {name: mean(measure(name)) for name in SHAPE},
        "clippy": {
            "linted": len(linted),
            "not_linted": dict(unlinted),
            "warnings": mean(warnings),
            "clean": mean(clean),
            "groups": {group: mean(warnings_of(group)) for group in groups},
            "lints": dict(lints),
        },
        "prefilter": {
            "samples": sum(prefilter.values()),
            "share": round(sum(prefilter.values()) / len(rows), 6),
            "reasons": dict(prefilter),
        },
    }


def figure(values: list[float | None], places: np.ndarray, resamples: Resamples) -> Figure | None:
    """The mean of the values that are not None; None if all are. `places` are numbers of problems."""
    present = np.array([value is not None for value in values])
    if not present.any():
        return None
    numbers = np.array([value or 0 for value in values], float)[present]
    sums = np.bincount(places[present], numbers, minlength=resamples.problems)
    counts = np.bincount(places[present], minlength=resamples.problems)
    value, low, high = (round(float(each[0]), 6) for each in resamples.ratio(sums, counts))
    return {"value": value, "low": low, "high": high, "n": int(present.sum())}
