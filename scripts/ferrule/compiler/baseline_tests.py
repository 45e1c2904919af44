"""A crate's tests with no switch set: do they pass, are they repeatable, which functions does each reach.

Each program runs all its tests one after the other, then two at a time; then every test runs alone. Each of
these runs gets different random bytes, and the switches record which test reaches which function. If the
tests do not pass one after the other, as `cargo test` runs them, the crate has no verdict. A test is set
aside by name if it fails beside others, alone (it may need another test before it) or only now and then, or
if it does not always reach the same functions.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field

from ferrule.compiler.crate_tests import BATCH, BuiltTests, listed
from ferrule.compiler.test_runs import Program, Result, Run

# A seed for each kind of run. Runs with a removed or rewritten function use the seed ALONE.
ONE_BY_ONE, TWO_AT_A_TIME, ALONE, AGAIN, ONCE_MORE = 1, 2, 3, 4, 5
NAMED = 5  # tests named in a reason
PHRASES = {
    "failed": "fail",
    "timeout": "do not end in time",
    "output": "print too much",
    "memory": "take too much memory",
}

Test = tuple[Program, str]


class NoVerdict(Exception):
    """The tests give no verdict on the crate's functions; `status` is as in `session.Outcome`."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


SLOW_FACTOR = 10  # a test counts as hanging after this many times the seconds that it took alone
LEAST_FACTOR = 4  # it always gets this many times those seconds, even if that exceeds the limit of a run
LEAST_SECONDS = 2  # and never less than this


class Runs:
    """Runs of test programs under two limits in seconds: one for all runs together, and one for each run."""

    def __init__(self, built: BuiltTests, wall_seconds: float, run_seconds: float) -> None:
        self.built, self.wall_seconds, self.run_seconds = built, wall_seconds, run_seconds
        self.deadline = time.monotonic() + wall_seconds
        self.late = f"the tests take too long: over {wall_seconds:g} s with their build"

    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()

    def run(self, runs: list[Run], limit: float | None = None) -> list[Result]:
        """The results of the runs, from commands of at most BATCH.

        Runs that a timeout left unstarted are sent again.
        """
        limit = limit or self.run_seconds
        results: list[Result | None] = [None] * len(runs)
        waiting = list(range(len(runs)))
        while waiting:
            if self.left() <= 0:
                raise NoVerdict("timeout", self.late)
            batch = waiting[:BATCH]
            wall = self.left() + limit + 5
            results_of_batch = self.built.run(
                [runs[number] for number in batch], limit=limit, wall_seconds=wall
            )
            if not any(results_of_batch):
                raise NoVerdict("failed", "the test programs cannot be run")
            for number, result in zip(batch, results_of_batch, strict=True):
                results[number] = result
            waiting = [number for number in waiting if results[number] is None]
        return [result for result in results if result is not None]

    def run_alone(self, tests: list[Test], seed: int) -> dict[Test, Result]:
        """Run each test alone, recording the functions that it reaches in any thread."""
        runs = [Run(program, (test,), switch="alone", seed=seed) for program, test in tests]
        return dict(zip(tests, self.run(runs), strict=True))


@dataclass
class Reach:
    """Which tests reach which functions, by the numbers of their switches; which tests do not count, and why."""

    by_switch: dict[int, list[Test]] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)  # switches that a test set aside reaches
    tests: int = 0
    ignored: int = 0
    set_aside: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)  # targets that do not list their tests
    seconds: dict[Test, float] = field(default_factory=dict)  # how long each test took alone
    breadth: dict[Test, int] = field(default_factory=dict)  # how many functions each test reaches

    def time_limit(self, tests: list[Test], most: float) -> float:
        """Seconds after which these tests, run with a changed function, count as hanging."""
        alone = sum(self.seconds[test] for test in tests)
        return max(min(most, max(LEAST_SECONDS, SLOW_FACTOR * alone)), LEAST_FACTOR * alone)


