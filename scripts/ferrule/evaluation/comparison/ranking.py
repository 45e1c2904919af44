"""The runs of a sweep by a held-out figure, with what was different between them.

Figures are compared as they are; where they have intervals, runs whose interval overlaps the best run's are named as
not told apart from it. A loss has no interval: one run a setting says nothing about the spread between seeds.
"""

from __future__ import annotations

from dataclasses import dataclass

FIGURES = {"eval_loss": "lower is better", "pass@1": "higher is better"}
# Where these vary the runs may have been evaluated on other rows, tokens or models: their losses are of other things.
OTHER_LOSS = ("base", "continue_from", "sources", "filters", "max_val_rows", "sequence", "shuffle_seed")


class NotRankable(ValueError):
    """The figures are not of the same thing."""


@dataclass(frozen=True)
class Run:
    name: str
    settings: dict
    metrics: dict

    def figure(self, name: str) -> dict | None:
        """value, and low and high where there is an interval; None where the run has no such figure."""
        if name == "eval_loss":
            loss = self.metrics.get("eval_loss")
            return None if loss is None else {"value": loss}
        return self.metrics["views"]["policy_off"]["pass_at_k"]["1"]


def ranking(sweep: str, figure: str, runs: list[Run]) -> dict:
    check(figure, runs)
    varying = varying_settings(runs)
    figures = {run.name: run.figure(figure) for run in runs}
    sign = 1 if figure == "eval_loss" else -1
    # The name decides where two are equal, so that the order is always the same; their rank is.
    ranked = sorted(
        (run for run in runs if figures[run.name]),
        key=lambda run: (sign * figures[run.name]["value"], run.name),
    )
    values = [figures[run.name]["value"] for run in ranked]
    rows = [
        {
            "rank": values.index(values[at]) + 1,
            "run": run.name,
            "figure": figures[run.name],
            "settings": chosen(run, varying),
        }
        for at, run in enumerate(ranked)
    ]
    rows += [
        {"rank": None, "run": run.name, "figure": None, "settings": chosen(run, varying)}
        for run in sorted(runs, key=lambda run: run.name)
        if not figures[run.name]
    ]
    alike = [row["run"] for row in rows[1:] if row["figure"] and overlaps(rows[0]["figure"], row["figure"])]
    best = [row["run"] for row in rows if row["rank"] == 1]
    found = {
        "sweep": sweep,
        "figure": figure,
        "better": FIGURES[figure],
        "varying": varying,
        "best": best,
        "runs": rows,
    }
    return found | {"not_told_apart": alike, "notes": notes(found, alike, figure)}


def check(figure: str, runs: list[Run]) -> None:
    if not runs:
        raise NotRankable("a sweep without runs has no ranking")
    if len({run.name for run in runs}) < len(runs):
        raise NotRankable("two runs have the same name")
    if figure == "pass@1":
        for what, value in (
            ("problem sets", lambda run: run.metrics["problem_set"]["hash"]),
            ("toolchains", lambda run: run.metrics["toolchain"]),
        ):
            seen = {str(value(run)): run.name for run in runs}
            if len(seen) > 1:
                listed = ", ".join(f"{found} ({name})" for found, name in sorted(seen.items()))
                raise NotRankable(f"the runs were measured with other {what}: {listed}")
    elif all(run.figure(figure) is None for run in runs):
        raise NotRankable("no run has an evaluation loss: give the runs rows for it (max_val_rows)")


def varying_settings(runs: list[Run]) -> list[str]:
    """The settings that are not the same in all runs, as dotted names."""
    flat = [flattened(run.settings) for run in runs]
    names = sorted({name for settings in flat for name in settings})
    return [name for name in names if len({repr(settings.get(name)) for settings in flat}) > 1]


def flattened(settings: dict, before: str = "") -> dict:
    found = {}
    for name, value in settings.items():
        if isinstance(value, dict) and value:
            found |= flattened(value, f"{before}{name}.")
        else:
            found[before + name] = value
    return found


def chosen(run: Run, varying: list[str]) -> dict:
    flat = flattened(run.settings)
    return {name: flat.get(name) for name in varying}


def overlaps(one: dict, other: dict) -> bool:
    return "low" in one and one["low"] <= other["high"] and other["low"] <= one["high"]


def notes(found: dict, alike: list[str], figure: str) -> list[str]:
    told = []
    if len(found["best"]) > 1:
        told.append(f"{len(found['best'])} runs share the first place: {', '.join(found['best'])}.")
    others = [name for name in alike if name not in found["best"]]
    if others:
        told.append(
            f"The intervals of {len(others)} runs overlap that of {found['best'][0]}, so that the figures alone do not "
            f"tell them apart from it: {', '.join(others)}. Paired comparisons (docs/comparing.md) see more."
        )
    if figure == "eval_loss" and len(found["runs"]) > 1:
        told.append("A loss has no interval here: small differences may be those between two seeds.")
        if other := sorted({name.split(".")[0] for name in found["varying"]} & set(OTHER_LOSS)):
            told.append(
                f"{', '.join(other)} differ between the runs: their losses may be of other rows or tokens, and such are "
                "not comparable."
            )
    if figure == "pass@1" and len(found["runs"]) > 1:
        told.append(
            "The best of many is best partly by luck: measure it again on problems that did not choose it."
        )
    if missing := [row["run"] for row in found["runs"] if row["rank"] is None]:
        told.append(f"{len(missing)} runs have no {figure} and no rank: {', '.join(missing)}.")
    return told
