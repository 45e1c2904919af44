"""Tests that cover every method give a whole impl block: for blocks whose documentation says too little."""

from __future__ import annotations

from dataclasses import replace

from ferrule.core.reasons import MakeReason
from ferrule.rust import item_text
from ferrule.rust.syntax import dedent
from ferrule.tasks.blocks import answer as answer_of
from ferrule.tasks.blocks import (
    draft_of,
    hidden_or_old,
    surroundings,
    too_little_to_write,
    unsuitable,
)
from ferrule.tasks.context import Crate
from ferrule.tasks.make_tests_pass import shown, specification
from ferrule.tasks.task import Draft, Drop, Settings, context_drop, fenced

NAME, KIND = "code_generation", "impl_tests"


def make(row: dict, crate: Crate, settings: Settings) -> Draft | Drop:
    """A row of an impl block (`ferrule.tasks.blocks`); of a module, whose tests are of its parts, there is none."""
    if row["kind"] != "impl" or not row["covered"]:
        return Drop(MakeReason.NO_TESTS)
    if drop := hidden_or_old(row) or unsuitable(row, settings) or too_little_to_write(row, settings):
        return drop
    if any(not function.get("mutants") for function in row["functions"]):
        return Drop(MakeReason.NO_TESTS)
    tests = specification(row, row["functions"])
    if isinstance(tests, Drop):
        return tests
    context = surroundings(row, crate, settings.max_context_chars)
    if drop := context_drop(context, settings):
        return drop
    code = dedent(item_text.without_docs(row["cut"].encode()).decode(), row["margin"])
    made = draft_of(row, context, code, answer_of(row), before=row["cut"])
    return replace(
        made,
        values=made.values | dict(tests=fenced(shown(tests))),
        variant="impl_from_tests",
        wording="impl_tests",
        kind=KIND,
        tests=[test.argument for test in tests],
    )
