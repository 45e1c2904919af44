"""What a job cost: the CPU time, wall time and memory of a script and of everything that it started.

    report_at_exit()      the script's last line on stderr, where the workflow asks for it
    read_cost(log)        that line of a job's log

Snakemake's benchmark files sample the running processes and miss those that end between two samples, which
is most of what a compiler costs. The kernel counts every descendant that was waited for (getrusage).
"""

from __future__ import annotations

import atexit
import os
import re
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

# The workflow sets it for its jobs; by hand a script prints no such line.
ASKED = "FERRULE_COSTS"
STARTED = time.monotonic()
LINE = re.compile(r"^cost: ([\d.]+) s CPU, ([\d.]+) s, (\d+) MB$")
TAIL = 4096  # bytes at the end of a log in which the line is looked for


@dataclass(frozen=True)
class Cost:
    """CPU seconds of a process and its descendants, seconds that it took, and the MB of the largest of them."""

    cpu: float
    wall: float
    memory: int


def report_at_exit() -> None:
    if os.environ.get(ASKED):
        atexit.register(_report)


def _report() -> None:
    cost = so_far()
    print(f"cost: {cost.cpu:.2f} s CPU, {cost.wall:.2f} s, {cost.memory} MB", file=sys.stderr)


def so_far() -> Cost:
    """What this process and those of its descendants that have ended cost until now."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes of one unit of ru_maxrss
    memory = max(usage.ru_maxrss for usage in usages) * unit // 2**20
    return Cost(cpu, time.monotonic() - STARTED, memory)


def read_cost(log: Path) -> Cost | None:
    """The cost at the end of a log; None if there is none, as after a killed job."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - TAIL))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return None
    found = next((match for line in reversed(lines) if (match := LINE.match(line))), None)
    return Cost(float(found[1]), float(found[2]), int(found[3])) if found else None
