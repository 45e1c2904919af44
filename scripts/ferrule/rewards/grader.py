"""A grader for trainers: answers in, results out, with the builds of many crates kept warm in worker processes.

    with Grader("results/tasks") as grader:
        results = grader.grade([(task_id, text), ...])          # a batch, from any thread
        result = await grader.grade_one(task_id, text)          # single calls are collected for some milliseconds

Answers to one crate are compiled together, so a batch costs a few milliseconds an answer. A crate stays with one worker.
A worker that is killed is started again, and what it had in hand is graded again: a result is a function of the task and
the text, so nothing is graded twice as different. Nothing here waits longer than `limit_seconds`.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import Future, wait
from pathlib import Path

from ferrule.core.reasons import AnswerStatus
from ferrule.core.schemas import TaskRow
from ferrule.grading.crate_grader import GradeOptions, Result
from ferrule.grading.task_rows import read_tasks
from ferrule.rewards.workers import Worker

COLLECT_MS = 20  # how long single calls are collected


class Grader:
    """Grades answers to the tasks of a folder that `snakemake tasks` wrote. Safe to use from several threads."""

    def __init__(
        self,
        folder: str | Path,
        *,
        workers: int = 2,
        limit_seconds: float = 300,
        options: GradeOptions | None = None,
        unsafe: bool = False,
        warm: int = 16,
    ) -> None:
        """`limit_seconds` is what one call may take, `warm` the crates that a worker keeps ready.

        `unsafe` takes tasks whose reference has unsafe code as well. Raises FileNotFoundError if there are no tasks.
        """
        self.folder, self.limit_seconds = Path(folder), limit_seconds
        file = self.folder / "tasks.parquet"
        if not file.is_file():
            raise FileNotFoundError(f"{file} is missing; make it with: snakemake --cores 2 tasks")
        self.tasks: dict[str, TaskRow] = {
            task["id"]: task for task in read_tasks(file) if unsafe or not task["unsafe"]
        }
        by_crate: dict[str, list[TaskRow]] = defaultdict(list)
        for task in self.tasks.values():
            by_crate[spec_of(task)].append(task)
        self.worker_of = spread(Counter({spec: len(tasks) for spec, tasks in by_crate.items()}), workers)
        self.workers = [
            Worker(
                self.folder,
                {spec: tasks for spec, tasks in by_crate.items() if self.worker_of[spec] == number},
                options or GradeOptions(),
                warm,
            )
            for number in range(workers)
        ]
        self._lock = threading.Lock()
        self._waiting: list[tuple[str, str, Future[Result]]] = []
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers and everything in them."""
        for worker in self.workers:
            worker.close()

    def warm(self, crates: Iterable[str] | None = None) -> None:
        """Build these crates (NAME@VERSION), or all, so that the first answers need not wait for dependencies."""
        first = {spec_of(task): task for task in self.tasks.values()}
        chosen = [first[spec] for spec in (crates if crates is not None else first)]
        self.grade([(task["id"], task["stub"]) for task in chosen], limit_seconds=float("inf"))

    def grade(
        self, answers: Iterable[tuple[str, str]], *, limit_seconds: float | None = None
    ) -> list[Result]:
        """The results of (task id, text), in their order. An unknown task is a result that says so."""
        answers = list(answers)
        results: list[Result | None] = [None] * len(answers)
        by_crate: dict[str, list[int]] = defaultdict(list)
        for place, (id_, _) in enumerate(answers):
            if id_ in self.tasks:
                by_crate[spec_of(self.tasks[id_])].append(place)
            else:
                results[place] = Result(id_, AnswerStatus.NO_ANSWER, f"{self.folder} has no task {id_!r}")
        asked = {
            self.workers[self.worker_of[spec]].ask(spec, [answers[place] for place in places]): places
            for spec, places in by_crate.items()
        }
        limit = self.limit_seconds if limit_seconds is None else limit_seconds
        done, late = wait(asked, timeout=None if limit == float("inf") else limit)
        for future in done:
            for place, result in zip(asked[future], future.result(), strict=True):
                results[place] = result
        for future in late:
            future.cancel()
            for place in asked[future]:
                why = f"not graded within {limit:g} s"
                results[place] = Result(answers[place][0], AnswerStatus.INFRASTRUCTURE, why)
        return [result for result in results if result is not None]

    # --- single calls -----------------------------------------------------------------------------

    async def grade_one(self, task_id: str, text: str) -> Result:
        """The result of one answer. Calls that come within some milliseconds are graded together."""
        return await asyncio.wrap_future(self.submit(task_id, text))

    def submit(self, task_id: str, text: str) -> Future[Result]:
        """As `grade_one`, for code that is not asynchronous."""
        future: Future[Result] = Future()
        with self._lock:
            self._waiting.append((task_id, text, future))
            if self._timer is None:
                self._timer = threading.Timer(COLLECT_MS / 1000, self._grade_waiting)
                self._timer.daemon = True
                self._timer.start()
        return future

    def _grade_waiting(self) -> None:
        with self._lock:
            waiting, self._waiting, self._timer = self._waiting, [], None
        try:
            results = self.grade([(id_, text) for id_, text, _ in waiting])
        except BaseException as error:
            for _, _, future in waiting:
                with contextlib.suppress(Exception):
                    future.set_exception(error)
            raise
        for (_, _, future), result in zip(waiting, results, strict=True):
            if not future.cancelled():
                future.set_result(result)


def spec_of(task: TaskRow) -> str:
    return f"{task['crate']}@{task['version']}"


def spread(sizes: Counter[str], workers: int) -> dict[str, int]:
    """A worker for each crate, so that every worker has about as many tasks."""
    loads = [0] * workers
    chosen = {}
    for spec, size in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0])):
        number = loads.index(min(loads))
        chosen[spec] = number
        loads[number] += size
    return chosen
