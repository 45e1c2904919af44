"""Charts by Altair as SVG texts: no script, no font and no picture from elsewhere.

    page_chart(lengths_chart(...))        two sizes for a page, whose CSS variables give the colours
    picture(lengths_chart(...))           one SVG file with colours of its own

A chart is a function of its width, since text in it must not shrink with the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

WIDE, NARROW = 640, 300  # pixels of the plot, without its axes
KINDS = (
    "code_generation",
    "transformations",
    "error_fixing",
    "explanations",
    "fill_in_middle",
    "modules",
)
# Colours of a picture, and the CSS variable that takes each one's place in the page. No two may be equal.
VARIABLES = {
    "#1c1e22": "--text",
    "#5a616b": "--faint",
    "#dfe2e7": "--line",
    "#2f6db3": "--kind-1",
    "#1f7f63": "--kind-2",
    "#b8501f": "--kind-3",
    "#7a54a8": "--kind-4",
    "#8a6410": "--kind-5",
    "#56616f": "--kind-6",
}
TEXT, FAINT, LINE, *COLOURS = VARIABLES
FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"

Chart = Callable[[int], alt.TopLevelMixin]  # of its width in pixels


@dataclass(frozen=True)
class PageChart:
    """A chart in the two sizes that the page switches between."""

    label: str  # what it shows, for people who do not see it
    wide: str  # SVG
    narrow: str


def page_chart(label: str, chart: Chart) -> PageChart:
    return PageChart(label, *(_for_page(picture(chart, width)) for width in (WIDE, NARROW)))


def picture(chart: Chart, width: int = WIDE) -> str:
    """The SVG of a chart."""
    import vl_convert  # starts a JavaScript engine: only where something is drawn

    return vl_convert.vegalite_to_svg(_styled(chart(width)).to_json())


def _for_page(svg: str) -> str:
    """The SVG with variables for colours, and hidden from screen readers: the page says what it shows."""
    for colour, variable in VARIABLES.items():
        svg = re.sub(f'"{colour}"', f'"var({variable})"', svg, flags=re.IGNORECASE)
    svg = re.sub(r'\s(?:aria-[a-z]+|role)="[^"]*"', "", svg)
    # Ids of clip paths would be the same in all charts of a page; nothing reaches over the plots' edges.
    svg = re.sub(r'\sclip-path="[^"]*"', "", re.sub(r"<defs>.*?</defs>", "", svg, flags=re.DOTALL))
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def _styled(chart: Any) -> Any:
    return (
        chart.configure(
            background="transparent", font=FONT, padding={"left": 20, "right": 12, "top": 4, "bottom": 4}
        )
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=TEXT,
            titleColor=FAINT,
            gridColor=LINE,
            domainColor=LINE,
            tickColor=LINE,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelLimit=220,
        )
        .configure_legend(
            labelColor=TEXT, labelFontSize=12, title=None, orient="top", symbolType="square", labelLimit=240
        )
        .configure_header(labelColor=TEXT, title=None, labelFontSize=12)
        .configure_text(color=TEXT, fontSize=12)
    )


def kind_scale(kinds: Sequence[str]) -> alt.Scale:
    """The same colour for a kind of task in every chart."""
    known = [*KINDS, *sorted(set(kinds) - set(KINDS))]
    shown = [kind for kind in known if kind in kinds]
    return alt.Scale(domain=shown, range=[COLOURS[known.index(kind) % len(COLOURS)] for kind in shown])


def lengths_chart(bins: Sequence[tuple[str, int, int, int]]) -> Chart:
    """Histograms of (what, from, to, rows): a plot for prompts, one for answers, characters on a log scale."""
    values = [
        {"what": what, "low": max(low, 4), "high": high, "rows": rows} for what, low, high, rows in bins
    ]

    def chart(width: int) -> alt.TopLevelMixin:
        ticks = alt.Axis(values=[10, 100, 1_000, 10_000], format=",", grid=False)
        plots = [
            alt.Chart(alt.Data(values=[value for value in values if value["what"] == what]))
            .mark_rect(color=COLOURS[5], stroke=None)
            .encode(
                x=alt.X(
                    "low:Q", scale=alt.Scale(type="log", domain=[4, 30_000]), title="characters", axis=ticks
                ),
                x2="high:Q",
                y=alt.Y("rows:Q", title=what, axis=alt.Axis(tickCount=3)),
                y2=alt.datum(0),
            )
            .properties(width=width, height=90)
            for what in ("prompts", "answers")
        ]
        return alt.vconcat(*plots)

    return chart


def bars_chart(values: Sequence[tuple[str, float]], title: str) -> Chart:
    """One bar for each (label, value), in this order."""
    rows = [{"label": label, "value": value} for label, value in values]

    def chart(width: int) -> alt.TopLevelMixin:
        base = alt.Chart(alt.Data(values=rows)).encode(
            y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False)),
            x=alt.X("value:Q", title=title, axis=alt.Axis(tickCount=4)),
        )
        return alt.layer(
            base.mark_bar(color=COLOURS[5], height=14),
            base.mark_text(align="left", dx=4).encode(text=alt.Text("value:Q", format=",.4~g")),
        ).properties(width=width, height=alt.Step(22))

    return chart


def funnel_chart(steps: Sequence[tuple[str, dict[str, int]]]) -> Chart:
    """Rows after every step, by kind of task."""
    rows = [
        {"step": step, "kind": kind, "rows": count} for step, kinds in steps for kind, count in kinds.items()
    ]
    kinds = list(dict.fromkeys(kind for _, counts in steps for kind in counts))

    def chart(width: int) -> alt.TopLevelMixin:
        return (
            alt.Chart(alt.Data(values=rows))
            .mark_bar(height=16)
            .encode(
                y=alt.Y("step:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False)),
                x=alt.X("rows:Q", title="rows", axis=alt.Axis(tickCount=4, format=",")),
                color=alt.Color("kind:N", scale=kind_scale(kinds)),
            )
            .properties(width=width, height=alt.Step(24))
        )

    return chart


def losses_chart(history: Sequence[dict[str, Any]]) -> Chart:
    """Losses by step of one training; `history` as in metrics.json."""
    names = {"loss": "training", "eval_loss": "validation"}
    rows = [
        {"step": line["step"], "loss": line[key], "of": name}
        for line in history
        for key, name in names.items()
        if isinstance(line.get(key), int | float)
    ]
    shown = [name for name in names.values() if any(row["of"] == name for row in rows)]

    def chart(width: int) -> alt.TopLevelMixin:
        return (
            alt.Chart(alt.Data(values=rows))
            .mark_line(point=alt.OverlayMarkDef(size=28), strokeWidth=2)
            .encode(
                x=alt.X("step:Q", title="step", axis=alt.Axis(tickCount=6, tickMinStep=1, grid=False)),
                y=alt.Y(
                    "loss:Q",
                    title="loss, nats per token",
                    scale=alt.Scale(zero=False),
                    axis=alt.Axis(tickCount=4),
                ),
                color=alt.Color(
                    "of:N", scale=alt.Scale(domain=shown, range=[COLOURS[0], COLOURS[2]][: len(shown)])
                ),
            )
            .properties(width=width, height=180)
        )

    return chart


def intervals_chart(figures: Sequence[tuple[str, str, dict[str, float]]]) -> Chart:
    """Shares with their 95 % intervals: (row, model, {value, low, high}), in percent of 0 to 1."""
    rows = [
        {"row": row, "model": model, **{key: 100 * figure[key] for key in ("value", "low", "high")}}
        for row, model, figure in figures
    ]
    models = list(dict.fromkeys(model for _, model, _ in figures))
    highest = max((100 * figure["high"] for _, _, figure in figures), default=100)

    def chart(width: int) -> alt.TopLevelMixin:
        base = alt.Chart(alt.Data(values=rows)).encode(
            y=alt.Y(
                "row:N",
                sort=None,
                title=None,
                scale=alt.Scale(paddingInner=0.45),
                axis=alt.Axis(domain=False, ticks=False),
            ),
            yOffset=alt.YOffset("model:N", sort=models),
            color=alt.Color(
                "model:N", sort=models, scale=alt.Scale(domain=models, range=_model_colours(len(models)))
            ),
        )
        across = alt.X(
            "low:Q",
            title="% with 95 % interval",
            scale=alt.Scale(domain=[0, max(5, min(100, highest * 1.1))]),
            axis=alt.Axis(tickCount=5),
        )
        return alt.layer(
            base.mark_rule(strokeWidth=3).encode(x=across, x2="high:Q"),
            base.mark_point(filled=True, size=80, opacity=1).encode(x=alt.X("value:Q")),
        ).properties(width=width, height=alt.Step(max(20, 12 * len(models)), **{"for": "position"}))

    return chart


def _model_colours(count: int) -> list[str]:
    """The first, which is the base of a comparison, in grey."""
    order = [COLOURS[5], COLOURS[2], COLOURS[0], COLOURS[1], COLOURS[3], COLOURS[4]]
    return [order[at % len(order)] for at in range(count)]
