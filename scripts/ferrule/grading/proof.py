"""Proof that a function's tests can grade an answer: they pass with the author's code and fail without it.

    prover = Prover(programs, room)
    proofs = prover.prove(functions, mutants)       # one per function, with or without a task

For each function of a crate: which tests fail if it is removed (FAIL_TO_PASS), which tests beside them pass all the same
(PASS_TO_PASS), do an empty body and `Default::default()` fail, and how many mutants do the failing tests notice. Only
tests count that pass alone, together in two orders, and with four seeds of the random bytes, in the room where answers
are graded. So a test that needs files, a network or another program grades nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypedDict

from ferrule.compiler.function_switches import Form
from ferrule.compiler.judge import Function
from ferrule.core.reasons import AnswerStatus
from ferrule.core.schemas import ProofRow, choose
from ferrule.grading.crate_programs import Build, CratePrograms
from ferrule.grading.program_room import ALONE, NoProgram, ProgramRoom, Ran
from ferrule.sandbox.answer_limits import JudgeLimits

DEFAULT, EMPTY = " ::core::default::Default::default() }", " }"
STRONG = 0.8  # share of a function's mutants that its tests must notice
MOST_BESIDE = 5  # tests of pass_to_pass that do not reach the function
REPEATS = 4  # of every test with the author's code: alone, in order, in reverse, shuffled
SLOW_SECONDS = 2  # a test that needs more CPU time alone grades nothing
LIMIT_FACTOR = 10  # an answer's tests may take so many times the author's, and at least LEAST_SECONDS
LEAST_SECONDS = 1
# Few steps, so that the limit of a task is the same wherever it is proved.
CPU_LIMITS = (LEAST_SECONDS, 5, 20, 60)

Test = tuple[str, int]  # the program, as an argument of `cargo test`, and the test's number in it


class Tried(TypedDict):
    """What of a mutant is read here: columns of MUTANTS."""

    chunk: str
    mutant: str
    text: str
    outcome: str
    reason: str
    tests: list[str]


@dataclass
class SteadyTests:
    """The tests that can grade: their names, the functions that each reaches, and the CPU time of each alone."""

    names: dict[Test, str] = field(default_factory=dict)
    reaching: dict[int, list[Test]] = field(default_factory=lambda: defaultdict(list))  # by switch
    cpu_ms: dict[Test, float] = field(default_factory=dict)
    set_aside: dict[str, str] = field(default_factory=dict)  # test: why it does not count

    def argument(self, test: Test) -> str:
        return f"{test[0]} {self.names[test]}"

    def beside(self, tests: Iterable[Test]) -> list[Test]:
        """All tests of the modules that these tests are in."""
        modules = {(program, module_of(self.names[program, number])) for program, number in tests}
        return [test for test in self.cpu_ms if (test[0], module_of(self.names[test])) in modules]


class Prover:
    """Proves the functions of one crate."""

    def __init__(self, programs: CratePrograms, room: ProgramRoom) -> None:
        self.programs, self.room = programs, room
        self.tests = SteadyTests()

    def prove(self, functions: list[Function], mutants: Iterable[Tried]) -> list[ProofRow]:
        """A row for each function, in their order. Raises NotBuilt if the tests are not built."""
        tried = defaultdict(list)
        for mutant in mutants:
            tried[mutant["chunk"]].append(mutant)
        forms = [form for f in functions for form in (*self._stubs(f), *open_mutants(f, tried[f.id]))]
        rows = {function.id: self._no_proof(function, "no_switch") for function in functions}
        for _, build in self.programs.build(functions, forms):
            self.tests = self._steady_tests(build)
            for function in functions:
                if function.id in build.stops:
                    rows[function.id] = self._proof(function, build, tried[function.id])
        return [rows[function.id] for function in functions]

    def _stubs(self, function: Function) -> Iterator[Form]:
        source = self.programs.built.original(function.file)
        head = source[function.start : function.body + 1].decode()
        for name, body in (("default", DEFAULT), ("empty", EMPTY)):
            yield Form(function.id, name, function.start, function.end, head + body)

    # --- the tests --------------------------------------------------------------------------------

    def _steady_tests(self, build: Build) -> SteadyTests:
        tests = SteadyTests()
        for target, binary in sorted(build.binaries.items()):
            self.room.load(binary)
            try:
                names = self.room.tests()
            except NoProgram as error:
                tests.set_aside[target] = str(error)
                continue
            numbers = [number for number, name in enumerate(names) if name]
            tests.names |= {(target, number): names[number] for number in numbers}
            alone = self._alone(target, numbers, tests)
            for seed, order in enumerate(orders([*alone]), 2):
                self._together(target, order, alone, seed, tests)
            for number, ran in alone.items():
                tests.cpu_ms[target, number] = ran.cpu_ms
                for switch in ran.reached:
                    tests.reaching[switch].append((target, number))
        return tests

    def _alone(self, target: str, numbers: list[int], tests: SteadyTests) -> dict[int, Ran]:
        """The tests that pass alone."""
        limits = replace(self.room.limits, cpu_seconds=SLOW_SECONDS)
        passing = {}
        for number in numbers:
            ran = self.room.run([number], switch=ALONE, seed=1, limits=limits)
            if ran.status == AnswerStatus.PASSED:
                passing[number] = ran
            else:
                tests.set_aside[tests.argument((target, number))] = ran.message or ran.status
        return passing

    def _together(
        self, target: str, order: list[int], alone: dict[int, Ran], seed: int, tests: SteadyTests
    ) -> None:
        """Run the tests together; those that fail no longer count. If the program dies, none of them does."""
        if not order:
            return
        total = math.ceil(sum(alone[number].cpu_ms for number in alone) / 1000 * 2 + 10)
        limits = replace(self.room.limits, cpu_seconds=total)
        ran = self.room.run([number for number in order if number in alone], seed=seed, limits=limits)
        bad = (
            ran.failed
            if ran.status in (AnswerStatus.PASSED, AnswerStatus.FAILED) and ran.passed
            else set(alone)
        )
        for number in bad:
            alone.pop(number, None)
            tests.set_aside[tests.argument((target, number))] = f"beside others: {ran.message or ran.status}"

    # --- one function -----------------------------------------------------------------------------

    def _proof(self, function: Function, build: Build, mutants: list[Tried]) -> ProofRow:
        reaching = self.tests.reaching[build.stops[function.id]]
        if not reaching:
            return self._no_proof(function, "no_test")
        first = self._failing(build, reaching, build.stops[function.id], seed=1)
        again = self._failing(build, reaching[::-1], build.stops[function.id], seed=2)
        if first != again:
            return self._no_proof(function, "not_repeatable")
        if not first:
            return self._no_proof(function, "stub_passes")
        switches = {
            form.rewrite: number for form, number in build.numbers.items() if form.chunk == function.id
        }
        outcomes = {}
        for name in ("default", "empty"):
            if name not in switches:
                outcomes[name] = "does_not_compile"
            else:
                outcomes[name] = "fails" if self._fails(build, sorted(first), switches[name]) else "passes"
        if "passes" in outcomes.values():
            return self._no_proof(function, "stub_passes", **outcomes)
        arguments = {self.tests.argument(test) for test in first}
        tried = [m for m in mutants if m["outcome"] in ("killed", "survived") or m["mutant"] in switches]
        killed = sum(self._killed(mutant, arguments, first, build, switches) for mutant in tried)
        beside = self._beside(function, first, reaching)
        seconds = sum(self.tests.cpu_ms[test] for test in [*first, *beside]) / 1000 * LIMIT_FACTOR
        return ProofRow(
            chunk=function.id,
            reason="",
            strength="strong" if tried and killed >= STRONG * len(tried) else "weak",
            fail_to_pass=self._named(first),
            pass_to_pass=self._named(beside),
            default=outcomes["default"],
            empty=outcomes["empty"],
            killed=killed,
            tried=len(tried),
            repeats=REPEATS,
            cpu_seconds=next((limit for limit in CPU_LIMITS if limit >= seconds), CPU_LIMITS[-1]),
        )

    def _beside(self, function: Function, failing: set[Test], reaching: list[Test]) -> list[Test]:
        """PASS_TO_PASS: the tests that reach the function and pass without it, and some of the same modules.

        No answer can change a test that does not reach its function, so a few of those are enough.
        """
        passing = [test for test in reaching if test not in failing]
        others = [
            test for test in self.tests.beside(failing) if test not in failing and test not in set(passing)
        ]
        others.sort(key=lambda test: choose(0, "beside", function.id, *test))
        return passing + others[:MOST_BESIDE]

    def _killed(
        self, mutant: Tried, arguments: set[str], tests: set[Test], build: Build, switches: dict[str, int]
    ) -> bool:
        """Whether the tests notice a mutant. One that was not killed yet is tried with all of them."""
        if mutant["outcome"] == "killed":
            return not mutant["tests"] or bool(arguments & set(mutant["tests"]))
        return mutant["mutant"] in switches and self._fails(build, sorted(tests), switches[mutant["mutant"]])

    def _named(self, tests: Iterable[Test]) -> list[str]:
        return [self.tests.argument(test) for test in sorted(tests)]

    def _fails(self, build: Build, tests: list[Test], switch: int) -> bool:
        """Whether any of the tests fails with a switch set. A stub often makes a test loop, which is failure enough."""
        for target, numbers in by_target(tests).items():
            self.room.load(build.binaries[target])
            limits = self._limits(target, numbers)
            if self.room.run(numbers, switch=switch, limits=limits).status != AnswerStatus.PASSED:
                return True
        return False

    def _failing(self, build: Build, tests: list[Test], switch: int, seed: int) -> set[Test]:
        """The tests that fail with a switch set."""
        failing: set[Test] = set()
        for target, numbers in by_target(tests).items():
            self.room.load(build.binaries[target])
            limits = self._limits(target, numbers)
            ran = self.room.run(numbers, switch=switch, seed=seed, limits=limits)
            if ran.failed or ran.passed:
                failing |= {(target, number) for number in ran.failed}
                continue
            for number in numbers:  # it died: which of them was it?
                one = self.room.run([number], switch=switch, seed=seed, limits=limits)
                if one.status != AnswerStatus.PASSED:
                    failing.add((target, number))
        return failing

    def _limits(self, target: str, numbers: list[int]) -> JudgeLimits:
        """What a run of these tests may take."""
        seconds = sum(self.tests.cpu_ms[target, number] for number in numbers) / 1000
        return replace(self.room.limits, cpu_seconds=max(LEAST_SECONDS, math.ceil(LIMIT_FACTOR * seconds)))

    def _no_proof(self, function: Function, reason: str, default: str = "", empty: str = "") -> ProofRow:
        return ProofRow(
            chunk=function.id,
            reason=reason,
            strength="",
            fail_to_pass=[],
            pass_to_pass=[],
            default=default,
            empty=empty,
            killed=0,
            tried=0,
            repeats=0,
            cpu_seconds=0,
        )


def open_mutants(function: Function, mutants: list[Tried]) -> Iterator[Form]:
    """The mutants that were tried with some tests only, or not at all for want of time, as forms of the function."""
    for mutant in mutants:
        if mutant["outcome"] == "survived" or mutant["reason"] == "budget":
            yield Form(function.id, mutant["mutant"], function.start, function.end, mutant["text"])


def by_target(tests: Iterable[Test]) -> dict[str, list[int]]:
    """The numbers of the tests by program."""
    found: dict[str, list[int]] = defaultdict(list)
    for target, number in tests:
        found[target].append(number)
    return found


def orders(numbers: list[int]) -> list[list[int]]:
    """The orders in which the tests run together: as listed, in reverse, shuffled."""
    return [numbers, numbers[::-1], sorted(numbers, key=lambda number: choose(0, "order", number))]


def module_of(name: str) -> str:
    return name.rpartition("::")[0]
