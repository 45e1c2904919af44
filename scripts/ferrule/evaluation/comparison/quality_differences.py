"""The quality of both models' answers with paired differences: clippy, idioms, documentation, shape."""

from __future__ import annotations

from ferrule.evaluation.comparison.comparison_types import ComparedMean
from ferrule.evaluation.comparison.pairing import per_sample
from ferrule.evaluation.metrics.bootstrap import Resamples
from ferrule.evaluation.metrics.outcomes import ResultRow
from ferrule.evaluation.metrics.quality_figures import (
    SCORES,
    SHAPE,
    Value,
    clean,
    measure,
    score,
    warnings,
    warnings_of,
)


def quality(
    ids: list[str], base: list[ResultRow], run: list[ResultRow], resamples: Resamples
) -> dict[str, ComparedMean]:
    """Figures by name, without those that neither model has."""
    groups = sorted({group for row in [*base, *run] for group in row["clippy"] or ()})
    values: dict[str, Value] = {name: score(name) for name in SCORES}
    values |= {name: measure(name) for name in SHAPE}
    values |= {"clippy_warnings": warnings, "clippy_clean": clean}
    values |= {f"clippy_{group}": warnings_of(group) for group in groups}
    values["prefiltered"] = lambda row: float(bool(row["prefilter"]))
    figures = {name: per_sample(resamples, ids, base, run, value) for name, value in values.items()}
    return {name: figure for name, figure in figures.items() if figure}
