"""Labels and table cells that both pages of a comparison use."""

from __future__ import annotations

from collections.abc import Mapping

from ferrule.evaluation.comparison import sentences
from ferrule.evaluation.comparison.comparison_types import (
    SIDES,
    ComparedFigure,
    ComparedMean,
    ComparedProblem,
    Comparison,
    ViewFigures,
    per_group,
)
from ferrule.evaluation.comparison.sentences import signed
from ferrule.evaluation.metrics.metrics_page import QUALITY, SHOWN_K, VIEWS, percent
from ferrule.evaluation.metrics.metrics_types import Column, Interval

__all__ = ["VIEWS"]

COLUMNS: tuple[Column, ...] = ("category", "difficulty")
VERDICTS = {
    "better": "{run} is better",
    "worse": "{run} is worse",
    "unclear": "unclear: interval and test do not agree",
    "not_shown": "no difference shown",
}
SHARES = {
    "idiomatic",
    "idiomatic_syntax",
    "documented",
    "has_main",
    "has_tests",
    "prompt_match",
    "documented_items",
}
SHARES |= {"clippy_clean", "prefiltered"}


def verdict(comparison: Comparison, view: ViewFigures) -> str:
    return VERDICTS[view["conclusion"]].format(run=comparison["run"])


def shown_k(view: ViewFigures) -> list[str]:
    """The k that the tables show."""
    most = len(view["pass_at_k"])
    return [str(k) for k in sorted({k for k in SHOWN_K if k <= most} | {most})]


def change(figure: Interval) -> str:
    """A difference of shares in points with its interval."""
    return f"{signed(figure['value'])} [{signed(figure['low'])}, {signed(figure['high'])}]"


def both(figure: ComparedFigure) -> list[str]:
    return [percent(figure["base"]), percent(figure["run"]), change(figure["difference"])]


def quality_rows(quality: Mapping[str, ComparedMean]) -> list[list[str]]:
    """Label, base, run, difference, number of problems of the difference. Shares are in percent."""
    rows = []
    for name, figure in quality.items():
        is_share = name in SHARES
        label = QUALITY.get(name) or name.replace("_", ": ", 1)
        cells = [
            *(quality_cell(figure[side], is_share) for side in SIDES),
            quality_cell(figure["difference"], is_share, is_change=True),
        ]
        rows.append([label + (" %" if is_share else ""), *cells, f"{figure['problems']:,}"])
    return rows


def quality_cell(figure: Interval | None, is_share: bool, is_change: bool = False) -> str:
    if figure is None:
        return "-"
    if is_share:
        return change(figure) if is_change else percent(figure)
    return plain(figure, "+" if is_change else "")


def plain(figure: Interval, sign: str) -> str:
    ends = (figure["value"], figure["low"], figure["high"])
    return "{} [{}, {}]".format(*(f"{each + 0.0:{sign}.2f}" for each in ends))


def group_rows(view: ViewFigures, column: Column) -> list[list[str]]:
    return [
        [
            str(group[column] or "-"),
            f"{group['problems']:,}",
            *both(group),
            f"{group['won']:,}",
            f"{group['lost']:,}",
            f"{group['tied']:,}",
        ]
        for group in per_group(view, column)
    ]


def funnel_rows(view: ViewFigures) -> list[list[str]]:
    return [
        [
            step["step"],
            *(
                text
                for side in SIDES
                for text in (f"{step[side]['samples']:,}", f"{sentences.percent(step[side]['share'])} %")
            ),
        ]
        for step in view["funnel"]
    ]


def by_difference(view: ViewFigures) -> list[ComparedProblem]:
    """The problems that were won, then those that were lost, then the others. Large differences come first."""

    def place(problem: ComparedProblem) -> tuple[int, float]:
        difference = problem["difference"]
        return (0 if difference > 0 else 1 if difference < 0 else 2), -abs(difference)

    return sorted(view["per_problem"], key=place)


def environment_rows(environment: Mapping[str, object], before: str = "") -> list[list[str]]:
    """Nested metadata as rows of name and value, without unknown values and the list of all that is installed."""
    rows: list[list[str]] = []
    for name, value in environment.items():
        if name == "distributions":  # some hundred lines, which the JSON has
            continue
        if isinstance(value, dict):
            rows += environment_rows(value, f"{before}{name}.")
        elif isinstance(value, list):
            rows += environment_rows({str(at): each for at, each in enumerate(value, 1)}, f"{before}{name}.")
        elif value not in (None, ""):
            rows.append([before + name, str(value)])
    return rows
