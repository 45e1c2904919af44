"""The figures (SVG) and tables (TSV) of the report as files, for `snakemake --report` and for people who reuse them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ferrule.core.markdown import ranked
from ferrule.report.charts import bars_chart, funnel_chart, lengths_chart, picture
from ferrule.report.page import Page
from ferrule.report.row_figures import histogram

# In the order of the report. Every file exists after every run: without data it says so.
FIGURES = ("funnel.svg", "lengths.svg", "error_codes.svg", "costs.svg")
TABLES = ("stages.tsv", "refusals.tsv", "crates.tsv", "kinds.tsv", "variants.tsv", "costs.tsv")
BARS = 25  # of one figure
EMPTY = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="40"><text x="8" y="24" font-family="sans-serif"'
    ' font-size="14" fill="#5a616b">There is nothing to draw.</text></svg>\n'
)


def report_files(page: Page) -> dict[str, str]:
    """The content of every file by its name."""
    return {**_figures(page), **_tables(page)}


def _figures(page: Page) -> dict[str, str]:
    rows, funnel = page.rows, page.funnel
    drawn = dict.fromkeys(FIGURES, EMPTY)
    if funnel and sum(funnel["candidates"].values()):
        steps = [("candidates", funnel["candidates"])]
        steps += [(stage["stage"], stage["out"]) for stage in funnel["stages"]]
        drawn["funnel.svg"] = picture(funnel_chart(steps))
    if rows and rows.total:
        both = (("prompts", rows.prompt_lengths), ("answers", rows.answer_lengths))
        bins = [(what, *each) for what, values in both for each in histogram(values)]
        drawn["lengths.svg"] = picture(lengths_chart(bins))
        if codes := ranked({code: count for code, count in rows.counts["_error_code"].items() if code}):
            drawn["error_codes.svg"] = picture(bars_chart(codes[:BARS], "rows"))
    if page.costs:
        costs = [(rule.rule, round(rule.cpu, 1)) for rule in page.costs.rules[:BARS]]
        drawn["costs.svg"] = picture(bars_chart(costs, "CPU seconds"))
    return drawn


def _tables(page: Page) -> dict[str, str]:
    stages = [
        (stage["stage"], kind, count, stage["out"].get(kind, 0))
        for stage in (page.funnel or {"stages": []})["stages"]
        for kind, count in stage["in"].items()
    ]
    refused = [
        (one.stage, one.reason, one.count, len(one.crates), one.meaning)
        for reasons in page.dropped.values()
        for one in reasons
    ]
    crates = [
        (
            crate.spec,
            crate.verdict,
            crate.license,
            crate.edition,
            crate.functions,
            crate.live,
            crate.covered,
            crate.rows,
            crate.cpu,
            "; ".join(crate.reasons),
        )
        for crate in page.crates
    ]
    rows = page.rows
    kinds = (
        [
            (
                kind,
                count,
                rows.kinds_and_splits[kind, "train"],
                rows.kinds_and_splits[kind, "val"],
                rows.kinds_and_verdicts[kind, "tested"],
            )
            for kind, count in (ranked(rows.counts["_task_type"]) if rows else ())
        ]
        if rows
        else []
    )
    variants = [
        (kind, variant, count) for (kind, variant), count in (rows.variants.most_common() if rows else ())
    ]
    costs = [
        (rule.rule, rule.jobs, round(rule.cpu, 2), round(rule.wall, 2), rule.memory)
        for rule in (page.costs.rules if page.costs else ())
    ]
    return {
        "stages.tsv": _tsv(["stage", "kind", "rows_in", "rows_out"], stages),
        "refusals.tsv": _tsv(["stage", "reason", "count", "crates", "meaning"], refused),
        "crates.tsv": _tsv(
            "crate verdict license edition functions live covered rows cpu_s reasons".split(), crates
        ),
        "kinds.tsv": _tsv(["kind", "rows", "train", "val", "tested"], kinds),
        "variants.tsv": _tsv(["kind", "variant", "rows"], sorted(variants)),
        "costs.tsv": _tsv(["rule", "jobs", "cpu_s", "wall_s", "memory_mb"], costs),
    }


def _tsv(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["\t".join(names)]
    lines += [
        "\t".join("" if value is None else " ".join(str(value).split()) for value in row) for row in rows
    ]
    return "\n".join(lines) + "\n"
