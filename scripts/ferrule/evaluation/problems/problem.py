"""Problems that a model is measured with: one type for every benchmark, and the file that holds a set of them.

A problem is a piece of Rust that ends inside its entry item, and tests that say whether what a model puts there
is right:

    prompt      complete items (`use` lines, types, helper functions: the context), then the entry item with its
                docs up to and including the `{` of its body
    reference   what completes the prompt: the rest of the entry item, its `}`, further items if it needs any;
                "" where the benchmark has none
    tests       items of a test module, `#[test]` functions among them

The entry item is a function, or an `impl` block where a problem asks for a whole one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import orjson

from ferrule.core.files import read_jsonl, write_jsonl


@dataclass(frozen=True)
class Problem:
    """One problem as the evaluator uses it, whatever benchmark it comes from."""

    id: str  # unique in its set, as the benchmark has it: "HumanEval/0"
    prompt: str
    entry: str  # the function's name; for an impl block its header, `impl Iterator for Countdown`
    tests: str  # without `#[cfg(test)] mod tests {` around it
    reference: str = ""
    kind: str = "function"  # or "impl"
    edition: str = "2021"
    category: str = ""
    difficulty: int = 0  # 1 easy, 2 medium, 3 hard; 0 where nobody said
    crates: tuple[str, ...] = ()  # external crates that answers and tests may use
    names: tuple[str, ...] = ()  # what tests use besides the entry item and that an answer has to define
    instruction: str = ""  # what to tell a model beside the prompt, where the benchmark has such a text
    stop: tuple[str, ...] = ()  # where a continuation of the prompt may be cut, as the benchmark says
    errata: tuple[str, ...] = field(default=())  # what was mended, and why

    def to_row(self) -> dict:
        return asdict(self)


LISTS = {"crates", "names", "stop", "errata"}


def read_problems(path: str | Path) -> dict[str, Problem]:
    """The problems of a file that `write_problems` wrote, by id, in the file's order."""
    known = {each.name for each in fields(Problem)}
    problems: dict[str, Problem] = {}
    for row in read_jsonl(path):
        if row.keys() != known:
            raise ValueError(f"{path}: not a problem of this version; delete the file and run again")
        problem = Problem(**{key: tuple(value) if key in LISTS else value for key, value in row.items()})
        problems[problem.id] = problem
    return problems


def write_problems(path: str | Path, problems: Iterable[Problem]) -> None:
    write_jsonl(path, (problem.to_row() for problem in problems))


def set_hash(problems: Iterable[Problem]) -> str:
    """16 hex digits that stand for a set: what is asked and tested, in any order."""
    digests = sorted(hashlib.sha256(orjson.dumps(problem.to_row())).digest() for problem in problems)
    return hashlib.sha256(b"".join(digests)).hexdigest()[:16]
