"""Figures of one model on one problem set: pass@k, rates, a funnel, tables, each with its interval.

Every rate is over all samples. A sample without an answer, or one that never ends, is a wrong sample; only what
the machine is to blame for (`infrastructure`) is no sample at all, and has to be allowed explicitly.

Two views of the same samples: `policy_off`, and `policy_on`, where a sample that uses what the policy forbids
has the status `policy` wherever it would have ended otherwise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ferrule.evaluation.metrics.bootstrap import Resamples
from ferrule.evaluation.metrics.outcomes import compiled
from ferrule.evaluation.metrics.pass_at_k import pass_at_k
from ferrule.evaluation.metrics.quality_figures import quality_figures
from ferrule.evaluation.problems.problem import Problem

STEPS = ("given", "answered", "compiled", "ran to the end", "passed")
DIGITS = 6


class Unjudged(ValueError):
    """Samples that the machine failed on: they have no verdict."""


@dataclass(frozen=True)
class Counted:
    """A sample as a view sees it."""

    problem: str
    status: str
    stage: str
    answered: bool

    def reached(self) -> tuple[bool, ...]:
        """Which of STEPS it reached."""
        through = self.status != "policy" and compiled(self.status, self.stage)
        return (True, self.answered, through, self.status in ("passed", "failed"), self.status == "passed")


def figures(problems: dict[str, Problem], rows: list[dict], settings: dict) -> dict:
    """All figures of joined rows. Of `settings` it reads seed, bootstrap, policy and allow_infrastructure."""
    fell = [row for row in rows if row["status"] == "infrastructure"]
    if fell and not settings.get("allow_infrastructure", False):
        raise Unjudged(
            f"{len(fell)} samples have no verdict, as the machine failed; the first is sample {fell[0]['sample']} of "
            f"{fell[0]['task_id']}: {fell[0]['reason']}. Run the judging again"
        )
    judged = [row for row in rows if row["status"] != "infrastructure"]
    if not judged:
        raise ValueError("there is no sample with a verdict")
    given, counted = Counter(row["task_id"] for row in rows), Counter(row["task_id"] for row in judged)
    # A problem whose samples all fell says nothing; one without samples was not solved.
    ids = [name for name in problems if counted[name] or not given[name]]
    resamples = Resamples(len(ids), settings.get("bootstrap", 10_000), settings.get("seed", 0))
    kept = {name: problems[name] for name in ids}
    views = {
        name: view(kept, as_seen(judged, forbidden), resamples, settings)
        for name, forbidden in (("policy_off", ()), ("policy_on", forbidden_groups(rows, settings)))
    }
    found = {
        "samples": {
            "total": len(rows),
            "infrastructure": len(fell),
            "least_per_problem": min(given[name] for name in problems),
            "most_per_problem": max(given.values()),
            "distinct": len({row["key"] for row in rows if row["key"]}),
        },
        "missing": [name for name in problems if not given[name]],
        "unjudged": [name for name in problems if given[name] and not counted[name]],
        "views": views,
    }
    if "prefilter" in rows[0]:
        found["quality"] = quality_figures(ids, judged, resamples)
    return found


def forbidden_groups(rows: list[dict], settings: dict) -> set[str]:
    """The groups of `settings.policy`; every group where it is not there."""
    groups = settings.get("policy")
    return {group for row in rows for group in row["policy"]} if groups is None else set(groups)


def as_seen(rows: list[dict], forbidden: Iterable[str]) -> list[Counted]:
    forbidden = set(forbidden)
    return [
        Counted(
            row["task_id"],
            row["status"] if forbidden.isdisjoint(row["policy"]) else "policy",
            row["stage"],
            bool(row["key"]),
        )
        for row in rows
    ]


def view(problems: dict[str, Problem], samples: list[Counted], resamples: Resamples, settings: dict) -> dict:
    ids = list(problems)
    at = {name: number for number, name in enumerate(ids)}
    reached = np.zeros((len(ids), len(STEPS)))
    statuses: dict[str, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        reached[at[sample.problem]] += sample.reached()
        statuses[sample.problem][sample.status] += 1
    total, correct = reached[:, 0], reached[:, -1]
    most = int(total[total > 0].min())
    # Without samples nothing is known of a problem, and nothing was solved.
    values = np.nan_to_num(pass_at_k(total, correct, most))
    found = {
        "statuses": dict(sum(statuses.values(), Counter())),
        "pass_at_k": by_k(resamples.mean(values)),
        "compile_rate": one(resamples.ratio(reached[:, 2], total)),
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
        found["pass_at_k_of_given"] = by_k(resamples.ratio(values * has[:, None], has))
    for column in ("category", "difficulty"):
        found[f"per_{column}"] = per_group(column, problems, total, values, settings)
    return found


def per_group(
    column: str, problems: dict[str, Problem], total: np.ndarray, values: np.ndarray, settings: dict
) -> list[dict]:
    """pass@1 of each category or difficulty, its interval over its own problems."""
    members: dict[str | int, list[int]] = defaultdict(list)
    for number, problem in enumerate(problems.values()):
        members[getattr(problem, column)].append(number)
    found = []
    for group, numbers in sorted(members.items()):
        resamples = Resamples(len(numbers), settings.get("bootstrap", 10_000), settings.get("seed", 0))
        found.append(
            {
                column: group,
                "problems": len(numbers),
                "n": int(total[numbers].sum()),
                "pass_at_1": one(resamples.mean(values[numbers, 0])),
            }
        )
    return found


def by_k(found: tuple[np.ndarray, np.ndarray, np.ndarray]) -> dict[str, dict]:
    return {str(k): interval(*each) for k, each in enumerate(zip(*found, strict=True), 1)}


def one(found: tuple[np.ndarray, np.ndarray, np.ndarray]) -> dict:
    return interval(*(each[0] for each in found))


def interval(value: float, low: float, high: float) -> dict:
    return {"value": rounded(value), "low": rounded(low), "high": rounded(high)}


def rounded(value: float) -> float:
    """So many digits that another machine's order of adding does not show."""
    return round(float(value), DIGITS)
