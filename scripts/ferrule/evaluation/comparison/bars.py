"""The geometry of a bar chart of two models with intervals; the template of the page draws it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ferrule.evaluation.comparison.comparison_types import SIDES, ComparedFigure, SideName
from ferrule.evaluation.metrics.metrics_types import Interval

LEFT, RIGHT, WIDTH = 170, 60, 760  # space for labels, space for the last figure, total width
BAR, GAP, TOP, FOOT = 13, 12, 6, 22

Group = tuple[str, ComparedFigure]  # label, figures
Shapes = dict[str, Any]  # values for the template


def bars(groups: Sequence[Group]) -> Shapes:
    """A chart from 0 to 100 % with a group of two bars per label. Lengths are in units of the SVG's view box."""
    height = TOP + len(groups) * (2 * BAR + GAP) + FOOT
    return {
        "width": WIDTH,
        "height": height,
        "top": TOP,
        "bottom": height - FOOT,
        "left": LEFT,
        "thickness": BAR - 2,
        "ticks": [{"x": place(share), "label": f"{share:.0%}"} for share in (0, 0.25, 0.5, 0.75, 1)],
        "groups": [
            group(label, figures, TOP + number * (2 * BAR + GAP))
            for number, (label, figures) in enumerate(groups)
        ],
    }


def group(label: str, figures: ComparedFigure, top: int) -> Shapes:
    return {
        "label": shortened(label),
        "y": top + BAR + 4,
        "bars": [bar(side, figures[side], top + at * BAR) for at, side in enumerate(SIDES)],
    }


def bar(side: SideName, figure: Interval, top: int) -> Shapes:
    """One bar, its interval from `low` to `high` at the height `middle`, and its value in percent."""
    start, end = place(0), place(figure["value"])
    low, high = place(figure["low"]), place(figure["high"])
    return {
        "side": side,
        "x": start,
        "y": top,
        "width": f"{end - start:.1f}",
        "low": low,
        "high": high,
        "middle": top + BAR / 2,
        "value": f"{100 * figure['value']:.1f}",
        "value_x": f"{max(end, high) + 6:.1f}",
    }


def place(share: float) -> float:
    """The x coordinate of a share."""
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def shortened(label: str, most: int = 26) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"
