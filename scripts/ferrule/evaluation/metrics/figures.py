"""Figures of one model on one problem set: pass@k, rates, a funnel and tables, with intervals.

Every rate is over all samples. A sample without an answer, or one that does not terminate, is wrong. Only samples on
which the machine failed (`infrastructure`) are left out, and only if the settings allow it.

There are two views of the same samples. In `policy_on`, a sample that uses a forbidden group has the status `policy`,
whatever its status is in `policy_off`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np

from ferrule.core.reasons import AnswerStatus
from ferrule.evaluation.metrics.bootstrap import Estimate, Resamples
from ferrule.evaluation.metrics.metrics_types import (
    Column,
    Figures,
    GroupFigures,
    Interval,
    Settings,
    View,
)
from ferrule.evaluation.metrics.outcomes import ResultRow, compiled
from ferrule.evaluation.metrics.pass_at_k import pass_at_k
from ferrule.evaluation.metrics.quality_figures import quality_figures
from ferrule.evaluation.problems.problem import Problem

STEPS = ("given", "answered", "compiled", "ran to the end", "passed")
DIGITS = 6


class Unjudged(ValueError):
    """There are samples without a verdict, because the machine failed."""


@dataclass(frozen=True)
class Counted:
    """A sample in one of the views."""

    problem: str
    status: str
    stage: str
    answered: bool

    def reached(self) -> tuple[bool, ...]:
        """Whether it reached each of STEPS."""
        compiles = self.status != "policy" and compiled(self.status, self.stage)
        return (True, self.answered, compiles, self.status in ("passed", "failed"), self.status == "passed")


def figures(problems: dict[str, Problem], rows: list[ResultRow], settings: Settings) -> Figures:
    """All figures of the rows of results.jsonl; Unjudged if the machine failed on samples and that is not allowed."""
    unjudged = [row for row in rows if row["status"] == "infrastructure"]
    if unjudged and not settings.get("allow_infrastructure", False):
        first = unjudged[0]
        raise Unjudged(
            f"{len(unjudged)} samples have no verdict, as the machine failed; the first is sample {first['sample']} of "
            f"{first['task_id']}: {first['reason']}. Run the judging again"
        )
    judged = [row for row in rows if row["status"] != "infrastructure"]
    if not judged:
        raise ValueError("there is no sample with a verdict")
    given, counted = Counter(row["task_id"] for row in rows), Counter(row["task_id"] for row in judged)
    # A problem without samples counts as not solved. If the machine failed on all its samples, it is left out.
    ids = [name for name in problems if counted[name] or not given[name]]
    resamples = Resamples(len(ids), settings.get("bootstrap", 10_000), settings.get("seed", 0))
    kept = {name: problems[name] for name in ids}
    views = {
        "policy_off": view(kept, as_seen(judged, ()), resamples, settings),
        "policy_on": view(kept, as_seen(judged, forbidden_groups(rows, settings)), resamples, settings),
    }
    result: Figures = {
        "samples": {
            "total": len(rows),
            "infrastructure": len(unjudged),
            "least_per_problem": min(given[name] for name in problems),
            "most_per_problem": max(given.values()),
            "distinct": len({row["key"] for row in rows if row["key"]}),
        },
        "missing": [name for name in problems if not given[name]],
        "unjudged": [name for name in problems if given[name] and not counted[name]],
        "views": views,
    }
    if "prefilter" in rows[0]:
        result["quality"] = quality_figures(ids, judged, resamples)
    return result


def forbidden_groups(rows: list[ResultRow], settings: Settings) -> set[str]:
    """The groups of `settings.policy`; every group that occurs if there is no such setting."""
    groups = settings.get("policy")
    return {group for row in rows for group in row["policy"]} if groups is None else set(groups)


def as_seen(rows: list[ResultRow], forbidden: Iterable[str]) -> list[Counted]:
    """The samples in the view in which these groups are forbidden."""
    forbidden_set = set(forbidden)
    return [
        Counted(
            row["task_id"],
            row["status"] if forbidden_set.isdisjoint(row["policy"]) else AnswerStatus.POLICY,
            row["stage"],
            bool(row["key"]),
        )
        for row in rows
    ]


def view(
    problems: dict[str, Problem], samples: list[Counted], resamples: Resamples, settings: Settings
) -> View:
    """The figures of one view."""
    ids = list(problems)
    at = {name: number for number, name in enumerate(ids)}
    reached = np.zeros((len(ids), len(STEPS)))
    statuses: dict[str, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        reached[at[sample.problem]] += sample.reached()
        statuses[sample.problem][sample.status] += 1
    total, correct = reached[:, 0], reached[:, -1]
    most = int(total[total > 0].min())
    # A problem without samples has nan here and counts as not solved.
    values = np.nan_to_num(pass_at_k(total, correct, most))
    result: dict[str, object] = {
        "statuses": dict(sum(statuses.values(), Counter[str]())),
        "pass_at_k": by_k(resamples.mean(values)),
        "compile_rate": first_column(resamples.ratio(reached[:, STEPS.index("compiled")], total)),
        "funnel": [
            {"step": step, "samples": int(count), "share": rounded(count / len(samples))}
            for step, count in zip(STEPS, reached.sum(axis=0), strict=True)
        ],
        "per_problem": [
            {
                "id": name,
                "category": problems[name].category,
                "difficulty": problems[name].difficulty,
                "n": int(total[i]),
                "correct": int(correct[i]),
                "pass_at_1": rounded(values[i, 0]),
                "statuses": dict(statuses[name]),
            }
            for i, name in enumerate(ids)
        ],
    }
    if (total == 0).any():
        # The same over the problems that have samples.
        has = (total > 0).astype(float)
        result["pass_at_k_of_given"] = by_k(resamples.ratio(values * has[:, None], has))
    result["per_category"] = per_group("category", problems, total, values, settings)
    result["per_difficulty"] = per_group("difficulty", problems, total, values, settings)
    return cast(View, result)


def per_group(
    column: Column, problems: dict[str, Problem], total: np.ndarray, values: np.ndarray, settings: Settings
) -> list[GroupFigures]:
    """pass@1 of each category or difficulty. The interval is over the problems of the group."""
    members: dict[str | int, list[int]] = defaultdict(list)
    for number, problem in enumerate(problems.values()):
        members[getattr(problem, column)].append(number)
    groups = []
    for group, numbers in sorted(members.items()):
        resamples = Resamples(len(numbers), settings.get("bootstrap", 10_000), settings.get("seed", 0))
        figures = {
            column: group,
            "problems": len(numbers),
            "n": int(total[numbers].sum()),
            "pass_at_1": first_column(resamples.mean(values[numbers, 0])),
        }
        groups.append(cast(GroupFigures, figures))
    return groups


def by_k(estimate: Estimate) -> dict[str, Interval]:
    """The interval of each k, for an estimate with one column per k."""
    return {str(k): interval(*each) for k, each in enumerate(zip(*estimate, strict=True), 1)}


def first_column(estimate: Estimate) -> Interval:
    value, low, high = (each[0] for each in estimate)
    return interval(value, low, high)


def interval(value: float, low: float, high: float) -> Interval:
    return {"value": rounded(value), "low": rounded(low), "high": rounded(high)}


def rounded(value: float) -> float:
    """Rounded to DIGITS, so that the order of additions on another machine makes no difference."""
    return round(float(value), DIGITS)
