"""Worker processes of a grader: each has some crates, keeps their builds warm, and is started again if it dies.

The process is a command of its own and not a copy of the caller: a trainer's script is not run a second time, and
nothing that the trainer has loaded (CUDA, tokenizers, threads) gets into it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from ferrule.core.reasons import AnswerStatus
from ferrule.grading.crate_grader import Result
from ferrule.rewards.worker_process import Answers, WorkerOptions

PACKAGES = Path(__file__).parents[2]  # the folder that `ferrule` is imported from
ATTEMPTS = 2  # to grade what a killed worker had in hand
GRACE = 5.0  # seconds that the process gets to end by itself


@dataclass
class Job:
    answers: Answers
    due: float  # on the monotonic clock: until then more answers to the crate are waited for
    future: Future[list[Result]]


class Worker:
    """A process and the thread that talks to it. `ask` may be called from any thread."""

    def __init__(self, options: WorkerOptions) -> None:
        self.options = options
        self.jobs: dict[str, list[Job]] = {}  # by crate
        self.changed = threading.Condition()
        self.closed = False
        self.process: subprocess.Popen[bytes] | None = None
        self.thread = threading.Thread(target=self._work, name="ferrule-grader", daemon=True)
        self.thread.start()

    def ask(self, spec: str, answers: Answers, wait_ms: float = 0) -> Future[list[Result]]:
        """Grade answers to the tasks of one crate, together with all others that come within `wait_ms` or are waiting."""
        job = Job(answers, time.monotonic() + wait_ms / 1000, Future())
        with self.changed:
            if self.closed:
                job.future.set_result(not_graded(answers, "the grader is closed"))
            else:
                self.jobs.setdefault(spec, []).append(job)
                self.changed.notify()
        return job.future

    def stop(self) -> None:
        """Take no more answers and begin to end; what is not graded gets a result that says so. `join` waits."""
        with self.changed:
            self.closed = True
            left = [job for jobs in self.jobs.values() for job in jobs]
            self.jobs.clear()
            self.changed.notify()
            if self.process is not None:
                with suppress(OSError):
                    self.socket.shutdown(socket.SHUT_RDWR)  # the thread then waits no longer
        for job in left:
            if job.future.set_running_or_notify_cancel():
                job.future.set_result(not_graded(job.answers, "the grader was closed"))

    def join(self) -> None:
        """Wait until the process has ended, with everything in it."""
        self.thread.join()

    # --- in the thread ----------------------------------------------------------------------------

    def _work(self) -> None:
        while (found := self._next()) is not None:
            spec, jobs = found
            jobs = [job for job in jobs if job.future.set_running_or_notify_cancel()]
            if not jobs:
                continue
            results = self._graded(spec, [pair for job in jobs for pair in job.answers], ATTEMPTS)
            for job in jobs:
                job.future.set_result(results[: len(job.answers)])
                results = results[len(job.answers) :]
        self._end()

    def _next(self) -> tuple[str, list[Job]] | None:
        """The crate whose first answer has waited longest, with all its jobs; None once the worker is closed."""
        with self.changed:
            while not self.closed:
                waiting = [(min(job.due for job in jobs), spec) for spec, jobs in self.jobs.items()]
                if not waiting:
                    self.changed.wait()
                    continue
                due, spec = min(waiting)
                seconds = due - time.monotonic()
                if seconds <= 0:
                    return spec, self.jobs.pop(spec)
                self.changed.wait(seconds)
        return None

    def _graded(self, spec: str, answers: Answers, attempts: int) -> list[Result]:
        """The results; if the process dies every time, those of smaller batches, until it is known with which answer."""
        for _ in range(attempts):
            try:
                if self.process is None:
                    self._open()
                self.pipe.send((spec, answers))
                found: list[Result] = self.pipe.recv()
                return found
            except (EOFError, OSError):
                self._end()
            if self.closed:
                return not_graded(answers, "the grader was closed")
        if len(answers) == 1:
            return not_graded(answers, f"{spec}: the process that graded it died each time")
        half = len(answers) // 2
        return self._graded(spec, answers[:half], 1) + self._graded(spec, answers[half:], 1)

    def _open(self) -> None:
        ours, theirs = socket.socketpair()
        self.folder = tempfile.mkdtemp(prefix="ferrule-grader-")
        paths = [str(PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "TMPDIR": self.folder}
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "ferrule.rewards.worker_process", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=environment,
            )
        finally:
            theirs.close()
        with self.changed:
            self.socket, self.pipe = ours, Connection(os.dup(ours.fileno()))
            self.process = process
            if self.closed:
                raise EOFError
        self.pipe.send((os.getpid(), self.options))

    def _end(self) -> None:
        with self.changed:
            process, self.process = self.process, None
        if process is None:
            return
        self.pipe.close()
        self.socket.close()  # it ends by itself, with its sandboxes
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def not_graded(answers: Answers, why: str) -> list[Result]:
    return [Result(id_, AnswerStatus.INFRASTRUCTURE, why) for id_, _ in answers]
