"""The runner and the tests of many problems as one library, compiled once for all answers.

Tests are more than half of the code to compile. If they reach the answer only through one function whose signature
names no type of the answer, they call it through a pointer that the program sets. Then they are the same for every
answer: see `ferrule.evaluation.judging.answer_layout.Frame.suite`.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ferrule.evaluation.judging.answer_layout import frame
from ferrule.evaluation.judging.diagnostics import faults
from ferrule.evaluation.judging.rustc import Infrastructure, Rustc
from ferrule.evaluation.problems.problem import Problem

HARNESS = Path(__file__).with_name("harness.rs")
SECONDS = (30, 1)  # CPU time for a suite: in any case, and per problem

Group = tuple[str, tuple[str, ...]]  # edition and external crates


@dataclass(frozen=True)
class Suite:
    """A compiled library of tests."""

    crate: str  # its name, which no answer can know
    modules: dict[str, str]  # names of modules by problem


def group_of(problem: Problem) -> Group:
    return problem.edition, problem.crates


def build_suites(problems: Iterable[Problem], folder: Path, rustc: Rustc) -> dict[Group, Suite]:
    """Write one library for each group of problems into `folder`."""
    groups: dict[Group, dict[str, Problem]] = defaultdict(dict)
    for problem in problems:
        groups[group_of(problem)][problem.id] = problem
    return {group: _build(list(members.values()), group, folder, rustc) for group, members in groups.items()}


def _build(problems: list[Problem], group: Group, folder: Path, rustc: Rustc) -> Suite:
    edition, crates = group
    suite = Suite(f"s_{secrets.token_hex(8)}", {})
    shared = [problem for problem in problems if frame(problem).suite]
    names = [f"m_{secrets.token_hex(8)}" for _ in shared]
    for problem, name in zip(shared, names, strict=True):
        (rustc.folder / f"{name}.rs").write_text(frame(problem).suite_module(name), encoding="utf-8")
    left = list(range(len(shared)))
    while True:
        root = rustc.folder / f"{suite.crate}.rs"
        modules = "".join(f"pub mod {names[i]};\n" for i in left)
        root.write_text(HARNESS.read_text() + modules, encoding="utf-8")
        options = [
            f"--crate-name={suite.crate}",
            "--crate-type=rlib",
            f"--edition={edition}",
            *rustc.extern(crates),
        ]
        outcome, messages, library = rustc.compile([*options, root.name], SECONDS[0] + SECONDS[1] * len(left))
        if outcome.status == "ok":
            break
        # Tests that do not compile are left out here and compiled with every answer, as its error. The exam shows them.
        blamed = {fault.blamed for fault in faults(messages, {names[i]: i for i in left})} - {None}
        if not left:
            rustc.sound()
            raise Infrastructure(f"the runner does not compile: {messages.decode(errors='replace')[:500]}")
        left = [i for i in left if i not in blamed] if blamed else []
    (folder / f"lib{suite.crate}.rlib").write_bytes(library)
    suite.modules.update({shared[i].id: names[i] for i in left})
    return suite
