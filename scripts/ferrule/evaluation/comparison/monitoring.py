"""Checkpoints of a run against targets: those of its phase, and those for the end of all phases.

The targets are those of the published guide to a compile rate of 95 %. It measures whole programs; how far a figure of
other problems can reach depends on the problems (docs/training.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypedDict

from ferrule.evaluation.metrics.metrics_page import aligned
from ferrule.evaluation.metrics.metrics_types import Interval, Metrics
from ferrule.evaluation.problems.subset import Subset, in_words

Phase = Literal["phase_1", "phase_2", "expert_iteration"]
Name = Literal["compile_rate", "avg_clippy_warnings", "avg_idiomatic_score", "doc_comment_rate", "pass_at_1"]
PHASES: dict[Phase, str] = {
    "phase_1": "phase 1",
    "phase_2": "phase 2",
    "expert_iteration": "expert iteration",
}
LABELS: dict[Name, str] = {
    "compile_rate": "compile rate",
    "avg_clippy_warnings": "warnings",
    "avg_idiomatic_score": "idiomatic",
    "doc_comment_rate": "documented",
    "pass_at_1": "pass@1",
}
FINAL: dict[Name, float] = {
    "compile_rate": 0.95,
    "avg_clippy_warnings": 2.0,
    "avg_idiomatic_score": 0.7,
    "doc_comment_rate": 0.5,
}
# What the guide expects at the end of a phase, the lower end of its ranges.
BY_PHASE: dict[Phase, dict[Name, float]] = {
    "phase_1": {"compile_rate": 0.7, "avg_idiomatic_score": 0.5},
    "phase_2": {"compile_rate": 0.85, "avg_idiomatic_score": 0.6},
    "expert_iteration": {"compile_rate": 0.9, "avg_idiomatic_score": 0.7},
}
AT_MOST: frozenset[Name] = frozenset({"avg_clippy_warnings"})  # a target that is an upper limit


class NotComparable(ValueError):
    """The checkpoints were not measured alike; the message says in what they differ."""


class Target(TypedDict):
    target: float
    met: bool | None  # None: not measured
    clear: bool | None  # the whole interval is on one side of the target


class MonitoredFigure(TypedDict):
    value: float | None  # None: no sample has it
    low: float | None
    high: float | None
    samples: int  # behind the value
    phase: Target | None  # None: the guide has none
    final: Target | None


class MonitorRow(TypedDict):
    """A line of monitor.jsonl."""

    run: str
    step: int
    phase: Phase
    benchmark: str
    problem_set: str  # the hash of the whole set
    problems: int  # that were asked
    subset: Subset | None  # None if the whole set was taken
    samples: int
    filtered_samples: int | None  # that the published pre-filter would leave out; they are in every figure
    metrics: dict[Name, MonitoredFigure]
    phase_targets_met: bool
    final_targets_met: bool


class Measured(NamedTuple):
    """A figure as it was measured."""

    interval: Interval | None
    samples: int


def row(run: str, step: int, phase: Phase, metrics: Metrics) -> MonitorRow:
    """The line of a checkpoint, of its metrics.json."""
    quality = metrics.get("quality")
    found: dict[Name, MonitoredFigure] = {
        name: figure(each, target(name, each.interval, BY_PHASE[phase]), target(name, each.interval, FINAL))
        for name, each in measured(metrics).items()
    }
    return {
        "run": run,
        "step": step,
        "phase": phase,
        "benchmark": metrics["benchmark"],
        "problem_set": metrics["problem_set"]["hash"],
        "problems": len(metrics["views"]["policy_off"]["per_problem"]),
        "subset": metrics["subset"],
        "samples": metrics["samples"]["total"],
        "filtered_samples": quality["prefilter"]["samples"] if quality else None,
        "metrics": found,
        "phase_targets_met": all(each["phase"]["met"] for each in found.values() if each["phase"]),
        "final_targets_met": all(each["final"]["met"] for each in found.values() if each["final"]),
    }


def measured(metrics: Metrics) -> dict[Name, Measured]:
    """The figures by their names in the guide. Warnings are per sample on which clippy ran: those that compile."""
    view, samples = metrics["views"]["policy_off"], metrics["samples"]
    judged = samples["total"] - samples["infrastructure"]
    found: dict[Name, Measured] = {
        "compile_rate": Measured(view["compile_rate"], judged),
        "avg_clippy_warnings": Measured(None, 0),
        "avg_idiomatic_score": Measured(None, 0),
        "doc_comment_rate": Measured(None, 0),
        "pass_at_1": Measured(view["pass_at_k"]["1"], judged),
    }
    if quality := metrics.get("quality"):
        scores = quality["scores"]
        for name, mean in (
            ("avg_clippy_warnings", quality["clippy"]["warnings"]),
            ("avg_idiomatic_score", scores["idiomatic"]),
            ("doc_comment_rate", scores["documented"]),
        ):
            found[name] = Measured(mean, mean["n"] if mean else 0)  # type: ignore[index]
    return found


def figure(each: Measured, phase: Target | None, final: Target | None) -> MonitoredFigure:
    value = each.interval or {"value": None, "low": None, "high": None}
    return {
        "value": value["value"],
        "low": value["low"],
        "high": value["high"],
        "samples": each.samples,
        "phase": phase,
        "final": final,
    }


def target(name: Name, interval: Interval | None, targets: dict[Name, float]) -> Target | None:
    """Whether the value meets the target, if there is one, and whether the interval leaves no doubt about it."""
    if name not in targets:
        return None
    limit = targets[name]
    if interval is None:
        return {"target": limit, "met": None, "clear": None}
    if name in AT_MOST:
        met, clear = interval["value"] <= limit, interval["high"] <= limit or interval["low"] > limit
    else:
        met, clear = interval["value"] >= limit, interval["low"] >= limit or interval["high"] < limit
    return {"target": limit, "met": met, "clear": clear}


def check_alike(rows: list[MonitorRow]) -> None:
    """Raises NotComparable if the rows are of several sets or subsets of problems."""
    first = rows[0]
    for other in rows[1:]:
        if (first["problem_set"], first["subset"]) != (other["problem_set"], other["subset"]):
            raise NotComparable(
                f"steps {first['step']} and {other['step']} were measured on other problems: delete the folders"
                f" {first['run']}~checkpoint-* in results/evaluate/{first['benchmark']} and measure again"
            )


def page(run: str, rows: list[MonitorRow], earlier: list[MonitorRow]) -> str:
    """monitor.md: the checkpoints of a run, after those of the runs that it continues, and the targets."""
    everything = [*earlier, *rows]
    last = rows[-1]
    parts = [f"# Monitoring of {run}", "\n".join(head(rows)), "## Checkpoints", table(everything)]
    parts += ["## Targets", target_table(), "\n".join(f"- {line}" for line in conclusions(last))]
    return "\n\n".join(parts) + "\n"


def head(rows: list[MonitorRow]) -> Iterator[str]:
    last = rows[-1]
    subset = last["subset"]
    chosen = in_words(subset) if subset else f"{last['problems']:,} problems"
    yield f"- {last['benchmark']}: {chosen}"
    yield f"- {last['samples']:,} samples of each checkpoint"
    yield "- Square brackets: 95 % interval, bootstrap over problems."
    yield (
        "- Targets: how many the values meet. With `?`, an interval contains one of them, so more problems could change"
        " the number."
    )


def table(rows: list[MonitorRow]) -> str:
    lines = [
        [
            each["run"],
            f"{each['step']:,}",
            PHASES[each["phase"]],
            each["benchmark"],
            *(shown(name, each["metrics"][name]) for name in LABELS),
            count(each, "phase"),
            count(each, "final"),
        ]
        for each in rows
    ]
    names = ["run", "step", "phase", "problems", *LABELS.values(), "phase targets", "final targets"]
    return aligned(names, lines, left=(0, 2, 3))


def shown(name: Name, each: MonitoredFigure) -> str:
    """A share in percent, a number as it is; both with the interval."""
    value, low, high = each["value"], each["low"], each["high"]
    if value is None or low is None or high is None:
        return "-"
    if name in AT_MOST:
        return f"{value:.2f} [{low:.2f}, {high:.2f}]"
    return f"{100 * value:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def count(each: MonitorRow, which: Literal["phase", "final"]) -> str:
    """`2 of 4`, with `?` where it is not clear."""
    targets = [chosen for found in each["metrics"].values() if (chosen := found[which]) is not None]
    met = sum(bool(found["met"]) for found in targets)
    doubt = any(found["met"] is not None and not found["clear"] for found in targets)
    return f"{met} of {len(targets)}{'?' * doubt}"


def target_table() -> str:
    rows = [
        [PHASES[phase], *(limit(name, targets.get(name)) for name in LABELS)]
        for phase, targets in BY_PHASE.items()
    ]
    rows.append(["final", *(limit(name, FINAL.get(name)) for name in LABELS)])
    return aligned(["", *LABELS.values()], rows)


def limit(name: Name, value: float | None) -> str:
    if value is None:
        return "-"
    return f"≤ {value:.2f}" if name in AT_MOST else f"≥ {100 * value:.0f} %"


def conclusions(last: MonitorRow) -> Iterator[str]:
    """A sentence for each target at the end that the last checkpoint does not meet."""
    open_targets = {name: each for name, each in last["metrics"].items() if each["final"]}
    missed = {name: each for name, each in open_targets.items() if each["final"] and not each["final"]["met"]}
    if not missed:
        yield f"Step {last['step']:,} meets every final target."
    for name, each in missed.items():
        if each["value"] is None:
            yield f"{LABELS[name]}: not measured at step {last['step']:,}."
        else:
            yield (
                f"{LABELS[name]}: {shown(name, each)} at step {last['step']:,}, the final target is"
                f" {limit(name, FINAL[name])}."
            )
