"""The events of a run: jobs that start, finish and fail, for the record in results/logs/runs, JSON output and traces.

An event has a name (`run started`, `job started`, `job finished`, `job failed`, `run finished`), the rule, the job's
wildcards, the crate where it has one, and at its end a status, a reason, seconds and the log.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ferrule.core.costs import read_cost
from ferrule.core.files import read_json
from ferrule.workflow.progress import Progress, exit_of, last_lines
from ferrule.workflow.run_record import record_in, stream_of_events
from ferrule.workflow.run_traces import traces

RUNS = Path("results/logs/runs")
LARGEST = 1_000_000  # bytes of an output whose status is read


class Asked(Protocol):
    json: bool
    keep: int


class Listener(Protocol):
    """What gets every event. `times` are the seconds since the epoch when it began and ended."""

    def __call__(self, event: str, fields: Mapping[str, Any], times: tuple[float, float]) -> None: ...
    def close(self) -> None: ...


@dataclass
class Job:
    rule: str
    wildcards: dict[str, str]
    outputs: list[str]
    log: str
    began: float

    @property
    def fields(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "wildcards": " ".join(self.wildcards.values()),
            **({"crate": self.wildcards["crate"]} if "crate" in self.wildcards else {}),
            "log": self.log,
        }


class RunEvents(logging.Handler):
    """Makes events of Snakemake's records, tells them to listeners, and hands the records to the display."""

    def __init__(
        self, display: logging.Handler, listeners: list[Listener], clock: Callable[[], float] = time.time
    ):
        super().__init__()
        self.display, self.listeners, self.clock = display, listeners, clock
        self.jobs: dict[int, Job] = {}
        self.began = clock()
        self.counts = {"finished": 0, "failed": 0}
        self.closed = False
        self.not_recorded: set[str] = set()  # errors that were told
        self.why = ""  # of the command that failed last, until its job is known

    def emit(self, record: logging.LogRecord) -> None:
        self.display.handle(record)
        try:
            tell = getattr(self, f"on_{getattr(record, 'event', None)}", None)
            if tell:
                tell(record)
        except Exception as error:  # the record of a run must not stop it
            if repr(error) in self.not_recorded:
                return
            self.not_recorded.add(repr(error))
            self.display.handle(
                logging.LogRecord(
                    "ferrule", logging.WARNING, "", 0, f"event not recorded: {error!r}", None, None
                )
            )

    def on_run_info(self, record) -> None:
        self.tell("run started", {"jobs": record.stats["total"]}, self.began)

    def on_job_info(self, record) -> None:
        job = Job(
            record.rule_name,
            {name: str(value) for name, value in dict(record.wildcards or {}).items()},
            list(record.output or []),
            ", ".join(record.log or []),
            self.clock(),
        )
        self.jobs[record.jobid] = job
        self.tell("job started", job.fields, job.began)

    def on_job_finished(self, record) -> None:
        if job := self.jobs.pop(record.job_id, None):
            self.counts["finished"] += 1
            cost = read_cost(Path(job.log)) if job.log else None
            spent = {"cpu_s": cost.cpu, "memory_mb": cost.memory} if cost else {}
            self.tell("job finished", job.fields | outcome(job.outputs) | spent, job.began)

    def on_error(self, record) -> None:
        self.why = exit_of(str(record.msg)) or str(record.msg).strip().partition("\n")[0][:300]

    def on_job_error(self, record) -> None:
        job = self.jobs.pop(record.jobid, None) or Job(
            record.rule_name, {}, [], ", ".join(record.log or []), self.clock()
        )
        self.counts["failed"] += 1
        said = {"status": "failed", "reason": self.why}
        if job.log:
            said["last_lines"] = "\n".join(last_lines(job.log))
        self.why = ""
        self.tell("job failed", job.fields | said, job.began)

    def close(self) -> None:
        # Snakemake closes its handlers, and so does Python's logging at exit.
        if self.closed:
            return
        self.closed = True
        for job in self.jobs.values():
            self.tell("job stopped", job.fields | {"status": "stopped"}, job.began)
        self.jobs.clear()
        self.tell(
            "run finished", {**self.counts, "status": "failed" if self.counts["failed"] else "ok"}, self.began
        )
        for listener in self.listeners:
            listener.close()
        self.display.close()
        super().close()

    def tell(self, event: str, fields: Mapping[str, Any], began: float) -> None:
        now = self.clock()
        for listener in self.listeners:
            listener(event, fields, (began, now))


def handler(below: Any, asked: Asked) -> RunEvents:
    """What the logger plugin shows and records. `below` is Snakemake's own handler."""
    display: logging.Handler = Progress(below)
    listeners: list[Listener] = []
    if asked.json:
        display = Faults(below)
        listeners.append(stream_of_events(below.stream))
    if asked.keep > 0:
        try:
            listeners.append(record_in(RUNS, asked.keep))
        except OSError as error:  # a disk that is full or read-only ends a job, and not the display
            print(f"no record of this run: {RUNS}: {error.strerror}", file=below.stream)
    if tracer := traces():
        listeners.append(tracer)
    return RunEvents(display, listeners)


class Faults(logging.Handler):
    """Beside JSON: what is not about a job and is a warning or worse, as Snakemake writes it."""

    def __init__(self, below: Any):
        super().__init__()
        self.below = below

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING and getattr(record, "event", None) not in ("job_error", "error"):
            self.below.handle(record)

    def close(self) -> None:
        self.below.close()
        super().close()


def outcome(outputs: list[str]) -> dict[str, str]:
    """Status and reason of a job that succeeded: what its JSON output says about the crate, else ok."""
    for name in outputs:
        path = Path(name)
        if path.suffix != ".json" or not path.is_file() or path.stat().st_size > LARGEST:
            continue
        try:
            found = read_json(path)
        except (OSError, ValueError):
            continue
        if not isinstance(found, dict):
            continue
        if "accepted" in found:
            refused = ", ".join(map(str, found.get("failed", ())))
            return {"status": "accepted" if found["accepted"] else "refused", "reason": refused}
        if "status" in found:
            return {"status": str(found["status"]), "reason": str(found.get("reason") or "")}
    return {"status": "ok", "reason": ""}
