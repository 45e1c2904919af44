"""What is taken of a completion: every form in which a right answer can come, and what is no answer."""

from __future__ import annotations

import string

import pytest
from answer_forms import forms
from hypothesis import given
from hypothesis import strategies as st

from ferrule.core.reasons import NoAnswer
from ferrule.evaluation.answers.answer import FORMS
from ferrule.evaluation.answers.extraction import take
from ferrule.evaluation.problems.formats import read_set
from ferrule.evaluation.problems.problem import Problem
from ferrule.rust.fences import answer_start, fences
from ferrule.rust.items import Code
from ferrule.rust.lexer import CUT, lex

PROMPT = """\
use std::collections::HashMap;

/// A point.
#[derive(Debug)]
struct Point {
    x: i32,
}

impl Point {
    fn new(x: i32) -> Self {
        Point { x }
    }
}

fn double(n: i32) -> i32 {
    n * 2
}

/// Adds one, or `{` nothing.
fn add_one(n: i32) -> i32 {
"""
PROBLEM = Problem(
    id="one", prompt=PROMPT, entry="add_one", tests="#[test] fn t() {}", reference="    n + 1\n}\n"
)
COUNTDOWN = Problem(
    id="countdown",
    prompt="struct Countdown(u32);\n\nimpl Iterator for Countdown {\n",
    entry="impl Iterator for Countdown",
    tests="#[test] fn t() {}",
    kind="impl",
    reference="    type Item = u32;\n    fn next(&mut self) -> Option<u32> { None }\n}\n",
)
OWN = [problem for problem in read_set("resources/problems", "own") if problem.reference]


def names(code: str) -> list[tuple[str, str]]:
    return [(item.kind, item.name) for item in Code(code).all_items()[0]]


def plain(code: str) -> str:
    return " ".join(token.text for token in lex(code))


# A third of the large set in the fast lane, as its answers are compiled in tests/toolchain/test_answer_forms.py too.
@pytest.mark.parametrize(
    "problem",
    [PROBLEM, COUNTDOWN]
    + [pytest.param(each, marks=[pytest.mark.slow] if n % 3 else []) for n, each in enumerate(OWN)],
    ids=lambda problem: problem.id,
)
def test_every_form_gives_the_same_entry_item(problem):
    reference = take(problem, problem.reference).code
    wanted, defined = plain(reference), names(reference)
    entry, given = plain(problem.reference), names(problem.prompt)[:-1]
    for name, text in forms(problem).items():
        answer = take(problem, text)
        assert answer.form and not answer.cut_off, (name, answer)
        got = plain(answer.code)
        if name == "helper_in_earlier_fence":
            assert "const fn answer_helper" in got
            assert problem.kind == "impl" or entry in got
            continue
        assert entry in got, name
        items = names(answer.code)
        assert (("fn", "answer_helper") in items) == name.startswith("file"), name
        assert "answer_tests" not in got and "fn main ( )" not in got, name
        for each in given:
            assert items.count(each) == defined.count(each), (name, each)
        if name.startswith("body"):
            assert got == wanted, name


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("    n + 1\n", "body"),
        ("    n + 1\n}\n", "body_closed"),
        ("fn add_one(n: i32) -> i32 { n + 1 }", "function"),
        ("use std::fmt;\nfn add_one(n: i32) -> i32 { n + 1 }", "file"),
        ("```\nn + 1\n```", "body_in_fence"),
        ("```rust\nn + 1 }\n```", "body_closed_in_fence"),
        ("Try:\n```rust\nfn add_one(n: i32) -> i32 { n + 1 }\n```\nDone.", "function_in_fence"),
        ("It's easy:\n\nfn add_one(n: i32) -> i32 { n + 1 }\n\nIsn't it?", "function_in_prose"),
        ("n + 1\n}\n```\nIt's done.", "body_closed"),
        ("todo!()", "body"),
        ("let s = r#\"}\n```\nfn add_one\"#; s.len() as i32 + '}' as i32", "body"),
        ("fn inner(n: i32) -> i32 { n }\n    inner(n) + 1\n}", "body_closed"),
        ("fn add_one(n: i32) -> i32 { n + 1 }\n    add_one(n)\n}", "body_closed"),
        ('// fn add_one(\n    n + "fn add_one() {".len() as i32\n}', "body_closed"),
        ("fn r#add_one<'a>(n : i32)->i32{ n+1 }", "function"),
    ],
)
def test_forms_by_hand(text, form):
    answer = take(PROBLEM, text)
    assert (answer.form, answer.reason, answer.cut_off) == (form, "", False)
    assert form.removesuffix("_in_fence").removesuffix("_in_prose") in FORMS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("\ufeff \r\n", "empty"),
        ("I cannot do that, as I don't know it.", "no_code"),
        ("Certainly", "no_code"),
        ("It is `fn add_one(n: i32) -> i32 { n + 1 }` of course.", "no_code"),
        ("// nothing comes to my mind", "no_code"),
        ("fn add_one(n: i32) -> i32;", "signature_only"),
        ("fn add_one(n: i32) -> i32 {\n", "signature_only"),
        ("fn add_two(n: i32) -> i32 { n + 2 }", "no_entry"),
        ("struct S;\nimpl S { fn add_one(n: i32) -> i32 { n + 1 } }", "no_entry"),
        ("n + 1\0\n}", "bad_text"),
        ("n + 1 // \ud800\n}", "bad_text"),
        ("n + 1 }" + " " * 100_000, "too_long"),
        ("n + 1 } // " + "é" * 60_000, "too_long"),
        ("<think>\nfn add_one(n: i32) -> i32 { n + 1 }", "only_thoughts"),
    ],
)
def test_what_is_no_answer(text, reason):
    answer = take(PROBLEM, text)
    assert (answer.reason, answer.code, answer.form) == (reason, "", "")
    assert reason in list(NoAnswer)


