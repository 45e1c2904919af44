"""Which wrong forms of a covered function the crate's own tests notice.

    trials = MutantTrials(behaviour, forms).run()

After the coverage of a crate is known, its tests are built once more in the same sandbox, now with the mutants of covered
functions behind switches (`ferrule.compiler.function_switches`); dependencies are built already. What does not compile
is taken out. Every mutant is then run alone, with the tests that cover its function. If one of them fails, hangs or
dies, the mutant is killed. So it is known of each function how much its tests look at, and of each mutant which test
notices it, with the words that the test prints.

`covered` alone says only that a test notices a panic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ferrule.compiler.baseline_tests import ALONE, NoVerdict
from ferrule.compiler.cargo_check import CrateDoesNotCompile
from ferrule.compiler.crate_tests import SessionEnded
from ferrule.compiler.function_switches import Form, Switches
from ferrule.compiler.test_coverage import Behaviour, by_program
from ferrule.compiler.test_runs import Program, Result, Run

# CPU time after which a mutant counts as hanging: most endless loops are ended by it, at little cost.
LEAST_CPU = 0.1  # seconds
SLOW_FACTOR = 10  # times what its tests take without it
# Bytes of a test program. Where the functions alone make one that is larger, rustc needs over 4 GB for their mutants.
MOST_PROGRAM = 32_000_000
MOST_OUTPUT = 1500  # characters of a failing test's output that are kept

# What is not the same in every run, or says nothing about the function: times, addresses, threads, lines of the build.
THREAD = re.compile(r"^(thread '[^']*')(?: \(\d+\))? panicked at ([^\n:]+):\d+:\d+:$", re.MULTILINE)
NOISE = re.compile(r"^note: (?:run with|in Rust).*\n?|^stack backtrace:\n(?:.*\n)*", re.MULTILINE)
UNSTEADY = re.compile(
    r"0x[0-9a-f]{6,}|/tmp/|\b\d+(?:\.\d+)?(?:ns|µs|ms)\b|ThreadId|this function was removed"
)


@dataclass
class Outcome:
    """The outcome of a mutant: killed, survived, or empty with the reason why it was not tried."""

    outcome: str
    tests: list[str]  # those that failed, as arguments of `cargo test`
    output: str = ""  # of the first of them; empty if it hung, died or printed what differs from run to run
    reason: str = ""


class MutantTrials:
    """The trials of one crate. The behaviour is an examined one, in whose sandbox everything happens."""

    def __init__(self, behaviour: Behaviour, forms: list[Form]) -> None:
        self.behaviour, self.forms = behaviour, forms
        coverage = behaviour.findings.coverage
        functions = [s.function for s in behaviour.switches.functions if coverage[s.function.id].covered]
        wanted = {form.chunk for form in forms}
        self.switches = Switches(
            behaviour.built.original,
            behaviour.switches.roots,
            [function for function in functions if function.id in wanted],
            forms,
        )
        self.outcomes: dict[Form, Outcome] = {}

    def run(self) -> dict[Form, Outcome]:
        """The outcome of every form. A limit that is hit leaves none with one: which came first is chance."""
        if self.behaviour.built.largest_program() > MOST_PROGRAM:
            return dict.fromkeys(self.forms, Outcome("", [], reason="too_large"))
        reason = ""
        try:
            self._build()
            self._try()
        except (NoVerdict, SessionEnded) as error:
            reason = error.status
        except CrateDoesNotCompile:
            reason = "no_build"
        if reason:
            self.outcomes.clear()
        for form in self.forms:
            why = self.switches.refused.get(form) or reason or "not_covered"
            self.outcomes.setdefault(form, Outcome("", [], reason=why))
        return self.outcomes

    def _build(self) -> None:
        behaviour = self.behaviour
        left_out = dict(behaviour.findings.left_out)
        behaviour.switches = self.switches
        # The programs whose tests are run, and no others.
        tests = [
            test for s in self.switches.functions for test in behaviour.findings.coverage[s.function.id].tests
        ]
        behaviour.build(sorted({program.target for program, _ in tests}))
        behaviour.findings.left_out = left_out | behaviour.findings.left_out

    def _try(self) -> None:
        programs = {program.target: program for program in self.behaviour.built.programs}
        jobs: list[tuple[Form, Run]] = []
        for switched in self.switches.functions:
            covered = by_program(self.behaviour.findings.coverage[switched.function.id].tests)
            for number, (form, _) in switched.forms.items():
                for known, names in covered.items():
                    program = programs.get(known.target)
                    if program is not None:
                        jobs.append((form, self._job(program, number, known, names)))
        for (form, run), result in zip(jobs, self.behaviour.runs.run([run for _, run in jobs]), strict=True):
            self._note(form, run, result)

    def _job(self, program: Program, number: int, known: Program, names: list[str]) -> Run:
        """A run of these tests of the program; their cost is that of the earlier build's, `known`."""
        reach = self.behaviour.findings.reach
        seconds = sum(reach.seconds[known, name] for name in names)
        return Run(
            program,
            tuple(names),
            switch=number,
            seed=ALONE,
            limit=max(LEAST_CPU, SLOW_FACTOR * seconds),
            patience=reach.patience([(known, name) for name in names]),
        )

    def _note(self, form: Form, run: Run, result: Result) -> None:
        known = self.outcomes.setdefault(form, Outcome("survived", []))
        if result.ended == "ok":
            return
        known.outcome = "killed"
        failures = [test for test in run.tests or () if test in set(result.failures)]
        if result.ended == "failed" and failures:
            if not known.tests:
                known.output = said_by(result.output, failures[0])
            known.tests += [run.program.argument(test) for test in failures]
        else:
            # Which of them hangs or kills the program is not known.
            known.reason = result.ended


def said_by(output: str, test: str) -> str:
    """What a failing test printed, without what differs between runs; empty if the two cannot be separated."""
    begin = output.rfind(f"\n---- {test} stdout ----\n")
    if begin < 0:
        return ""
    begin = output.index("\n", begin + 1) + 1
    ends = [at for mark in ("\n---- ", "\nfailures:\n") if (at := output.find(mark, begin)) >= 0]
    said = output[begin : min(ends, default=len(output))]
    said = NOISE.sub("", THREAD.sub(r"\1 panicked at \2:", said)).strip("\n")
    if UNSTEADY.search(said) or "\ufffd" in said or len(said) > MOST_OUTPUT:
        return ""
    return said
