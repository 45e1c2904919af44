"""Which of a crate's own tests fail when a function is removed, and whether they pass with a rewrite of it.

    with BuiltTests(folder, package, targets) as build:
        findings = Behaviour(build, functions, forms).examine()

1. Build once, with every function and every rewrite behind a switch (ferrule.compiler.function_switches).
2. Run all tests with no switch set. They show which functions each test reaches; those that do not pass, or that are
   too expensive, are set aside (ferrule.compiler.baseline_tests).
3. Remove each function in turn and run tests that reach it, those that reach the fewest functions first. Those
   that fail cover the function.
4. Switch to a rewrite of each covered function at once and run all tests that reach them. If a test fails, switch to
   each rewrite that it reaches alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from ferrule.compiler.baseline_tests import ALONE, NAMED, Budget, NoVerdict, Reach, Runs, Test, learn_reach
from ferrule.compiler.cargo_check import CrateDoesNotCompile, Diagnostic
from ferrule.compiler.crate_tests import BATCH, BuiltTests, SessionEnded, argument_of
from ferrule.compiler.function_switches import Form, Switched, Switches
from ferrule.compiler.judge import Function
from ferrule.compiler.test_runs import WAITING, Program, Result, Run

Subject = TypeVar("Subject")  # what is tried: a function, or a rewrite
Trial = tuple[Form, int, list[Test]]  # a rewrite, its switch, and the tests that reach its function

ROUNDS = 12  # builds at most
OTHER_TYPE = "`if` and `else` have incompatible types"
ROOTS = {"lib", "rlib", "dylib", "cdylib", "staticlib", "bin"}


@dataclass
class Covered:
    """Whether a function is covered, and by which tests.

    `covered` is None if that is not known, for `reason`.
    """

    covered: bool | None = None
    tests: list[Test] = field(default_factory=list)
    reason: str = ""

    @property
    def arguments(self) -> list[str]:
        """The tests as arguments of `cargo test`."""
        return [program.argument(test) for program, test in self.tests]


@dataclass
class Findings:
    """What the tests show about the functions and rewrites of a crate.

    Tests are named as arguments of `cargo test`.
    """

    status: str = "ok"
    reason: str = ""
    coverage: dict[str, Covered] = field(default_factory=dict)  # by chunk id
    outcomes: dict[Form, tuple[str, str]] = field(default_factory=dict)  # (outcome, reason)
    reach: Reach = field(default_factory=Reach)
    left_out: dict[str, str] = field(default_factory=dict)  # targets that do not compile
    builds: int = 0


class Behaviour:
    """The examination of one crate. `wall_seconds` limits all of it, `run_seconds` the CPU time of one run of a program,
    `cpu_seconds` that of all runs, `wait_seconds` how long all runs sleep: the most expensive tests are set aside until
    the others fit.

    `tests_per_function` is how many tests a removed function is tried with, as long as one of them fails.
    """

    def __init__(
        self,
        built: BuiltTests,
        functions: list[Function],
        forms: Sequence[Form] = (),
        *,
        wall_seconds: float = 300,
        run_seconds: float = 10,
        cpu_seconds: float = 60,
        wait_seconds: float = 60,
        tests_per_function: int = 12,
    ) -> None:
        self.built, self.forms = built, list(forms)
        self.runs, self.tests_per_function = Runs(built, wall_seconds, run_seconds), tests_per_function
        roots = sorted({target["path"] for target in built.targets if ROOTS & set(target["kind"])})
        self.switches = Switches(built.original, roots, functions, self.forms)
        rewrites = max((len(switched.forms) for switched in self.switches.functions), default=0)
        self.budget = Budget(cpu_seconds, wait_seconds, tests_per_function, rewrites)
        self.findings = Findings()
        # Functions with a form that has another type behind `impl Trait`.
        self._other_types: set[Switched] = set()

    def examine(self) -> Findings:
        """All steps, in order. What a failed step leaves open has no verdict, with the reason."""
        findings = self.findings
        try:
            self.build()
            self.findings.reach = learn_reach(self.runs, self.budget)
            self.remove()
        except SessionEnded as error:
            late = error.status == "timeout"
            findings.status, findings.reason = error.status, self.runs.late if late else error.reason
            findings.coverage.clear()
        except NoVerdict as error:
            # How many functions are done by now depends on the machine's speed: report all or none.
            findings.status, findings.reason = error.status, error.reason
            findings.coverage.clear()
        except CrateDoesNotCompile as error:
            findings.status, findings.reason = error.status, f"the tests are not built: {error.reason}"
        reason = "no_verdict"
        if findings.status == "ok":
            try:
                self.rewrite()
            except (NoVerdict, SessionEnded) as error:
                findings.outcomes.clear()
                reason = error.status
        for switched in self.switches.functions:
            findings.coverage.setdefault(switched.function.id, Covered(reason=switched.reason or reason))
        for form in self.forms:
            known = self.switches.refused.get(form)
            findings.outcomes.setdefault(form, ("", known or self._why_not_run(form, reason)))
        findings.builds = self.built.builds
        return findings

    def _why_not_run(self, form: Form, reason: str) -> str:
        covered = self.findings.coverage.get(form.chunk)
        if covered is None:
            return "not_live"
        return {None: covered.reason, False: "not_covered", True: reason}[covered.covered]

    # --- the build --------------------------------------------------------------------------------

    def build(self, only: list[str] | None = None) -> None:
        """Build with all switches; take out what errors point at, until there is no error.

        `only` has arguments of `cargo test` that select targets; None selects its defaults.
        """
        for target in self.built.targets:
            if why := self.built.skipped.get(target["path"]):
                self.findings.left_out[argument_of(target)] = why
        for _ in range(ROUNDS):
            self.built.write(self.switches.edits())
            errors = self.built.build(max(self.runs.left(), 1), only, self.switches.uses_const)
            if not errors:
                return
            if self._blame(errors) or self._without_const(errors):
                continue
            only = self._without_target(errors, only)
        raise NoVerdict("failed", f"the tests are not built after {ROUNDS} attempts")

    def _blame(self, errors: list[tuple[str, Diagnostic]]) -> bool:
        """Take out what errors point at; returns whether that changed anything."""
        if roots := self._roots_without_module(errors):
            self.switches.roots += roots
            return True
        owners: dict[tuple[Switched, int], None] = {}
        for _, error in errors:
            for file, start, _ in error.places:
                if owner := self.switches.owner_of(file, start):
                    # One round shows one form with another type behind `impl Trait`: the next ones have others, too.
                    again = OTHER_TYPE in error.rendered and owner[0] in self._other_types
                    owners[owner[0], 0 if again else owner[1]] = None
                    if OTHER_TYPE in error.rendered:
                        self._other_types.add(owner[0])
                    break
        for switched, form in owners:
            if not switched.reason and (not form or form in switched.forms):
                self.switches.take_out(switched, form)
        return bool(owners)

    def _roots_without_module(self, errors: list[tuple[str, Diagnostic]]) -> list[str]:
        """The roots of tests that need the switches' module: those that include a file of the library."""
        targets = {target for target, error in errors if "__switch" in error.rendered}
        roots = {t["path"] for t in self.built.targets if f"--test {t['name']}" in targets}
        return sorted(roots - set(self.switches.roots))

    def _without_const(self, errors: list[tuple[str, Diagnostic]]) -> bool:
        """Give up const switches if errors elsewhere mention them or features; returns whether it did."""
        unstable = any("feature" in error.rendered or "__switch" in error.rendered for _, error in errors)
        return unstable and self.switches.leave_out_const()

    def _without_target(self, errors: list[tuple[str, Diagnostic]], only: list[str] | None) -> list[str]:
        """The targets without those that do not compile; their errors point at no switch."""
        # Left to itself cargo also builds examples that are marked as tests; those that are named here have none.
        chosen = self.built.selected() if only is None else only
        failing = dict(reversed(errors))
        kept = [target for target in chosen if target not in failing]
        for target in failing.keys() - {""} if only is None else failing.keys() & set(chosen):
            self.findings.left_out[target] = (
                f"does not compile: {failing[target].rendered.splitlines()[0][:200]}"
            )
        unchanged = len(kept) == len(chosen) and only is not None
        if unchanged or not kept or failing.keys() == {""}:
            raise NoVerdict("failed", f"the tests do not compile: {first_of(errors)}")
        return kept

    # --- one function at a time -------------------------------------------------------------------

    def remove(self) -> None:
        """Remove each function in turn and run tests that reach it."""
        reach, coverage = self.findings.reach, self.findings.coverage
        first: list[tuple[Switched, int, list[Test]]] = []
        others: dict[Switched, list[Test]] = {}
        for switched in self.switches.functions:
            if tests := reach.by_switch.get(switched.number, []):
                chosen = reach.narrowest(tests, self.tests_per_function)
                first.append((switched, switched.number, chosen))
                others[switched] = [test for test in tests if test not in set(chosen)]
            elif not switched.reason:
                coverage[switched.function.id] = Covered(False)
        self._cover(first)
        # Tests that expect the panic do not fail: then every other one is tried.
        more = [
            (switched, switched.number, tests)
            for switched, tests in others.items()
            if tests and coverage[switched.function.id].covered is False
        ]
        self._cover(more)
        for switched in self.switches.functions:
            # A test that is set aside may cover it.
            known = coverage.get(switched.function.id)
            if known and not known.tests and (open_question := self._may_be_covered(switched.number)):
                coverage[switched.function.id] = Covered(None, [], known.reason or open_question)

    def _may_be_covered(self, number: int) -> str:
        """Why a function that no test covers may be covered by a test that is set aside; "" if it cannot be."""
        reach = self.findings.reach
        if number in reach.unsure:
            return "not_repeatable"
        return "too_expensive" if number in reach.unpaid or not reach.complete else ""

    def _cover(self, todo: list[tuple[Switched, int, list[Test]]]) -> None:
        """Remove each function and run its tests: those that fail cover it."""
        for switched, failing, reason in self._try(todo, names=True):
            self.findings.coverage[switched.function.id] = Covered(
                None if reason else bool(failing), failing, reason
            )

    def rewrite(self) -> None:
        """Switch to the rewrites of covered functions, one of each function at a time, and run all tests that reach
        them. Rewrites that a failing test reaches are tried alone.
        """
        groups: dict[int, list[Trial]] = defaultdict(list)
        for switched in self.switches.functions:
            covered = self.findings.coverage.get(switched.function.id)
            if covered and covered.covered:
                tests = self.findings.reach.by_switch[switched.number]
                for place, (number, (form, _)) in enumerate(switched.forms.items()):
                    groups[place].append((form, number, tests))
        suspects: list[Trial] = []
        for group in groups.values():
            self.findings.outcomes |= {form: ("tested", "") for form, _, _ in group}
            suspects += self._suspects(group)
        for form, failing, reason in self._try(suspects, names=False):
            if reason:
                self.findings.outcomes[form] = ("", reason)
            elif failing:
                names = ", ".join(program.argument(test) for program, test in failing[:NAMED])
                self.findings.outcomes[form] = ("failed", f"{names}{', ...' if len(failing) > NAMED else ''}")

    def _suspects(self, group: list[Trial]) -> list[Trial]:
        """The rewrites of a group that a test may fail with, each with the tests to try it with alone."""
        if len(group) < 2:
            return group
        union = {test for _, _, tests in group for test in tests}
        switch = "".join(f"{number}," for _, number, _ in group)
        runs = [
            self._run(program, names, switch)
            for program in self.built.programs
            if (names := [name for name in program.tests if (program, name) in union])
        ]
        failing: set[Test] = set()
        ended: set[Program] = set()  # programs that ended before all their tests had a result
        for run, result in zip(runs, self.runs.run(runs), strict=True):
            if result.ended == "failed":
                failing |= {(run.program, test) for test in result.failures}
            elif result.ended != "ok":
                ended.add(run.program)
                failing |= {(run.program, test) for test in result.failures or result.unfinished}
        suspects, unclear = [], []
        for form, number, tests in group:
            if hit := [test for test in tests if test in failing]:
                suspects.append((form, number, tests if ended else hit))
            elif any(program in ended for program, _ in tests):
                unclear.append((form, number, tests))
        if len(unclear) == len(group):
            half = len(unclear) // 2
            return self._suspects(unclear[:half]) + self._suspects(unclear[half:])
        return suspects + self._suspects(unclear)

    def _try(
        self, todo: list[tuple[Subject, int, list[Test]]], *, names: bool
    ) -> Iterator[tuple[Subject, list[Test], str]]:
        """For each (subject, switch, tests), run the tests with the switch: (subject, failing tests, reason).

        With `names`, if a program dies before it reports which tests fail, each of its tests runs alone.
        `reason` says why the failing tests are not known.
        """
        for first in range(0, len(todo), BATCH):
            part = todo[first : first + BATCH]
            jobs = [
                (index, self._run(program, tests, number))
                for index, (_, number, reaching) in enumerate(part)
                for program, tests in by_program(reaching).items()
            ]
            failing: dict[int, set[Test]] = defaultdict(set)
            reasons: dict[int, str] = {}
            singles = []
            for (index, run), result in zip(jobs, self.runs.run([run for _, run in jobs]), strict=True):
                if names and run.tests and len(run.tests) > 1 and result.ended in ("died", "memory"):
                    singles += [(index, replace(run, tests=(test,))) for test in run.tests]
                else:
                    note(run, result, index, failing, reasons)
            for (index, run), result in zip(singles, self.runs.run([run for _, run in singles]), strict=True):
                note(run, result, index, failing, reasons)
            for index, (subject, _, tests) in enumerate(part):
                reason = reasons.get(index, "")
                yield subject, [] if reason else [test for test in tests if test in failing[index]], reason

    def _run(self, program: Program, names: list[str], switch: int | str) -> Run:
        """A run of these tests with functions changed."""
        reach, tests = self.findings.reach, [(program, name) for name in names]
        limit = reach.time_limit(tests, self.runs.run_seconds)
        patience = min(WAITING * limit, reach.patience(tests))
        return Run(program, tuple(names), switch=switch, seed=ALONE, limit=limit, patience=patience)


def by_program(tests: list[Test]) -> dict[Program, list[str]]:
    names: dict[Program, list[str]] = defaultdict(list)
    for program, test in tests:
        names[program].append(test)
    return names


def note(
    run: Run, result: Result, index: int, failing: dict[int, set[Test]], reasons: dict[int, str]
) -> None:
    """Note the failing tests of a run under `index`, or the reason why they are not known."""
    if result.ended in ("timeout", "output"):
        reasons[index] = result.ended
    elif result.ended != "ok":
        failing[index] |= {(run.program, test) for test in result.failures or run.tests or ()}


def first_of(errors: list[tuple[str, Diagnostic]]) -> str:
    return errors[0][1].rendered.splitlines()[0][:200]
