"""Two models on the same problems: what one does better, and whether that can be chance.

    found = comparison(problems, Model("base", rows, metrics), Model("tuned", rows, metrics), settings)

Rows and metrics are those of the step `metrics`. Everything is paired: a problem is hard or easy for both. Of
`settings` it reads `bootstrap`, `seed` and `policy`. What cannot be compared is `NotComparable`.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from ferrule.evaluation.comparison.checks import Model, NotComparable, check, notes
from ferrule.evaluation.comparison.paired_tests import paired_test
from ferrule.evaluation.comparison.pairing import Side, both, both_ratios, share, side
from ferrule.evaluation.comparison.quality_differences import quality
from ferrule.evaluation.comparison.sentences import conclusion, sentences
from ferrule.evaluation.metrics.bootstrap import Resamples
from ferrule.evaluation.metrics.figures import STEPS, forbidden_groups, rounded
from ferrule.evaluation.problems.problem import Problem

__all__ = ["Model", "NotComparable", "comparison"]


def comparison(problems: dict[str, Problem], base: Model, run: Model, settings: dict) -> dict:
    check(problems, base, run)
    ids = [name for name in problems if not base.fell_on(name) and not run.fell_on(name)]
    if not ids:
        raise NotComparable("there is no problem on which both have a sample with a verdict")
    kept = {name: problems[name] for name in ids}
    judged = [model.judged(kept) for model in (base, run)]
    forbidden = forbidden_groups([*judged[0], *judged[1]], settings)
    resamples = Resamples(len(ids), settings.get("bootstrap", 10_000), settings.get("seed", 0))
    views = {}
    for name, groups in (("policy_off", ()), ("policy_on", forbidden)):
        sides = [side(ids, rows, groups) for rows in judged]
        views[name] = view(kept, *sides, resamples, settings)
        views[name]["says"] = sentences(views[name], base.name, run.name, len(ids))
    found = {
        "benchmark": base.metrics["benchmark"],
        "base": base.name,
        "run": run.name,
        "problem_set": base.metrics["problem_set"],
        "toolchain": base.metrics["toolchain"],
        "settings": settings,
        "samples": {"base": base.metrics["samples"], "run": run.metrics["samples"]},
        "problems": len(ids),
        "left_out": [name for name in problems if name not in kept],
        "without_samples": [name for name in ids if not base.given[name] or not run.given[name]],
        "notes": notes(problems, base, run, settings),
        "views": views,
    }
    if all(rows and "prefilter" in rows[0] for rows in judged):
        found["quality"] = quality(ids, *judged, resamples)
    return found


def view(problems: dict[str, Problem], base: Side, run: Side, resamples: Resamples, settings: dict) -> dict:
    ids = list(problems)
    most = int(min(each.samples[each.samples > 0].min() for each in (base, run)))
    values = base.pass_at_k(most), run.pass_at_k(most)
    signs = sign_of_difference(base, run)
    figures = both(resamples, *values)
    pairs = np.stack([base.samples, base.correct, run.samples, run.correct], axis=1).astype(int).tolist()
    found = {
        "pass_at_k": {str(k): figure for k, figure in enumerate(figures, 1)},
        "compile_rate": both_ratios(resamples, (base.compiled, base.samples), (run.compiled, run.samples)),
        "test": paired_test(pairs, seed=settings.get("seed", 0)),
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
                "base": one(base, i),
                "run": one(run, i),
                "difference": rounded(values[1][i, 0] - values[0][i, 0]),
            }
            for i, name in enumerate(ids)
        ],
    }
    for column in ("category", "difficulty"):
        found[f"per_{column}"] = per_group(column, problems, [each[:, 0] for each in values], signs, settings)
    return found | {"conclusion": conclusion(found)}


def sign_of_difference(base: Side, run: Side) -> np.ndarray:
    """1 where the run's share of correct samples is larger, -1 where smaller; in whole numbers."""
    least = [np.maximum(each.samples, 1) for each in (base, run)]
    return np.sign(run.correct * least[0] - base.correct * least[1])


def per_group(
    column: str, problems: dict[str, Problem], values: list[np.ndarray], signs: np.ndarray, settings: dict
) -> list[dict]:
    """pass@1 of both in each category or difficulty; the intervals are over the group's own problems."""
    members: dict[str | int, list[int]] = defaultdict(list)
    for number, problem in enumerate(problems.values()):
        members[getattr(problem, column)].append(number)
    found = []
    for group, at in sorted(members.items()):
        resamples = Resamples(len(at), settings.get("bootstrap", 10_000), settings.get("seed", 0))
        counts = {
            name: int((signs[at] == sign).sum()) for name, sign in (("won", 1), ("lost", -1), ("tied", 0))
        }
        figures = both(resamples, *(each[at] for each in values))[0]
        found.append({column: group, "problems": len(at)} | counts | figures)
    return found


def named(ids: list[str], which: np.ndarray) -> list[str]:
    return [name for name, is_it in zip(ids, which, strict=True) if is_it]


def stage(side: Side, at: int) -> dict:
    count = int(side.reached[:, at].sum())
    return {"samples": count, "share": share(count, side.samples.sum())}


def one(side: Side, at: int) -> dict:
    return {"n": int(side.samples[at]), "correct": int(side.correct[at]), "statuses": side.statuses[at]}
