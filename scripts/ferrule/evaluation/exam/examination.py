"""The exam of a problem set: checks that it must pass before a model is measured with it.

    report = examine(problems, judged, equivalent)     # `judged` is a function that judges a list of submissions

For every problem:
- its reference passes, in three orders of the tests and of hash maps
- a body that is `todo!()` or `Default::default()` does not pass
- the tests catch at least 95 % of the mutants of the reference (`ferrule.transforms.mutants.generate`)
- nothing depends on chance, time, network or files

A mutant that means the same as the reference is listed in a table, with the reason, and not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ferrule.core.reasons import WeakSpot
from ferrule.evaluation.exam.exam_answers import orders_of, whole, with_body
from ferrule.evaluation.exam.weak_spots import spots
from ferrule.evaluation.judging.answer_layout import unusable
from ferrule.evaluation.judging.submission import Submission, Verdict
from ferrule.evaluation.problems.problem import Problem
from ferrule.transforms.mutants.generate import MOST, all_mutants, mutants

Judge = Callable[[list[Submission]], Iterable[Verdict]]

KILLED = 0.95  # the share of counted mutants that tests must catch
FEWEST = 3  # with fewer mutants, the share says nothing


@dataclass
class Examined:
    """The exam's findings on one problem.

    Statuses are those of `ferrule.evaluation.judging.submission`, or "" if nothing was judged.
    """

    id: str
    reference: str = ""
    reason: str = ""  # why the reference does not pass, or cannot be judged
    orders: list[str] = field(default_factory=list)  # the reference's status in each order
    todo: str = ""
    default: str = ""
    mutants: int = 0  # all that were made
    not_compiled: int = 0
    equivalent: dict[str, str] = field(default_factory=dict)  # listed mutants that pass: name to reason
    died: int = 0
    survived: list[str] = field(default_factory=list)
    unknown: int = 0
    spots: list[str] = field(default_factory=list)

    @property
    def counted(self) -> int:
        return self.died + len(self.survived)

    def weak(self) -> list[str]:
        """The weak spots that apply: why the problem says less than it should."""
        applies = {
            WeakSpot.UNUSABLE: bool(self.reason) and not self.reference,
            WeakSpot.NO_REFERENCE: not self.reference and not self.reason,
            WeakSpot.REFERENCE_FAILS: self.reference not in ("", "passed"),
            WeakSpot.UNSTEADY: len({self.reference, *self.orders}) > 1,
            WeakSpot.TODO_PASSES: self.todo == "passed",
            WeakSpot.DEFAULT_PASSES: self.default == "passed",
            WeakSpot.FEW_MUTANTS: self.reference == "passed" and self.counted < FEWEST,
            WeakSpot.SURVIVORS: self.died < KILLED * self.counted,
            WeakSpot.UNKNOWN: self.unknown > 0,
        }
        return [reason for reason in WeakSpot if applies.get(reason) or reason in self.spots]


def examine(
    problems: Iterable[Problem], judged: Judge, equivalent: dict[tuple[str, str], str], most: int = MOST
) -> list[Examined]:
    """The findings on each problem, in their order. At most `most` mutants of each are judged.

    `equivalent` is the table of `read_equivalent`.
    """
    problems = list(problems)
    verdicts = Verdicts(judged)
    reasons = {problem.id: unusable(problem) for problem in problems}
    with_reference = [p for p in problems if p.reference.strip() and not reasons[p.id]]
    reference = {problem.id: whole(problem, problem.reference) for problem in with_reference}
    verdicts.judge(reference.values())

    # Mutants of a reference that does not pass say nothing about the tests.
    passing = {id for id, submission in reference.items() if verdicts.status(submission) == "passed"}
    orders = {p.id: orders_of(p) for p in problems if p.id in passing}
    mutants_of = {p.id: mutants(p, most) for p in problems if p.id in passing}
    bodies = {
        body: {p.id: with_body(p, body) for p in with_reference} for body in ("todo!()", "Default::default()")
    }
    verdicts.judge(
        [each for several in orders.values() for each in several]
        + [each for several in bodies.values() for each in several.values()]
        + [whole(p, mutant.reference) for p in problems for mutant in mutants_of.get(p.id, ())]
    )

    report = []
    for problem in problems:
        findings = Examined(problem.id, reason=reasons[problem.id], spots=spots(problem))
        if problem.id in reference:
            verdict = verdicts.of(reference[problem.id])
            findings.reference = verdict.status
            findings.reason = verdict.reason if verdict.status != "passed" else ""
            findings.todo, findings.default = (verdicts.status(bodies[body][problem.id]) for body in bodies)
            findings.orders = [verdicts.status(each) for each in orders.get(problem.id, ())]
            statuses = [findings.reference, findings.todo, findings.default, *findings.orders]
            findings.unknown = statuses.count("infrastructure")
        for mutant in mutants_of.get(problem.id, ()):
            verdict = verdicts.of(whole(problem, mutant.reference))
            count(findings, mutant.name, verdict, equivalent)
        report.append(findings)
    return report


def count(findings: Examined, name: str, verdict: Verdict, equivalent: dict[tuple[str, str], str]) -> None:
    """Add the verdict on a mutant to the findings."""
    findings.mutants += 1
    if verdict.status == "infrastructure":
        findings.unknown += 1
    elif verdict.status == "compile_error" or verdict.stage in ("answer", "compile"):
        findings.not_compiled += 1
    elif verdict.status != "passed":
        findings.died += 1
    elif (findings.id, name) in equivalent:
        findings.equivalent[name] = equivalent[findings.id, name]
    else:
        findings.survived.append(name)


class Verdicts:
    """The verdicts so far, by submission. If the machine failed, a submission is judged once more."""

    def __init__(self, judged: Judge):
        self.judged = judged
        self.by_key: dict[str, Verdict] = {}

    def judge(self, submissions: Iterable[Submission]) -> None:
        by_key = {submission.key: submission for submission in submissions}
        for _ in range(2):
            left = [
                submission
                for key, submission in by_key.items()
                if key not in self.by_key or self.by_key[key].status == "infrastructure"
            ]
            if left:
                self.by_key.update((verdict.key, verdict) for verdict in self.judged(left))

    def of(self, submission: Submission) -> Verdict:
        return self.by_key[submission.key]

    def status(self, submission: Submission) -> str:
        return self.of(submission).status


# --- mutants that mean the same -----------------------------------------------------------------------------


def read_equivalent(path: Path) -> dict[tuple[str, str], str]:
    """Why each (problem, mutant) of the table means the same as the reference; ValueError names an invalid line."""
    equivalent: dict[tuple[str, str], str] = {}
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0].split("\t") != ["problem", "mutant", "why"]:
        raise ValueError(f"{path}:1: the columns are problem, mutant, why")
    for number, line in enumerate(lines[1:], 2):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 3 or not all(cells):
            raise ValueError(f"{path}:{number}: not three cells with a tab between them")
        if (cells[0], cells[1]) in equivalent:
            raise ValueError(f"{path}:{number}: {cells[0]} {cells[1]} is listed twice")
        equivalent[cells[0], cells[1]] = cells[2]
    return equivalent


def listed_wrongly(
    problems: Iterable[Problem], report: list[Examined], equivalent: dict[tuple[str, str], str]
) -> list[str]:
    """Entries of the table that are wrong: there is no such mutant, or the tests catch it."""
    wrong = []
    for problem, findings in zip(problems, report, strict=True):
        listed = [mutant for id, mutant in equivalent if id == problem.id]
        names = {mutant.name for mutant in all_mutants(problem)} if listed else set()
        judged = {mutant.name for mutant in mutants(problem)} if findings.reference == "passed" else set()
        for name in listed:
            if name not in names:
                wrong.append(f"{problem.id}: {name}: there is no such mutant")
            elif name in judged and name not in findings.equivalent and not findings.unknown:
                wrong.append(f"{problem.id}: {name}: it does not compile or the tests catch it")
    return wrong
