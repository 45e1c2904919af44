"""Runs of a crate's tests in an answer room: nothing but the program, no files, no network, a nonce for each run.

    with ProgramRoom() as room:
        room.load(build.binaries["--lib"])
        names = room.tests()
        ran = room.run([3, 0], switch=7)      # ran.passed, ran.failed: numbers of tests; ran.status

runner.rs is the other side. What an answer prints is never believed: a run counts only with a report that has the nonce,
all tests that were asked for, and a failure of the test that must fail.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from ferrule.core.reasons import AnswerStatus
from ferrule.evaluation.judging.answer_judge import ADDRESS, STATUS_OF, libraries
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.answer_room import Ended, Room, RoomFell

REPORT = re.compile(rb"([0-9a-f]{32})\n((?:[0-9P]+:(?:passed|failed) ?)+)\n([^\n]*)\n(?:([0-9 ]*)\n)?")
REACH = "/tmp/reach"  # inside the room
ALONE = "alone"  # the switch that records which functions any thread reaches


class NoProgram(Exception):
    """The program does not run as a program of tests: it uses another harness, or ends the room."""


@dataclass(frozen=True)
class Ran:
    """A run. `status` is an AnswerStatus; `message` belongs to the first test that failed, `first`."""

    status: str
    passed: frozenset[int] = frozenset()
    failed: frozenset[int] = frozenset()
    message: str = ""
    first: int | None = None
    reached: frozenset[int] = frozenset()
    cpu_ms: float = field(default=0, compare=False)


class ProgramRoom:
    """A room for one program after the other."""

    def __init__(self, limits: JudgeLimits | None = None, mode: str = "bubblewrap") -> None:
        self.limits = limits or JudgeLimits()
        self.room = Room(libraries=[libraries()], mode=mode)
        self.program = b""

    def __enter__(self) -> ProgramRoom:
        self.room.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.room.__exit__(*error)

    def load(self, program: bytes) -> None:
        """The program of the runs to come."""
        if program is not self.program:
            self.room.load(program)
            self.program = program

    def tests(self) -> list[str]:
        """The names of the program's tests by number; empty for what cannot be run, such as an ignored test."""
        nonce = secrets.token_hex(16)
        ended = self._ended(f"{nonce}\n0\n0\n\nlist", self.limits)
        first, _, rest = ended.report.decode(errors="replace").partition("\n") if ended else ("", "", "")
        if first != nonce:
            raise NoProgram("it does not list its tests")
        lines = rest.removesuffix("\n").split("\n") if rest.strip() else []
        return [line.removeprefix("test ") if line.startswith("test ") else "" for line in lines]

    def run(
        self, tests: list[int], *, switch: int | str = 0, seed: int = 1, limits: JudgeLimits | None = None
    ) -> Ran:
        """Run these tests in this order, with a switch set. A run that the machine may have ended is repeated once."""
        ended = None
        for _ in range(2):
            nonce = secrets.token_hex(16)
            order = [str(number) for number in tests]
            order.insert(secrets.randbelow(len(order) + 1), "P")
            reach = REACH if switch == ALONE else ""
            ended = self._ended(
                f"{nonce}\n{seed}\n{switch}\n{reach}\n{' '.join(order)}", limits or self.limits
            )
            if ended and not (
                ended.limit in ("wall", "idle", "memory") or (ended.signal and not ended.limit)
            ):
                break
        if ended is None:
            return Ran(AnswerStatus.TAMPERING, message="it ended the room that it ran in, twice")
        return verdict(ended, nonce, tests)

    def _ended(self, message: str, limits: JudgeLimits) -> Ended | None:
        for _ in range(2):
            try:
                return self.room.run(message.encode(), limits)
            except RoomFell:
                self.room.load(self.program)
        return None


def verdict(ended: Ended, nonce: str, tests: list[int]) -> Ran:
    """What a run says about its tests."""

    def without_report(status: str, reason: str) -> Ran:
        return Ran(status, message=reason, cpu_ms=ended.cpu_ms)

    if ended.limit:
        return without_report(STATUS_OF[ended.limit], f"over the limit: {ended.limit}")
    if not ended.report and ended.signal:
        return without_report(AnswerStatus.SIGNAL, f"ended by signal {ended.signal}")
    if not ended.report and ended.code:
        return without_report(AnswerStatus.FAILED, f"ended with exit code {ended.code} before its tests had")
    if not ended.report:
        return without_report(AnswerStatus.TAMPERING, "ended with exit code 0 before its tests had")
    match = REPORT.fullmatch(ended.report)
    if not match or match[1].decode() != nonce:
        return without_report(AnswerStatus.TAMPERING, "its report is not from the runner")
    outcomes = [word.split(":") for word in match[2].decode().split()]
    by_test = dict(outcomes)
    if len(by_test) < len(outcomes) or by_test.keys() != {"P", *map(str, tests)}:
        return without_report(AnswerStatus.TAMPERING, "its report has other tests than were asked for")
    if by_test.pop("P") == "passed":
        return without_report(AnswerStatus.TAMPERING, "a test passed that has to fail")
    failed = frozenset(int(number) for number, outcome in by_test.items() if outcome == "failed")
    number, _, said = match[3].decode(errors="replace").partition(" ")
    return Ran(
        AnswerStatus.FAILED if failed else AnswerStatus.PASSED,
        frozenset(tests) - failed,
        failed,
        ADDRESS.sub("0x..", said),
        int(number) if number else None,
        frozenset(map(int, (match[4] or b"").split())),
        ended.cpu_ms,
    )
