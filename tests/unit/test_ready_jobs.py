"""What a round of the scheduler sees of the jobs that are ready."""

import sys
from collections import Counter
from types import SimpleNamespace

import pytest
from snakemake.scheduling.job_scheduler import JobScheduler

from ferrule.workflow import ready_jobs


def scheduler(ready, cores=2, nodes=sys.maxsize, **more):
    return SimpleNamespace(
        workflow=SimpleNamespace(dag=SimpleNamespace(ready_jobs=ready)),
        global_resources={"_cores": cores, "_nodes": nodes},
        **{"dryrun": False, "touch": False} | more,
    )


def jobs(**counts):
    return [SimpleNamespace(rule=name) for name, count in counts.items() for _ in range(count)]


def test_a_round_sees_some_jobs_of_every_rule():
    seen = ready_jobs.some_of_each_rule(scheduler(jobs(resolve=5000, judge=7, mutate=100)))
    assert Counter(job.rule for job in seen) == {"resolve": 100, "judge": 7, "mutate": 100}


def test_it_sees_more_than_can_run_at_once():
    many = jobs(resolve=5000)
    assert len(ready_jobs.some_of_each_rule(scheduler(many, cores=sys.maxsize, nodes=500))) == 1000
    assert len(ready_jobs.some_of_each_rule(scheduler(many, cores=sys.maxsize))) == 5000


@pytest.mark.parametrize("how", ["dryrun", "touch"])
def test_runs_that_run_nothing_see_all(how):
    assert len(ready_jobs.some_of_each_rule(scheduler(jobs(resolve=5000), **{how: True}))) == 5000


def test_jobs_of_groups_are_all_seen():
    groups = [SimpleNamespace() for _ in range(300)]
    assert len(ready_jobs.some_of_each_rule(scheduler(groups + jobs(resolve=300)))) == 400


def test_the_list_of_what_is_left_is_made_once_and_only_if_it_is_read():
    made = []
    ask = ready_jobs.later(lambda scheduler: made.append(scheduler) or [1, 2])
    left = ask("one")
    assert not made
    assert left and list(left) == [1, 2] and left[1] == 2 and len(left) == 2
    assert made == ["one"]


def test_installed_in_the_scheduler(monkeypatch):
    for name in ready_jobs.PROPERTIES:
        monkeypatch.setattr(JobScheduler, name, getattr(JobScheduler, name))
    ready_jobs.install()
    ready_jobs.install()  # twice is once
    assert JobScheduler.open_jobs.fget is ready_jobs.some_of_each_rule
    assert not hasattr(JobScheduler.remaining_jobs.fget.__wrapped__, "__wrapped__")
