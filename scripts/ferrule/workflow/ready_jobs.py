"""What Snakemake's scheduler looks at in a round: some ready jobs of each rule, not all.

A round chooses the jobs that start next. Snakemake 9.27 looks at every ready job for that, and lists every job that is
left, each time a job ends: 5,000 ready jobs cost twelve times as much as 1,000. Here a round sees at most MOST jobs of
a rule, or twice as many as can run at once, and the list is made only if somebody reads it. Jobs of one rule need the
same resources, so what is left out would not fit better.

Dry runs and `--touch` take all jobs at once, as before. Measure with `make bench ARGS="tests/bench/test_many_crates.py"`.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

MOST = 100
PROPERTIES = ("open_jobs", "remaining_jobs")


def install() -> None:
    """Replace both properties of the scheduler. Snakemake without them is left as it is."""
    from snakemake.scheduling.job_scheduler import JobScheduler

    if all(isinstance(getattr(JobScheduler, name, None), property) for name in PROPERTIES):
        JobScheduler.open_jobs = property(some_of_each_rule)
        remaining = JobScheduler.remaining_jobs.fget
        if not hasattr(remaining, "__wrapped__"):
            JobScheduler.remaining_jobs = property(later(remaining))


def some_of_each_rule(scheduler: Any) -> list[Any]:
    """The ready jobs that the next round may choose from. Jobs of a group are all among them."""
    ready = scheduler.workflow.dag.ready_jobs
    if scheduler.dryrun or scheduler.touch:
        return list(ready)
    at_once = min(scheduler.global_resources[name] for name in ("_cores", "_nodes"))
    most = max(MOST, 2 * at_once)
    if len(ready) <= most:
        return list(ready)
    taken: Counter[int] = Counter()
    found = []
    for job in ready:
        rule = getattr(job, "rule", None)
        taken[id(rule)] += 1  # to hash a rule takes longer
        if rule is None or taken[id(rule)] <= most:
            found.append(job)
    return found


def later(ask: Callable[[Any], list[Any]]) -> Callable[[Any], Sequence[Any]]:
    @functools.wraps(ask)
    def remaining(scheduler: Any) -> Sequence[Any]:
        return Later(functools.partial(ask, scheduler))

    return remaining


class Later(Sequence[Any]):
    """A list that is made when it is first read."""

    def __init__(self, make: Callable[[], list[Any]]) -> None:
        self.make = make

    @functools.cached_property
    def made(self) -> list[Any]:
        return self.make()

    def __len__(self) -> int:
        return len(self.made)

    def __getitem__(self, place: Any) -> Any:
        return self.made[place]
