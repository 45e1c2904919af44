"""Where the bars of two models and their intervals stand in a picture; the template of the page draws them."""

from __future__ import annotations

from collections.abc import Sequence

LEFT, RIGHT, WIDTH = 170, 60, 760  # room for labels, for the last figure, and in all
BAR, GAP, TOP, FOOT = 13, 12, 6, 22
SIDES = ("base", "run")

Group = tuple[str, dict]  # label, {"base": interval, "run": interval}


def bars(groups: Sequence[Group]) -> dict:
    """A chart with a group of two bars per label, from 0 to 100 %. Lengths are in units of the SVG's view box."""
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


def group(label: str, figures: dict, top: int) -> dict:
    return {
        "label": shortened(label),
        "y": top + BAR + 4,
        "bars": [bar(side, figures[side], top + at * BAR) for at, side in enumerate(SIDES)],
    }


def bar(side: str, figure: dict, top: int) -> dict:
    """One bar, its interval from `low` to `high` at the height `middle`, and its figure in percent."""
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
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def shortened(label: str, most: int = 26) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"
