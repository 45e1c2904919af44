"""Sentences about what the figures of a comparison show, and what they do not."""

from __future__ import annotations

from ferrule.evaluation.comparison.comparison_types import ComparedFigure, PairedTest, ViewFigures
from ferrule.evaluation.metrics.metrics_types import Interval

TESTS = {
    "mcnemar_exact": "McNemar's exact test",
    "sign_flip_exact": "exact sign-flip test",
    "sign_flip_drawn": "sign-flip test by drawn signs",
}
CHANCE = 0.05


def conclusion(difference: Interval, p: float) -> str:
    """better, worse or not_shown; unclear if interval and test do not agree. `difference` is that of pass@1."""
    away = difference["low"] > 0 or difference["high"] < 0
    if away != (p < CHANCE):
        return "unclear"
    if not away:
        return "not_shown"
    return "better" if difference["value"] > 0 else "worse"


def sentences(view: ViewFigures, base: str, run: str, problems: int) -> list[str]:
    return [
        change(view["pass_at_k"]["1"], base, run),
        counted(view, run, problems),
        meaning(view, base, run),
        *reach(view, problems),
    ]


def change(figure: ComparedFigure, base: str, run: str) -> str:
    difference = figure["difference"]
    return (
        f"pass@1 is {percent(figure['run']['value'])} % with {run} and {percent(figure['base']['value'])} % with {base}: "
        f"a difference of {signed(difference['value'])} points, 95 % interval {signed(difference['low'])} to "
        f"{signed(difference['high'])}."
    )


def counted(view: ViewFigures, run: str, problems: int) -> str:
    test = view["test"]
    flips = f" ({test['flips']:,} of them)" if "flips" in test else ""
    return (
        f"Of {problems:,} problems {run} does better on {len(view['won']):,}, worse on {len(view['lost']):,}, and the same "
        f"on {len(view['tied']):,}; {TESTS[test['test']]}{flips}: p = {chance(test['p'])}."
    )


def meaning(view: ViewFigures, base: str, run: str) -> str:
    if not view["test"]["differing"]:
        return "No problem came out differently: nothing tells the two apart here, which does not make them equal."
    if view["conclusion"] == "unclear":
        return (
            "Interval and test do not agree on whether chance alone can do this: take no difference as shown, and measure "
            "more problems or samples."
        )
    if view["conclusion"] == "not_shown":
        return (
            "The interval holds 0 and chance alone does this often: no difference is shown. That is not a proof that there "
            "is none."
        )
    better, worse = (run, base) if view["conclusion"] == "better" else (base, run)
    return (
        f"The interval does not hold 0, and chance alone does this rarely: {better} solves more of such problems than "
        f"{worse}, sampled in this way."
    )


def reach(view: ViewFigures, problems: int) -> list[str]:
    """What a set of this size can show at all."""
    difference, test = view["pass_at_k"]["1"]["difference"], view["test"]
    lines = []
    if test["differing"] and test["least_p"] >= CHANCE:
        lines.append(
            f"Only {test['differing']} problems came out differently: even if all of them spoke for one side, p could not "
            f"be below {chance(test['least_p'])}."
        )
    if half := (difference["high"] - difference["low"]) / 2:
        lines.append(
            f"With these {problems:,} problems a difference of less than some {percent(half)} points would mostly go unnoticed."
        )
    lines.append(
        "The interval is for other problems of this kind; it says nothing about other kinds, other prompts or other "
        "sampling settings."
    )
    return lines


def tested(test: PairedTest) -> str:
    return (
        f"p = {chance(test['p'])} for pass@1 ({TESTS[test['test']]}; {test['differing']:,} problems differ)."
    )


def percent(value: float) -> str:
    return f"{100 * value:.1f}"


def signed(value: float) -> str:
    text = f"{100 * value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


def chance(p: float) -> str:
    """A probability for readers. Small ones keep their digits, so that none is shown as 0."""
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"
