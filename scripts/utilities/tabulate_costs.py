"""Tabulate what the jobs of a results folder cost: CPU time, wall time and memory, by rule and by crate.

    python scripts/utilities/tabulate_costs.py --results results --out costs.tsv --report costs.md

The figures stand at the end of every job's log, for the job's last run: CPU seconds of its processes and of all that
they started, seconds that it took, MB of the largest process. A job without the line was killed, or its log is older.
Snakemake's own process is in results/logs/snakemake.jsonl, a line for each run.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_json, write_text
from ferrule.core.markdown import table
from ferrule.workflow.run_costs import JobCost, RunCost, job_costs, run_costs

SHOWN = 25  # crates in the report; the table of all jobs has the others


def main() -> None:
    arguments = parse_arguments()
    results = Path(arguments.results)
    jobs = list(job_costs(results / "logs"))
    if not any(job.cost for job in jobs):
        sys.exit(f"{results}/logs: no log says what its job cost; run snakemake first")
    crates = {path.parent.name: read_json(path)["accepted"] for path in results.glob("crates/*/verdict.json")}
    write_text(arguments.out, as_tsv(jobs))
    report = as_markdown(jobs, run_costs(results / "logs"), crates)
    write_text(arguments.report, report)
    print(report)


def as_tsv(jobs: Iterable[JobCost]) -> str:
    lines = ["rule\twildcards\tcpu_s\twall_s\tmemory_mb"]
    for job in jobs:
        figures = (f"{job.cost.cpu}", f"{job.cost.wall}", f"{job.cost.memory}") if job.cost else ("", "", "")
        lines.append("\t".join((job.rule, job.wildcards, *figures)))
    return "\n".join(lines) + "\n"


def as_markdown(jobs: list[JobCost], runs: list[RunCost], crates: dict[str, bool]) -> str:
    measured = [(job, job.cost) for job in jobs if job.cost]
    total = sum(cost.cpu for _, cost in measured)
    own = sum(run.own_cpu for run in runs)
    of_crates = [(job, cost) for job, cost in measured if job.wildcards in crates]
    accepted = [crate for crate, passed in crates.items() if passed]
    spent = sum(cost.cpu for _, cost in of_crates)
    unknown = len(jobs) - len(measured)
    parts = [
        "# Costs",
        f"{len(measured)} jobs took {total:.0f} CPU seconds."
        + (f" {unknown} further logs do not say what their jobs cost." if unknown else "")
        + (f" Snakemake's own process took {own:.0f}, {own / (own + total):.1%} of all." if runs else ""),
    ]
    if accepted:
        parts.append(
            f"The steps of single crates took {spent:.0f} CPU seconds: {spent / len(accepted):.1f} for each of the"
            f" {len(accepted)} accepted crates, {len(crates) - len(accepted)} refused ones included."
        )
    parts += ["## By rule", by_rule(measured, total)]
    if of_crates:
        parts += ["## By crate", by_crate(of_crates, crates)]
    return "\n\n".join(parts) + "\n"


def by_rule(measured: list[tuple], total: float) -> str:
    groups = defaultdict(list)
    for job, cost in measured:
        groups[job.rule].append(cost)
    order = sorted(groups.items(), key=lambda item: -sum(cost.cpu for cost in item[1]))
    rows = []
    for rule, costs in order:
        cpu = sum(cost.cpu for cost in costs)
        wall, memory = sum(cost.wall for cost in costs), max(cost.memory for cost in costs)
        rows.append([rule, len(costs), f"{cpu:.1f}", f"{cpu / total:.1%}", f"{wall:.1f}", memory])
    return table(["rule", "jobs", "CPU s", "share", "wall s", "largest process, MB"], rows)


def by_crate(measured: list[tuple], crates: dict[str, bool]) -> str:
    groups = defaultdict(list)
    for job, cost in measured:
        groups[job.wildcards].append((cost.cpu, job.rule))
    order = sorted(groups.items(), key=lambda item: -sum(cpu for cpu, _ in item[1]))
    rows = []
    for crate, costs in order[:SHOWN]:
        most, rule = max(costs)
        rows.append(
            [
                crate,
                "accepted" if crates[crate] else "refused",
                f"{sum(cpu for cpu, _ in costs):.1f}",
                f"{rule} {most:.1f}",
            ]
        )
    more = f"\n\n{len(order) - SHOWN} more crates are in the table of all jobs." if len(order) > SHOWN else ""
    return table(["crate", "verdict", "CPU s", "most"], rows) + more


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--results", required=True, metavar="FOLDER", help="the results of the workflow")
    add_files(parser, out="a row per job", report="the tables as Markdown")
    return parser.parse_args()


if __name__ == "__main__":
    main()
