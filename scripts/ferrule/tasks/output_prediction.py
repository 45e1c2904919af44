"""A function and a call of it give the value that the call has, as a test of the crate asserts it.

The value is a literal in an `assert_eq!` of a test that passes and notices wrong forms of the function. The call has
literals alone as arguments, so that nothing but the function decides.
"""

from __future__ import annotations

import re

from ferrule.core.reasons import MakeReason
from ferrule.core.schemas import choose
from ferrule.rust.lexer import lex, partners
from ferrule.rust.syntax import dedent
from ferrule.tasks.context import Crate
from ferrule.tasks.task import Draft, Drop, Settings, common_drop, context_drop, fenced, names, placed
from ferrule.tasks.test_sources import TestCode

NAME, KIND = "explanations", "output"
MOST_LINES = 30  # of the function
HIDDEN = "/* ... */"  # what a context leaves out; here it would decide
ASSERT = re.compile(r"\bassert_eq!\s*\(")
# What a value is written as; a call or a name in it would be a question of its own.
NUMBER = r"-?\d[\w.]*"
TEXT = r"\"(?:[^\"\\]|\\.)*\""
ONE = rf"(?:&?{NUMBER}|&?{TEXT}|'(?:[^'\\]|\\.)'|true|false|None|\(\))"
VALUE = re.compile(
    rf"(?:{ONE}|(?:Some|Ok|Err)\({ONE}\)|(?:vec!|&)?\[\s*(?:{NUMBER}|{TEXT})(?:\s*,\s*(?:{NUMBER}|{TEXT}))*\s*,?\s*\])"
)
NAMES = re.compile(r"(?<![\w\"'.])[a-z_]\w*(?!\w*[!(:\"])")
LITERAL_NAMES = frozenset(
    "true false mut as usize isize u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 vec b r".split()
)


def make(row: dict, crate: Crate, settings: Settings, others: frozenset[str] = frozenset()) -> Draft | Drop:
    if drop := common_drop(row):
        return drop
    killers = {name for mutant in row.get("mutants") or () for name in mutant["tests"]}
    if not killers:
        return Drop(MakeReason.NO_TESTS)
    if row["code"].count("\n") >= MOST_LINES:
        return Drop(MakeReason.TOO_LONG_TO_FOLLOW, f"{row['code'].count(chr(10)) + 1} lines")
    tests = [test for name in sorted(killers) if (test := row["sources"].find(name))]
    found = [(test, *pair) for test in tests for pair in predictable(test, row["name"])]
    if not found:
        return Drop(MakeReason.NO_ASSERTED_VALUE)
    test, call, value, statement = found[choose(settings.seed, row["id"], "assertion") % len(found)]
    context = crate.context(row, settings.max_context_chars)
    if drop := context_drop(context, settings):
        return drop
    code = placed(row, context, dedent(row["code"], row["margin"]))
    if HIDDEN in code:
        return Drop(MakeReason.NEEDS_UNSEEN_ITEM, "a body or value that is not shown")
    return Draft(
        gen=value,
        values=names(row) | dict(code=fenced(code), call=fenced(call)),
        variant=f"value_of {call[:60]}",
        wording="output",
        kind=KIND,
        tests=[test.argument],
        before=statement,
        file=test.file,
        start=test.start,
        end=test.end,
    )


def predictable(test: TestCode, name: str) -> list[tuple[str, str, str]]:
    """(call, value, statement) of the test's assertions that compare one call of the function with a literal."""
    found = []
    for match in ASSERT.finditer(test.code):
        tokens = lex(test.code, match.start())
        closing = partners(tokens)
        opening = next(i for i, token in enumerate(tokens) if token.text == "(")
        if closing[opening] < 0:
            continue
        parts = arguments(test.code, tokens, opening, closing)
        if len(parts) != 2:
            continue
        for call, value in (parts, parts[::-1]):
            named = re.findall(rf"\b{re.escape(name)}\s*(?:::<[^>]*>)?\(", call)
            if len(named) == 1 and VALUE.fullmatch(value) and of_literals(call) and value not in call:
                found.append((call, value, test.code[match.start() : tokens[closing[opening]].end]))
                break
    return found


def of_literals(call: str) -> bool:
    """Whether a call names nothing that the test has bound before."""
    plain = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)'", "0", call)
    return not (set(NAMES.findall(plain)) - LITERAL_NAMES)


def arguments(code: str, tokens: list, opening: int, closing: list[int]) -> list[str]:
    """The texts between the commas of a call."""
    parts, at, begin = [], opening + 1, tokens[opening].end
    while at < closing[opening]:
        if tokens[at].text == ",":
            parts.append(code[begin : tokens[at].start].strip())
            begin = tokens[at].end
        at = max(closing[at], at) + 1
    last = code[begin : tokens[closing[opening]].start].strip()
    return [*parts, last] if last else parts
