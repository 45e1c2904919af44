"""Judging answers: compile them in batches, run each of them separately, and give a verdict on each.

    for verdict in judge(submissions, options=JudgeOptions(threads=2)):
        ...                                                 # one per distinct key, as they come

`passed` means that our runner reported every expected test as passed, with a nonce that the answer does not know. One
additional test must fail: a report that it passed is forged. A program that exits with code 0 before the report claims
a success that it does not have; with another exit code it has failed.

A run that ended by the idle, wall or memory limit or by a signal is repeated once, while no other run is being
repeated, because the machine may be the cause. CPU time and output do not depend on how busy the machine is.
"""

from __future__ import annotations

import ctypes
import itertools
import multiprocessing
import os
import re
import secrets
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from multiprocessing import util
from pathlib import Path

from ferrule.core.reasons import AnswerStatus
from ferrule.evaluation.judging.answer_layout import frame
from ferrule.evaluation.judging.building import Builder, Program
from ferrule.evaluation.judging.neighbours import apart
from ferrule.evaluation.judging.problem_tests import ProblemError
from ferrule.evaluation.judging.rustc import Infrastructure, Rustc
from ferrule.evaluation.judging.submission import Submission, Verdict
from ferrule.evaluation.judging.test_suites import Group, Suite, build_suites, group_of
from ferrule.sandbox import setup
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.answer_room import Ended, Room, RoomFell
from ferrule.sandbox.session import Limits

__all__ = ["Infrastructure", "JudgeOptions", "ProblemError", "judge"]

STATUS_OF = {
    "cpu": AnswerStatus.TIMEOUT,
    "wall": AnswerStatus.TIMEOUT,
    "idle": AnswerStatus.TIMEOUT,
    "memory": AnswerStatus.MEMORY,
    "output": AnswerStatus.OUTPUT,
    "files": AnswerStatus.OUTPUT,
}
PR_SET_PDEATHSIG = 1
REPORT = re.compile(rb"([0-9a-f]+)\n((?:[0-9P]+:(?:passed|failed) ?)+)\n([^\n]*)\n")
ADDRESS = re.compile(r"0x[0-9a-f]{4,}")


@dataclass(frozen=True)
class JudgeOptions:
    mode: str = "bubblewrap"  # of both sandboxes: bubblewrap or none
    # Limits of the compiler; an answer that is compiled alone also has ALONE_SECONDS of CPU time.
    compiler: Limits = field(default_factory=Limits)
    # Limits of the tests of one answer.
    limits: JudgeLimits = field(default_factory=JudgeLimits)
    # CPU seconds by problem, if they differ from `limits` because the reference needs more.
    cpu: dict[str, int] = field(default_factory=dict)
    crates: Path | None = None  # the folder that scripts/problems/build_problem_crates.py has built
    batch: int = 50  # answers that are compiled together
    threads: int = 1
    suites: Path | None = None  # the folder of test libraries; set by `judge`


def judge(submissions: Iterable[Submission], *, options: JudgeOptions) -> Iterator[Verdict]:
    """A verdict for each distinct submission, in any order, as they come.

    Raises ProblemError before any work if a problem cannot be judged, and Infrastructure or Unavailable if the
    machine fails.
    """
    batches = _batches(submissions, options.batch)
    with tempfile.TemporaryDirectory(prefix="ferrule-suites-") as folder:
        Path(folder).chmod(0o755)  # the sandbox reads it as another user
        options = replace(options, suites=Path(folder))
        with _rustc(options) as rustc:
            problems = [submission.problem for batch in batches for submission in batch]
            suites = build_suites(problems, Path(folder), rustc)
        if options.threads == 1 or len(batches) < 2:
            with Judge(options, suites) as alone:
                for batch in batches:
                    yield from alone.judge(batch)
        else:
            yield from _in_parallel(batches, options, suites)


def _in_parallel(
    batches: list[list[Submission]], options: JudgeOptions, suites: dict[Group, Suite]
) -> Iterator[Verdict]:
    context = multiprocessing.get_context("spawn")
    workers = min(options.threads, len(batches))
    start = (options, suites, context.Lock())
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_open_judge, initargs=start) as pool:
        todo = iter(batches)
        running: set[Future[list[Verdict]]] = set()
        try:
            while True:
                running.update(
                    pool.submit(_judge, b) for b in itertools.islice(todo, 2 * workers - len(running))
                )
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from future.result()
        except BrokenExecutor:
            raise Infrastructure("a worker process was killed") from None
        finally:
            pool.shutdown(cancel_futures=True)


def _rustc(options: JudgeOptions) -> Rustc:
    return Rustc(mode=options.mode, limits=options.compiler, crates=options.crates, suites=options.suites)


def _batches(submissions: Iterable[Submission], size: int) -> list[list[Submission]]:
    """The distinct answers in batches that may share a crate; answers to one problem are next to each other."""
    distinct: dict[str, Submission] = {}
    for submission in submissions:
        frame(submission.problem)  # so that a ProblemError comes before any work
        distinct.setdefault(submission.key, submission)
    groups: dict[Group, list[Submission]] = defaultdict(list)
    alone: list[list[Submission]] = []
    for _, submission in sorted(distinct.items(), key=lambda pair: (pair[1].problem.id, pair[0])):
        if apart(submission.code):
            alone.append([submission])
        else:
            groups[group_of(submission.problem)].append(submission)
    shared = [group[at : at + size] for group in groups.values() for at in range(0, len(group), size)]
    return shared + alone


# --- worker processes -----------------------------------------------------------------------------

