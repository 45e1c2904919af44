"""A function that does something else than its author meant, and the test that notices it, give the author's function.

The wrong form is a mutant that the crate's own tests killed; the prompt has the failing test and what it printed.
"""

from __future__ import annotations

from ferrule.core.reasons import MakeReason
from ferrule.core.schemas import choose
from ferrule.rust.code_tokens import tokens
from ferrule.rust.syntax import dedent
from ferrule.tasks.answer_checks import cannot_be_guessed
from ferrule.tasks.context import Crate
from ferrule.tasks.task import Draft, Drop, Settings, code_body, common_drop, fenced, names, placed
from ferrule.tasks.test_sources import TestCode

NAME, KIND = "error_fixing", "behaviour"
MOST = 2  # rows of one function, by different operators
LEAST_TOKENS = 25  # of the body: in less there is nothing to look for
MOST_TEST = 2000  # characters of the failing test with its helpers


def make(
    row: dict, crate: Crate, settings: Settings, others: frozenset[str] = frozenset()
) -> list[Draft | Drop]:
    if drop := common_drop(row):
        return [drop]
    killed = [
        mutant for mutant in row.get("mutants") or () if mutant["outcome"] == "killed" and mutant["output"]
    ]
    if not killed:
        return [Drop(MakeReason.NO_KILLED_MUTANT)]
    if (length := len(tokens(code_body(row)))) < LEAST_TOKENS:
        return [Drop(MakeReason.TRIVIAL_BODY, f"{length} tokens")]
    killed.sort(key=lambda mutant: choose(settings.seed, row["id"], mutant["mutant"], "bug"))
    context = crate.context(row, settings.max_context_chars)
    if context.size > settings.max_context_chars:
        context = crate.context_of_type(row)
    made: list[Draft | Drop] = []
    operators: set[str] = set()
    why = Drop(MakeReason.TESTS_NOT_SHOWN)
    for mutant in killed:
        test = row["sources"].find(mutant["tests"][0])  # whose output is known
        if mutant["operator"] in operators:
            continue
        if test is None or test.size > MOST_TEST or not test.names(row["name"]):
            continue
        one = draft(row, mutant, test, placed(row, context, dedent(mutant["text"], row["margin"])))
        if isinstance(one, Drop):
            why = one
            continue
        made.append(one)
        operators.add(mutant["operator"])
        if len(made) == MOST:
            break
    return made or [why]


def draft(row: dict, mutant: dict, test: TestCode, code: str) -> Draft | Drop:
    words = f"{code}\n{test.shown()}\n{mutant['output']}"
    if why := cannot_be_guessed(mutant["text"], row["code"], words):
        return Drop(MakeReason.UNGUESSABLE, f"{mutant['operator']}: {why}")
    return Draft(
        gen=dedent(row["code"], row["margin"]),
        values=names(row)
        | dict(
            code=fenced(code),
            tests=fenced(test.shown()),
            test=test.name,
            output=f"```text\n{mutant['output']}\n```",
        ),
        variant=f"{mutant['operator']} {mutant['mutant'].partition(' ')[0]}",
        wording="behaviour",
        kind=KIND,
        diagnostic=mutant["output"],
        before=mutant["text"],
        tests=mutant["tests"],
    )
