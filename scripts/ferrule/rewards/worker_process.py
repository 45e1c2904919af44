"""The process of a grader's worker: python -m ferrule.rewards.worker_process FD

FD is a connection over which options, then batches come in, and results go out. It ends with the connection, and with the
process that started it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from ferrule.compiler.cargo_check import CrateDoesNotCompile
from ferrule.compiler.crate_tests import SessionEnded
from ferrule.core.reasons import AnswerStatus
from ferrule.core.schemas import TaskRow
from ferrule.grading.crate_grader import CrateGrader, GradeOptions, Result, TaskGone
from ferrule.sandbox.setup import Unavailable

PR_SET_PDEATHSIG = 1
# What may be wrong with one crate or with the machine; anything else is a fault of ours and ends the process.
FAULTS = (TaskGone, Unavailable, CrateDoesNotCompile, SessionEnded, OSError)

Answers = list[tuple[str, str]]


@dataclass(frozen=True)
class WorkerOptions:
    folder: Path  # of the tasks
    tasks: dict[str, list[TaskRow]]  # by crate
    grading: GradeOptions
    warm: int  # crates that are kept ready


class Crates:
    """Graders of crates; those that were used last are kept."""

    def __init__(self, options: WorkerOptions) -> None:
        self.options = options
        self.ready: dict[str, CrateGrader] = {}  # the crate that was used last comes last

    def grade(self, spec: str, answers: Answers) -> list[Result]:
        """The results of answers to one crate. A crate that cannot be graded is named in each of them."""
        try:
            return self._grader(spec).grade(answers)
        except FAULTS as error:
            return [Result(id_, AnswerStatus.INFRASTRUCTURE, f"{spec}: {error}") for id_, _ in answers]

    def _grader(self, spec: str) -> CrateGrader:
        grader = self.ready.pop(spec, None)
        if grader is not None and grader.built.session.ended:
            grader.__exit__()
            grader = None
        if grader is None:
            while self.ready and len(self.ready) >= self.options.warm:
                self.ready.pop(next(iter(self.ready))).__exit__()
            grader = CrateGrader(
                self.options.folder / "crates" / spec, self.options.tasks[spec], self.options.grading
            ).__enter__()
        self.ready[spec] = grader
        return grader

    def close(self) -> None:
        for grader in self.ready.values():
            grader.__exit__()


def main() -> None:
    pipe = Connection(int(sys.argv[1]))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    parent, options = pipe.recv()
    if os.getppid() != parent:
        sys.exit("the grader has ended")
    # A trainer's Ctrl-C is its own affair: this process ends with the connection.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    crates = Crates(options)
    try:
        with suppress(EOFError, ConnectionError):
            while True:
                pipe.send(crates.grade(*pipe.recv()))
    finally:
        crates.close()


if __name__ == "__main__":
    main()
