"""Bars of two models with their intervals, as SVG that stands in a page and takes its colours from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

LEFT, RIGHT, WIDTH = 170, 60, 760  # room for labels, for the last figure, and in all
BAR, GAP, TOP, FOOT = 13, 12, 6, 22
SIDES = ("base", "run")

Group = tuple[str, dict]  # label, {"base": interval, "run": interval}


def bars(groups: Sequence[Group], title: str) -> str:
    """One group of two bars per label, from 0 to 100 %; a thin line on each is its interval."""
    height = TOP + len(groups) * (2 * BAR + GAP) + FOOT
    parts = [
        f'<svg class="bars" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        *axis(height),
    ]
    for number, (label, figures) in enumerate(groups):
        top = TOP + number * (2 * BAR + GAP)
        parts.append(
            f'<text class="label" x="{LEFT - 8}" y="{top + BAR + 4}">{escape(shortened(label))}</text>'
        )
        for at, side in enumerate(SIDES):
            parts += bar(side, figures[side], top + at * BAR)
    return "\n".join([*parts, "</svg>"])


def axis(height: int) -> Iterable[str]:
    for share in (0, 0.25, 0.5, 0.75, 1):
        at = place(share)
        yield f'<line class="grid" x1="{at}" y1="{TOP}" x2="{at}" y2="{height - FOOT}"/>'
        yield f'<text class="tick" x="{at}" y="{height - 6}">{share:.0%}</text>'


def bar(side: str, figure: dict, top: int) -> list[str]:
    start, end = place(0), place(figure["value"])
    low, high, middle = place(figure["low"]), place(figure["high"]), top + BAR / 2
    return [
        f'<rect class="{side}" x="{start}" y="{top}" width="{end - start:.1f}" height="{BAR - 2}"/>',
        f'<path class="interval" d="M{low} {middle - 4}v6M{low} {middle - 1}H{high}M{high} {middle - 4}v6"/>',
        f'<text class="value" x="{max(end, high) + 6:.1f}" y="{middle + 3}">{100 * figure["value"]:.1f}</text>',
    ]


def place(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def shortened(label: str, most: int = 26) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"
