"""Tests, the signature and the needed context give the function that its author wrote.

The tests are a specification only if they look at the result: together they have to notice at least half of the wrong
forms that were tried. Every other row shows the documentation as well, where there is some.
"""

from __future__ import annotations

from ferrule.core.reasons import MakeReason
from ferrule.core.schemas import choose
from ferrule.rust.documentation import visible
from ferrule.rust.signatures import head
from ferrule.rust.syntax import dedent
from ferrule.tasks.chunk_facts import mutation_score
from ferrule.tasks.context import Crate
from ferrule.tasks.task import (
    Draft,
    Drop,
    Settings,
    common_drop,
    context_drop,
    fenced,
    names,
    placed,
    trivial_drop,
)
from ferrule.tasks.test_sources import TestCode, enough

NAME, KIND = "code_generation", "tests"
LEAST_TRIED = 2  # mutants: fewer say nothing about the tests
MOST_TESTS, ROOM = 4, 3000  # tests that a prompt shows, and their characters
MOST_DOCS = 1500  # characters of documentation beside the tests


def make(row: dict, crate: Crate, settings: Settings, others: frozenset[str] = frozenset()) -> Draft | Drop:
    if drop := common_drop(row):
        return drop
    tests = specification(row)
    if isinstance(tests, Drop):
        return tests
    if drop := trivial_drop(row, settings):
        return drop
    context = crate.context(row, settings.max_context_chars)
    if drop := context_drop(context, settings):
        return drop
    signature = head(row)
    stub = f"{signature}{chr(10) if chr(10) in signature else ' '}{{\n    todo!()\n}}"
    docs = visible(row["docs"])
    if docs and len(docs) <= MOST_DOCS and choose(settings.seed, row["id"], "docs beside tests") % 2:
        stub = "\n".join(f"/// {line}".rstrip() for line in docs.split("\n")) + f"\n{stub}"
    values = names(row) | dict(code=fenced(placed(row, context, stub)), tests=fenced(shown(tests)))
    return Draft(
        gen=dedent(row["code"], row["margin"]),
        values=values,
        variant="from_tests",
        wording="tests",
        kind=KIND,
        tests=[test.argument for test in tests],
    )


def specification(row: dict, functions: list[dict] | None = None) -> list[TestCode] | Drop:
    """The tests that specify an item, or why they do not; of several functions, tests of all of them together."""
    rows = functions or [row]
    score = mutation_score(row)
    if not row["tests"] or score is None:
        return Drop(MakeReason.NO_TESTS)
    killed, tried = score
    if tried < LEAST_TRIED or 2 * killed < tried:
        return Drop(MakeReason.WEAK_TESTS, f"{killed} of {tried} wrong forms")
    killed_by: dict[str, set[str]] = {}
    for one in rows:
        for mutant in one.get("mutants") or ():
            for test in mutant["tests"]:
                killed_by.setdefault(test, set()).add(f"{one['id']} {mutant['mutant']}")
    sources = rows[0]["sources"]
    called = [one["name"] for one in rows]
    # A test that only happens to use it says nothing that a reader could follow.
    tests = [
        test for name in sorted(killed_by) if (test := sources.find(name)) and any(map(test.names, called))
    ]
    if not tests:
        return Drop(MakeReason.TESTS_NOT_SHOWN, f"{len(killed_by)} tests")
    chosen = enough(tests, killed_by, tried / 2, MOST_TESTS, ROOM)
    if not chosen:
        return Drop(MakeReason.TESTS_TOO_LONG, f"{len(tests)} tests")
    return sorted(chosen, key=lambda test: (test.file, test.start))


def shown(tests: list[TestCode]) -> str:
    """The tests one below the other; what several of them share is shown once."""
    parts: list[str] = []
    for test in tests:
        for part in (test.imports, test.helpers):
            if part and part not in parts:
                parts.append(part)
    return "\n\n".join([*parts, *(test.code for test in tests)])