def test_faults_stay_in_what_is_taken():
    text = "    let m = n\n    let k = m\n    k\n}\n\nThe function `add_one` doesn't loop, it just counts on."
    answer = take(PROBLEM, text)
    assert (answer.form, answer.cut_off) == ("body_closed", False)
    assert answer.taken == text[: text.index("\n\nThe")]


@pytest.mark.parametrize(
    "text",
    [
        "    let m = n;\n    if m > 1 {\n        m +",
        '    let m = n;\n    m + "abc',
        "    let m = n;\n    let k =",
        "fn add_one(n: i32) -> i32 {\n    if n > 1 {\n        n + 1\n    }\n",
        "```rust\nfn add_one(n: i32) -> i32 {\n    if n > 1 {\n        n + 1\n    }\n",
        "```rust\nfn add_one(n: i32) -> i32 {\n    n + 1\n}\n\nfn main() {\n    let x = (",
        "fn add_one(n: i32) -> i32 {\n    n + 1\n}\n\nfn helper(",
        "Here it is:\n\nfn add_one(n: i32) -> i32 {\n    match n { 1 =>",
    ],
)
def test_what_stops_in_the_middle_is_not_mended(text):
    answer = take(PROBLEM, text)
    assert answer.cut_off and answer.form
    assert answer.code.rstrip().endswith(text.rstrip()[-10:])
    brackets = Code(answer.code)
    closed = all(brackets.closes[n] > 0 for n in range(brackets.count) if brackets.word(n) in ("{", "("))
    assert not closed or brackets.tokens[brackets.count - 1].kind == CUT


def test_an_unfinished_item_behind_a_continuation_is_left_out():
    text = "    n + half(1)\n}\n\n/// Half.\nfn half(n: i32) -> i32 {\n    n / 2\n}\n\nfn more() {\n    let x"
    answer = take(PROBLEM, text)
    assert not answer.cut_off
    assert "fn half" in answer.code and "fn more" not in answer.code
    assert answer.taken == text[: text.index("\n\nfn more")]


def test_the_prompts_items_win():
    text = """```rust
use std::collections::{BTreeMap, HashMap};
use std::mem;
#[derive(Debug, Clone)]
struct Point { x: i32, y: i32 }
impl Point {
    fn new(x: i32) -> Self { Point { x, y: 0 } }
    fn far(&self) -> i32 { self.x }
}
impl Clone for Point { fn clone(&self) -> Self { todo!() } }
fn double(n: i32) -> i32 { 0 }
fn add_one(n: i32) -> i32 { n + 1 }
```"""
    code = take(PROBLEM, text).code
    assert code.startswith(PROMPT[: PROMPT.index("/// Adds")].rstrip())
    assert "use std::collections::BTreeMap;" in code and code.count("HashMap") == 1
    assert "y: i32" not in code and code.count("fn new") == 1 and "fn far" in code
    assert code.count("fn double") == 1 and "impl Clone for Point" in code and "use std::mem;" in code


