"""What is judged (a submission) and what the result is (a verdict)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypedDict

from ferrule.evaluation.problems.problem import Problem


@dataclass(frozen=True)
class Submission:
    """An answer to one problem: the text of a module, including the context, that defines the entry item."""

    problem: Problem
    code: str

    @property
    def key(self) -> str:
        """16 hex digits of the hash of problem and code. Equal answers are judged once."""
        digest = hashlib.sha256()
        for part in (self.problem.id, self.code):
            digest.update(part.encode() + b"\0")
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Verdict:
    """The result for a submission. It depends neither on paths nor on durations; `cpu_ms` only serves to set limits."""

    key: str
    status: str  # an AnswerStatus
    stage: str = ""  # where the answer got to: answer, compile, run
    reason: str = ""  # one line: rustc's first error, or the first failing test and its message
    error_code: str = ""  # rustc's code of the first error
    tests_total: int = 0  # number of expected tests
    tests_passed: int = 0  # number of tests that are known to have passed
    cpu_ms: float = 0.0  # CPU time of the tests; never written into a result


class VerdictFields(TypedDict):
    """A verdict without the key; the meaning of the fields is that of `Verdict`."""

    status: str
    stage: str
    reason: str
    error_code: str
    tests_total: int
    tests_passed: int


class AnswerVerdictRow(VerdictFields):
    """A verdict in verdicts.jsonl."""

    key: str


class ReferenceRow(TypedDict):
    """The verdict on a problem's reference, in references.json."""

    status: str  # "" if it was not judged
    reason: str
    tests: int
    cpu_ms: float