def learn_reach(runs: Runs) -> Reach:
    """Run all tests with no switch set; raises NoVerdict if one does not pass."""
    reach = Reach()
    list_tests(runs, reach)
    programs = [program for program in runs.built.programs if program.tests]
    reach.tests = sum(len(program.tests) for program in programs)
    limit = max(runs.run_seconds, runs.wall_seconds / 10)
    one_by_one = runs.run([Run(p, switch="record", seed=ONE_BY_ONE) for p in programs], limit)
    for program, result in zip(programs, one_by_one, strict=True):
        must_pass(runs, program, result, "")
    # Twice the time: tests that passed one by one must not count as too slow here.
    in_pairs = runs.run([Run(p, switch="record", seed=TWO_AT_A_TIME, threads=2) for p in programs], 2 * limit)
    shaky: dict[Test, str] = {}
    for program, result in zip(programs, in_pairs, strict=True):
        if result.ended == "failed":
            shaky |= {(program, name): "fails beside others" for name in result.failures}
        else:
            must_pass(runs, program, result, " two at a time")
    alone = runs.run_alone([(program, test) for program in programs for test in program.tests], ALONE)
    reach.seconds = {test: result.seconds for test, result in alone.items()}
    together = {program: results for program, *results in zip(programs, one_by_one, in_pairs, strict=True)}
    differing: list[Test] = []
    for (program, name), result in alone.items():
        if result.ended != "ok":
            shaky.setdefault((program, name), "slow alone" if result.ended == "timeout" else "fails alone")
        elif any(reached_by(whole, name) != reached(result) for whole in together[program]):
            differing.append((program, name))
    # Values that are computed once and cached, and a test's own threads, cause differences as well. So a test
    # is set aside only if two runs of it alone differ.
    for seed in (AGAIN, ONCE_MORE):
        for test, result in runs.run_alone(differing, seed).items():
            if result.ended != "ok":
                shaky.setdefault(test, "fails at times")
            elif reached(result) != reached(alone[test]):
                shaky.setdefault(test, "does not always take the same way")
    record(reach, alone, shaky)
    return reach


def list_tests(runs: Runs, reach: Reach) -> None:
    """Fill in the tests of each program, without the ignored ones."""
    programs = runs.built.programs
    lists = ("--list", "--format", "terse"), ("--list", "--format", "terse", "--ignored")
    results = runs.run([Run(program, arguments=arguments) for program in programs for arguments in lists])
    for program, every, ignored in zip(programs, results[::2], results[1::2], strict=True):
        names, ignored_names = listed(every.output), listed(ignored.output)
        if every.code or ignored.code or names is None or ignored_names is None:
            reach.left_out[program.target] = "does not list its tests"
            continue
        program.tests = [name for name in names if name not in set(ignored_names)]
        reach.ignored += len(ignored_names)


def must_pass(runs: Runs, program: Program, result: Result, how: str) -> None:
    """Raise NoVerdict, naming the tests to blame, unless the run has passed."""
    if result.ended == "ok":
        return
    names = result.failures or result.unfinished
    if not names:  # the output does not name them
        alone = runs.run_alone([(program, test) for test in program.tests], ALONE)
        names = [test for (_, test), result_alone in alone.items() if result_alone.ended != "ok"]
    named = ", ".join(program.argument(name) for name in names[:NAMED]) or program.target
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    status = {"died": "failed"}.get(result.ended, result.ended)
    what = PHRASES.get(result.ended, f"end with code {result.code}")
    if status == "timeout":  # which test it is depends on the machine's speed, so only the log names it
        print(f"still running at its limit: {named}{more}", file=sys.stderr)
        named, more = program.target, ""
    raise NoVerdict(status, f"tests {what}{how} before any change: {named}{more}")


def record(reach: Reach, alone: dict[Test, Result], shaky: dict[Test, str]) -> None:
    """Fill in which tests reach which switches; those of `shaky` are set aside."""
    reach.set_aside = {program.argument(test): why for (program, test), why in shaky.items()}
    by_switch: dict[int, list[Test]] = defaultdict(list)
    for test, result in alone.items():
        for number in reached(result):
            if test in shaky:
                reach.unsure.add(number)
            else:
                by_switch[number].append(test)
    reach.by_switch = dict(by_switch)
    reach.breadth = {test: len(reached(result)) for test, result in alone.items()}


def reached_by(result: Result, test: str) -> frozenset[int]:
    """The switches that the test's own thread reached."""
    return frozenset(number for number, thread in result.reached if thread == test)


def reached(result: Result) -> frozenset[int]:
    """The switches that any thread reached."""
    return frozenset(number for number, _ in result.reached)
