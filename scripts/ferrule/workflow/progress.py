"""The display of a run: a line per job that ended, what runs and what is left, and a short summary at the end.

The logger plugin `ferrule` shows it (scripts/snakemake_logger_plugin_ferrule). Everything that is not about a job is
written as Snakemake itself writes it, so nothing is lost, and Snakemake's log file stays complete.

On a terminal the last lines are a live view by stage: how far it is, what runs, how fast, how long it may still take. In
a pipe every start is a line as well, and once a minute one says what is left.
"""

from __future__ import annotations

import logging
import re
import time
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from ferrule.core.errors import disk_fault

# What Snakemake tells between jobs that the counts say better, and its greeting (both are in its log file).
NOISE = {"job_started", "progress", "resources_info", "workflow_started"}
NOISY = ("Select jobs to execute", "Assuming unrestricted shared filesystem", "Using shell:")
LAST_LINES = 10
EVERY = 60  # seconds between two lists of what is left, in a pipe
BAR = 16  # columns of a stage's bar
SHOWN = 6  # running jobs that are named on a terminal
SCRIPTS = Path(__file__).parents[2]


class Progress(logging.Handler):
    """Shows the records of a run. `below` is Snakemake's own handler: a stream, and whether to use colours."""

    def __init__(self, below: Any):
        super().__init__()
        self.below, self.stream = below, below.stream
        self.began = self.listed = time.monotonic()
        self.running: dict[int, tuple[str, str, float]] = {}  # job: rule, wildcards, start
        self.left: Counter[str] = Counter()  # rule: jobs that have not ended
        self.ended: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)  # rule: of all its jobs that ended
        self.failed: dict[str, str] = {}  # job in words: its log
        self.done = self.total = 0
        self.held = None  # the exception of a failed command, until its job is known
        self.live = live_view(self) if below.stream.isatty() else None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            event = getattr(record, "event", None)
            tell = getattr(self, f"on_{event}", None)
            if tell:
                tell(record)
            elif event not in NOISE and not str(record.msg).startswith(NOISY):
                self.tell_held()
                self.plainly(record)
            self.remind()
        except BrokenPipeError:
            raise
        except Exception:
            # A fault of the display must not hide what it was given.
            self.below.handle(record)

    def on_run_info(self, record) -> None:
        self.left = Counter({rule: count for rule, count in record.stats.items() if rule != "total"})
        self.total = self.done + record.stats["total"]
        self.line(f"{self.total} jobs: {self.what_is_left()}")
        if self.live:
            self.live.start()

    def on_job_info(self, record) -> None:
        what = " ".join(str(value) for value in dict(record.wildcards or {}).values())
        self.running[record.jobid] = (record.rule_name, what, time.monotonic())
        if not self.live:
            self.line(f"{' ' * self.width()}  start {record.rule_name} {what}".rstrip())

    def on_job_finished(self, record) -> None:
        rule, what, start = self.end(record.job_id)
        took = time.monotonic() - start
        self.ended[rule] += 1
        self.seconds[rule] += took
        self.done += 1
        self.total = max(self.total, self.done)
        count = f"[{self.done:>{len(str(self.total))}}/{self.total}]"
        self.line(f"{count} {' '.join(filter(None, (rule, what)))} ({duration(took)})")

    def on_error(self, record) -> None:
        self.tell_held()
        # The command of a job with a log: the log says more than the command does.
        if "CalledProcessError" in str(record.msg):
            self.held = record
        else:
            self.plainly(record)

    def on_job_error(self, record) -> None:
        rule, what, _ = self.end(record.jobid)
        job = " ".join(filter(None, (rule or record.rule_name, what)))
        logs = list(record.log or [])
        self.failed[job] = ", ".join(logs)
        if not logs:
            self.tell_held()
            self.plainly(record)
            return
        why = exit_of(self.held.msg if self.held else "")
        self.held = None
        self.line(f"FAILED {job}{f' ({why})' if why else ''}", "red")
        for name, value in dict(record.aux or {}).items():
            self.line(f"    {name}: {value}")
        for log in logs:
            lines = last_lines(log)
            self.line(f"    log: {log}{'' if lines else ' (empty)'}")
            for text in lines:
                self.line(f"    | {text}")
            if fault := disk_fault(log):
                self.line(f"    {fault}", "red")

    def close(self) -> None:
        if self.live:
            self.live.stop()
        self.tell_held()
        if self.total:
            failed = f", {len(self.failed)} failed" if self.failed else ""
            took = duration(time.monotonic() - self.began)
            self.line(
                f"{self.done} of {self.total} jobs done in {took}{failed}",
                "green" if self.done == self.total else "red",
            )
            for job, log in list(self.failed.items())[:20]:
                self.line(f"    {job}: {log or 'no log'}")
            if len(self.failed) > 20:
                self.line(f"    and {len(self.failed) - 20} more")
        self.below.close()
        super().close()

    def end(self, job: int) -> tuple[str, str, float]:
        rule, what, start = self.running.pop(job, ("", "", time.monotonic()))
        if self.left[rule] > 0:
            self.left[rule] -= 1
        return rule, what, start

    def tell_held(self) -> None:
        if self.held:
            record, self.held = self.held, None
            self.plainly(record)

    def plainly(self, record: logging.LogRecord) -> None:
        """Write a record as Snakemake does, above the live view."""
        if not self.live or not self.live.is_started:
            self.below.handle(record)
        elif self.below.filter(record) and (text := self.below.format(record)) not in (None, "", "None"):
            self.line(text, "red" if record.levelno >= logging.ERROR else "")

    def width(self) -> int:
        return 2 * len(str(self.total)) + 1

    def what_is_left(self) -> str:
        return ", ".join(f"{rule} {count}" for rule, count in self.left.items() if count)

    def summary(self) -> str:
        running = ", ".join(f"{rule} {what}".rstrip() for rule, what, _ in self.running.values())
        pace = f"; {self.pace()}" if self.pace() else ""
        return f"[{self.done}/{self.total}] now: {running}; left: {self.what_is_left()}{pace}"

    def pace(self) -> str:
        """Jobs a minute, and how long the rest may take; empty while too little is known."""
        elapsed = time.monotonic() - self.began
        if self.done < 3 or elapsed < 5:
            return ""
        return f"{60 * self.done / elapsed:.0f} jobs a minute, about {duration(self.estimate())} left"

    def estimate(self) -> float:
        """Seconds that the jobs that are left may take: the mean of their rule, as many at once as until now."""
        spent, ended = sum(self.seconds.values()), self.ended.total()
        mean = spent / max(1, ended)
        work = sum(
            count * (self.seconds[rule] / self.ended[rule] if self.ended[rule] else mean)
            for rule, count in self.left.items()
        )
        at_once = max(1.0, spent / max(0.1, time.monotonic() - self.began))
        return work / at_once

    def stages(self) -> list[tuple[str, int, int]]:
        """Stage, jobs done, jobs in all; in the order in which their first job was announced."""
        done: Counter[str] = Counter()
        total: Counter[str] = Counter()
        for rule in dict.fromkeys([*self.left, *self.ended]):
            stage = stage_of(rule)
            done[stage] += self.ended[rule]
            total[stage] += self.ended[rule] + self.left[rule]
        return [(stage, done[stage], total[stage]) for stage in total]

    def remind(self) -> None:
        """In a pipe: once a minute, what is left."""
        if not self.live and self.running and time.monotonic() - self.listed > EVERY:
            self.listed = time.monotonic()
            self.line(self.summary())

    def line(self, text: str, colour: str = "") -> None:
        if self.live:
            from rich.text import Text

            style = "" if self.below.nocolor else colour
            self.live.console.print(Text(text, style), soft_wrap=True, highlight=False)
            return
        self.stream.write(text + "\n")
        self.stream.flush()


