"""A crate's tests with no switch set: do they pass, are they repeatable, which functions does each reach, at what cost.

Each test runs alone, with little time at first, and those that need more get it as long as the budget lasts. Then each
program runs its tests one after the other, as `cargo test` can, and two at a time. Each of these runs gets different
random bytes, and the switches record which test reaches which function.

A test is set aside by name, and the others count, if it fails, alone or beside others, if it takes too long or too much
memory, if it does not always reach the same functions, or if the budget does not reach for it: the most expensive tests
go first. A crate has no verdict only where no test is left.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from dataclasses import dataclass, field

from ferrule.compiler.crate_tests import BATCH, BuiltTests, listed
from ferrule.compiler.test_runs import KILLED, Program, Result, Run

# A seed for each kind of run. Runs with a removed or rewritten function use the seed ALONE.
ONE_BY_ONE, TWO_AT_A_TIME, ALONE, AGAIN, ONCE_MORE = 1, 2, 3, 4, 5
NAMED = 5  # tests named in a reason
PHRASES = {
    "failed": "fails",
    "died": "ends the program",
    "timeout": "takes too long",
    "output": "prints too much",
    "memory": "takes too much memory",
}
TOO_LONG, TOO_EXPENSIVE = PHRASES["timeout"], "over the budget"

Test = tuple[Program, str]


class NoVerdict(Exception):
    """The tests give no verdict on the crate's functions; `status` is as in `session.Outcome`."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


SLOW_FACTOR = 10  # a test counts as hanging after this many times the seconds that it took alone
LEAST_FACTOR = 4  # it always gets this many times those seconds, even if that exceeds the limit of a run
LEAST_SECONDS = 2  # and never less than this
LEAST_PATIENCE = 1  # seconds that a run with a changed function may wait at least: asleep, or in a deadlock
FIRST_LIMITS = (0.25, 2)  # seconds that each test alone gets at first
STEP = 50  # tests in one command, while the budget is watched
SHARE_ALONE = 1 / 3  # of the budget: what finding out the cost of the tests may take
RUN_COST = 0.002  # seconds that any run costs
SHORT = 0.008  # seconds: what a test takes alone is then mostly the start of its program,
SHORT_COST = 0.0003  # and this is what it takes in a run with others
ATTEMPTS = 4  # runs of a program whose tests fail together, each without those that have failed


class Runs:
    """Runs of test programs under two limits: wall seconds for all runs together, and CPU seconds for each run."""

    def __init__(self, built: BuiltTests, wall_seconds: float, run_seconds: float) -> None:
        self.built, self.wall_seconds, self.run_seconds = built, wall_seconds, run_seconds
        self.lanes = 1  # how many runs of a program may sleep at once
        self.deadline = time.monotonic() + wall_seconds
        self.late = f"the tests take too long: over {wall_seconds:g} s with their build"

    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()

    def run(self, runs: list[Run], limit: float | None = None, lanes: int = 0) -> list[Result]:
        """The results of the runs, from commands of at most BATCH.

        Where a run ends what would report it, as a test that kills its parent does, the rest is sent again, one at a
        time. Then the first of a program's runs without a result is to blame.
        """
        limit, lanes = limit or self.run_seconds, lanes or self.lanes
        results: list[Result | None] = [None] * len(runs)
        waiting = list(range(len(runs)))
        while waiting:
            if self.left() <= 0:
                raise NoVerdict("timeout", self.late)
            batch = waiting[:BATCH]
            for number, result in zip(batch, self._run([runs[n] for n in batch], limit, lanes), strict=True):
                results[number] = result
            missing = [number for number in batch if results[number] is None]
            if lanes == 1:
                for first in {runs[number].program: number for number in reversed(missing)}.values():
                    results[first] = Result(KILLED)
            elif missing:
                lanes = 1
            waiting = [number for number in waiting if results[number] is None]
        return [result for result in results if result is not None]

    def _run(self, runs: list[Run], limit: float, lanes: int) -> list[Result | None]:
        wall = self.left() + limit + 5
        return self.built.run(runs, limit=limit, wall_seconds=wall, lanes=lanes)

    def run_alone(self, tests: list[Test], seed: int, limit: float | None = None) -> dict[Test, Result]:
        """Run each test alone, recording the functions that it reaches in any thread. Tests may sleep at the same time; one
        that then fails runs again while nothing else does.
        """
        runs = [Run(program, (test,), switch="alone", seed=seed, limit=limit) for program, test in tests]
        results = self.run(runs, lanes=self.built.lanes)
        failed = [place for place, result in enumerate(results) if result.ended not in ("ok", "timeout")]
        again = self.run([runs[place] for place in failed], lanes=1)
        for place, result in zip(failed, again, strict=True):
            results[place] = result
        return dict(zip(tests, results, strict=True))


