"""Problems that measure a model: one type for all benchmarks, and the file format of a problem set.

A problem is a piece of Rust that ends inside its entry item, with tests that decide whether a model's completion is
correct:

    prompt      complete items (the context: `use` lines, types, helper functions), then the entry item with its
                docs up to and including the `{` of its body
    reference   a correct completion of the prompt: the rest of the entry item, its `}`, and further items that it
                needs; "" if the benchmark has none
    tests       items of a test module, among them `#[test]` functions

The entry item is a function, or an `impl` block if the problem asks for a whole one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import orjson

from ferrule.core.files import read_jsonl, write_jsonl

CRATE_TASK = "crate_task"  # the kind of a function that is graded in its own crate


@dataclass(frozen=True)
class Problem:
    """One problem of any benchmark."""

    id: str  # unique in its set, from the benchmark: "HumanEval/0"
    prompt: str
    entry: str  # the function's name; for an impl block its header, `impl Iterator for Countdown`
    tests: str  # without `#[cfg(test)] mod tests {` around it
    reference: str = ""
    kind: str = "function"  # or "impl", or CRATE_TASK
    edition: str = "2021"
    category: str = ""
    difficulty: int = 0  # 1 easy, 2 medium, 3 hard; 0 if unknown
    crates: tuple[str, ...] = ()  # external crates that answers and tests may use
    names: tuple[
        str, ...
    ] = ()  # items besides the entry item that the tests use, so an answer must define them
    instruction: str = ""  # text for the model in addition to the prompt, if the benchmark has one
    stop: tuple[str, ...] = ()  # the benchmark's stop texts: a continuation of the prompt may be cut at them
    errata: tuple[str, ...] = field(default=())  # what was corrected, and why

    def to_row(self) -> dict[str, Any]:
        return asdict(self)


LISTS = {"crates", "names", "stop", "errata"}


def read_problems(path: str | Path) -> dict[str, Problem]:
    """The problems of a file that `write_problems` wrote, by id, in the order of the file."""
    names = {each.name for each in fields(Problem)}
    problems: dict[str, Problem] = {}
    for row in read_jsonl(path):
        if row.keys() != names:
            raise ValueError(f"{path}: not a problem of this version; delete the file and run again")
        values: dict[str, Any] = {key: tuple(row[key]) if key in LISTS else row[key] for key in row}
        problem = Problem(**values)
        problems[problem.id] = problem
    return problems


def write_problems(path: str | Path, problems: Iterable[Problem]) -> None:
    write_jsonl(path, (problem.to_row() for problem in problems))


def set_hash(problems: Iterable[Problem]) -> str:
    """16 hex digits that identify the content of a set, in any order of its problems."""
    digests = sorted(hashlib.sha256(orjson.dumps(problem.to_row())).digest() for problem in problems)
    return hashlib.sha256(b"".join(digests)).hexdigest()[:16]
