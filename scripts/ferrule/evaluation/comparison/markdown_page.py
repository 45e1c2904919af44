"""A comparison as Markdown that is also readable in a terminal."""

from __future__ import annotations

import textwrap
from typing import Literal

from ferrule.core.markdown import inline
from ferrule.core.reasons import AnswerStatus
from ferrule.evaluation.comparison import labels
from ferrule.evaluation.comparison.comparison_types import SIDES, Comparison, per_group
from ferrule.evaluation.comparison.labels import COLUMNS, VIEWS
from ferrule.evaluation.comparison.sentences import tested
from ferrule.evaluation.metrics.metrics_page import aligned, some
from ferrule.evaluation.problems.subset import in_words

WIDTH = 110
LISTED = 60  # the most names of problems in a list
SHOWN: tuple[Literal["won", "lost", "tied_solved"], ...] = ("won", "lost", "tied_solved")


def markdown_page(comparison: Comparison) -> str:
    parts = [head(comparison)]
    if comparison["notes"]:
        parts.append("## To be read with it\n\n" + "\n".join(item(note) for note in comparison["notes"]))
    parts += [results(comparison), problems(comparison)]
    off = comparison["views"]["policy_off"]
    names = [comparison["base"], comparison["run"]]
    for column in COLUMNS:
        if len(per_group(off, column)) > 1:
            header = [column, "problems", *names, "difference", "won", "lost", "same"]
            table = aligned(header, labels.group_rows(off, column))
            why = "pass@1 in percent, policy off. Of so many groups some differ by chance: no group alone is a finding."
            parts.append(f"## By {column}\n\n{why}\n\n{table}")
    parts.append(funnel(comparison, names))
    if "quality" in comparison:
        parts.append(quality(comparison, names))
    if environment := comparison.get("environment"):
        parts.append(
            "## Environment\n\n"
            + aligned(["what", "version"], labels.environment_rows(environment), left=(0, 1))
        )
    return "\n\n".join(parts) + "\n"


def head(comparison: Comparison) -> str:
    problem_set = comparison["problem_set"]
    origin = f"{problem_set['license'] or 'no licence known'}; {problem_set['origin'] or 'own'}"
    lines = [
        "# " + inline(f"{comparison['run']} against {comparison['base']} on {comparison['benchmark']}"),
        "",
        f"- {comparison['problems']:,} problems (set {problem_set['hash']}; {inline(origin)})",
        *([f"- A subset: {in_words(comparison['subset'])}"] if comparison["subset"] else []),
        f"- {inline(comparison['toolchain'].splitlines()[0])}",
        "- Square brackets: 95 % intervals by the bootstrap over problems; differences are paired.",
    ]
    for name, label in VIEWS.items():
        view = comparison["views"][name]
        lines += ["", f"**{label.capitalize()}: {inline(labels.verdict(comparison, view))}.**", ""]
        same = name == "policy_on" and view["says"] == comparison["views"]["policy_off"]["says"]
        lines += ["The same figures."] if same else textwrap.wrap(inline(" ".join(view["says"])), WIDTH)
    return "\n".join(lines)


def item(text: str) -> str:
    return textwrap.fill(inline(text), WIDTH, initial_indent="- ", subsequent_indent="  ")


def results(comparison: Comparison) -> str:
    parts = ["## Results"]
    for name, label in VIEWS.items():
        view = comparison["views"][name]
        rows = [[f"pass@{k}", *labels.both(view["pass_at_k"][k])] for k in labels.shown_k(view)]
        rows.append(["compiles", *labels.both(view["compile_rate"])])
        parts.append(aligned([f"{label}, %", comparison["base"], comparison["run"], "difference"], rows))
        parts.append(tested(view["test"]))
    return "\n\n".join(parts)


def problems(comparison: Comparison) -> str:
    lines = ["## Problems"]
    first = comparison["views"]["policy_off"]
    for name, label in VIEWS.items():
        view = comparison["views"][name]
        lines += ["", f"{label.capitalize()}:", ""]
        if view is not first and all(view[key] == first[key] for key in SHOWN):
            lines.append("- the same problems")
            continue
        unsolved = len(view["tied"]) - view["tied_solved"]
        lines += [item(f"{len(view['won'])} won" + names_of(view["won"]))]
        lines += [item(f"{len(view['lost'])} lost" + names_of(view["lost"]))]
        lines.append(
            item(f"{len(view['tied'])} the same ({unsolved} of them unsolved)" + names_of(view["tied"]))
        )
    return "\n".join(lines)


def names_of(names: list[str]) -> str:
    return f": {some(names, LISTED)}" if names else ""


def funnel(comparison: Comparison, names: list[str]) -> str:
    off, on = (comparison["views"][name] for name in VIEWS)
    steps = aligned(["policy off", names[0], "share", names[1], "share"], labels.funnel_rows(off))
    counts = [view["statuses"][side] for view in (off, on) for side in SIDES]
    rows = [
        [status, *(f"{each.get(status, 0):,}" for each in counts)]
        for status in AnswerStatus
        if any(each.get(status) for each in counts)
    ]
    header = ["status", *(f"{name}, {label}" for label in VIEWS.values() for name in names)]
    return "## Results of the samples\n\n" + steps + "\n\n" + aligned(header, rows)


def quality(comparison: Comparison, names: list[str]) -> str:
    rows = labels.quality_rows(comparison["quality"])
    table = aligned(["mean per sample", *names, "difference", "problems"], rows)
    why = (
        "The difference is paired: over the problems, counted in the last column, of which both have such a figure. "
        "So it need not be that of the two means."
    )
    return "## Quality\n\n" + "\n".join(textwrap.wrap(why, WIDTH)) + "\n\n" + table