def test_attributes_of_the_file_stay_at_its_head():
    answer = take(
        PROBLEM, "//! About it.\n#![allow(unused)]\n\n/// One more.\nfn add_one(n: i32) -> i32 { n }"
    )
    assert answer.code.startswith("//! About it.\n#![allow(unused)]\nuse std::collections::HashMap;")
    assert "/// One more.\nfn add_one" in answer.code


def test_other_fences_give_what_is_missing_and_no_more():
    text = """Types first:
```rust
use std::fmt::Write;
struct Unused;
struct Step(i32);
impl Step { fn by(&self) -> i32 { one() } }
fn add_one(n: i32) -> i32
```
```rust
fn one() -> i32 { 1 }
fn two() -> i32 { 2 }
```
```rust
fn add_one(n: i32) -> i32 { n + Step(n).by() }
```
```rust
fn main() { add_one(1); }
```"""
    answer = take(PROBLEM, text)
    assert [name for _, name in names(answer.code)[4:]] == [
        "std :: fmt :: Write",
        "Step",
        "impl Step",
        "one",
        "add_one",
    ]
    assert "struct Unused" not in answer.taken


def test_an_impl_block_in_its_forms():
    methods = "type Item = u32;\nfn next(&mut self) -> Option<u32> { None }\n"
    for text, form in [
        (methods, "body"),
        (methods + "}", "body_closed"),
        (f"impl std::iter::Iterator for Countdown {{\n{methods}}}", "function"),
        (
            f"```rust\nstruct Countdown(u32);\nimpl Iterator for Countdown {{\n{methods}}}\n```",
            "file_in_fence",
        ),
    ]:
        answer = take(COUNTDOWN, text)
        assert (answer.form, answer.cut_off) == (form, False)
        assert answer.code.count("struct Countdown") == 1
    assert take(COUNTDOWN, "impl Iterator for Other { }").reason == "no_entry"


def test_fences_and_thoughts():
    text = "Answer: ```rust\nlet a;\n```\n/// ```\n~~~\nb ```\n~~~\n   ```toml\nx\n"
    found = [(text[f.start : f.end].strip(), f.rust, f.closed) for f in fences(text)]
    assert found == [("let a;", True, True), ("b ```", True, True), ("x", False, False)]
    assert answer_start("x </think> y") == 0
    assert answer_start("so\n</think>\ny") == len("so\n</think>")


def test_windows_line_ends_do_not_matter():
    text = "fn add_one(n: i32) -> i32 {\n    // one more\n    n + 1\n}\n"
    one, other = take(PROBLEM, text), take(PROBLEM, "\ufeff" + text.replace("\n", "\r\n"))
    assert one.code == other.code
    assert other.taken in text.replace("\n", "\r\n")


RUST = st.sampled_from(
    "fn add_one ( ) { } [ ] -> i32 n + 1 ; , :: use std impl Point for struct # ! $ 'a '}' \" r#\" \\ /* */ // \n"
    " ```rust\n ``` ~~~ <think> </think> \u00e9 \ufeff \r\n match => | `".split(" ")
)
ANY = st.one_of(
    st.text(max_size=60),
    st.lists(RUST, max_size=40).map(" ".join),
    st.text(alphabet=string.printable, max_size=80),
)


@given(ANY, ANY, st.integers(0, 200))
def test_take_never_raises_and_takes_what_is_there(before, after, cut):
    reference = f"\nfn add_one(n: i32) -> i32 {{\n{PROBLEM.reference}"
    for problem in (PROBLEM, COUNTDOWN):
        text = before + reference[:cut] + after
        answer = take(problem, text)
        assert bool(answer.code) == bool(answer.form) != bool(answer.reason)
        assert all(line in text for line in answer.taken.split("\n"))
        assert take(problem, text) == answer
