"""Quality of both models' answers, and paired differences: clippy, idioms, documentation, shape."""

from __future__ import annotations

from collections.abc import Callable

from ferrule.evaluation.comparison.pairing import per_sample
from ferrule.evaluation.metrics.bootstrap import Resamples
from ferrule.evaluation.metrics.quality_figures import SCORES, SHAPE


def quality(ids: list[str], base: list[dict], run: list[dict], resamples: Resamples) -> dict[str, dict]:
    """Figures by name; one that neither model has is not there."""

    def figure(value: Callable[[dict], float | None]) -> dict | None:
        return per_sample(resamples, ids, base, run, value)

    found = {name: figure(lambda row, name=name: float(row[name] or 0)) for name in SCORES}
    found |= {name: figure(lambda row, name=name: row[name]) for name in SHAPE}
    found["clippy_warnings"] = figure(lambda row: row["clippy_warnings"])
    found["clippy_clean"] = figure(
        lambda row: None if row["clippy"] is None else float(not row["clippy_warnings"])
    )
    groups = sorted({group for row in [*base, *run] for group in row["clippy"] or ()})
    for group in groups:
        found[f"clippy_{group}"] = figure(
            lambda row, group=group: None if row["clippy"] is None else row["clippy"].get(group, 0)
        )
    found["prefiltered"] = figure(lambda row: float(bool(row["prefilter"])))
    return {name: each for name, each in found.items() if each}
