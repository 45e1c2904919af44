"""Compiling many answers together: batches, the answers that errors belong to, and programs.

    builder = Builder(rustc, suites)
    programs, verdicts = builder.build(submissions)    # of one edition, with the same crates

A batch is one crate, compiled in rounds. An answer with an error in one of its files is taken out, with the first error
reported for it, until the rest compiles. If an error points at no answer, the batch is halved. If the compiler hits a
limit, each answer is compiled alone, which costs less than a search.
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from ferrule.compiler.cargo_check import crashed
from ferrule.core.reasons import AnswerStatus
from ferrule.evaluation.judging.answer_layout import answer_module, frame, root_module
from ferrule.evaluation.judging.diagnostics import Fault, faults
from ferrule.evaluation.judging.rustc import ALONE_SECONDS, Rustc, limit_of
from ferrule.evaluation.judging.submission import Submission, Verdict
from ferrule.evaluation.judging.test_suites import Group, Suite, group_of
from ferrule.evaluation.judging.unsafe_code import REASON, is_needless
from ferrule.sandbox.session import Outcome

BATCH_SECONDS = (10, 0.1)  # CPU time for a batch: in any case, and per answer; 50 answers take half a second


@dataclass(frozen=True)
class Program:
    """An executable and its answers, in the order of the numbers by which its runner knows them."""

    binary: bytes
    submissions: tuple[Submission, ...]


class Builder:
    """Builds programs with one compiler, from libraries of tests."""

    def __init__(self, rustc: Rustc, suites: dict[Group, Suite]):
        self.rustc, self.suites = rustc, suites

    def build(self, submissions: list[Submission]) -> tuple[list[Program], list[Verdict]]:
        """Programs that together contain every answer that compiles, and the verdicts on the others."""
        self.programs: list[Program] = []
        self.verdicts: list[Verdict] = []
        needless = [each for each in submissions if is_needless(each.problem, each.code)]
        for submission in needless:
            self._verdict(submission, AnswerStatus.COMPILE_ERROR, REASON)
        if rest := [each for each in submissions if each not in needless]:
            self._build(rest)
        return self.programs, self.verdicts

    def _build(self, submissions: list[Submission]) -> None:
        batch = _Batch(self.rustc.folder, submissions, self.suites[group_of(submissions[0].problem)])
        left = list(range(len(submissions)))
        shared: set[int] = set()  # answers in errors that mention several; each is compiled alone at the end
        while left:
            outcome, errors, binary = self._compile(batch, left)
            if outcome.status == "ok":
                self.programs.append(Program(binary, tuple(submissions[i] for i in left)))
                break
            if outcome.status == "failed" and not crashed(outcome):
                out = self._judge_faults(submissions, errors, shared) | (shared & set(left))
                left = [i for i in left if i not in out]
                if out:
                    continue
            if len(left) == 1:
                self._verdict(submissions[left[0]], *self._alone(outcome, errors))
                break
            size = len(left) if limit_of(outcome) else 2
            step = -(-len(left) // size)
            for start in range(0, len(left), step):
                self._build([submissions[i] for i in left[start : start + step]])
            break
        for i in sorted(shared):
            self._build([submissions[i]])

    def _judge_faults(self, submissions: list[Submission], errors: list[Fault], shared: set[int]) -> set[int]:
        """Add verdicts on the answers that errors point at, and return their numbers.

        Answers in an error that mentions several of them join `shared`.
        """
        refused: dict[int, Fault] = {}
        for fault in errors:
            if len(fault.mentioned) > 1:
                shared.update(fault.mentioned)
            elif fault.blamed is not None:
                refused.setdefault(fault.blamed, fault)
        shared -= refused.keys()
        for i, fault in refused.items():
            self._verdict(submissions[i], AnswerStatus.COMPILE_ERROR, fault.line, fault.code)
        return set(refused)

    def _verdict(self, submission: Submission, status: str, reason: str, code: str = "") -> None:
        tests = len(frame(submission.problem).tests)
        self.verdicts.append(Verdict(submission.key, status, "compile", reason, code, tests))

    def _alone(self, outcome: Outcome, errors: list[Fault]) -> tuple[str, str, str]:
        """(status, reason, code) of an answer that does not compile although no error points at it."""
        if limit := limit_of(outcome):
            return limit, f"the compiler: {outcome.reason}", ""
        if crashed(outcome):
            return AnswerStatus.COMPILE_ERROR, "the compiler crashed", ""
        self.rustc.sound()
        line, code = (errors[0].line, errors[0].code) if errors else ("it cannot be linked", "")
        return AnswerStatus.COMPILE_ERROR, line, code

    def _compile(self, batch: _Batch, left: list[int]) -> tuple[Outcome, list[Fault], bytes]:
        batch.write_root(left)
        edition, crates = group_of(batch.submissions[0].problem)
        seconds = BATCH_SECONDS[0] + int(BATCH_SECONDS[1] * len(left)) if len(left) > 1 else ALONE_SECONDS
        options = ["--crate-name=batch", f"--edition={edition}", *self.rustc.extern(crates)]
        options.append(f"--extern={batch.suite.crate}={self.rustc.library(batch.suite.crate)}")
        outcome, messages, binary = self.rustc.compile([*options, f"{batch.root}.rs"], seconds)
        return outcome, list(faults(messages, batch.owner)), binary


class _Batch:
    """The files of a batch, and the answer that each of them belongs to."""

    def __init__(self, folder: Path, submissions: list[Submission], suite: Suite):
        self.submissions, self.folder, self.suite = submissions, folder, suite
        self.root = _name("r")
        self.places = [(_name("m"), _name("c")) for _ in submissions]
        self.owner = {name: i for i, names in enumerate(self.places) for name in names}
        for path in folder.iterdir():  # the folder itself stays, as it is mounted in the sandbox
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for (module, child), submission in zip(self.places, submissions, strict=True):
            problem = submission.problem
            self._write(module, answer_module(submission.code, module, child))
            clean = frame(problem).clean_module(module, child, suite.crate, suite.modules.get(problem.id))
            self._write(f"{module}/{child}", clean)

    def write_root(self, left: list[int]) -> None:
        self._write(self.root, root_module([self.places[i] for i in left], self.suite.crate))

    def _write(self, name: str, text: str) -> None:
        path = self.folder / f"{name}.rs"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())


def _name(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(8)}"
