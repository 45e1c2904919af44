"""A comparison as one HTML file that needs nothing beside it: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from pathlib import Path

from ferrule.core.markdown import in_words
from ferrule.core.templates import html_template
from ferrule.evaluation.comparison import labels
from ferrule.evaluation.comparison.bars import bars
from ferrule.evaluation.comparison.labels import VIEWS
from ferrule.evaluation.comparison.sentences import signed, tested
from ferrule.evaluation.judging.submission import STATUSES


def html_page(found: dict, template: str | Path) -> str:
    """The page of what `comparison` found; `template` is a file of Jinja2."""
    off, names = found["views"]["policy_off"], [found["base"], found["run"]]
    problems = labels.by_difference(off)
    environment = found.get("environment")
    return html_template(template).render(
        found=found,
        title=f"{found['run']} against {found['base']} on {found['benchmark']}",
        toolchain=found["toolchain"].splitlines()[0],
        views=[view_of(found, name) for name in VIEWS],
        groups=[
            groups_of(off, column) for column in ("category", "difficulty") if len(off[f"per_{column}"]) > 1
        ],
        problem_columns=problem_columns(names),
        problem_rows=problem_rows(found, problems),
        problem_kinds=[way(problem) for problem in problems],
        funnel_rows=labels.funnel_rows(off),
        status_columns=[
            "status",
            *(f"{name}, {label}" for label in VIEWS.values() for name in names),
            "meaning",
        ],
        status_rows=status_rows(found),
        quality_rows=labels.quality_rows(found["quality"]) if "quality" in found else None,
        environment_rows=labels.environment_rows(environment) if environment else None,
    )


def view_of(found: dict, name: str) -> dict:
    view, shown = found["views"][name], labels.shown_k(found["views"][name])
    figures = [(f"pass@{k}", view["pass_at_k"][k]) for k in shown] + [("compiles", view["compile_rate"])]
    return {
        "label": VIEWS[name].capitalize(),
        "verdict": labels.verdict(found, view),
        "conclusion": view["conclusion"],
        "says": view["says"],
        "chart": bars(figures),
        "rows": [[label, *labels.both(figure)] for label, figure in figures],
        "tested": tested(view["test"]),
    }


def groups_of(view: dict, column: str) -> dict:
    chart = bars([(str(group[column] or "-"), group) for group in view[f"per_{column}"]])
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


def problem_rows(found: dict, problems: list[dict]) -> list[list[str]]:
    """The cells of every problem, under both policies."""
    on = {problem["id"]: problem for problem in found["views"]["policy_on"]["per_problem"]}
    sides = ("base", "run")
    return [
        [
            problem["id"],
            problem["category"] or "-",
            str(problem["difficulty"] or "-"),
            way(problem),
            signed(problem["difference"]),
            *(correct(problem[side]) for side in sides),
            *(correct(on[problem["id"]][side]) for side in sides),
            *(in_words(problem[side]["statuses"]) or "no sample" for side in sides),
        ]
        for problem in problems
    ]


def way(problem: dict) -> str:
    return "won" if problem["difference"] > 0 else "lost" if problem["difference"] < 0 else "same"


def correct(side: dict) -> str:
    return f"{side['correct']:,} of {side['n']:,}"


def status_rows(found: dict) -> list[list[str]]:
    """The statuses that there are, with their counts in each view and side, and what they mean."""
    counts = [found["views"][name]["statuses"][side] for name in VIEWS for side in ("base", "run")]
    return [
        [status, *(f"{each.get(status, 0):,}" for each in counts), meaning]
        for status, meaning in STATUSES.items()
        if any(each.get(status) for each in counts)
    ]