@dataclass
class Reach:
    """Which tests reach which functions, by the numbers of their switches; which tests do not count, and why."""

    by_switch: dict[int, list[Test]] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)  # switches that a test reaches which is not repeatable
    unpaid: set[int] = field(default_factory=set)  # switches that a test reaches which is over the budget
    complete: bool = True  # false if a test took too long to show which functions it reaches
    tests: int = 0
    ignored: int = 0
    set_aside: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)  # targets that do not list their tests
    seconds: dict[Test, float] = field(default_factory=dict)  # CPU time of each test alone
    waited: dict[Test, float] = field(default_factory=dict)  # seconds that each test alone sleeps
    breadth: dict[Test, int] = field(default_factory=dict)  # how many functions each test reaches

    def time_limit(self, tests: list[Test], most: float) -> float:
        """Seconds after which these tests, run with a changed function, count as hanging."""
        alone = sum(self.seconds[test] for test in tests)
        return max(min(most, max(LEAST_SECONDS, SLOW_FACTOR * alone)), LEAST_FACTOR * alone)

    def duration(self, tests: list[Test]) -> float:
        """Seconds that these tests took alone, computing and waiting."""
        return sum(self.seconds[test] + self.waited[test] for test in tests)

    def patience(self, tests: list[Test]) -> float:
        """Seconds that these tests, run with a changed function, may wait before they count as hanging."""
        return max(LEAST_PATIENCE, LEAST_FACTOR * sum(self.waited[test] for test in tests))

    def narrowest(self, tests: list[Test], most: int) -> list[Test]:
        """Of these tests, the `most` that reach the fewest functions, in their own order."""
        chosen = set(sorted(tests, key=lambda test: self.breadth[test])[:most])
        return [test for test in tests if test in chosen]


@dataclass(frozen=True)
class Budget:
    """What all runs of a crate's tests may take, and what the runs depend on."""

    seconds: float  # of CPU time
    waiting: float  # seconds asleep
    tests_per_function: int
    rewrites: int  # most rewrites of one function: so often do all tests run once more

    def cost(
        self, price: dict[Test, float], tests: set[Test], reach: Reach, by_switch: dict[int, list[Test]]
    ) -> float:
        """What the runs still to come take with these tests, at most, by what each test takes alone."""
        total = (2 + self.rewrites) * sum(price[test] for test in tests)
        for reaching in by_switch.values():
            left = [test for test in reaching if test in tests]
            total += sum(price[test] for test in reach.narrowest(left, self.tests_per_function))
        return total


def learn_reach(runs: Runs, budget: Budget) -> Reach:
    """Run all tests with no switch set; raises NoVerdict if none is left that passes."""
    reach = Reach()
    list_tests(runs, reach)
    programs = [program for program in runs.built.programs if program.tests]
    tests = [(program, test) for program in programs for test in program.tests]
    reach.tests = len(tests)
    why: dict[Test, str] = {}  # the tests set aside
    alone = run_each_alone(runs, tests, budget)
    for test in tests:
        result = alone.get(test)
        if result is None:
            why[test] = TOO_EXPENSIVE
        elif result.ended != "ok":
            why[test] = f"{PHRASES[result.ended]} alone"
        reach.complete &= result is not None and result.ended != "timeout"
    reach.seconds = {test: result.seconds for test, result in alone.items()}
    reach.waited = {test: result.waited for test, result in alone.items()}
    reach.breadth = {test: len(reached(result)) for test, result in alone.items()}
    why |= dict.fromkeys(
        too_expensive([t for t in tests if t not in why], alone, reach, budget), TOO_EXPENSIVE
    )

    kept = {program: [test for test in program.tests if (program, test) not in why] for program in programs}
    limit = runs.run_seconds + LEAST_FACTOR * sum(reach.seconds[test] for test in tests if test not in why)
    together = [
        run_together(runs, kept, ONE_BY_ONE, 1, limit, " one after the other", why),
        # Twice the time: tests that passed one by one must not count as too slow here.
        run_together(runs, kept, TWO_AT_A_TIME, 2, 2 * limit, " beside others", why),
    ]
    # Values that are computed once and cached, and a test's own threads, cause differences as well. So a test
    # is set aside only if two runs of it alone differ.
    differing = [
        (program, test)
        for program, names in kept.items()
        for test in names
        if any(reached_by(whole[program], test) != reached(alone[program, test]) for whole in together)
    ]
    for seed in (AGAIN, ONCE_MORE):
        for test, result in runs.run_alone(differing, seed).items():
            if result.ended != "ok":
                why.setdefault(test, f"{PHRASES[result.ended]} at times")
            elif reached(result) != reached(alone[test]):
                why.setdefault(test, "does not always take the same way")
    record(reach, alone, why)
    if tests and len(why) == len(tests):
        raise NoVerdict(status_of(alone), f"no test is left: {in_words(reach.set_aside)}")
    runs.lanes = lanes_of(runs, [test for test in tests if test not in why and reach.waited[test]])
    return reach


def lanes_of(runs: Runs, sleeping: list[Test]) -> int:
    """How many runs may sleep at once: one only, if a test that sleeps does not pass beside a second run of itself."""
    lanes = runs.built.lanes
    twice = [Run(program, (test,), seed=ALONE) for program, test in sleeping for _ in range(2)]
    return lanes if all(result.ended == "ok" for result in runs.run(twice, lanes=lanes)) else 1


