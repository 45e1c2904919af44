"""What the runs of a results folder cost: a row per job from its log, and Snakemake's own share of every run."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ferrule.core.costs import Cost, read_cost

# A line per run of Snakemake, in results/logs.
RUNS = "snakemake.jsonl"


@dataclass(frozen=True)
class JobCost:
    """One job: its rule, its wildcards joined by a hyphen ("" if it has none), and its cost if the log has it."""

    rule: str
    wildcards: str
    cost: Cost | None


@dataclass(frozen=True)
class RunCost:
    """One run of Snakemake: seconds it took, CPU seconds of its own process and of all its jobs."""

    ended: str
    wall: float
    own_cpu: float
    jobs_cpu: float


def job_costs(logs: Path) -> Iterator[JobCost]:
    """The jobs with a log, by rule and wildcards."""
    for path in sorted(logs.rglob("*.log")):
        first, *rest = path.relative_to(logs).as_posix().removesuffix(".log").split("/")
        yield JobCost(first, "/".join(rest), read_cost(path))


def note_run(started: float, logs: Path = Path("results/logs")) -> None:
    """Append what this run of Snakemake cost, if it ran jobs. `started`: when it began, by time.time()."""
    own, jobs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    if not logs.is_dir():
        return
    run = RunCost(
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        round(time.time() - started, 2),
        round(own.ru_utime + own.ru_stime, 2),
        round(jobs.ru_utime + jobs.ru_stime, 2),
    )
    line = json.dumps(asdict(run)) + "\n"
    # One write to a file opened for appending: runs at the same time do not mix their lines.
    file = os.open(logs / RUNS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


def run_costs(logs: Path) -> list[RunCost]:
    """The runs that were noted, oldest first. Lines that cannot be read are skipped."""
    runs = []
    path = logs / RUNS
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            runs.append(RunCost(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return runs
