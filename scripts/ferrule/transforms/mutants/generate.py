"""Semantic mutants of code: wrong programs, most of which compile.

Tests that let a mutant pass would let a model's answer with the same mistake pass. So the share of mutants that its
tests catch measures the quality of a benchmark (`scripts/problems/examine_problems.py`), and of the tests of a crate
(`ferrule.compiler.mutant_tests`). The mutations in `ferrule.transforms.mutations.mutation_catalogue` have a different
purpose: they do not compile.

    for mutant in mutants(problem):
        Submission(problem, problem.prompt + mutant.reference)

What is mutated has an id and consists of a prompt, which stays, and the reference that follows it: a problem, or a
function cut at the brace of its body (`Code`). An operator is a generator from a `Reference` to changes. `@operator` registers it under its own name, so a new one only
has to be added to a module. Changes that obviously do not change the meaning are left out: `x + 0`, capacity hints,
orderings of atomics, panic messages, code after a `return`, casts. Endless loops are allowed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Protocol

from ferrule.core.schemas import choose
from ferrule.transforms.mutants import calls, expressions, literals, return_values, statements  # noqa: F401 (they register operators)
from ferrule.transforms.mutants.mutant_operator import OPERATORS, Change, Reference

__all__ = ["MOST", "OPERATORS", "Code", "Mutant", "all_mutants", "mutants"]

MOST = 40  # mutants per problem; two thirds of the references of HumanEval have fewer
SHOWN = 40  # characters of each side of a change in a mutant's name


class Mutable(Protocol):
    """What has mutants: `reference` changes, `prompt` stands before it and does not."""

    @property
    def id(self) -> str: ...
    @property
    def prompt(self) -> str: ...
    @property
    def reference(self) -> str: ...


@dataclass(frozen=True)
class Code:
    """A piece of code to mutate, such as a function whose prompt ends with the brace of its body."""

    id: str
    prompt: str
    reference: str


@dataclass(frozen=True)
class Mutant:
    """The reference with one change in it."""

    name: str  # `line:column operator before -> after`; line and column count in the reference
    operator: str
    line: int
    change: Change  # offsets in prompt and reference
    reference: str


def mutants(problem: Mutable, most: int = MOST) -> list[Mutant]:
    """At most `most` mutants, spread over operators and lines; always the same ones for a problem."""
    chosen = all_mutants(problem)
    if len(chosen) > most:
        chosen = spread(chosen, most, problem.id)
    return sorted(chosen, key=lambda mutant: (mutant.change, mutant.operator))


def all_mutants(problem: Mutable) -> list[Mutant]:
    """Every mutant, by operator and place. No two differ only in whitespace."""
    prompt, reference = problem.prompt.encode(), problem.reference.encode()
    if not reference.strip():
        return []
    tree = Reference(prompt + reference, len(prompt))
    made: list[Mutant] = []
    texts, names = {tuple(reference.split())}, Counter[str]()
    for operator in sorted(OPERATORS):
        for change in sorted(set(OPERATORS[operator](tree))):
            text = mutated(tree, change)
            if (words := tuple(text.split())) in texts:
                continue
            texts.add(words)
            name = name_of(tree, operator, change)
            names[name] += 1
            if names[name] > 1:
                name += f" #{names[name]}"
            line = reference.count(b"\n", 0, change.start - tree.start) + 1
            made.append(Mutant(name, operator, line, change, text.decode()))
    return made


def mutated(tree: Reference, change: Change) -> bytes:
    """The reference, without the prompt, after the change."""
    return tree.code[tree.start : change.start] + change.text + tree.code[change.end :]


def name_of(tree: Reference, operator: str, change: Change) -> str:
    before = tree.code[tree.start : change.start].decode()
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    old, new = tree.code[change.start : change.end], change.text
    return f"{line}:{column} {operator} {shown(old)} -> {shown(new)}"


def shown(text: bytes) -> str:
    """A text on one line, shortened; `nothing` for an empty text."""
    line = " ".join(text.decode().split())
    if len(line) > SHOWN:
        line = f"{line[: SHOWN // 2]} ... {line[-SHOWN // 2 :]}"
    return line or "nothing"


def spread(candidates: list[Mutant], most: int, seed: str) -> list[Mutant]:
    """Choose `most` mutants one by one, each of the least used operator so far, and of those on the least used line."""
    left = sorted(candidates, key=lambda mutant: choose(0, seed, mutant.name))
    operators, lines = Counter[str](), Counter[int]()
    chosen: list[Mutant] = []
    while left and len(chosen) < most:
        best = min(left, key=lambda mutant: (operators[mutant.operator], lines[mutant.line]))
        left.remove(best)
        operators[best.operator] += 1
        lines[best.line] += 1
        chosen.append(best)
    return chosen
