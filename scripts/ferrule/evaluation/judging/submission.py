"""Judging answers to problems: what is compiled, what is run, and what came of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ferrule.evaluation.problems.problem import Problem

# What can become of an answer, one word each. Only `infrastructure` is not the answer's own doing.
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
    """A whole answer to one problem: the text of a module, context included, that defines the entry item."""

    problem: Problem
    code: str

    @property
    def key(self) -> str:
        """16 hex digits of (problem, code): the same answer twice is judged once."""
        digest = hashlib.sha256()
        for part in (self.problem.id, self.code):
            digest.update(part.encode() + b"\0")
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Verdict:
    """What became of a submission. No duration and no path of the machine is in it; `cpu_ms` is for limits alone."""

    key: str
    status: str  # one of STATUSES
    stage: str = ""  # where it ended: answer, compile, run
    reason: str = ""  # one line in words: rustc's first error, the first failing test and its message
    error_code: str = ""  # rustc's code of the first error
    tests: int = 0  # tests that were expected
    passed: int = 0  # tests that are known to have passed
    cpu_ms: float = 0.0  # CPU time of the tests; never written into a result
