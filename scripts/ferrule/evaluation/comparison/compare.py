"""Comparison of two models on the same problems: which one does better, and whether the difference can be chance.

    result = comparison(problems, Model("base", rows, metrics), Model("tuned", rows, metrics), settings)

Rows and metrics are the output of the rule `compute_metrics`. Everything is paired: a problem is hard or easy for both
models. Of `settings`, `bootstrap`, `seed` and `policy` are used. NotComparable is raised if the models were not measured
in the same way.
"""

from __future__ import annotations

from collections import defaultdict
from typing import cast

import numpy as np

from ferrule.evaluation.comparison.checks import Model, NotComparable, check, notes
from ferrule.evaluation.comparison.comparison_types import (
    ComparedGroup,
    ComparedView,
    Comparison,
    ProblemSide,
    Stage,
    ViewFigures,
)
from ferrule.evaluation.comparison.paired_tests import paired_test
from ferrule.evaluation.comparison.pairing import Side, both, both_ratios, share, side
from ferrule.evaluation.comparison.quality_differences import quality
from ferrule.evaluation.comparison.sentences import conclusion, sentences
from ferrule.evaluation.metrics.bootstrap import Resamples
from ferrule.evaluation.metrics.figures import STEPS, forbidden_groups, rounded
from ferrule.evaluation.metrics.metrics_types import Column, Settings
from ferrule.evaluation.problems.problem import Problem

__all__ = ["Model", "NotComparable", "comparison"]


def comparison(problems: dict[str, Problem], base: Model, run: Model, settings: Settings) -> Comparison:
    problems = check(problems, base, run)
    ids = [name for name in problems if not base.is_unjudged(name) and not run.is_unjudged(name)]
    if not ids:
        raise NotComparable("there is no problem on which both have a sample with a verdict")
    kept = {name: problems[name] for name in ids}
    base_rows, run_rows = (model.judged(kept) for model in (base, run))
    forbidden = forbidden_groups([*base_rows, *run_rows], settings)
    resamples = Resamples(len(ids), settings.get("bootstrap", 10_000), settings.get("seed", 0))
    views: dict[str, ComparedView] = {}
    for name, groups in (("policy_off", set[str]()), ("policy_on", forbidden)):
        base_side, run_side = (side(ids, rows, groups) for rows in (base_rows, run_rows))
        figures = view(kept, base_side, run_side, resamples, settings)
        views[name] = {**figures, "says": sentences(figures, base.name, run.name, len(ids))}
    result: Comparison = {
        "benchmark": base.metrics["benchmark"],
        "base": base.name,
        "run": run.name,
        "problem_set": base.metrics["problem_set"],
        "subset": base.metrics.get("subset"),
        "toolchain": base.metrics["toolchain"],
        "settings": settings,
        "samples": {"base": base.metrics["samples"], "run": run.metrics["samples"]},
        "problems": len(ids),
        "left_out": [name for name in problems if name not in kept],
        "without_samples": [name for name in ids if not base.given[name] or not run.given[name]],
        "notes": notes(problems, base, run, settings),
        "views": views,
    }
    if all(rows and "prefilter" in rows[0] for rows in (base_rows, run_rows)):
        result["quality"] = quality(ids, base_rows, run_rows, resamples)
    return result


def view(
    problems: dict[str, Problem], base: Side, run: Side, resamples: Resamples, settings: Settings
) -> ViewFigures:
    """The figures of one view."""
    ids = list(problems)
    most = int(min(each.samples[each.samples > 0].min() for each in (base, run)))
    values = base.pass_at_k(most), run.pass_at_k(most)
    signs = sign_of_difference(base, run)
    figures = both(resamples, *values)
    pairs = np.stack([base.samples, base.correct, run.samples, run.correct], axis=1).astype(int).tolist()
    test = paired_test(pairs, seed=settings.get("seed", 0))
    pass_at_1 = [each[:, 0] for each in values]
    return {
        "pass_at_k": {str(k): figure for k, figure in enumerate(figures, 1)},
        "compile_rate": both_ratios(resamples, (base.compiled, base.samples), (run.compiled, run.samples)),
        "test": test,
        "won": named(ids, signs > 0),
        "lost": named(ids, signs < 0),
        "tied": named(ids, signs == 0),
        "tied_solved": int(((signs == 0) & (base.correct > 0)).sum()),
        "funnel": [
            {"step": step, "base": stage(base, at), "run": stage(run, at)} for at, step in enumerate(STEPS)
        ],
        "statuses": {"base": base.total(), "run": run.total()},
        "per_problem": [
            {
                "id": name,
                "category": problems[name].category,
                "difficulty": problems[name].difficulty,
                "base": problem_side(base, i),
                "run": problem_side(run, i),
                "difference": rounded(values[1][i, 0] - values[0][i, 0]),
            }
            for i, name in enumerate(ids)
        ],
        "per_category": per_group("category", problems, pass_at_1, signs, settings),
        "per_difficulty": per_group("difficulty", problems, pass_at_1, signs, settings),
        "conclusion": conclusion(figures[0]["difference"], test["p"]),
    }


def sign_of_difference(base: Side, run: Side) -> np.ndarray:
    """1 for problems where the run's share of correct samples is larger, -1 where it is smaller, else 0.

    Computed with products of whole numbers, so that equal shares compare as equal.
    """
    least = [np.maximum(each.samples, 1) for each in (base, run)]
    return np.sign(run.correct * least[0] - base.correct * least[1])


def per_group(
    column: Column,
    problems: dict[str, Problem],
    values: list[np.ndarray],
    signs: np.ndarray,
    settings: Settings,
) -> list[ComparedGroup]:
    """pass@1 of both models in each category or difficulty. The intervals are over the problems of the group."""
    members: dict[str | int, list[int]] = defaultdict(list)
    for number, problem in enumerate(problems.values()):
        members[getattr(problem, column)].append(number)
    groups = []
    for group, at in sorted(members.items()):
        resamples = Resamples(len(at), settings.get("bootstrap", 10_000), settings.get("seed", 0))
        counts = {
            name: int((signs[at] == sign).sum()) for name, sign in (("won", 1), ("lost", -1), ("tied", 0))
        }
        figures = both(resamples, *(each[at] for each in values))[0]
        groups.append(cast(ComparedGroup, {column: group, "problems": len(at), **counts, **figures}))
    return groups


def named(ids: list[str], selected: np.ndarray) -> list[str]:
    return [name for name, is_selected in zip(ids, selected, strict=True) if is_selected]


def stage(side: Side, at: int) -> Stage:
    count = int(side.reached[:, at].sum())
    return {"samples": count, "share": share(count, side.samples.sum())}


def problem_side(side: Side, at: int) -> ProblemSide:
    return {"n": int(side.samples[at]), "correct": int(side.correct[at]), "statuses": side.statuses[at]}
