"""Figures on the quality of answers. Each has its `n`, the number of samples it is a mean of.

    scores and shares   over all samples: one without code has none of it
    shape               over the samples with code
    clippy              over the samples that clippy looked at, those that compile

Nothing is left out by the pre-filter: its reasons are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from ferrule.evaluation.metrics.bootstrap import Resamples

SCORES = ("idiomatic", "idiomatic_syntax", "documented", "has_main", "has_tests")
SHAPE = ("prompt_match", "documented_items", "functions", "structs", "impls", "traits")


def quality_figures(problems: list[str], rows: list[dict], resamples: Resamples) -> dict:
    """Means over samples of joined rows, intervals over problems."""
    at = {name: number for number, name in enumerate(problems)}
    places = np.array([at[row["task_id"]] for row in rows])

    def mean(value: Callable[[dict], float | None]) -> dict | None:
        return figure([value(row) for row in rows], places, resamples)

    groups = sorted({group for row in rows for group in row.get("clippy") or ()})
    lints: Counter[str] = Counter()
    for row in rows:
        lints.update(row.get("lints") or {})
    prefilter = Counter(row["prefilter"] for row in rows if row["prefilter"])
    linted = [row["clippy_warnings"] for row in rows if row["clippy_warnings"] is not None]
    unlinted = Counter(row["clippy_reason"] for row in rows if row["compiles"] and row["clippy_reason"])
    return {
        "scores": {name: mean(lambda row, name=name: float(row[name] or 0)) for name in SCORES},
        "shape": {name: mean(lambda row, name=name: row[name]) for name in SHAPE},
        "clippy": {
            "linted": len(linted),
            "not_linted": dict(unlinted),
            "warnings": mean(lambda row: row["clippy_warnings"]),
            "clean": mean(lambda row: None if row["clippy"] is None else float(not row["clippy_warnings"])),
            "groups": {
                group: mean(
                    lambda row, group=group: None if row["clippy"] is None else row["clippy"].get(group, 0)
                )
                for group in groups
            },
            "lints": dict(lints),
        },
        "prefilter": {
            "samples": sum(prefilter.values()),
            "share": round(sum(prefilter.values()) / len(rows), 6),
            "reasons": dict(prefilter),
        },
    }


def figure(values: list, places: np.ndarray, resamples: Resamples) -> dict | None:
    """The mean of the values that are there, None where none is."""
    there = np.array([value is not None for value in values])
    if not there.any():
        return None
    numbers = np.array([value or 0 for value in values], float)[there]
    sums = np.bincount(places[there], numbers, minlength=resamples.problems)
    counts = np.bincount(places[there], minlength=resamples.problems)
    value, low, high = (round(float(each[0]), 6) for each in resamples.ratio(sums, counts))
    return {"value": value, "low": low, "high": high, "n": int(there.sum())}
