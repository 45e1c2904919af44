"""One pending timer in Snakemake's scheduler."""

import threading

import pytest
from snakemake.scheduling.job_scheduler import JobScheduler

from ferrule.workflow import scheduler_timer


class Scheduler:
    """What the method sees of a scheduler: the semaphore that wakes its loop."""

    def __init__(self):
        self._open_jobs = threading.Semaphore(0)


@pytest.fixture
def timers(monkeypatch):
    """The timers that were started; none of them ever rings by itself."""
    started = []

    class Timer:
        def __init__(self, delay, function):
            self.delay, self.function, self.daemon = delay, function, False

        def start(self):
            started.append(self)

    monkeypatch.setattr(threading, "Timer", Timer)
    return started


def test_one_timer_is_pending_at_a_time(timers):
    scheduler = Scheduler()
    for _ in range(5):
        scheduler_timer.wake_later(scheduler, 1)
    assert [timer.delay for timer in timers] == [1]
    timers[0].function()
    assert scheduler._open_jobs.acquire(blocking=False), "the loop was not woken"
    scheduler_timer.wake_later(scheduler, 1)
    assert len(timers) == 2


def test_a_shorter_wait_does_not_stand_in_line_behind_a_longer_one(timers):
    scheduler = Scheduler()
    scheduler_timer.wake_later(scheduler, 10)
    scheduler_timer.wake_later(scheduler, 1)
    assert [timer.delay for timer in timers] == [10, 1]


def test_a_timer_does_not_hold_up_the_end_of_the_run(timers):
    scheduler_timer.wake_later(Scheduler(), 1)
    assert timers[0].daemon


def test_installed_in_the_scheduler(monkeypatch):
    monkeypatch.setattr(JobScheduler, scheduler_timer.METHOD, getattr(JobScheduler, scheduler_timer.METHOD))
    scheduler_timer.install()
    assert getattr(JobScheduler, scheduler_timer.METHOD) is scheduler_timer.wake_later


def test_snakemake_still_needs_it(timers):
    """If this fails, Snakemake starts no timer per pass any more: remove ferrule.workflow.scheduler_timer."""
    scheduler = Scheduler()
    for _ in range(3):
        getattr(JobScheduler, scheduler_timer.METHOD)(scheduler, 1)
    assert len(timers) == 3
