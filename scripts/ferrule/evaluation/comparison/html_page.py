"""A comparison as one HTML file that needs nothing beside it: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from string import Template

from ferrule.core.markdown import in_words
from ferrule.evaluation.comparison import labels
from ferrule.evaluation.comparison.bars import bars
from ferrule.evaluation.comparison.labels import VIEWS
from ferrule.evaluation.comparison.sentences import signed, tested
from ferrule.evaluation.judging.submission import STATUSES


def html_page(found: dict, template: str) -> str:
    """`template` has the places $title and $body."""
    title = f"{found['run']} against {found['base']} on {found['benchmark']}"
    parts = [head(found, title), *(result(found, name) for name in VIEWS)]
    off = found["views"]["policy_off"]
    for column in ("category", "difficulty"):
        if len(off[f"per_{column}"]) > 1:
            parts.append(groups(found, off, column))
    parts += [problems(found), funnel(found)]
    if "quality" in found:
        columns = ["mean per sample", found["base"], found["run"], "paired difference", "problems"]
        parts.append("<h2>Quality</h2>" + table(columns, labels.quality_rows(found["quality"])))
    if environment := found.get("environment"):
        parts.append(
            "<h2>Environment</h2>" + table(["what", "version"], labels.environment_rows(environment), (0, 1))
        )
    return Template(template).substitute(title=escape(title), body="\n".join(parts))


def head(found: dict, title: str) -> str:
    of = found["problem_set"]
    about = f"{found['problems']:,} problems, set {of['hash']}. {found['toolchain'].splitlines()[0]}. Bars and brackets: 95 % intervals by the bootstrap over problems; differences are paired."
    key = "".join(f'<span class="key {side}">{escape(found[side])}</span>' for side in ("base", "run"))
    notes = "".join(f"<li>{escape(note)}</li>" for note in found["notes"])
    listed = f'<h2>To be read with it</h2><ul class="notes">{notes}</ul>' if notes else ""
    return f"<h1>{escape(title)}</h1><p>{escape(about)}</p><p>{key}</p>{listed}"


def result(found: dict, name: str) -> str:
    view, label = found["views"][name], VIEWS[name].capitalize()
    shown = labels.shown_k(view)
    rows = [[f"pass@{k}", *labels.both(view["pass_at_k"][k])] for k in shown]
    rows.append(["compiles", *labels.both(view["compile_rate"])])
    chart = [(f"pass@{k}", view["pass_at_k"][k]) for k in shown] + [("compiles", view["compile_rate"])]
    return "\n".join(
        [
            f"<h2>{label}: {escape(labels.verdict(found, view))}</h2>",
            f'<p class="says {view["conclusion"]}">{escape(" ".join(view["says"]))}</p>',
            bars(chart, f"{label}: pass@k and compile rate in percent"),
            table(["%", found["base"], found["run"], "difference"], rows),
            f"<p>{escape(tested(view['test']))}</p>",
        ]
    )


def groups(found: dict, view: dict, column: str) -> str:
    chart = [(str(group[column] or "-"), group) for group in view[f"per_{column}"]]
    header = [column, "problems", found["base"], found["run"], "difference", "won", "lost", "same"]
    return "\n".join(
        [
            f"<h2>By {column}</h2>",
            "<p>pass@1 in percent, policy off. Of so many groups some differ by chance: no group alone is a finding.</p>",
            bars(chart, f"pass@1 by {column}, policy off"),
            table(header, labels.group_rows(view, column)),
        ]
    )


def problems(found: dict) -> str:
    """Every problem: those won first, then those lost, then those that are the same."""
    on = {problem["id"]: problem for problem in found["views"]["policy_on"]["per_problem"]}
    rows = []
    for problem in labels.by_difference(found["views"]["policy_off"]):
        other, sign = on[problem["id"]], problem["difference"]
        way = "won" if sign > 0 else "lost" if sign < 0 else "same"
        cells = [
            problem["id"],
            problem["category"] or "-",
            str(problem["difficulty"] or "-"),
            way,
            signed(sign),
            *(correct(problem[side]) for side in ("base", "run")),
            *(correct(other[side]) for side in ("base", "run")),
            *(in_words(problem[side]["statuses"]) or "no sample" for side in ("base", "run")),
        ]
        rows.append((way, cells))
    names = [found["base"], found["run"]]
    header = [
        "problem",
        "category",
        "difficulty",
        "",
        "points",
        *names,
        *(f"{name}, policy on" for name in names),
    ]
    header += [f"{name}: statuses" for name in names]
    return "<h2>Problems</h2>" + rows_table(header, rows, (0, 1, 9, 10))


def correct(side: dict) -> str:
    return f"{side['correct']:,} of {side['n']:,}"


def funnel(found: dict) -> str:
    off, on = (found["views"][name] for name in VIEWS)
    sides = [(view, side) for view in (off, on) for side in ("base", "run")]
    rows = [
        [status, *(f"{view['statuses'][side].get(status, 0):,}" for view, side in sides), meaning]
        for status, meaning in STATUSES.items()
        if any(view["statuses"][side].get(status) for view, side in sides)
    ]
    names = [found["base"], found["run"]]
    steps = table(["policy off", names[0], "share", names[1], "share"], labels.funnel_rows(off))
    header = ["status", *(f"{name}, {label}" for label in VIEWS.values() for name in names), "meaning"]
    return "<h2>What became of the samples</h2>" + steps + table(header, rows, (0, 5))


def table(names: Iterable[str], rows: Iterable[list[str]], left: tuple[int, ...] = (0,)) -> str:
    return rows_table(names, (("", row) for row in rows), left)


def rows_table(
    names: Iterable[str], rows: Iterable[tuple[str, list[str]]], left: tuple[int, ...] = (0,)
) -> str:
    """A table whose rows may have a class; columns not named in `left` stand to the right."""
    head = "".join(cell("th", name, at in left) for at, name in enumerate(names))
    lines = [
        f'<tr class="{kind}">'
        + "".join(cell("td", text, at in left) for at, text in enumerate(cells))
        + "</tr>"
        for kind, cells in rows
    ]
    body = "\n".join(lines)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'


def cell(tag: str, text: str, left: bool) -> str:
    return f"<{tag}{' class=text' if left else ''}>{escape(text)}</{tag}>"
