"""The report: one HTML page about a results folder, with everything in it that it needs.

A part whose files are missing says which command makes them; damaged files are named at the top.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from markupsafe import Markup, escape

from ferrule.core.markdown import ranked
from ferrule.core.templates import html_template
from ferrule.report import charts
from ferrule.report.cost_figures import Costs, costs
from ferrule.report.crate_lines import CrateLine, crate_lines, shown
from ferrule.report.funnel_steps import Group, groups
from ferrule.report.model_figures import comparisons, evaluations, evaluations_chart, trainings
from ferrule.report.question_figures import questions
from ferrule.report.refusals import Refusal, refusals
from ferrule.report.results_folder import Results
from ferrule.report.row_figures import RowFigures, chosen_rows, histogram, quantiles, row_figures
from ferrule.report.task_figures import executable_tasks
from ferrule.workflow.run_costs import job_costs, run_costs

SAMPLES = 2_000  # rows that the page can show one by one
CRATES = 500  # crates that have a line of their own
FIRST = 12  # lines of a list before "show all"
INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
SPAN = re.compile(r"`([^`\n]+)`")


@dataclass
class Bar:
    """One line of a list with bars."""

    label: str
    count: float
    width: float  # 0 to 100
    note: str = ""
    filter: dict[str, str] = field(default_factory=dict)  # the rows that it counts


@dataclass
class Page:
    """Everything that the page shows, and that figures and tables are made of."""

    results: Results
    funnel: dict[str, Any] | None
    rows: RowFigures | None
    crates: list[CrateLine]
    dropped: dict[str, list[Refusal]]
    costs: Costs | None
    failures: list[dict[str, str]]


def read_page(folder: str | Path) -> Page:
    """Read a results folder, finished or not."""
    results = Results(folder)
    if not results.folder.is_dir():
        raise FileNotFoundError(f"{folder}: there is no such folder; run snakemake first")
    rows = results.read("dataset/provenance.parquet", row_figures)
    jobs = list(job_costs(results.folder / "logs"))
    crates = crate_lines(results, rows.crates if rows else {}, jobs)
    return Page(
        results,
        results.json("dataset/funnel.json"),
        rows,
        crates,
        results.read("dataset/dropped.parquet", refusals) or {},
        costs(jobs, run_costs(results.folder / "logs"), crates),
        failures(results),
    )


def length_cells(pair: tuple[str, Mapping[str, int]]) -> list[str]:
    return [pair[0], *(f"{value:,}" for value in pair[1].values())]


def count_pair(pair: tuple[str, int]) -> tuple[str, str]:
    return (pair[0], f"{pair[1]:,}")


def html(
    page: Page, template: str | Path, *, samples: int = SAMPLES, settings: Mapping[str, Any] | None = None
) -> str:
    """The page; `template` is resources/report/page.html, `samples` the most rows that can be browsed."""
    results = page.results
    chosen = results.read("dataset/provenance.parquet", lambda path: chosen_rows(path, samples)) or []
    evaluated = evaluations(results)
    benchmarks = list(dict.fromkeys(one.benchmark for one in evaluated))
    jinja = html_template(
        template,
        code=code_spans,
        number=number,
        dropped_table=dropped_table,
        crate_facts=crate_facts,
        gate_cells=gate_cells,
        length_cells=length_cells,
        count_pair=count_pair,
    )
    text = jinja.render(
        title=headline(page),
        next_steps=next_steps(page),
        unreadable=results.unreadable,
        failures=page.failures,
        tiles=tiles(page),
        groups=funnel_groups(page),
        crates=page.crates[:CRATES],
        crates_left_out=max(0, len(page.crates) - CRATES),
        verdicts=Counter(crate.verdict for crate in page.crates),
        kinds=kinds(page),
        lists=lists(page),
        lengths=lengths(page),
        copies=copies(page),
        evidence=evidence(page),
        costs=page.costs,
        cost_bars=cost_bars(page.costs),
        total=page.rows.total if page.rows else 0,
        samples=len(chosen),
        sample_data=packed(chosen),
        trainings=trainings(results),
        evaluated=evaluated,
        evaluation_charts=[(name, evaluations_chart(results, name)) for name in benchmarks],
        comparisons=comparisons(results),
        questions=questions(results),
        tasks=executable_tasks(results),
        environment=environment_rows(page),
        settings=json.dumps(settings, indent=2, sort_keys=True, ensure_ascii=False) if settings else "",
        first=FIRST,
    )
    # Licences and names of files come from crates: no sign of theirs acts on a terminal or turns a line around.
    return INVISIBLE.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", text)


def headline(page: Page) -> str:
    if page.rows and page.rows.total:
        accepted = sum(crate.verdict == "accepted" for crate in page.crates)
        return f"{page.rows.total:,} rows from {accepted:,} of {len(page.crates):,} crates"
    if page.rows:
        return f"No rows from {len(page.crates):,} crates"
    return f"Unfinished run, {len(page.crates):,} crates" if page.crates else "Results without a dataset"


def next_steps(page: Page) -> list[tuple[str, str]]:
    """What to run next: (why, command)."""
    steps = []
    if page.rows is None and not page.crates:
        steps.append(("Build the dataset", "snakemake --cores all dataset"))
    elif page.failures or page.rows is None:
        steps.append(("Continue the run; it takes up what is missing", "snakemake --cores all"))
    if page.rows is None:
        return steps
    if any(crate.verdict == "refused" for crate in page.crates):
        steps.append(
            ("See why crates were refused, and a list to try next", "snakemake --cores 1 analyse_failures")
        )
    if page.rows.total:
        steps.append(
            (
                "Check every row against its crate",
                "python scripts/utilities/trace.py --all --dataset results/dataset",
            )
        )
        steps.append(("Make a folder that a hub loads as it is", "snakemake --cores 1 hub"))
    if not page.results.glob("train/*/metrics.json"):
        steps.append(
            (
                "Tune a small model on a laptop, and compare it",
                "snakemake --cores 2 compare report --configfile config/tiny.yaml",
            )
        )
    return steps


def tiles(page: Page) -> list[tuple[str, str, str]]:
    """The main figures: value, label, note."""
    found = []
    rows = page.rows
    if rows:
        sides = rows.counts["split"]
        found.append((f"{rows.total:,}", "rows", f"{sides['train']:,} train, {sides['val']:,} val"))
        judged = sum(rows.counts["_verdict"][verdict] for verdict in ("tested", "compiles"))
        if rows.total:
            found.append(
                (share(judged, rows.total), "judged by rustc", f"{judged:,} rows compile in their crate")
            )
            tested = rows.counts["_verdict"]["tested"]
            found.append(
                (share(tested, rows.total), "tested", f"{tested:,} rows have tests that fail without them")
            )
    verdicts = Counter(crate.verdict for crate in page.crates)
    notes = [f"{verdicts[name]:,} {name}" for name in ("refused", "not finished") if verdicts[name]]
    if page.crates:
        accepted = f"{verdicts['accepted']:,} of {verdicts.total():,}"
        found.append((accepted, "crates accepted", ", ".join(notes)))
    if page.costs:
        each = page.costs.per_accepted_crate
        note = f"{each:,.1f} s per accepted crate, refused ones included" if each else "of all jobs"
        found.append((f"{page.costs.cpu:,.0f} s", "CPU time", note))
    return found


def funnel_groups(page: Page) -> list[Group]:
    if page.funnel is None:
        return []
    return groups(page.funnel, page.dropped, page.crates)


def kinds(page: Page) -> list[dict[str, Any]]:
    """The kinds of tasks that the mix asks for, or that have rows."""
    if page.rows is None:
        return []
    asked = (page.funnel or {}).get("mix") or {"kinds": {}}
    count = page.rows.counts["_task_type"]
    names = [
        name
        for name in dict.fromkeys([*asked["kinds"], *count])
        if count[name] or asked["kinds"].get(name, {}).get("share")
    ]
    return [
        {
            "name": name,
            "rows": count[name],
            "width": 100 * count[name] / (max(count.values(), default=1) or 1),
            "share": share(count[name], page.rows.total),
            "train": page.rows.kinds_and_splits[name, "train"],
            "val": page.rows.kinds_and_splits[name, "val"],
            "tested": page.rows.kinds_and_verdicts[name, "tested"],
            "asked": asked["kinds"].get(name, {}),
        }
        for name in names
    ]


def lists(page: Page) -> list[tuple[str, str, list[Bar]]]:
    """Lists with bars: title, what is counted, bars."""
    rows = page.rows
    if rows is None or not rows.total:
        return []
    funnel = page.funnel or {}
    made, rewritten = funnel.get("error_codes") or {}, funnel.get("rewrites") or {}
    codes = {code: count for code, count in rows.counts["_error_code"].items() if code}
    # A broken syntax has no code.
    if syntax := sum(count for (kind, _), count in rows.variants.items() if kind == "error_fixing") - sum(
        codes.values()
    ):
        codes["syntax"] = syntax
    rewrites = {name: count for (kind, name), count in rows.variants.items() if kind == "transformations"}
    mutations = {name: count for (kind, name), count in rows.variants.items() if kind == "error_fixing"}
    wordings = {
        f"{kind} {name}": count
        for (kind, name), count in rows.variants.items()
        if kind not in ("transformations", "error_fixing")
    }
    lints: Counter = Counter()
    for crate in page.crates:
        if crate.verdict == "accepted":
            lints.update(crate.lints)
    names = {"": "none stated", None: "none stated"}
    found = [
        ("Rows by crate", "rows", bars(rows.crates, key="crate")),
        (
            "Error codes",
            "rows; beside them the broken forms that rustc rejected with it",
            bars(
                codes,
                key="code",
                notes={code: f"of {count:,}" for code, count in made.items()},
            ),
        ),
        ("Mutations", "rows", bars(mutations, key="variant")),
        (
            "Rewrites",
            "rows; beside them the rewritten functions that compile",
            bars(rewrites, key="variant", notes={name: f"of {count:,}" for name, count in rewritten.items()}),
        ),
        ("Other variants", "rows", bars(wordings)),
        (
            "Licences",
            "rows",
            bars(
                {names.get(name, name): count for name, count in rows.counts["_license"].items()},
                key="license",
            ),
        ),
        (
            "Editions",
            "rows",
            bars(
                {names.get(name, name): count for name, count in rows.counts["_edition"].items()},
                key="edition",
            ),
        ),
        (
            "Clippy's warnings inside the row's code",
            "rows",
            bars(
                {
                    "not run" if number == "" else "none" if number == 0 else f"{number}": count
                    for number, count in sorted(
                        rows.counts["_clippy"].items(), key=lambda pair: (pair[0] == "", pair[0] or 0)
                    )
                },
                order=False,
            ),
        ),
        ("Lints in accepted crates", "warnings", bars(lints)),
        (
            "Other properties",
            "rows",
            bars(
                {name.lstrip("_"): count for name, count in rows.shares.items()}, most=rows.total, order=False
            ),
        ),
        (
            "Tests that a tested row names",
            "rows",
            bars(
                {
                    f"{number} tests" if number > 1 else "1 test": count
                    for number, count in sorted(rows.tests_per_row.items())
                },
                order=False,
            ),
        ),
    ]
    return [each for each in found if each[2]]


def bars(
    counts: Mapping[Any, int],
    *,
    key: str = "",
    notes: Mapping[str, str] | None = None,
    most: int = 0,
    order: bool = True,
) -> list[Bar]:
    """A bar for each count. `key`: the filter of the browser that it sets to its label."""
    shown = ranked(counts) if order else list(counts.items())
    most = most or max(counts.values(), default=0) or 1
    return [
        Bar(
            str(label),
            count,
            100 * count / most,
            (notes or {}).get(str(label), ""),
            {key: str(label)} if key else {},
        )
        for label, count in shown
    ]


def cost_bars(spent: Costs | None) -> list[Bar]:
    """CPU seconds by rule, with jobs, wall time and memory."""
    rules = spent.rules if spent else []
    return [
        Bar(
            rule.rule,
            rule.cpu,
            100 * rule.cpu / (rules[0].cpu or 1),
            f"{rule.jobs:,} job{'s' if rule.jobs > 1 else ''}, {rule.wall:,.1f} s, {rule.memory:,} MB",
        )
        for rule in rules
    ]


def lengths(page: Page) -> dict[str, Any] | None:
    if page.rows is None or not page.rows.total:
        return None
    both = {"prompts": page.rows.prompt_lengths, "answers": page.rows.answer_lengths}
    bins = [(what, *each) for what, values in both.items() for each in histogram(values)]
    return {
        "chart": charts.page_chart(
            "How long prompts and answers are, in characters", charts.lengths_chart(bins)
        ),
        "rows": [(what, quantiles(values)) for what, values in both.items()],
    }


def copies(page: Page) -> list[tuple[str, str]]:
    """Sentences about copies and leaks: what was looked for, what was found."""
    if page.funnel is None:
        return []
    stages = {stage["stage"]: stage for stage in page.funnel["stages"]}

    def fallen(name: str) -> int:
        return sum(
            count
            for kinds in stages.get(name, {"dropped": {}})["dropped"].values()
            for count in kinds.values()
        )

    near = (page.results.json("work/near_duplicates.json") or {}).get("near_duplicates")
    leaks = page.results.json("work/decontaminate.report.json") or {}
    scrub = page.funnel.get("scrub") or {}
    found = [("exact copies", f"{fallen('deduplicate'):,} candidates were removed.")]
    if near:
        found.append(
            (
                "near copies",
                f"{fallen('near_duplicates'):,} candidates were removed: {near['clusters']:,} groups among"
                f" {near['items']:,} items, the largest of {near['largest_cluster']:,}.",
            )
        )
    names = [
        benchmark["name"] if isinstance(benchmark, dict) else str(benchmark)
        for benchmark in leaks.get("benchmarks", ())
    ]
    found.append(
        (
            "benchmarks",
            f"{fallen('decontaminate'):,} rows were removed; compared with {', '.join(names)}."
            if names
            else "The rows were compared with no benchmark: name some under decontaminate.benchmarks.",
        )
    )
    said = ", ".join(f"{name} {count:,}" for name, count in (scrub.get("found") or {}).items())
    found.append(
        (
            "secrets and personal data",
            f"{fallen('scrub'):,} candidates were removed. Found: {said or 'none'}.",
        )
    )
    split = page.funnel["split"]
    found.append(
        (
            "train and val",
            f"share of val {split['val_ratio']['got']:.1%}, asked {split['val_ratio']['asked']:.0%};"
            f" {split['groups']['train']:,} and {split['groups']['val']:,} repositories, none on both sides."
            if split["val_ratio"]["got"] is not None
            else "There was nothing to split.",
        )
    )
    return found


def evidence(page: Page) -> list[tuple[str, str]]:
    """What tests say about functions and rows: label and value."""
    tests = (page.funnel or {}).get("tests") or {}
    functions, rewrites = tests.get("functions") or {}, tests.get("rewrites") or {}
    if not functions:
        return []
    rows = page.rows.counts["_verdict"]["tested"] if page.rows else 0
    return [
        ("tests that were run", f"{tests['tests']:,}"),
        ("functions that a test covers", f"{functions['covered']:,} of {functions['functions']:,}"),
        ("rewrites that pass the tests that cover them", f"{rewrites.get('tested', 0):,}"),
        ("rewrites that fail one, and are dropped", f"{rewrites.get('failed', 0):,}"),
        ("tested rows in the dataset", f"{rows:,}"),
    ]


def failures(results: Results) -> list[dict[str, str]]:
    """The jobs that failed in the last run, from its record of events: job, log, and the end of the log."""
    logs = results.glob("logs/runs/*.jsonl")
    if not logs:
        return []
    events = results.json_lines(logs[-1].relative_to(results.folder))
    return [
        {key: str(event.get(key) or "") for key in ("rule", "wildcards", "log", "reason", "last_lines")}
        for event in events
        if event.get("event") == "job failed"
    ]


def environment_rows(page: Page) -> list[tuple[str, str]]:
    """Compilers and the sandbox: what the verdicts depend on."""
    rows = [
        ("compiler", f"{name} ({count:,} rows)")
        for name, count in (page.rows.compilers.most_common() if page.rows else ())
        if name
    ]
    rows += [("compiler", str(name)) for name in ((page.funnel or {}).get("rustc") or ()) if not rows]
    if sandbox := page.results.json("tools/sandbox.json"):
        escapes = sandbox.get("escapes") or {}
        refused = sum(answer == "refused" for answer in escapes.values())
        rows.append(
            ("sandbox", f"{sandbox['mode']}: {refused} of {len(escapes)} attempts to escape were refused")
        )
    for path in page.results.glob("compare/*/*.environment.json"):
        found = page.results.json(path.relative_to(page.results.folder)) or {}
        rows += [
            (f"{name}, {path.name.removesuffix('.environment.json')}", str(version))
            for name, version in (found.get("toolchain") or {}).items()
            if version
        ]
    return list(dict.fromkeys(rows))


def packed(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as JSON, gzip and base64: small, and no text of a row can end the script element that holds it."""
    return base64.b64encode(gzip.compress(orjson.dumps(list(rows)), 9, mtime=0)).decode()


