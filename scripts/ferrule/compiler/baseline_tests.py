"""A crate's tests with no switch set: do they pass, can they be repeated, and by which functions do they come.

All of them are run as a whole, one after the other and two at a time, and each alone; the random bytes
are others each time, and the switches note which test comes by. The crate has no verdict where a test
fails as `cargo test` runs it. A test that passes once and fails once, that needs another one before
it, or that takes another way through the crate with other random bytes is set aside by name.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field

from ferrule.compiler.crate_tests import BATCH, BuiltTests, Program, Result, Run, listed

# A seed for each way of running; what is removed or rewritten is run with that of the tests alone.
ONE_BY_ONE, TWO_AT_A_TIME, ALONE, AGAIN, ONCE_MORE = 1, 2, 3, 4, 5
NAMED = 5  # tests named in a reason
SAID = {
    "failed": "fail",
    "timeout": "do not end in time",
    "output": "print too much",
    "memory": "take too much memory",
}

Test = tuple[Program, str]


class NoVerdict(Exception):
    """Nothing can be said of the crate's functions; `status` is one of the sandbox's."""

    def __init__(self, status: str, reason: str):
        super().__init__(reason)
        self.status, self.reason = status, reason


SLOWER = 10  # times what a test took alone, before it is held to hang
AT_LEAST = 4  # times, even where that is over the limit of a run: many tests together may take that long
SHORTEST = 2  # seconds that it has at least


class Runs:
    """Runs of test programs under two limits: seconds for all of them, and for each."""

    def __init__(self, built: BuiltTests, wall_seconds: float, run_seconds: float):
        self.built, self.wall_seconds, self.run_seconds = built, wall_seconds, run_seconds
        self.deadline = time.monotonic() + wall_seconds
        self.late = f"the tests take too long: over {wall_seconds:g} s with their build"

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def all(self, runs: list[Run], limit: float | None = None) -> list[Result]:
        """Their results, in commands of at most BATCH; what a run at its limit kept back is sent again."""
        limit = limit or self.run_seconds
        results: list[Result | None] = [None] * len(runs)
        waiting = list(range(len(runs)))
        while waiting:
            if self.left() <= 0:
                raise NoVerdict("timeout", self.late)
            batch = waiting[:BATCH]
            wall = self.left() + limit + 5
            came = self.built.run([runs[number] for number in batch], limit=limit, wall_seconds=wall)
            if not any(came):
                raise NoVerdict("failed", "the test programs cannot be run")
            for number, result in zip(batch, came, strict=True):
                results[number] = result
            waiting = [number for number in waiting if results[number] is None]
        return results

    def alone(self, tests: list[Test], seed: int) -> dict[Test, Result]:
        runs = [Run(program, (test,), switch="alone", seed=seed) for program, test in tests]
        return dict(zip(tests, self.all(runs), strict=True))


@dataclass
class Reach:
    """The tests that count by the number of a switch that they come by; and what does not count, and why."""

    by_switch: dict[int, list[Test]] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)  # switches that a test came by which is set aside
    tests: int = 0
    ignored: int = 0
    set_aside: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)  # targets that do not list their tests
    seconds: dict[Test, float] = field(default_factory=dict)  # what each test took, alone

    def patience(self, tests: list[Test], most: float) -> float:
        """Seconds after which these tests, run with something changed, are held to hang."""
        alone = sum(self.seconds[test] for test in tests)
        return max(min(most, max(SHORTEST, SLOWER * alone)), AT_LEAST * alone)


def learn_reach(runs: Runs) -> Reach:
    """Run everything with no switch set; raises NoVerdict where a test does not pass."""
    reach = Reach()
    list_tests(runs, reach)
    programs = [program for program in runs.built.programs if program.tests]
    reach.tests = sum(len(program.tests) for program in programs)
    whole = max(runs.run_seconds, runs.wall_seconds / 10)
    one = runs.all([Run(p, switch="record", seed=ONE_BY_ONE) for p in programs], whole)
    for program, result in zip(programs, one, strict=True):
        must_pass(runs, program, result, "")
    # Twice the time: this is no second chance to be found too slow.
    two = runs.all([Run(p, switch="record", seed=TWO_AT_A_TIME, threads=2) for p in programs], 2 * whole)
    shaky: dict[Test, str] = {}
    for program, result in zip(programs, two, strict=True):
        if result.ended == "failed":
            shaky |= {(program, name): "fails beside others" for name in result.failures}
        else:
            must_pass(runs, program, result, " two at a time")
    alone = runs.alone([(program, test) for program in programs for test in program.tests], ALONE)
    reach.seconds = {test: result.seconds for test, result in alone.items()}
    wholes = {program: results for program, *results in zip(programs, one, two, strict=True)}
    differs = []
    for (program, test), result in alone.items():
        if result.ended != "ok":
            shaky.setdefault((program, test), "slow alone" if result.ended == "timeout" else "fails alone")
        elif any(by_name(whole, test) != all_of(result) for whole in wholes[program]):
            differs.append((program, test))
    # What is computed once and kept, and threads of a test's own, make a difference as well: only a test
    # that differs from itself, alone, is set aside.
    for seed in (AGAIN, ONCE_MORE):
        for test, result in runs.alone(differs, seed).items():
            if result.ended != "ok":
                shaky.setdefault(test, "fails at times")
            elif all_of(result) != all_of(alone[test]):
                shaky.setdefault(test, "does not always take the same way")
    note(reach, alone, shaky)
    return reach


def list_tests(runs: Runs, reach: Reach) -> None:
    programs = runs.built.programs
    lists = ("--list", "--format", "terse"), ("--list", "--format", "terse", "--ignored")
    results = runs.all([Run(program, arguments=words) for program in programs for words in lists])
    for program, every, ignored in zip(programs, results[::2], results[1::2], strict=True):
        names, left = listed(every.output), listed(ignored.output)
        if every.code or ignored.code or names is None or left is None:
            reach.left_out[program.target] = "does not list its tests"
            continue
        program.tests = [name for name in names if name not in set(left)]
        reach.ignored += len(left)


def must_pass(runs: Runs, program: Program, result: Result, how: str) -> None:
    if result.ended == "ok":
        return
    names = result.failures or result.unfinished
    if not names:  # the program's own words are lost
        alone = runs.alone([(program, test) for test in program.tests], ALONE)
        names = [test for (_, test), one in alone.items() if one.ended != "ok"]
    named = ", ".join(program.argument(name) for name in names[:NAMED]) or program.target
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    status = {"died": "failed"}.get(result.ended, result.ended)
    what = SAID.get(result.ended, f"end with code {result.code}")
    if status == "timeout":  # which test it was depends on the machine's speed: for the log, not for the data
        print(f"still running at its limit: {named}{more}", file=sys.stderr)
        named, more = program.target, ""
    raise NoVerdict(status, f"tests {what}{how} before any change: {named}{more}")


def note(reach: Reach, alone: dict[Test, Result], shaky: dict[Test, str]) -> None:
    reach.set_aside = {program.argument(test): why for (program, test), why in shaky.items()}
    by_switch = defaultdict(list)
    for test, result in alone.items():
        for number in all_of(result):
            if test in shaky:
                reach.unsure.add(number)
            else:
                by_switch[number].append(test)
    reach.by_switch = dict(by_switch)


def by_name(result: Result, test: str) -> frozenset[int]:
    """The switches that the test's own thread came by."""
    return frozenset(number for number, thread in result.reached if thread == test)


def all_of(result: Result) -> frozenset[int]:
    return frozenset(number for number, _ in result.reached)
