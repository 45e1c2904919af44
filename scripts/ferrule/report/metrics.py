"""Figures of a results folder for Prometheus: gauges, since a run is a snapshot and not a service.

docs/observability.md lists them. Every count is that of results/dataset/funnel.json or of the file that it names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from ferrule.report.cost_figures import Costs, costs
from ferrule.report.crate_lines import crate_lines
from ferrule.report.results_folder import Results
from ferrule.workflow.run_costs import job_costs, run_costs


def metrics_text(results: Results) -> str:
    """The text that Prometheus and its node exporter's textfile collector read. What is missing has no line."""
    registry = CollectorRegistry()
    if funnel := results.json("dataset/funnel.json"):
        _funnel(registry, funnel)
    jobs = list(job_costs(results.folder / "logs"))
    if spent := costs(jobs, run_costs(results.folder / "logs"), crate_lines(results, {}, jobs)):
        _costs(registry, spent)
    _models(registry, results)
    return generate_latest(registry).decode()


def _gauge(
    registry: CollectorRegistry, name: str, meaning: str, labels: Iterable[str], values: Iterable[tuple]
) -> None:
    """A gauge with a value for each (label ..., value)."""
    gauge = Gauge(f"ferrule_{name}", meaning, list(labels), registry=registry)
    for *names, value in values:
        (gauge.labels(*map(str, names)) if names else gauge).set(value)


def _funnel(registry: CollectorRegistry, funnel: dict[str, Any]) -> None:
    crates, functions = funnel["crates"], funnel["functions"]
    states = ("listed", "fetched", "accepted", "refused")
    _gauge(registry, "crates", "Crates of the run", ["state"], [(name, crates[name]) for name in states])
    _gauge(
        registry,
        "crates_refused",
        "Crates refused, by the first gate",
        ["gate"],
        crates["refused_by_reason"].items(),
    )
    _gauge(registry, "files_kept", "Source files that are kept", [], [(funnel["files"]["kept"],)])
    _gauge(
        registry, "files_dropped", "Source files that are not", ["reason"], funnel["files"]["dropped"].items()
    )
    _gauge(
        registry,
        "functions",
        "Functions",
        ["state"],
        [(name, functions[name]) for name in ("seen", "judged", "live")],
    )
    _gauge(registry, "candidates", "Candidates of accepted crates", ["kind"], funnel["candidates"].items())
    for side in ("in", "out"):
        _gauge(
            registry,
            f"stage_rows_{side}",
            "Rows that went into a stage" if side == "in" else "Rows that came out of a stage",
            ["stage", "kind"],
            [
                (stage["stage"], kind, count)
                for stage in funnel["stages"]
                for kind, count in stage[side].items()
            ],
        )
    _gauge(
        registry,
        "dropped",
        "Rows and functions that were dropped",
        ["stage", "reason"],
        [
            (stage, reason, count)
            for stage, reasons in funnel["dropped"].items()
            for reason, count in reasons.items()
        ],
    )
    _gauge(
        registry,
        "dataset_rows",
        "Rows of the dataset",
        ["split", "kind"],
        [
            (side, kind, count)
            for side, kinds in funnel["split"]["kinds"].items()
            for kind, count in kinds.items()
        ],
    )
    if covered := (funnel.get("tests") or {}).get("functions"):
        known = ("covered", "not_covered")
        _gauge(
            registry,
            "functions_tested",
            "Functions by what tests say",
            ["state"],
            [(name, covered[name]) for name in known],
        )


def _costs(registry: CollectorRegistry, spent: Costs) -> None:
    _gauge(
        registry,
        "cpu_seconds",
        "CPU time of all jobs of a rule",
        ["rule"],
        [(rule.rule, rule.cpu) for rule in spent.rules],
    )
    _gauge(
        registry,
        "wall_seconds",
        "Wall time of all jobs of a rule",
        ["rule"],
        [(rule.rule, rule.wall) for rule in spent.rules],
    )
    _gauge(registry, "jobs", "Jobs of a rule", ["rule"], [(rule.rule, rule.jobs) for rule in spent.rules])
    _gauge(
        registry,
        "largest_process_bytes",
        "Memory of the largest process of a rule",
        ["rule"],
        [(rule.rule, rule.memory * 2**20) for rule in spent.rules],
    )
    _gauge(registry, "snakemake_cpu_seconds", "CPU time of Snakemake's own processes", [], [(spent.own,)])


def _models(registry: CollectorRegistry, results: Results) -> None:
    rates = []
    for path in results.glob("evaluate/*/*/metrics.json"):
        found = results.json(path.relative_to(results.folder)) or {}
        for policy, view in found.get("views", {}).items():
            values = {
                "pass@1": view["pass_at_k"]["1"]["value"],
                "compile_rate": view["compile_rate"]["value"],
            }
            rates += [
                (found["benchmark"], found["model"], policy, name, value) for name, value in values.items()
            ]
    if rates:
        _gauge(
            registry,
            "model_rate",
            "Rates of a model on a benchmark",
            ["benchmark", "model", "policy", "figure"],
            rates,
        )
    losses = []
    for path in results.glob("train/*/metrics.json"):
        found = results.json(path.relative_to(results.folder)) or {}
        for name in ("loss", "eval_loss", "tokens_per_second"):
            if found.get(name) is not None:
                losses.append((path.parent.name, name, found[name]))
    if losses:
        _gauge(registry, "training", "Figures of a training", ["run", "figure"], losses)