def share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def dropped_cells(row: Mapping[str, Any]) -> dict[str, str | None]:
    """A row of dropped.parquet by column."""
    span = "" if row["start"] is None else f"{row['start']} to {row['end']}"
    return {
        "crate": row["crate"],
        "file": row["file"],
        "bytes": span,
        "kind": row["task"],
        "detail": row["detail"],
    }


def dropped_table(rows: Iterable[Mapping[str, Any]]) -> dict[str, list]:
    """Rows of dropped.parquet as the names and cells of the columns that hold something."""
    cells = [dropped_cells(row) for row in rows]
    names = [name for name in cells[0] if any(row[name] for row in cells)] if cells else []
    return {"names": names, "rows": [[row[name] or "" for name in names] for row in cells]}


def gate_cells(gate: Mapping[str, Any]) -> list[str]:
    return [gate["gate"], gate["answer"], shown(gate["value"]), shown(gate["threshold"]), gate["reason"]]


def crate_facts(crate: CrateLine) -> list[tuple[str, str]]:
    """What the page says about one crate: label and value."""

    def count(value: int | None) -> str:
        return "–" if value is None else f"{value:,}"

    covered = count(crate.covered) + (f", by {crate.tests:,} tests" if crate.covered is not None else "")
    return [
        ("licence", crate.license or "not known"),
        ("edition", crate.edition or "not known"),
        ("repository", crate.repository or "not known"),
        ("functions", count(crate.functions)),
        ("reached by the compiler", count(crate.live)),
        ("covered by its tests", covered),
        ("rows", f"{crate.rows:,}"),
        ("CPU time", "–" if crate.cpu is None else f"{crate.cpu:.1f} s"),
    ]


def code_spans(text: str) -> Markup:
    """A line of Markdown with its code spans; everything else in it is text."""
    return Markup(SPAN.sub(r"<code>\1</code>", str(escape(text))))
