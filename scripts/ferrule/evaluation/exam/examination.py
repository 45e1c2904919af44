"""The exam of a problem set: what a set must show before a model is measured with it.

    report = examine(problems, judged, equivalent)     # `judged` judges submissions: a function of a list

Of every problem: its reference passes, in three orders of its tests and of hash maps alike; a body that is
`todo!()` or `Default::default()` does not; of the wrong programs near its reference (`ferrule.evaluation.mutants.generate`) the tests
catch 95 %; nothing in it depends on chance, time, network or files. A mutant that a person has found to mean the
same as the reference is listed in a table, with the reason, and not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ferrule.evaluation.exam.exam_answers import orders_of, whole, with_body
from ferrule.evaluation.exam.weak_spots import spots
from ferrule.evaluation.judging.answer_layout import unusable
from ferrule.evaluation.judging.submission import Submission, Verdict
from ferrule.evaluation.mutants.generate import MOST, all_mutants, mutants
from ferrule.evaluation.problems.problem import Problem

Judge = Callable[[list[Submission]], Iterable[Verdict]]

KILLED = 0.95  # of the mutants that count
FEWEST = 3  # mutants below which a share says nothing
REASONS = {
    "unusable": "it cannot be judged, whatever the answer",
    "no_reference": "the benchmark has no reference",
    "reference_fails": "its reference does not pass",
    "unsteady": "its reference passes or not, depending on the order of tests or of hash maps",
    "todo_passes": "a body `todo!()` passes",
    "default_passes": "a body `Default::default()` passes",
    "few_mutants": f"fewer than {FEWEST} mutants of its reference compile",
    "survivors": f"its tests let more than {1 - KILLED:.0%} of the mutants pass",
    "unknown": "the machine failed while it was examined: run the exam again",
    "randomness": "it uses random numbers",
    "clock": "it looks at the time or sleeps",
    "network": "it opens connections",
    "files": "it reads files, the environment or starts programs",
    "no_assertion": "a test of it asserts nothing",
}


@dataclass
class Examined:
    """What the exam found of one problem; statuses are those of `ferrule.evaluation.judging.submission`, "" where nothing was judged."""

    id: str
    reference: str = ""
    reason: str = ""  # why the reference does not pass, or cannot be judged
    orders: list[str] = field(default_factory=list)  # the reference's status in each order
    todo: str = ""
    default: str = ""
    mutants: int = 0  # made
    not_compiled: int = 0
    equivalent: dict[str, str] = field(default_factory=dict)  # listed, and alive: name, why
    died: int = 0
    survived: list[str] = field(default_factory=list)
    unknown: int = 0
    spots: list[str] = field(default_factory=list)

    @property
    def counted(self) -> int:
        return self.died + len(self.survived)

    def weak(self) -> list[str]:
        """The reasons, of REASONS, why the problem says less than it should."""
        found = {
            "unusable": bool(self.reason) and not self.reference,
            "no_reference": not self.reference and not self.reason,
            "reference_fails": self.reference not in ("", "passed"),
            "unsteady": len({self.reference, *self.orders}) > 1,
            "todo_passes": self.todo == "passed",
            "default_passes": self.default == "passed",
            "few_mutants": self.reference == "passed" and self.counted < FEWEST,
            "survivors": self.died < KILLED * self.counted,
            "unknown": self.unknown > 0,
        }
        return [reason for reason in REASONS if found.get(reason) or reason in self.spots]


def examine(
    problems: Iterable[Problem], judged: Judge, equivalent: dict[tuple[str, str], str], most: int = MOST
) -> list[Examined]:
    """Judge what the exam asks for and say what came of it, in the order of the problems."""
    problems = list(problems)
    verdicts = Verdicts(judged)
    reasons = {problem.id: unusable(problem) for problem in problems}
    with_reference = [p for p in problems if p.reference.strip() and not reasons[p.id]]
    reference = {problem.id: whole(problem, problem.reference) for problem in with_reference}
    verdicts.judge(reference.values())

    # Mutants of a reference that does not pass say nothing.
    passing = {id for id, submission in reference.items() if verdicts.status(submission) == "passed"}
    orders = {p.id: orders_of(p) for p in problems if p.id in passing}
    made = {p.id: mutants(p, most) for p in problems if p.id in passing}
    bodies = {
        body: {p.id: with_body(p, body) for p in with_reference} for body in ("todo!()", "Default::default()")
    }
    verdicts.judge(
        [each for several in orders.values() for each in several]
        + [each for several in bodies.values() for each in several.values()]
        + [whole(p, mutant.reference) for p in problems for mutant in made.get(p.id, ())]
    )

    report = []
    for problem in problems:
        found = Examined(problem.id, reason=reasons[problem.id], spots=spots(problem))
        if problem.id in reference:
            verdict = verdicts.of(reference[problem.id])
            found.reference = verdict.status
            found.reason = verdict.reason if verdict.status != "passed" else ""
            found.todo, found.default = (verdicts.status(bodies[body][problem.id]) for body in bodies)
            found.orders = [verdicts.status(each) for each in orders.get(problem.id, ())]
            statuses = [found.reference, found.todo, found.default, *found.orders]
            found.unknown = statuses.count("infrastructure")
        for mutant in made.get(problem.id, ()):
            verdict = verdicts.of(whole(problem, mutant.reference))
            count(found, mutant.name, verdict, equivalent)
        report.append(found)
    return report


def count(found: Examined, name: str, verdict: Verdict, equivalent: dict[tuple[str, str], str]) -> None:
    found.mutants += 1
    if verdict.status == "infrastructure":
        found.unknown += 1
    elif verdict.status == "compile_error" or verdict.stage in ("answer", "compile"):
        found.not_compiled += 1
    elif verdict.status != "passed":
        found.died += 1
    elif (found.id, name) in equivalent:
        found.equivalent[name] = equivalent[found.id, name]
    else:
        found.survived.append(name)


class Verdicts:
    """What was judged, by submission. What the machine was to blame for is judged once more."""

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
    """The table of (problem, mutant): why they mean the same; ValueError names the line that is none."""
    found: dict[tuple[str, str], str] = {}
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0].split("\t") != ["problem", "mutant", "why"]:
        raise ValueError(f"{path}:1: the columns are problem, mutant, why")
    for number, line in enumerate(lines[1:], 2):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 3 or not all(cells):
            raise ValueError(f"{path}:{number}: not three cells with a tab between them")
        if (cells[0], cells[1]) in found:
            raise ValueError(f"{path}:{number}: {cells[0]} {cells[1]} stands there twice")
        found[cells[0], cells[1]] = cells[2]
    return found


def listed_wrongly(
    problems: Iterable[Problem], report: list[Examined], equivalent: dict[tuple[str, str], str]
) -> list[str]:
    """Entries of the table that no longer hold: there is no such mutant, or the tests catch it."""
    wrong = []
    for problem, found in zip(problems, report, strict=True):
        listed = [mutant for id, mutant in equivalent if id == problem.id]
        names = {mutant.name for mutant in all_mutants(problem)} if listed else set()
        judged = {mutant.name for mutant in mutants(problem)} if found.reference == "passed" else set()
        for name in listed:
            if name not in names:
                wrong.append(f"{problem.id}: {name}: there is no such mutant")
            elif name in judged and name not in found.equivalent and not found.unknown:
                wrong.append(f"{problem.id}: {name}: it does not compile or the tests catch it")
    return wrong
