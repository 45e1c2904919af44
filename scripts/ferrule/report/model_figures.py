"""Trainings, evaluations and comparisons of a results folder, as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ferrule.core.files import read_json
from ferrule.evaluation.comparison import labels
from ferrule.evaluation.comparison.html_page import problem_columns, problem_rows
from ferrule.evaluation.metrics.metrics_page import VIEWS, percent, shown_k
from ferrule.report.charts import PageChart, intervals_chart, losses_chart, page_chart
from ferrule.report.results_folder import Results

Cells = list[list[str]]
MOST_PROBLEMS = 200  # of one comparison; its own page has the others


@dataclass
class Training:
    """One run: its losses and what it was trained on."""

    run: str
    facts: Cells
    losses: PageChart | None
    telemetry: Cells  # source, rows read, rows kept, what was left out
    monitored: str  # the table of measured checkpoints, Markdown; or empty


@dataclass
class Evaluated:
    """One model on one benchmark."""

    benchmark: str
    model: str
    problems: int
    samples: int
    rows: Cells  # figure, policy off, policy on
    statuses: Cells


@dataclass
class Compared:
    """A run against its base."""

    benchmark: str
    base: str
    run: str
    verdict: str
    conclusion: str
    says: list[str]
    notes: list[str]
    chart: PageChart
    rows: Cells  # figure, base, run, difference
    columns: list[str]
    problems: Cells
    more_problems: int
    page: str  # its own page, relative to the report


def trainings(results: Results) -> list[Training]:
    found = []
    for path in results.glob("train/*/metrics.json"):
        one = results.read(_name(results, path), partial(_training, results))
        found += [one] if one else []
    return found


def _name(results: Results, path: Path) -> Path:
    return path.relative_to(results.folder)


def _training(results: Results, path: Path) -> Training:
    run = path.parent.name
    metrics = results.json(f"train/{run}/metrics.json") or {}
    merge = results.json(f"train/{run}/merge.json") or {}
    packing = results.json(f"train/{run}/packed/train.json") or {}
    speed = metrics.get("tokens_per_second")
    facts = [
        ("steps", _number(metrics.get("steps"))),
        ("sequences", _number(packing.get("sequences"))),
        ("tokens of answers", _number(packing.get("answer_tokens"))),
        ("mean training loss", _number(metrics.get("loss"))),
        ("validation loss at the end", _number(metrics.get("eval_loss"))),
        *(
            (f"loss of {name}, on the same sequences", _number(value))
            for name, value in (merge.get("loss") or {}).items()
        ),
        ("tokens per second", _number(speed and round(speed))),
        ("seconds of training", _number(metrics.get("seconds"))),
        ("memory, MB", _number(metrics.get("memory_mb") and round(metrics["memory_mb"]))),
        ("device", str(metrics.get("device") or "")),
    ]
    history = metrics.get("history") or []
    monitored = results.read(f"train/{run}/monitor.md", lambda path: path.read_text(encoding="utf-8")) or ""
    return Training(
        run,
        [[name, value] for name, value in facts if value],
        page_chart(f"Losses of {run} by step", losses_chart(history)) if history else None,
        _telemetry(results.json(f"train/{run}/telemetry.json") or {}),
        monitored,
    )


def _telemetry(telemetry: dict[str, Any]) -> Cells:
    """Of every source of the training side: rows read and kept, and why the others were left out."""
    rows = []
    for name, figures in telemetry.get("train", {}).get("sources", {}).items():
        left_out = ", ".join(f"{reason} {count:,}" for reason, count in figures["reasons"].items())
        rows.append([name, f"{figures['read']:,}", f"{figures['kept']:,}", left_out or "none"])
    return rows


def evaluations(results: Results) -> list[Evaluated]:
    found = []
    for path in results.glob("evaluate/*/*/metrics.json"):
        one = results.read(_name(results, path), _evaluated)
        found += [one] if one else []
    return found


def _evaluated(path: Path) -> Evaluated:
    metrics = read_json(path)
    views = metrics["views"]
    rows = [
        [f"pass@{k}", *(f"{percent(views[view]['pass_at_k'][str(k)])}" for view in VIEWS)]
        for k in shown_k(metrics)
    ]
    rows.append(["compiles", *(percent(views[view]["compile_rate"]) for view in VIEWS)])
    statuses = views["policy_off"]["statuses"]
    return Evaluated(
        metrics["benchmark"],
        metrics["model"],
        len(views["policy_off"]["per_problem"]),
        metrics["samples"]["total"],
        rows,
        [
            [status, f"{count:,}"]
            for status, count in sorted(statuses.items(), key=lambda pair: -pair[1])
            if count
        ],
    )


def evaluations_chart(results: Results, benchmark: str) -> PageChart | None:
    """pass@1 and the compile rate of every model on a benchmark."""
    figures = []
    for path in results.glob(f"evaluate/{benchmark}/*/metrics.json"):
        metrics = results.json(path.relative_to(results.folder))
        if not metrics:
            continue
        view = metrics["views"]["policy_off"]
        figures += [
            ("pass@1", metrics["model"], view["pass_at_k"]["1"]),
            ("compiles", metrics["model"], view["compile_rate"]),
        ]
    if not figures:
        return None
    return page_chart(
        f"pass@1 and compile rate on {benchmark}, with 95 % intervals", intervals_chart(figures)
    )


def comparisons(results: Results) -> list[Compared]:
    found = []
    for path in results.glob("compare/*/*-vs-*.json"):
        if path.name.endswith(".environment.json"):
            continue
        one = results.read(_name(results, path), partial(_compared, results))
        found += [one] if one else []
    return found


def _compared(results: Results, path: Path) -> Compared:
    comparison = read_json(path)
    page = _name(results, path).with_suffix(".html").as_posix()
    view = comparison["views"]["policy_off"]
    base, run = comparison["base"], comparison["run"]
    figures = [(f"pass@{k}", view["pass_at_k"][k]) for k in labels.shown_k(view)]
    figures.append(("compiles", view["compile_rate"]))
    drawn = [
        (label, name, figure[side])
        for label, figure in figures
        for side, name in (("base", base), ("run", run))
    ]
    problems = labels.by_difference(view)
    return Compared(
        comparison["benchmark"],
        base,
        run,
        labels.verdict(comparison, view),
        view["conclusion"],
        view["says"],
        comparison["notes"],
        page_chart(
            f"{run} and {base} on {comparison['benchmark']}, with 95 % intervals", intervals_chart(drawn)
        ),
        [[label, *labels.both(figure)] for label, figure in figures],
        problem_columns([base, run]),
        problem_rows(comparison, problems[:MOST_PROBLEMS]),
        max(0, len(problems) - MOST_PROBLEMS),
        page,
    )


def _number(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
