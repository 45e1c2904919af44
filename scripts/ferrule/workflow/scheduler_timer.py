"""One pending timer in Snakemake's scheduler instead of one per finished job.

Snakemake 9.27 starts a timer at the end of every pass of its scheduling loop, the timer wakes the loop, and that pass
starts the next timer. Each finished job wakes the loop once more and so adds a timer that renews itself until the run
ends: after 346 jobs there were 282 threads, and the main process used half a core. With one timer pending at a time
1,000 jobs of 0.1 s cost 26.5 CPU seconds in place of 58.6. Reported to Snakemake as issues 3804 and 2354.

tests/unit/test_scheduler_timer.py fails when a newer Snakemake no longer does this: then remove the module.
"""

from __future__ import annotations

import threading
from typing import Any

METHOD = "_schedule_reevalutation"  # spelt as Snakemake spells it


def install() -> None:
    """Replace the method of the scheduler. Snakemake without that method is left as it is."""
    from snakemake.scheduling.job_scheduler import JobScheduler

    if hasattr(JobScheduler, METHOD):
        setattr(JobScheduler, METHOD, wake_later)


def wake_later(scheduler: Any, delay: float) -> None:
    """Wake the scheduling loop in `delay` seconds, unless that is due already."""
    pending: set[float] = scheduler.__dict__.setdefault("_ferrule_pending", set())
    if delay in pending:
        return
    pending.add(delay)

    def wake() -> None:
        pending.discard(delay)
        scheduler._open_jobs.release()

    timer = threading.Timer(delay, wake)
    timer.daemon = True  # a timer must not hold up the end of the run
    timer.start()
