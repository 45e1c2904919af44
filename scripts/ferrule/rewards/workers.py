"""Worker processes of a grader: each has some crates, keeps their builds warm, and is started again if it dies."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import queue
import signal
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from ferrule.core.reasons import AnswerStatus
from ferrule.core.schemas import TaskRow
from ferrule.grading.crate_grader import CrateGrader, GradeOptions, Result, TaskGone
from ferrule.sandbox.setup import Unavailable

PR_SET_PDEATHSIG = 1
ATTEMPTS = 2  # to grade what a killed worker had in hand

Answers = list[tuple[str, str]]
Job = tuple[str, Answers, "Future[list[Result]]"]


class Worker:
    """A process and the thread that talks to it. `ask` may be called from any thread."""

    def __init__(
        self, folder: Path, tasks: dict[str, list[TaskRow]], options: GradeOptions, warm: int
    ) -> None:
        self.start = (str(folder), tasks, options, warm)
        self.jobs: queue.Queue[Job | None] = queue.Queue()
        self.process: multiprocessing.process.BaseProcess | None = None
        self.thread = threading.Thread(target=self._work, name="ferrule-grader", daemon=True)
        self.thread.start()

    def ask(self, spec: str, answers: Answers) -> Future[list[Result]]:
        """Grade answers to the tasks of one crate."""
        future: Future[list[Result]] = Future()
        self.jobs.put((spec, answers, future))
        return future

    def close(self) -> None:
        self.jobs.put(None)
        self.thread.join()

    # --- in the thread ----------------------------------------------------------------------------

    def _work(self) -> None:
        while (job := self.jobs.get()) is not None:
            spec, answers, future = job
            if not future.set_running_or_notify_cancel():
                continue
            future.set_result(self._graded(spec, answers))
        self._end()

    def _graded(self, spec: str, answers: Answers) -> list[Result]:
        for _ in range(ATTEMPTS):
            try:
                if self.process is None:
                    self._open()
                self.pipe.send((spec, answers))
                found: list[Result] = self.pipe.recv()
                return found
            except (EOFError, OSError):
                self._end()
        why = f"{spec}: the process that graded it died {ATTEMPTS} times"
        return [Result(id_, AnswerStatus.INFRASTRUCTURE, why) for id_, _ in answers]

    def _open(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, os.getpid(), *self.start), daemon=True)
        self.process.start()
        theirs.close()

    def _end(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        self.pipe.close()  # it ends by itself, with its sandboxes
        process.join(10)
        if process.is_alive():
            process.kill()
            process.join()


# --- in the process -------------------------------------------------------------------------------


def serve(
    pipe: Connection,
    parent: int,
    folder: str,
    tasks: dict[str, list[TaskRow]],
    options: GradeOptions,
    warm: int,
) -> None:
    """Grade what comes through the pipe until it is closed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the grader has ended")
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a trainer's Ctrl-C is its own affair; the pipe closes with it
    ready: dict[str, CrateGrader] = {}  # the crate that was asked last comes last
    try:
        with suppress(EOFError):
            while True:
                spec, answers = pipe.recv()
                pipe.send(graded(spec, answers, ready, folder, tasks, options))
                while len(ready) > warm:
                    ready.pop(next(iter(ready))).__exit__()
    finally:
        for grader in ready.values():
            grader.__exit__()


def graded(
    spec: str,
    answers: Answers,
    ready: dict[str, CrateGrader],
    folder: str,
    tasks: dict[str, list[TaskRow]],
    options: GradeOptions,
) -> list[Result]:
    """The results of answers to one crate. A crate that cannot be graded is named in each of them."""
    try:
        grader = ready.pop(spec, None)
        if grader is None or grader.built.session.ended:
            if grader is not None:
                grader.__exit__()
            grader = CrateGrader(Path(folder) / "crates" / spec, tasks[spec], options)
            grader.__enter__()
        ready[spec] = grader
        return grader.grade(answers)
    except (TaskGone, Unavailable, OSError) as error:
        return [Result(id_, AnswerStatus.INFRASTRUCTURE, f"{spec}: {error}") for id_, _ in answers]