Lock = AbstractContextManager[object]

_worker_judge: Judge | None = None  # of this worker process


def _open_judge(options: JudgeOptions, suites: dict[Group, Suite], lock: Lock) -> None:
    """Set up a worker process."""
    global _worker_judge  # noqa: PLW0603
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # a killed run leaves no worker behind
    if os.getppid() == 1:
        sys.exit("the run has ended")
    _worker_judge = Judge(options, suites, lock)
    _worker_judge.__enter__()
    util.Finalize(None, _worker_judge.__exit__, exitpriority=10)


def _judge(batch: list[Submission]) -> list[Verdict]:
    assert _worker_judge is not None, "the pool runs _open_judge first"
    return list(_worker_judge.judge(batch))


class Judge:
    """A compiler and an answer room, for one batch after the other. `lock` is held while a run is repeated."""

    def __init__(self, options: JudgeOptions, suites: dict[Group, Suite], lock: Lock | None = None):
        self.options, self.lock = options, lock or nullcontext()
        self.rustc = _rustc(options)
        self.builder = Builder(self.rustc, suites)
        self.room = Room(libraries=[libraries()], mode=options.mode)

    def __enter__(self) -> Judge:
        self.rustc.__enter__()
        self.room.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.room.__exit__(*error)
        self.rustc.__exit__(*error)

    def judge(self, batch: list[Submission]) -> Iterator[Verdict]:
        programs, refused = self.builder.build(batch)
        yield from refused
        for program in programs:
            self.room.load(program.binary)
            for number, submission in enumerate(program.submissions):
                yield self._run(program, number, submission)

    def _run(self, program: Program, number: int, submission: Submission) -> Verdict:
        run = Run(submission, number)
        ended = self._run_in_room(program, run)
        if ended and (ended.limit in ("wall", "idle", "memory") or (ended.signal and not ended.limit)):
            with self.lock:
                ended = self._run_in_room(program, run)
        if ended is None:
            reason = "it ended the room that it ran in, twice"
            return Verdict(submission.key, AnswerStatus.TAMPERING, "run", reason, tests_total=len(run.tests))
        return run.verdict(ended)

    def _run_in_room(self, program: Program, run: Run) -> Ended | None:
        """One run; None if it ends the room twice."""
        problem, limits = run.submission.problem, self.options.limits
        limits = replace(limits, cpu_seconds=self.options.cpu.get(problem.id, limits.cpu_seconds))
        for _ in range(2):
            try:
                return self.room.run(run.message(), limits)
            except RoomFell:
                self.room.load(program.binary)
        return None


class Run:
    """One run of an answer's tests: the message to the program, and the verdict that follows from its report."""

    def __init__(self, submission: Submission, number: int):
        self.submission, self.number = submission, number
        self.tests = frame(submission.problem).tests
        self.nonce = b""

    def message(self) -> bytes:
        """The order to run all tests, with a new nonce. The test that must fail is at a random place.

        The other tests keep their order, so that a test always finds what the tests before it left behind.
        """
        self.nonce = secrets.token_hex(16).encode()
        order = [str(number) for number in range(len(self.tests))]
        order.insert(secrets.randbelow(len(order) + 1), "P")
        return b"%s %d %s\n" % (self.nonce, self.number, ",".join(order).encode())

    def verdict(self, ended: Ended) -> Verdict:
        passed = 0
        if ended.limit:
            status, reason = STATUS_OF[ended.limit], f"over the limit: {ended.limit}"
        elif ended.report:
            status, reason, passed = self._reported(ended.report)
        elif ended.signal:
            status, reason = AnswerStatus.SIGNAL, f"ended by signal {ended.signal}"
        elif ended.code:
            status, reason = AnswerStatus.FAILED, f"ended with exit code {ended.code} before its tests had"
        else:
            status, reason = AnswerStatus.TAMPERING, "ended with exit code 0 before its tests had"
        key, tests = self.submission.key, len(self.tests)
        return Verdict(
            key, status, "run", reason, tests_total=tests, tests_passed=passed, cpu_ms=ended.cpu_ms
        )

    def _reported(self, report: bytes) -> tuple[AnswerStatus, str, int]:
        """(status, reason, number of passed tests) of a report."""
        match = REPORT.fullmatch(report)
        if not match or match[1] != self.nonce:
            return AnswerStatus.TAMPERING, "its report is not from the runner", 0
        outcomes = [word.split(":") for word in match[2].decode().split()]
        by_test = dict(outcomes)
        if len(by_test) < len(outcomes) or by_test.keys() != {"P", *map(str, range(len(self.tests)))}:
            return AnswerStatus.TAMPERING, "its report has other tests than there are", 0
        if by_test.pop("P") == "passed":
            return AnswerStatus.TAMPERING, "a test passed that has to fail", 0
        failed = sorted(int(number) for number, outcome in by_test.items() if outcome == "failed")
        if not failed:
            return AnswerStatus.PASSED, "", len(self.tests)
        said = match[3].decode(errors="replace").partition(" ")[2]
        name = self.tests[failed[0]].name
        return AnswerStatus.FAILED, ADDRESS.sub("0x..", f"{name}: {said}"), len(self.tests) - len(failed)


def libraries() -> Path:
    """The folder of the shared libraries of the Rust toolchain."""
    root = setup.toolchain()
    files = sorted(root.glob("lib/rustlib/*/lib/libstd-*.so"))
    if not files:
        raise Infrastructure(f"the toolchain in {root.name} has no shared library of std")
    return files[0].parent
