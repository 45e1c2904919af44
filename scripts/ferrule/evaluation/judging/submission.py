"""What is judged (a submission) and what the result is (a verdict)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypedDict

from ferrule.evaluation.problems.problem import Problem

# The statuses of an answer. Only `infrastructure` says nothing about the answer.
STATUSES = {
    "passed": "every expected test ran and passed",
    "failed": "a test failed, or the program ended with an exit code before its tests had",
    "compile_error": "it does not compile with the problem's tests",
    "timeout": "over the limit of CPU time, idle or over the wall time, in the compiler or in the tests",
    "memory": "over the limit of memory, in the compiler or in the tests",
    "output": "printed or wrote more than the limit",
    "signal": "the program was ended by a signal: abort, overflow of the stack, segmentation fault",
    "tampering": "it reaches for the measurement itself, or said that tests passed which did not",
    "policy": "what the policy forbids is in it (only in the view with the policy on)",
    "no_answer": "nothing that could be compiled was found in what the model gave",
    "infrastructure": "the machine failed: no statement about the answer, to be run again",
}


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
    status: str  # one of STATUSES
    stage: str = ""  # where the answer got to: answer, compile, run
    reason: str = ""  # one line: rustc's first error, or the first failing test and its message
    error_code: str = ""  # rustc's code of the first error
    tests: int = 0  # number of expected tests
    passed: int = 0  # number of tests that are known to have passed
    cpu_ms: float = 0.0  # CPU time of the tests; never written into a result


class VerdictFields(TypedDict):
    """A verdict without the key; the meaning of the fields is that of `Verdict`."""

    status: str
    stage: str
    reason: str
    error_code: str
    tests: int
    passed: int


class AnswerVerdictRow(VerdictFields):
    """A verdict in verdicts.jsonl."""

    key: str


class ReferenceRow(TypedDict):
    """The verdict on a problem's reference, in references.json."""

    status: str  # "" if it was not judged
    reason: str
    tests: int
    cpu_ms: float
