"""Runs of test programs: what test_runs.c is asked to run, and the results that it sends back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ferrule.sandbox import session

TIMED_OUT = 124
WAITING = 2  # a run may wait this many times as long as it may compute, unless it says otherwise
KILLED = 128 + 9
FILE_TOO_BIG = 128 + 25  # SIGXFSZ

FAILURES = re.compile(r"\nfailures:\n((?:    .+\n)+)\ntest result: FAILED")
PASSED = re.compile(r"^test result: ok\. (\d+) passed;", re.MULTILINE)
STARTED = re.compile(r"^test (\S+)(?: - should panic)? \.\.\. (.*)$", re.MULTILINE)


@dataclass(eq=False)
class Program:
    """A test program: how cargo names its target, where it is inside the sandbox, and its tests."""

    target: str  # "--lib", "--bin name", "--test name"
    path: str
    tests: list[str] = field(default_factory=list)  # without the ignored ones

    def argument(self, test: str) -> str:
        """The arguments of `cargo test` that run this test."""
        return f"{self.target} {test}"


@dataclass(frozen=True)
class Run:
    """One run of a test program: the switch that is set, and the tests to run (None for all)."""

    program: Program
    tests: tuple[str, ...] | None = None
    # A number, 0 for none; several numbers, each with a comma behind it; "record" notes which functions each
    # thread reaches, "alone" which ones any thread does.
    switch: int | str = 0
    seed: int = 0
    threads: int = 1
    arguments: tuple[str, ...] = ()
    limit: float | None = None  # CPU seconds, where they differ from those of the other runs
    patience: float | None = None  # seconds of waiting; None for WAITING times the CPU seconds

    @property
    def expected(self) -> int | None:
        """How many tests must pass; None with other arguments than the default ones."""
        tests = self.program.tests if self.tests is None else self.tests
        return None if self.arguments else len(tests)


@dataclass(frozen=True)
class Result:
    """The result of a run. `expected` is as in `Run`.

    `reached` has pairs of a function's switch and the name of the thread that called the function.
    """

    code: int
    output: str = ""
    reached: frozenset[tuple[int, str]] = frozenset()
    expected: int | None = None
    seconds: float = field(
        default=0, compare=False
    )  # CPU time; used for limits only, never written to a table
    waited: float = field(
        default=0, compare=False
    )  # seconds in which none of its threads could run; the same

    @property
    def ended(self) -> str:
        """ok, failed (libtest lists the failing tests), timeout, output, memory, or died."""
        if self.code == 0:
            # A test that exits the process with 0 hides all tests after it.
            passed = PASSED.findall(self.output)[-1:]
            return "ok" if self.expected in (None, *map(int, passed)) else "died"
        if self.code == TIMED_OUT:
            return "timeout"
        if self.code == FILE_TOO_BIG:
            return "output"
        if session.MEMORY.search(STARTED.sub(r"\2", self.output).encode()):
            return "memory"
        return "failed" if self.code == 101 and self.failures else "died"

    @property
    def failures(self) -> list[str]:
        """The names in libtest's last list of failures."""
        lists = FAILURES.findall(self.output)
        return [line.strip() for line in lists[-1].splitlines()] if lists else []

    @property
    def unfinished(self) -> list[str]:
        """Tests that were started and have no result, as far as the output shows."""
        started = STARTED.findall(self.output)
        return [name for name, rest in started[-1:] if not re.search(r"(ok|FAILED|ignored\S*)$", rest)]


def job(number: int, run: Run, limit: float) -> bytes:
    """A run in the format that test_runs.c reads; `limit` is in CPU seconds."""
    arguments = list(run.arguments) or [f"--test-threads={run.threads}"]
    if run.tests is not None:
        arguments += ["--exact", *run.tests]
    limit = run.limit or limit
    patience = WAITING * limit if run.patience is None else run.patience
    limits = [int(limit * 1000), int(patience * 1000)]
    fields = [number, run.switch, run.seed, *limits, len(arguments), *arguments]
    return b"".join(str(value).encode() + b"\0" for value in fields)


def parse_results(stdout: bytes) -> dict[int, Result]:
    """The results that test_runs.c sent, by number. In a truncated stream, only the complete ones."""
    results: dict[int, Result] = {}
    at = 0
    while (end := stdout.find(b"\n", at)) >= 0:
        try:
            number, code, took, waited, output_size, reached_size = map(int, stdout[at:end].split())
        except ValueError:
            break
        middle, at = end + 1 + output_size, end + 1 + output_size + reached_size
        if at > len(stdout):
            break
        entries = stdout[middle:at].decode(errors="replace").splitlines()
        pairs = (entry.split(" ", 1) for entry in entries if " " in entry)
        results[number] = Result(
            code,
            stdout[end + 1 : middle].decode(errors="replace"),
            frozenset((int(switch), thread) for switch, thread in pairs),
            seconds=took / 1000,
            waited=waited / 1000,
        )
    return results
