"""A grader for trainers: answers in, results out, with the builds of many crates kept warm in worker processes.

    with Grader("results/tasks") as grader:
        results = grader.grade([(task_id, text), ...])          # a batch, from any thread
        result = await grader.grade_one(task_id, text)          # single calls are collected for some milliseconds

Answers to one crate are compiled together, so a batch costs a few milliseconds an answer. A crate stays with one worker;
answers that come while it is busy wait together and are graded as one batch. A worker that is killed is started again, and
what it had in hand is graded again: a result is a function of the task and the text, so nothing is graded twice as
different. No call takes longer than `limit_seconds`.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import Future, wait
from functools import lru_cache
from pathlib import Path

from ferrule.core.reasons import AnswerStatus
from ferrule.core.schemas import TaskRow
from ferrule.grading.answer_functions import MAX_BYTES
from ferrule.grading.crate_grader import GradeOptions, Result
from ferrule.grading.task_rows import read_tasks, spec_of
from ferrule.rewards.known_answers import stub_answer
from ferrule.rewards.worker_process import WorkerOptions
from ferrule.rewards.workers import Worker, not_graded

COLLECT_MS = 20.0  # how long single calls are collected
_DEFAULT = threading.Lock()


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
        self.folder, self.limit_seconds = Path(folder).resolve(), limit_seconds
        file = self.folder / "tasks.parquet"
        if not file.is_file():
            raise FileNotFoundError(f"{file} is missing; make it with: snakemake --cores 2 tasks")
        tasks = read_tasks(file)
        self.tasks: dict[str, TaskRow] = {task["id"]: task for task in tasks if unsafe or not task["unsafe"]}
        self.left_out = {task["id"] for task in tasks} - self.tasks.keys()
        by_crate: dict[str, list[TaskRow]] = defaultdict(list)
        for task in self.tasks.values():
            by_crate[spec_of(task)].append(task)
        worker_of = spread(Counter({spec: len(tasks) for spec, tasks in by_crate.items()}), workers)
        self.workers = [
            Worker(
                WorkerOptions(
                    self.folder,
                    {spec: tasks for spec, tasks in by_crate.items() if worker_of[spec] == number},
                    options or GradeOptions(),
                    warm,
                )
            )
            for number in range(workers)
        ]
        self.worker_of = {spec: self.workers[number] for spec, number in worker_of.items()}

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers and everything in them. Calls that wait get results that say so."""
        for worker in self.workers:
            worker.stop()
        for worker in self.workers:
            worker.join()

    def warm(self, crates: Iterable[str] | None = None) -> dict[str, str]:
        """Build these crates (NAME@VERSION), or all; the crates that cannot be graded, and why.

        The first answers then need not wait for dependencies. It takes as long as it takes.
        """
        first = {spec_of(task): task for task in self.tasks.values()}
        chosen = [first[spec] for spec in (crates if crates is not None else first)]
        results = self.grade(
            [(task["id"], stub_answer(task)) for task in chosen],
            limit_seconds=float("inf"),
        )
        return {
            spec_of(task): result.reason
            for task, result in zip(chosen, results, strict=True)
            if result.status == AnswerStatus.INFRASTRUCTURE
        }

    def grade(
        self, answers: Iterable[tuple[str, str]], *, limit_seconds: float | None = None
    ) -> list[Result]:
        """The results of (task id, text), in their order. An unknown task is a result that says so."""
        answers = [(id_, cut(text)) for id_, text in answers]
        results: list[Result | None] = [None] * len(answers)
        by_crate: dict[str, list[int]] = defaultdict(list)
        for place, (id_, _) in enumerate(answers):
            if id_ in self.tasks:
                by_crate[spec_of(self.tasks[id_])].append(place)
            else:
                results[place] = self._unknown(id_)
        asked = {
            self.worker_of[spec].ask(spec, [answers[place] for place in places]): places
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
                (results[place],) = not_graded([answers[place]], f"not graded within {limit:g} s")
        return [result for result in results if result is not None]

    def submit(self, task_id: str, text: str) -> Future[list[Result]]:
        """Grade one answer: a future with a list of one result. Calls that come within some milliseconds are graded together."""
        if task_id not in self.tasks:
            future: Future[list[Result]] = Future()
            future.set_result([self._unknown(task_id)])
            return future
        spec = spec_of(self.tasks[task_id])
        return self.worker_of[spec].ask(spec, [(task_id, cut(text))], COLLECT_MS)

    async def grade_one(self, task_id: str, text: str) -> Result:
        """The result of one answer, as `submit`."""
        try:
            graded = asyncio.wrap_future(self.submit(task_id, text))
            (result,) = await asyncio.wait_for(graded, self.limit_seconds)
        except TimeoutError:
            (result,) = not_graded([(task_id, text)], f"not graded within {self.limit_seconds:g} s")
        return result

    def _unknown(self, id_: str) -> Result:
        why = f"{self.folder} has no task {id_!r}"
        if id_ in self.left_out:
            why = f"task {id_} needs unsafe code and is left out; Grader(..., unsafe=True) takes it"
        return Result(id_, AnswerStatus.INFRASTRUCTURE, why)


def cut(text: str) -> str:
    """What of an answer is sent to a worker: a longer one is refused by its length alone. Half a surrogate becomes `?`."""
    return text[: MAX_BYTES + 1].encode(errors="replace").decode()


def spread(sizes: Counter[str], workers: int) -> dict[str, int]:
    """A worker for each crate, so that every worker has about as many tasks."""
    loads = [0] * workers
    chosen = {}
    for spec, size in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0])):
        number = loads.index(min(loads))
        chosen[spec] = number
        loads[number] += size
    return chosen


def default_grader(folder: str | Path | None = None) -> Grader:
    """The grader of a folder, or of the one that the variable FERRULE_TASKS names: one for the whole process.

    FERRULE_WORKERS is its number of workers, FERRULE_LIMIT the seconds that a call may take.
    """
    folder = folder or os.environ.get("FERRULE_TASKS")
    if not folder:
        raise ValueError("set FERRULE_TASKS to a folder that `snakemake tasks` wrote, such as results/tasks")
    with _DEFAULT:
        return _grader_of(Path(folder).resolve())


@lru_cache
def _grader_of(folder: Path) -> Grader:
    grader = Grader(
        folder,
        workers=int(os.environ.get("FERRULE_WORKERS", "2")),
        limit_seconds=float(os.environ.get("FERRULE_LIMIT", "300")),
    )
    atexit.register(grader.close)
    return grader
