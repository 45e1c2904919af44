"""Semantic mutants of a problem's reference: programs that mostly compile and are wrong.

Tests that let one pass would let a model's answer pass with the same mistake. So a benchmark is worth as much
as the share of mutants that its tests catch (`scripts/problems/examine_problems.py`). The mutations in `ferrule.transforms.mutations.mutation_catalogue`
have another purpose: those do not compile.

    for mutant in mutants(problem):
        Submission(problem, problem.prompt + mutant.reference)

An operator is a generator from a `Reference` to changes, registered by `@operator` under its own name; adding
one to a module is all that it takes. Changes that obviously mean the same are left out: `x + 0`, hints of sizes,
orderings of atomics, messages of panics, code after a `return`, casts. Loops that never end are fine.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ferrule.core.schemas import choose
from ferrule.evaluation.mutants import calls, expressions, literals, return_values, statements  # noqa: F401 (for their entries)
from ferrule.evaluation.mutants.mutant_operator import OPERATORS, Change, Reference
from ferrule.evaluation.problems.problem import Problem

__all__ = ["MOST", "OPERATORS", "Mutant", "all_mutants", "mutants"]

MOST = 40  # per problem: two thirds of the references of HumanEval have fewer
SHOWN = 40  # characters of a change in a mutant's name


@dataclass(frozen=True)
class Mutant:
    """The reference with one change in it."""

    name: str  # `line:column operator before -> after`, the place within the reference
    operator: str
    line: int
    change: Change  # bytes of prompt and reference
    reference: str


def mutants(problem: Problem, most: int = MOST) -> list[Mutant]:
    """At most `most` mutants, spread over operators and lines; the same ones for the same problem."""
    found = all_mutants(problem)
    if len(found) > most:
        found = spread(found, most, problem.id)
    return sorted(found, key=lambda mutant: (mutant.change, mutant.operator))


def all_mutants(problem: Problem) -> list[Mutant]:
    """Every mutant, by operator and place; no two with the same text, blanks aside."""
    prompt, reference = problem.prompt.encode(), problem.reference.encode()
    if not reference.strip():
        return []
    tree = Reference(prompt + reference, len(prompt))
    found, texts, names = [], {tuple(reference.split())}, Counter()
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
            found.append(Mutant(name, operator, line, change, text.decode()))
    return found


def mutated(tree: Reference, change: Change) -> bytes:
    return tree.code[tree.start : change.start] + change.text + tree.code[change.end :]


def name_of(tree: Reference, operator: str, change: Change) -> str:
    before = tree.code[tree.start : change.start].decode()
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    old, new = tree.code[change.start : change.end], change.text
    return f"{line}:{column} {operator} {shown(old)} -> {shown(new)}"


def shown(text: bytes) -> str:
    """A text on one line, short enough to read; `nothing` where there is none."""
    line = " ".join(text.decode().split())
    if len(line) > SHOWN:
        line = f"{line[: SHOWN // 2]} ... {line[-SHOWN // 2 :]}"
    return line or "nothing"


def spread(found: list[Mutant], most: int, seed: str) -> list[Mutant]:
    """One by one: of the operator that was chosen least, the one on the line that was chosen least."""
    left = sorted(found, key=lambda mutant: choose(0, seed, mutant.name))
    operators, lines, chosen = Counter(), Counter(), []
    while left and len(chosen) < most:
        best = min(left, key=lambda mutant: (operators[mutant.operator], lines[mutant.line]))
        left.remove(best)
        operators[best.operator] += 1
        lines[best.line] += 1
        chosen.append(best)
    return chosen
