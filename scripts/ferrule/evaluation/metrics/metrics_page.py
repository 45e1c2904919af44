"""The figures of `ferrule.evaluation.metrics.figures` as a Markdown page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ferrule.core.markdown import cell, in_words, ranked
from ferrule.core.reasons import AnswerStatus
from ferrule.evaluation.metrics.metrics_types import (
    Column,
    FunnelStep,
    Interval,
    Metrics,
    ProblemFigures,
    QualityFigures,
    per_group,
)
from ferrule.evaluation.problems.subset import Subset

SHOWN_K = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
WEAKEST = 15  # number of problems that are listed
LINTS = 10  # number of lints that are listed
VIEWS = {"policy_off": "policy off", "policy_on": "policy on"}
QUALITY = {
    "idiomatic": "idiomatic (text)",
    "idiomatic_syntax": "idiomatic (syntax tree)",
    "documented": "has doc comments",
    "has_main": "has `main`",
    "has_tests": "has tests",
    "prompt_match": "words of the prompt",
    "documented_items": "documented items",
    "functions": "functions",
    "structs": "structs",
    "impls": "impls",
    "traits": "traits",
}


def page(figures: Metrics) -> str:
    """metrics.json as Markdown."""
    parts = [header(figures), results(figures), statuses(figures)]
    parts += [groups(figures, "category"), groups(figures, "difficulty")]
    if "quality" in figures:
        parts.append(quality(figures["quality"]))
    parts.append(weakest(figures["views"]["policy_off"]["per_problem"]))
    return "\n\n".join(part for part in parts if part) + "\n"


def header(figures: Metrics) -> str:
    problem_set, samples = figures["problem_set"], figures["samples"]
    license, origin = problem_set["license"] or "no licence known", problem_set["origin"] or "own"
    least, most = samples["least_per_problem"], samples["most_per_problem"]
    lines = [
        f"# {figures['model']} on {figures['benchmark']}",
        "",
        f"- {problem_set['problems']:,} problems (set {problem_set['hash']}; {license}; {origin})",
        *subset_lines(figures.get("subset")),
        f"- {samples['total']:,} samples, {least if least == most else f'{least} to {most}'} per problem, "
        f"{samples['distinct']:,} distinct answers",
        f"- {figures['toolchain'].splitlines()[0]}",
        "- Rates are over all samples. Square brackets: 95 % interval, bootstrap over problems.",
    ]
    if missing := figures["missing"]:
        lines.append(
            f"- **{len(missing)} problems have no sample and count as not solved**: {some(missing)}. "
            "Rows with `given` leave them out."
        )
    if count := samples["infrastructure"]:
        lines.append(f"- **{count:,} samples have no verdict, as the machine failed**, and are in no figure.")
    if unjudged := figures["unjudged"]:
        lines.append(
            f"- **{len(unjudged)} problems have no sample with a verdict** and are in no figure: {some(unjudged)}"
        )
    if failing := figures["references"]["not_passed"]:
        lines.append(f"- **Problems whose reference does not pass** ({len(failing)}): {some(failing)}")
    return "\n".join(lines)


def subset_lines(subset: Subset | None) -> list[str]:
    if subset is None:
        return []
    return [
        f"- **A subset: {subset['n']:,} of these {subset['of']:,} problems**, chosen by `evaluate.sample_seed` "
        f"{subset['seed']}; sha256 of the sorted ids: {subset['sha256']}"
    ]


def results(figures: Metrics) -> str:
    views = figures["views"]
    first = views["policy_off"]
    shown = shown_k(figures)
    rows = [[f"pass@{k}", *(percent(view["pass_at_k"][str(k)]) for view in views.values())] for k in shown]
    if "pass_at_k_of_given" in first:
        rows += [
            [f"pass@{k} given", *(percent(view["pass_at_k_of_given"][str(k)]) for view in views.values())]
            for k in shown
        ]
    rows.append(["compiles", *(percent(view["compile_rate"]) for view in views.values())])
    funnel = [
        [step["step"], *(text for view in views.values() for text in stage(view["funnel"][at]))]
        for at, step in enumerate(first["funnel"])
    ]
    names = [word for label in VIEWS.values() for word in (label, "share")]
    return (
        "## Results\n\n"
        + aligned(["%", *VIEWS.values()], rows)
        + "\n\n"
        + aligned(["funnel", *names], funnel)
    )


def shown_k(figures: Metrics) -> list[int]:
    """The values of k that are printed: usual ones, those that the settings ask for, and the largest."""
    most = len(figures["views"]["policy_off"]["pass_at_k"])
    return sorted({k for k in (*SHOWN_K, *figures["settings"].get("k", ())) if k <= most} | {most})


def stage(step: FunnelStep) -> list[str]:
    return [f"{step['samples']:,}", f"{100 * step['share']:.1f} %"]


def statuses(figures: Metrics) -> str:
    views = figures["views"].values()
    rows = [
        [status, *(f"{view['statuses'].get(status, 0):,}" for view in views), status.meaning]
        for status in AnswerStatus
        if any(view["statuses"].get(status) for view in views)
    ]
    return "## Results of the samples\n\n" + aligned(
        ["status", *VIEWS.values(), "meaning"], rows, left=(0, 3)
    )


def groups(figures: Metrics, column: Column) -> str:
    off, on = (per_group(view, column) for view in figures["views"].values())
    if len(off) < 2:
        return ""
    rows = [
        [
            group[column] or "-",
            f"{group['problems']:,}",
            f"{group['n']:,}",
            percent(group["pass_at_1"]),
            percent(group_on["pass_at_1"]),
        ]
        for group, group_on in zip(off, on, strict=True)
    ]
    names = [f"pass@1 %, {label}" for label in VIEWS.values()]
    return f"## By {column}\n\n" + aligned([column, "problems", "samples", *names], rows)


def quality(figures: QualityFigures) -> str:
    clippy, prefilter = figures["clippy"], figures["prefilter"]
    labelled = [(QUALITY[name], figure) for name, figure in (figures["scores"] | figures["shape"]).items()]
    labelled += [("clippy: warnings", clippy["warnings"]), ("clippy: share without", clippy["clean"])]
    labelled += [(f"clippy: {group}", figure) for group, figure in clippy["groups"].items()]
    rows = [[label, plain(figure), f"{figure['n']:,}"] for label, figure in labelled if figure]
    text = "## Quality\n\n" + aligned(["mean per sample", "value", "samples"], rows)
    if clippy["lints"]:
        top = dict(ranked(clippy["lints"])[:LINTS])
        text += f"\n\nCommonest lints: {in_words(top)}."
    if clippy["not_linted"]:
        reasons = dict(ranked(clippy["not_linted"])[:LINTS])
        text += (
            f"\n\n{sum(clippy['not_linted'].values()):,} samples compile and have no word of clippy, as it did not "
            f"come to an end or needed more than the answer alone: {in_words(reasons)}."
        )
    if prefilter["samples"]:
        text += (
            f"\n\nThe published pre-filter would have left out {prefilter['samples']:,} samples "
            f"({100 * prefilter['share']:.1f} %): {in_words(prefilter['reasons'])}. They are in every figure here."
        )
    return text


def weakest(problems: list[ProblemFigures]) -> str:
    never = sum(not problem["correct"] for problem in problems)
    order = sorted(range(len(problems)), key=lambda at: (problems[at]["pass_at_1"], at))
    rows = [
        [
            problem["id"],
            problem["category"] or "-",
            f"{problem['correct']:,} of {problem['n']:,}",
            f"{100 * problem['pass_at_1']:.1f}",
            in_words(problem["statuses"]) or "no sample",
        ]
        for problem in (problems[at] for at in order[:WEAKEST])
        if problem["pass_at_1"] < 1
    ]
    if not rows:
        return ""
    text = f"## Weakest problems\n\n{never:,} of {len(problems):,} problems were never solved.\n\n"
    return text + aligned(["problem", "category", "correct", "pass@1 %", "statuses"], rows, left=(0, 1, 4))


def percent(figure: Interval) -> str:
    """A share in percent with its interval."""
    return f"{100 * figure['value']:.1f} [{100 * figure['low']:.1f}, {100 * figure['high']:.1f}]"


def plain(figure: Interval) -> str:
    return f"{figure['value']:.2f} [{figure['low']:.2f}, {figure['high']:.2f}]"


def some(names: Iterable[str] | Mapping[str, object], most: int = 5) -> str:
    """The first `most` names, and how many more there are."""
    listed = list(names)
    return ", ".join(listed[:most]) + (f" and {len(listed) - most:,} more" if len(listed) > most else "")


def aligned(names: Sequence[str], rows: Iterable[Sequence[object]], left: tuple[int, ...] = (0,)) -> str:
    """A table that is also aligned as plain text. The columns in `left` are left-aligned, the others right-aligned."""
    lines = [[cell(str(value)) for value in line] for line in (names, *rows)]
    widths = [max(3, *(len(line[at]) for line in lines)) for at in range(len(names))]
    marks = ["-" * width if at in left else "-" * (width - 1) + ":" for at, width in enumerate(widths)]
    padded = [
        [
            text.ljust(width) if at in left else text.rjust(width)
            for at, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        for line in [lines[0], marks, *lines[1:]]
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in padded)