def live_view(progress: Progress) -> Any:
    """rich's live display of `Progress`, not started."""
    from rich.console import Console
    from rich.live import Live

    console = Console(file=progress.stream, no_color=progress.below.nocolor, highlight=False)
    return Live(
        console=console,
        get_renderable=lambda: view(progress, console.width),
        refresh_per_second=4,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


def view(progress: Progress, width: int) -> Any:
    """A line per stage that is not done, then what runs, then how fast it goes."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1))
    for stage, done, total in progress.stages():
        if done < total and stage:
            bar = [ProgressBar(total=total, completed=done, width=BAR)] if width >= 50 else []
            table.add_row(Text(stage, "bold"), *bar, Text(f"{done}/{total}"))
    now = time.monotonic()
    running = [
        f"{rule} {what}".rstrip() + f" {duration(now - start)}"
        for rule, what, start in list(progress.running.values())
    ]
    more = [f"and {len(running) - SHOWN} more"] if len(running) > SHOWN else []
    lines = [f"now: {', '.join(running[:SHOWN] + more)}"] if running else []
    lines.append(" ".join(filter(None, (f"[{progress.done}/{progress.total}]", progress.pace()))))
    whole = Table.grid()
    whole.add_row(table)
    for text in lines:
        # A line that wraps would make the view jump.
        whole.add_row(Text(text[: width - 1], no_wrap=True, overflow="ellipsis"))
    return whole


@cache
def stage_of(rule: str) -> str:
    """The stage of a rule: the folder of the script with its name. Empty for targets, which have none."""
    return next((path.parent.name for path in SCRIPTS.glob(f"*/{rule}.py")), "")


def exit_of(message: str) -> str:
    """`returned non-zero exit status 1`, from the message of a failed command."""
    found = re.search(r"(returned non-zero exit status \d+|died with .*?)\.?\s*$", message)
    return found[1] if found else ""


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
