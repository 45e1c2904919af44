"""Three things that Snakemake 9.27 makes again for every job of a plan, made once.

- The parameters of an input function, a resource or a parameter that is a function: `inspect` reads them off the
  function each time, several times a job.
- The two objects by which every list of files says that it has no methods `index` and `sort`: thirteen lists a job.
- The command of a job: formatted three times where the job is listed.

And what is logged waits for the display in a queue without a limit; it gets one.

A dry run of 1,000 crates (11,000 jobs) takes some 15 % less CPU time and 50 MB less with this.

tests/unit/test_planning_costs.py fails when a newer Snakemake no longer does one of them: then remove that part.
"""

from __future__ import annotations

import functools
import logging
import sys
import threading
import time
from collections.abc import Callable
from logging.handlers import QueueHandler
from typing import Any

MOST_WAITING = 500  # records
PATIENCE = 10.0  # seconds to wait for the display to read a full queue; then records pile up as they did
PARAMETERS = "get_function_params"


def install() -> None:
    """Replace them in the modules of Snakemake that are loaded. What is not there is left as it is."""
    from snakemake import common, iocontainers, jobs
    from snakemake import logging as snakemake_logging

    if hasattr(common, PARAMETERS):
        remembered = remembering(getattr(common, PARAMETERS))
        for name, module in list(sys.modules.items()):
            if name.startswith("snakemake.") and hasattr(module, PARAMETERS):
                setattr(module, PARAMETERS, remembered)
    if hasattr(iocontainers, "AttributeGuard"):
        share_instances(iocontainers.AttributeGuard)
    if hasattr(jobs.Job, "shellcmd") and hasattr(jobs.Job, "log_info"):
        format_once(jobs.Job)
    limit_queues(snakemake_logging.logger)


def remembering(ask: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`ask`, which answers once for each function; what cannot be a key is asked about every time."""
    if hasattr(ask, "cache_info"):
        return ask
    cached = functools.cache(ask)

    @functools.wraps(ask)
    def answer(function: Any) -> Any:
        try:
            return cached(function)
        except TypeError:
            return ask(function)

    answer.cache_info = cached.cache_info  # type: ignore[attr-defined]
    return answer


def share_instances(guard: type) -> None:
    """Give every `guard(name)` of one name the same object; a copy that pickle makes is one of its own."""
    known: dict[str, Any] = {}

    def new(cls: type, name: str | None = None) -> Any:
        return object.__new__(cls) if name is None else known.setdefault(name, object.__new__(cls))

    guard.__new__ = new  # type: ignore[assignment,method-assign]


def format_once(job: Any) -> None:
    """Let `log_info` of a class of jobs ask for a job's command once. Later it may be another one."""
    command, log_info = job.shellcmd.fget, job.log_info
    if hasattr(log_info, "__wrapped__"):
        return
    listed = threading.local()

    def shellcmd(self: Any) -> Any:
        if getattr(listed, "job", None) is not self:
            return command(self)
        if not listed.commands:
            listed.commands.append(command(self))
        return listed.commands[0]

    @functools.wraps(log_info)
    def log_once(self: Any, *arguments: Any, **named: Any) -> None:
        listed.job, listed.commands = self, []
        try:
            log_info(self, *arguments, **named)
        finally:
            listed.job = None

    job.shellcmd, job.log_info = property(shellcmd), log_once


def limit_queues(logger: logging.Logger) -> None:
    """Let what is logged wait while MOST_WAITING records have not been shown."""
    for handler in logger.handlers:
        if isinstance(handler, QueueHandler):
            handler.enqueue = Enqueue(handler.queue)  # type: ignore[method-assign]


class Enqueue:
    """Puts records into a queue. Its own limit would refuse the listener's mark for the end."""

    def __init__(self, records: Any) -> None:
        self.records, self.patience = records, PATIENCE

    def __call__(self, record: Any) -> None:
        while self.patience > 0 and self.records.qsize() >= MOST_WAITING:
            before = time.monotonic()
            time.sleep(0.002)
            self.patience -= time.monotonic() - before
        if self.records.qsize() < MOST_WAITING:
            self.patience = PATIENCE
        self.records.put_nowait(record)
