"""A comparison as one self-contained HTML file: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ferrule.core.markdown import in_words
from ferrule.core.reasons import AnswerStatus
from ferrule.core.templates import html_template
from ferrule.evaluation.comparison import labels
from ferrule.evaluation.comparison.bars import bars
from ferrule.evaluation.comparison.comparison_types import (
    SIDES,
    ComparedProblem,
    Comparison,
    ProblemSide,
    ViewFigures,
    per_group,
)
from ferrule.evaluation.comparison.labels import COLUMNS, VIEWS
from ferrule.evaluation.comparison.sentences import signed, tested
from ferrule.evaluation.metrics.metrics_types import Column
from ferrule.evaluation.problems.subset import in_words as subset_words


def html_page(comparison: Comparison, template: str | Path) -> str:
    """The page of a comparison; `template` is a Jinja2 file."""
    off, names = comparison["views"]["policy_off"], [comparison["base"], comparison["run"]]
    problems = labels.by_difference(off)
    environment = comparison.get("environment")
    return html_template(template).render(
        found=comparison,
        title=f"{comparison['run']} against {comparison['base']} on {comparison['benchmark']}",
        subset=subset_words(comparison["subset"]) if comparison["subset"] else "",
        toolchain=comparison["toolchain"].splitlines()[0],
        views=[view_of(comparison, name) for name in VIEWS],
        groups=[groups_of(off, column) for column in COLUMNS if len(per_group(off, column)) > 1],
        problem_columns=problem_columns(names),
        problem_rows=problem_rows(comparison, problems),
        problem_kinds=[outcome(problem) for problem in problems],
        funnel_rows=labels.funnel_rows(off),
        status_columns=[
            "status",
            *(f"{name}, {label}" for label in VIEWS.values() for name in names),
            "meaning",
        ],
        status_rows=status_rows(comparison),
        quality_rows=labels.quality_rows(comparison["quality"]) if "quality" in comparison else None,
        environment_rows=labels.environment_rows(environment) if environment else None,
    )


def view_of(comparison: Comparison, name: str) -> dict[str, Any]:
    """The values of the template for one view."""
    view, shown = comparison["views"][name], labels.shown_k(comparison["views"][name])
    figures = [(f"pass@{k}", view["pass_at_k"][k]) for k in shown] + [("compiles", view["compile_rate"])]
    return {
        "label": VIEWS[name].capitalize(),
        "verdict": labels.verdict(comparison, view),
        "conclusion": view["conclusion"],
        "says": view["says"],
        "chart": bars(figures),
        "rows": [[label, *labels.both(figure)] for label, figure in figures],
        "tested": tested(view["test"]),
    }


def groups_of(view: ViewFigures, column: Column) -> dict[str, Any]:
    """The values of the template for the groups of one column."""
    chart = bars([(str(group[column] or "-"), group) for group in per_group(view, column)])
    return {"column": column, "chart": chart, "rows": labels.group_rows(view, column)}


def problem_columns(names: list[str]) -> list[str]:
    return [
        "problem",
        "category",
        "difficulty",
        "",
        "points",
        *names,
        *(f"{name}, policy on" for name in names),
        *(f"{name}: statuses" for name in names),
    ]


def problem_rows(comparison: Comparison, problems: list[ComparedProblem]) -> list[list[str]]:
    """The cells of every problem, in both views."""
    on = {problem["id"]: problem for problem in comparison["views"]["policy_on"]["per_problem"]}
    return [
        [
            problem["id"],
            problem["category"] or "-",
            str(problem["difficulty"] or "-"),
            outcome(problem),
            signed(problem["difference"]),
            *(correct(problem[side]) for side in SIDES),
            *(correct(on[problem["id"]][side]) for side in SIDES),
            *(in_words(problem[side]["statuses"]) or "no sample" for side in SIDES),
        ]
        for problem in problems
    ]


def outcome(problem: ComparedProblem) -> str:
    return "won" if problem["difference"] > 0 else "lost" if problem["difference"] < 0 else "same"


def correct(side: ProblemSide) -> str:
    return f"{side['correct']:,} of {side['n']:,}"


def status_rows(comparison: Comparison) -> list[list[str]]:
    """The statuses that occur, with their counts in each view and side, and their meaning."""
    counts = [comparison["views"][name]["statuses"][side] for name in VIEWS for side in SIDES]
    return [
        [status, *(f"{each.get(status, 0):,}" for each in counts), status.meaning]
        for status in AnswerStatus
        if any(each.get(status) for each in counts)
    ]
