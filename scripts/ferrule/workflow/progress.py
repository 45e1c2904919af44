"""The display of a run: a line per job, what runs and what is left, and a short summary at the end.

`attach` installs it instead of Snakemake's own stream handler, whose ten lines per job bury what
matters. Everything that is not about a job still goes through that handler, so nothing is lost, and
Snakemake's log file stays complete. `-n`, `--quiet`, `--verbose` and `--logger` keep their own display.

On a terminal the last line says what runs and what is left; in a pipe every start is a line as well.
"""

from __future__ import annotations

import logging
import re
import shutil
import time
from pathlib import Path
from typing import Any

# What Snakemake tells between jobs that the counts say better, and its greeting (both are in its log file).
NOISE = {"job_started", "progress", "resources_info", "workflow_started"}
NOISY = ("Select jobs to execute", "Assuming unrestricted shared filesystem", "Using shell:")
LAST_LINES = 10
EVERY = 60  # seconds between two lists of what is left, in a pipe


def attach(logger: logging.Logger) -> None:
    for handler in list(logger.handlers):
        if handler.name == "DefaultStreamHandler":
            # Snakemake keeps what was asked for in the handler's filter; where it does not, nothing changes.
            asked = handler.filters[0] if handler.filters else None
            wants = [getattr(asked, name, True) for name in ("quiet", "verbose", "dryrun")]
            if not any(wants):
                logger.removeHandler(handler)
                logger.addHandler(Progress(handler))


class Progress(logging.Handler):
    def __init__(self, below: Any):  # Snakemake's own handler: a stream, and whether to use colours
        super().__init__()
        self.below, self.stream, self.terminal = below, below.stream, below.stream.isatty()
        self.began = self.listed = time.monotonic()
        self.running: dict[int, tuple[str, str, float]] = {}  # job: rule, wildcards, start
        self.left: dict[str, int] = {}  # rule: jobs that have not ended
        self.failed: dict[str, str] = {}  # job in words: its log
        self.done = self.total = 0
        self.held = None  # the exception of a failed command, until its job is known

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.clear()
            event = getattr(record, "event", None)
            tell = getattr(self, f"on_{event}", None)
            if tell:
                tell(record)
            elif event not in NOISE and not str(record.msg).startswith(NOISY):
                self.tell_held()
                self.below.handle(record)
            self.status()
        except BrokenPipeError:
            raise
        except Exception:
            # A fault of the display must not hide what it was given.
            self.below.handle(record)

    def on_run_info(self, record) -> None:
        self.left = {rule: count for rule, count in record.stats.items() if rule != "total"}
        self.total = self.done + record.stats["total"]
        self.line(f"{self.total} jobs: {self.what_is_left()}")

    def on_job_info(self, record) -> None:
        what = " ".join(str(value) for value in dict(record.wildcards or {}).values())
        self.running[record.jobid] = (record.rule_name, what, time.monotonic())
        if not self.terminal:
            self.line(f"{' ' * self.width()}  start {record.rule_name} {what}".rstrip())

    def on_job_finished(self, record) -> None:
        rule, what, start = self.end(record.job_id)
        self.done += 1
        self.total = max(self.total, self.done)
        count = f"[{self.done:>{len(str(self.total))}}/{self.total}]"
        self.line(f"{count} {' '.join(filter(None, (rule, what)))} ({duration(time.monotonic() - start)})")

    def on_error(self, record) -> None:
        self.tell_held()
        # The command of a job with a log: the log says more than the command does.
        if "CalledProcessError" in str(record.msg):
            self.held = record
        else:
            self.below.handle(record)

    def on_job_error(self, record) -> None:
        rule, what, _ = self.end(record.jobid)
        job = " ".join(filter(None, (rule or record.rule_name, what)))
        logs = list(record.log or [])
        self.failed[job] = ", ".join(logs)
        if not logs:
            self.tell_held()
            self.below.handle(record)
            return
        why = re.search(
            r"(returned non-zero exit status \d+|died with .*?)\.?\s*$", self.held.msg if self.held else ""
        )
        self.held = None
        self.line(f"FAILED {job}{f' ({why[1]})' if why else ''}", "31")
        for name, value in dict(record.aux or {}).items():
            self.line(f"    {name}: {value}")
        for log in logs:
            lines = last_lines(log)
            self.line(f"    log: {log}{'' if lines else ' (empty)'}")
            for text in lines:
                self.line(f"    | {text}")

    def close(self) -> None:
        self.clear()
        self.tell_held()
        if self.total:
            failed = f", {len(self.failed)} failed" if self.failed else ""
            took = duration(time.monotonic() - self.began)
            self.line(
                f"{self.done} of {self.total} jobs done in {took}{failed}",
                "32" if self.done == self.total else "31",
            )
            for job, log in list(self.failed.items())[:20]:
                self.line(f"    {job}: {log or 'no log'}")
            if len(self.failed) > 20:
                self.line(f"    and {len(self.failed) - 20} more")
        self.below.close()
        super().close()

    def end(self, job: int) -> tuple[str, str, float]:
        rule, what, start = self.running.pop(job, ("", "", time.monotonic()))
        if self.left.get(rule, 0) > 0:
            self.left[rule] -= 1
        return rule, what, start

    def tell_held(self) -> None:
        if self.held:
            record, self.held = self.held, None
            self.below.handle(record)

    def width(self) -> int:
        return 2 * len(str(self.total)) + 1

    def what_is_left(self) -> str:
        return ", ".join(f"{rule} {count}" for rule, count in self.left.items() if count)

    def summary(self) -> str:
        running = ", ".join(f"{rule} {what}".rstrip() for rule, what, _ in self.running.values())
        return f"[{self.done}/{self.total}] now: {running}; left: {self.what_is_left()}"

    def status(self) -> None:
        if not self.running:
            return
        if self.terminal:
            columns = shutil.get_terminal_size().columns
            self.stream.write(self.summary()[: columns - 1])
            self.stream.flush()
        elif time.monotonic() - self.listed > EVERY:
            self.listed = time.monotonic()
            self.line(self.summary())

    def clear(self) -> None:
        if self.terminal:
            self.stream.write("\r\033[K")

    def line(self, text: str, colour: str = "") -> None:
        if colour and not self.below.nocolor:
            text = f"\033[{colour}m{text}\033[0m"
        self.stream.write(text + "\n")
        self.stream.flush()


def last_lines(path: str, count: int = LAST_LINES) -> list[str]:
    """The end of a log, without the control characters that a crate's output could send to a terminal."""
    try:
        with Path(path).open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - 8192))
            text = log.read().decode("utf-8", "replace")
    except OSError as error:
        return [f"({error.strerror})"]
    return [re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", line)[:300] for line in text.splitlines()[-count:]]


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
