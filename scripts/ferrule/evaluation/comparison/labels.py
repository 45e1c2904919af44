"""Words and cells that both pages of a comparison use."""

from __future__ import annotations

from ferrule.evaluation.comparison.sentences import percent, signed
from ferrule.evaluation.metrics.metrics_page import QUALITY, SHOWN_K, VIEWS

__all__ = ["VIEWS"]

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


def verdict(found: dict, view: dict) -> str:
    return VERDICTS[view["conclusion"]].format(run=found["run"])


def shown_k(view: dict) -> list[str]:
    most = len(view["pass_at_k"])
    return [str(k) for k in sorted({k for k in SHOWN_K if k <= most} | {most})]


def cell(figure: dict) -> str:
    """A share in percent with its interval."""
    return f"{percent(figure['value'])} [{percent(figure['low'])}, {percent(figure['high'])}]"


def change(figure: dict) -> str:
    """A difference of shares in points with its interval."""
    return f"{signed(figure['value'])} [{signed(figure['low'])}, {signed(figure['high'])}]"


def both(figure: dict) -> list[str]:
    return [cell(figure["base"]), cell(figure["run"]), change(figure["difference"])]


def quality_rows(quality: dict[str, dict]) -> list[list[str]]:
    """Label, base, run, difference, problems it is of. Shares in percent, the rest as they are."""
    rows = []
    for name, figure in quality.items():
        is_share = name in SHARES
        label = QUALITY.get(name) or name.replace("_", ": ", 1)
        ends = [
            "-" if figure[key] is None else show(figure[key]) if is_share else plain(figure[key], sign)
            for key, show, sign in (("base", cell, ""), ("run", cell, ""), ("difference", change, "+"))
        ]
        rows.append([label + (" %" if is_share else ""), *ends, f"{figure['problems']:,}"])
    return rows


def plain(figure: dict, sign: str = "") -> str:
    return "{} [{}, {}]".format(*(f"{figure[key] + 0.0:{sign}.2f}" for key in ("value", "low", "high")))


def group_rows(view: dict, column: str) -> list[list[str]]:
    return [
        [
            str(group[column] or "-"),
            f"{group['problems']:,}",
            *both(group),
            f"{group['won']:,}",
            f"{group['lost']:,}",
            f"{group['tied']:,}",
        ]
        for group in view[f"per_{column}"]
    ]


def funnel_rows(view: dict) -> list[list[str]]:
    return [
        [
            step["step"],
            *(
                text
                for side in ("base", "run")
                for text in (f"{step[side]['samples']:,}", f"{percent(step[side]['share'])} %")
            ),
        ]
        for step in view["funnel"]
    ]


def by_difference(view: dict) -> list[dict]:
    """Problems that were won first, then those lost, then those that are the same for both; the set's order within."""

    def place(problem: dict) -> tuple[int, float]:
        difference = problem["difference"]
        return (0 if difference > 0 else 1 if difference < 0 else 2), -abs(difference)

    return sorted(view["per_problem"], key=place)


def environment_rows(environment: dict, before: str = "") -> list[list[str]]:
    """Nested metadata as name and text; what is not known stays out."""
    rows: list[list[str]] = []
    for name, value in environment.items():
        if isinstance(value, dict):
            rows += environment_rows(value, f"{before}{name}.")
        elif isinstance(value, list):
            rows += environment_rows({str(at): each for at, each in enumerate(value, 1)}, f"{before}{name}.")
        elif value not in (None, ""):
            rows.append([before + name, str(value)])
    return rows
