"""A function with its documentation gives a test of it that its author wrote.

The test passes, and notices at least half of the wrong forms of the function that were tried. It names the function,
so it is a test of this one and not of something that happens to use it.
"""

from __future__ import annotations

import re

from ferrule.core.reasons import MakeReason
from ferrule.core.schemas import choose
from ferrule.rust.documentation import explanation
from ferrule.rust.syntax import dedent
from ferrule.tasks.answer_checks import loose_comment, unfinished
from ferrule.tasks.context import Crate
from ferrule.tasks.make_tests_pass import LEAST_TRIED
from ferrule.tasks.task import Draft, Drop, Settings, common_drop, context_drop, fenced, names, placed
from ferrule.tasks.test_sources import TestCode

NAME, KIND = "code_generation", "test"
MOST_DOCS = 1500  # characters
LEAST_LINES = 4  # line feeds of a test: an attribute, a head, two statements
REPEATS = re.compile(r"\bfor _ in\b")  # the same check over and over


def make(row: dict, crate: Crate, settings: Settings, others: frozenset[str] = frozenset()) -> Draft | Drop:
    if drop := common_drop(row):
        return drop
    tried = row.get("mutants") or []
    if not row["tests"] or len(tried) < LEAST_TRIED:
        return Drop(MakeReason.NO_TESTS)
    killed: dict[str, int] = {}
    for mutant in tried:
        for name in mutant["tests"]:
            killed[name] = killed.get(name, 0) + 1
    strong = [name for name in sorted(killed) if 2 * killed[name] >= len(tried)]
    tests = [test for name in strong if (test := row["sources"].find(name)) and suits(test, row, crate)]
    if not tests:
        return Drop(
            MakeReason.WEAK_TESTS if not strong else MakeReason.TESTS_NOT_SHOWN, f"{len(strong)} tests"
        )
    # The most particular one: named after the function, then short.
    test = min(
        tests,
        key=lambda t: (row["name"] not in t.name, t.size, choose(settings.seed, t.argument), t.argument),
    )
    # The prompt shows what the test calls as well.
    shown = row | dict(code=f"{row['code']}\n{test.helpers}\n{test.code}", calls=None)
    context = crate.context(shown, settings.max_context_chars)
    if drop := context_drop(context, settings):
        return drop
    docs = explanation(row["docs"])  # its examples may be the test itself
    code = dedent(row["code"], row["margin"])
    if docs and len(docs) <= MOST_DOCS:
        code = "\n".join(f"/// {line}".rstrip() for line in docs.split("\n")) + f"\n{code}"
    around = "\n\n".join(filter(None, (test.imports, test.helpers)))
    place = (
        f"The test goes into a module `tests` beside this code, which begins like this:\n\n{fenced(around)}"
        if around
        else "The test goes into a module `tests` beside this code, which has `use super::*;`."
    )
    if not test.inline:
        place = (
            f"The test goes into an integration test of the crate, which begins like this:\n\n{fenced(around)}"
            if around
            else "The test goes into an integration test of the crate."
        )
    return Draft(
        gen=test.code,
        values=names(row) | dict(code=fenced(placed(row, context, code)), test=test.name, place=place),
        variant=f"test_of {row['id']}",
        wording="test",
        kind=KIND,
        tests=[test.argument],
        file=test.file,
        start=test.start,
        end=test.end,
    )


def suits(test: TestCode, row: dict, crate: Crate) -> bool:
    """Whether it is a test of this function that one may ask for."""
    if (
        "assert" not in test.helpers + test.code
        or unfinished(test.code)
        or loose_comment(test.code)
        or test.code.count("\n") < LEAST_LINES
        or REPEATS.search(test.code)
    ):
        return False
    # The test `area` beside `RoundedRect` does not test `Rect::area`, with which it only compares.
    own_file = test.file == row["file"] or test.file.endswith("tests.rs")
    if test.inline and not own_file:
        return False
    # A short word such as `new` or `pre` is in the names of many tests.
    about = {word for word in re.split(r"_+", f"{row['name']}_{row['owner'].lower()}") if len(word) > 3}
    named = row["name"] in test.name or about & set(re.split(r"_+", test.name.lower()))
    if not (named and test.names(row["name"])):
        return False
    # `push_within_capacity` is not a test of `capacity`.
    longer = [
        name for name in crate.methods.keys() | crate.by_name.keys() if row["name"] in name in test.name
    ]
    return not any(name != row["name"] and test.names(name) for name in longer)
