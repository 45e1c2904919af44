"""Executable tasks of a results folder: their number, their proof, and what each crate gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ferrule.report.results_folder import Results

FILE = "tasks/tasks.json"


@dataclass
class ExecutableTasks:
    """Figures for the page. `crates` has crate, covered functions, with proof, strong, tasks, and why there is none."""

    counts: list[tuple[str, int]]
    kinds: list[tuple[str, int]]
    crates: list[list[Any]]
    left_out: list[tuple[str, int]]


def executable_tasks(results: Results) -> ExecutableTasks | None:
    """What `snakemake tasks` has made; None if it has not run."""
    figures = results.json(FILE)
    if not figures:
        return None
    counts = [
        ("tasks", figures["tasks"]),
        ("functions", figures["functions"]),
        ("crates", figures["crates"]),
        ("with tests that notice most mutants (strong)", figures["strengths"].get("strong", 0)),
        *((f"in split {split}", number) for split, number in sorted(figures["splits"].items())),
    ]
    crates = [
        [spec, one["covered"], one["proved"], one["strong"], one["tasks"], one["reason"]]
        for spec, one in figures["by_crate"].items()
    ]
    return ExecutableTasks(
        counts, sorted(figures["kinds"].items()), crates, sorted(figures["left_out"].items())
    )