def run_each_alone(runs: Runs, tests: list[Test], budget: Budget) -> dict[Test, Result]:
    """The result of each test alone. Tests for which the budget does not reach are not in it."""
    results: dict[Test, Result] = {}
    spent, waiting = 0.0, tests
    for limit in (*(first for first in FIRST_LIMITS if first < runs.run_seconds), runs.run_seconds):
        late: list[Test] = []
        for first in range(0, len(waiting), STEP):
            if spent > budget.seconds * SHARE_ALONE:
                break
            for test, result in runs.run_alone(waiting[first : first + STEP], ALONE, limit).items():
                results[test] = result
                spent += RUN_COST + (limit if result.ended == "timeout" else result.seconds)
                late += [test] if result.ended == "timeout" else []
        waiting = late
    return results


def too_expensive(tests: list[Test], alone: dict[Test, Result], reach: Reach, budget: Budget) -> list[Test]:
    """The most expensive tests, as many as must go for the rest to fit the budget: those that compute longest, then
    those that wait longest. Of equal ones, those that reach the most functions go first: they would run most often.
    """
    by_switch: dict[int, list[Test]] = defaultdict(list)
    for test in tests:
        for number in reached(alone[test]):
            by_switch[number].append(test)
    computing = {test: rounded(reach.seconds[test]) or SHORT_COST for test in tests}
    waiting = {test: rounded(reach.waited[test]) for test in tests}
    kept = set(tests)
    for price, most in ((computing, budget.seconds), (waiting, budget.waiting)):
        by_price = sorted(
            (test for test in tests if test in kept), key=lambda test: (price[test], reach.breadth[test])
        )
        while kept and budget.cost(price, kept, reach, by_switch) > most:
            # All that cost as much as the most expensive one, but few at a time.
            for _ in range(max(1, len(kept) // 20)):
                last = by_price.pop()
                kept.remove(last)
                if not by_price or price[by_price[-1]] < price[last]:
                    break
    return [test for test in tests if test not in kept]


def rounded(seconds: float) -> float:
    """The power of two that is nearest, or 0: in this, two measurements of a test's time seldom differ."""
    return 2.0 ** round(math.log2(seconds)) if seconds >= SHORT else 0


def run_together(
    runs: Runs,
    kept: dict[Program, list[str]],
    seed: int,
    threads: int,
    limit: float,
    how: str,
    why: dict[Test, str],
) -> dict[Program, Result]:
    """The result of each program with its kept tests in one run. Tests that fail so leave `kept`, with their reason."""
    results: dict[Program, Result] = {}
    waiting = [program for program, names in kept.items() if names]
    for attempt in range(ATTEMPTS):
        todo = [
            Run(program, tuple(kept[program]), switch="record", seed=seed, threads=threads, limit=limit)
            for program in waiting
        ]
        waiting = []
        for run, result in zip(todo, runs.run(todo), strict=True):
            program, names = run.program, kept[run.program]
            if result.ended == "ok":
                results[program] = result
                continue
            failing = [name for name in result.failures or result.unfinished if name in names]
            if not failing or attempt == ATTEMPTS - 1:
                failing = list(names)
            why |= {(program, name): PHRASES[result.ended] + how for name in failing}
            kept[program] = [name for name in names if name not in failing]
            waiting += [program] if kept[program] else []
    return results


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


def record(reach: Reach, alone: dict[Test, Result], why: dict[Test, str]) -> None:
    """Fill in which tests reach which switches; those of `why` are set aside."""
    reach.set_aside = {program.argument(test): words for (program, test), words in why.items()}
    by_switch: dict[int, list[Test]] = defaultdict(list)
    for test, result in alone.items():
        words = why.get(test)
        for number in reached(result):
            if words is None:
                by_switch[number].append(test)
            elif words == TOO_EXPENSIVE:
                reach.unpaid.add(number)
            else:
                reach.unsure.add(number)
    reach.by_switch = dict(by_switch)


def status_of(alone: dict[Test, Result]) -> str:
    """The status of a crate without a test that counts: a limit, if all its tests have hit the same one."""
    ended = {result.ended for result in alone.values()}
    return ended.pop() if len(ended) == 1 and ended <= {"timeout", "memory", "output"} else "failed"


def in_words(set_aside: dict[str, str]) -> str:
    """The first tests set aside, with their reasons."""
    named = [f"{test} {why}" for test, why in list(set_aside.items())[:NAMED]]
    return ", ".join(named) + (f" and {len(set_aside) - NAMED} more" if len(set_aside) > NAMED else "")


def reached_by(result: Result, test: str) -> frozenset[int]:
    """The switches that the test's own thread reached."""
    return frozenset(number for number, thread in result.reached if thread == test)


def reached(result: Result) -> frozenset[int]:
    """The switches that any thread reached."""
    return frozenset(number for number, _ in result.reached)
