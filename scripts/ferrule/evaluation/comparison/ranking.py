"""Ranking of the runs of a sweep by a held-out figure, with the settings that differ between them.

If the figures have intervals, the ranking names the runs whose interval overlaps that of the best run: the figures do
not distinguish them. A loss has no interval: one run per setting says nothing about the spread between seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from ferrule.evaluation.problems.subset import Subset, in_words

FIGURES = {"eval_loss": "lower is better", "pass@1": "higher is better"}
# If these differ, the runs may have been evaluated on other rows, tokens or models, and losses are not comparable.
OTHER_LOSS = ("base", "continue_from", "sources", "filters", "max_val_rows", "sequence", "shuffle_seed")


class NotRankable(ValueError):
    """The figures of the runs cannot be compared."""


class RunFigure(TypedDict):
    """The figure of a run; `low` and `high` are missing if it has no interval."""

    value: float
    low: NotRequired[float]
    high: NotRequired[float]


class RankedRun(TypedDict):
    rank: int | None  # None if the run has no such figure
    run: str
    figure: RunFigure | None
    settings: dict[str, object]  # those that vary


class Ranking(TypedDict):
    sweep: str
    figure: str
    better: str  # which figures are better, in words
    varying: list[str]  # dotted names of settings
    best: list[str]  # the runs of rank 1
    runs: list[RankedRun]
    not_told_apart: list[str]  # runs whose interval overlaps that of the first one
    notes: list[str]


@dataclass(frozen=True)
class Run:
    name: str
    settings: dict[str, Any]
    metrics: Mapping[str, Any]  # metrics.json, or the record of a training run

    def figure(self, name: str) -> RunFigure | None:
        """The figure of this name; None if the run has none."""
        if name == "eval_loss":
            loss = self.metrics.get("eval_loss")
            return None if loss is None else {"value": loss}
        return self.metrics["views"]["policy_off"]["pass_at_k"]["1"]


def ranking(sweep: str, figure: str, runs: list[Run]) -> Ranking:
    """The ranking of a sweep by a key of FIGURES. NotRankable if the figures cannot be compared."""
    check(figure, runs)
    varying = varying_settings(runs)
    measured = [(run, value) for run in runs if (value := run.figure(figure))]
    sign = 1 if figure == "eval_loss" else -1
    # Runs with equal figures have the same rank; the name decides their order, so that it is always the same.
    ranked = sorted(measured, key=lambda pair: (sign * pair[1]["value"], pair[0].name))
    values = [value["value"] for _, value in ranked]
    rows: list[RankedRun] = [
        {
            "rank": values.index(value["value"]) + 1,
            "run": run.name,
            "figure": value,
            "settings": chosen(run, varying),
        }
        for run, value in ranked
    ]
    rows += [
        {"rank": None, "run": run.name, "figure": None, "settings": chosen(run, varying)}
        for run in sorted(runs, key=lambda run: run.name)
        if not run.figure(figure)
    ]
    alike = [run.name for run, value in ranked[1:] if overlaps(ranked[0][1], value)]
    best = [row["run"] for row in rows if row["rank"] == 1]
    return {
        "sweep": sweep,
        "figure": figure,
        "better": FIGURES[figure],
        "varying": varying,
        "best": best,
        "runs": rows,
        "not_told_apart": alike,
        "notes": notes(figure, rows, best, varying, alike),
    }


def check(figure: str, runs: list[Run]) -> None:
    if not runs:
        raise NotRankable("a sweep without runs has no ranking")
    if len({run.name for run in runs}) < len(runs):
        raise NotRankable("two runs have the same name")
    if figure == "pass@1":
        for what, values in (
            ("problem sets", [run.metrics["problem_set"]["hash"] for run in runs]),
            ("problems of the set", [words(run.metrics.get("subset")) for run in runs]),
            ("toolchains", [run.metrics["toolchain"] for run in runs]),
        ):
            seen = {str(value): run.name for value, run in zip(values, runs, strict=True)}
            if len(seen) > 1:
                listed = ", ".join(f"{value} ({name})" for value, name in sorted(seen.items()))
                raise NotRankable(f"the runs were measured with other {what}: {listed}")
    elif all(run.figure(figure) is None for run in runs):
        raise NotRankable("no run has an evaluation loss: give the runs rows for it (max_val_rows)")


def words(subset: Subset | None) -> str:
    return in_words(subset) if subset else "all problems"


def varying_settings(runs: list[Run]) -> list[str]:
    """The dotted names of the settings that differ between runs."""
    flat = [flattened(run.settings) for run in runs]
    names = sorted({name for settings in flat for name in settings})
    return [name for name in names if len({repr(settings.get(name)) for settings in flat}) > 1]


def flattened(settings: dict[str, Any], before: str = "") -> dict[str, object]:
    """Nested settings by their dotted names."""
    flat: dict[str, object] = {}
    for name, value in settings.items():
        if isinstance(value, dict) and value:
            flat |= flattened(value, f"{before}{name}.")
        else:
            flat[before + name] = value
    return flat


def chosen(run: Run, varying: list[str]) -> dict[str, object]:
    flat = flattened(run.settings)
    return {name: flat.get(name) for name in varying}


def overlaps(a: RunFigure, b: RunFigure) -> bool:
    """Whether the intervals overlap; False without intervals."""
    return "low" in a and a["low"] <= b["high"] and b["low"] <= a["high"]


def notes(
    figure: str, rows: list[RankedRun], best: list[str], varying: list[str], alike: list[str]
) -> list[str]:
    """What a reader of the ranking must know."""
    lines = []
    if len(best) > 1:
        lines.append(f"{len(best)} runs share the first place: {', '.join(best)}.")
    others = [name for name in alike if name not in best]
    if others:
        lines.append(
            f"The intervals of {len(others)} runs overlap that of {best[0]}, so that the figures alone do not "
            f"tell them apart from it: {', '.join(others)}. Paired comparisons (docs/comparing.md) see more."
        )
    if figure == "eval_loss" and len(rows) > 1:
        lines.append("A loss has no interval here: small differences may be those between two seeds.")
        if other := sorted({name.split(".")[0] for name in varying} & set(OTHER_LOSS)):
            lines.append(
                f"{', '.join(other)} differ between the runs: their losses may be of other rows or tokens, and such are "
                "not comparable."
            )
    if figure == "pass@1" and len(rows) > 1:
        lines.append(
            "The best of many is best partly by luck: measure it again on problems that did not choose it."
        )
    if missing := [row["run"] for row in rows if row["rank"] is None]:
        lines.append(f"{len(missing)} runs have no {figure} and no rank: {', '.join(missing)}.")
    return lines
