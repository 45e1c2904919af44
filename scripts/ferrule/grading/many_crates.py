"""Grades answers to the tasks of many crates, some crates at the same time."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ferrule.core.schemas import TaskRow
from ferrule.grading.crate_grader import CrateGrader, GradeOptions, Result

PR_SET_PDEATHSIG = 1

Todo = list[tuple[str, str, str]]  # a key, the task's id, and the answer


@dataclass(frozen=True)
class Graded:
    """A result by the key of what was graded."""

    key: str
    result: Result


def grade_by_crate(
    folder: Path, tasks: dict[str, TaskRow], todo: dict[str, Todo], options: GradeOptions, threads: int
) -> Iterator[list[Graded]]:
    """The results of each crate, as they come. `folder` has the crates by NAME@VERSION."""
    jobs = {
        spec: (folder / spec, [tasks[id_] for id_ in dict.fromkeys(id_ for _, id_, _ in answers)], answers)
        for spec, answers in todo.items()
    }
    if threads == 1 or len(jobs) < 2:
        for job in jobs.values():
            yield _grade(*job, options)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(threads, len(jobs)), mp_context=context, initializer=_open, initargs=(os.getpid(),)
    ) as pool:
        # Those with the most answers first, so that no core waits for a large one at the end.
        order = sorted(jobs.values(), key=lambda job: -len(job[2]))
        for future in as_completed([pool.submit(_grade, *job, options) for job in order]):
            yield future.result()


def _open(parent: int) -> None:
    """Set up a worker process: it ends with the run."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the run has ended")
    os.umask(0o022)


def _grade(folder: Path, tasks: list[TaskRow], answers: Todo, options: GradeOptions) -> list[Graded]:
    with CrateGrader(folder, tasks, options) as grader:
        results = grader.grade([(id_, text) for _, id_, text in answers])
    return [Graded(key, result) for (key, _, _), result in zip(answers, results, strict=True)]
