"""The quality of answers: what the idioms, the docs, the shape and the pre-filter say of known code; clippy's messages."""

from __future__ import annotations

import json
import time

import pytest

from ferrule.evaluation.quality.answer_clippy import read, read_groups
from ferrule.evaluation.quality.answer_documentation import documented, documented_share
from ferrule.evaluation.quality.answer_quality import Answer, quality_of
from ferrule.evaluation.quality.answer_shape import prompt_match, shape
from ferrule.evaluation.quality.idioms import TEXT, syntax_flags, syntax_score, text_score
from ferrule.rust.answer_tree import own_part
from ferrule.rust.prefilter import reason

# --- clippy -----------------------------------------------------------------------------------------

BROKEN = "fn f() -> u8 {\n    missing()\n}\n"


def test_what_is_known_not_to_compile_is_not_asked_about(monkeypatch):
    monkeypatch.setattr("ferrule.evaluation.quality.answer_quality.Clippy", None)
    row = quality_of([Answer(BROKEN, compiles=False)])[0]
    assert row["compiles"] is False and row["clippy"] is None and row["functions"] == 1


def test_a_crash_of_clippy_is_no_error_of_the_answer():
    span = dict(file_name="a1.rs", is_primary=True, byte_start=3, byte_end=4, expansion=None)
    outside = span | {"file_name": "/rustc/core.rs", "expansion": {"span": span}}
    said = {"$message_type": "diagnostic", "message": "no", "code": None, "spans": [outside]}
    lines = [
        json.dumps(said | {"level": level}, separators=(",", ":"))
        for level in ("error: internal compiler error", "error")
    ]
    assert read(lines[0].encode(), 2)[1] == {}
    assert read(b"thread panicked\n" + lines[1].encode(), 2)[1] == {1: "no"}


HELP = """
Lint groups provided by plugins or loaded by this crate:

      clippy::perf  clippy::map-entry
     clippy::style  clippy::len-zero, clippy::needless-return
       clippy::all  clippy::len-zero, clippy::map-entry
"""


def test_groups_are_those_of_the_toolchain():
    assert read_groups(HELP) == {"map_entry": "perf", "len_zero": "style", "needless_return": "style"}


# --- what the prompt gave ---------------------------------------------------------------------------

PROMPT = """/// A pair.
struct Pair { a: Vec<u8> }

fn helper(v: &Vec<u8>) -> bool {
    return v.len() == 0;
}

/// Whether both are empty.
// As it says.
fn both(x: &Vec<u8>, y: &Vec<u8>) -> Option<bool> {"""
BODY = "\n    return Some(x.len() == 0 && helper(y));\n}\n"


def test_context_and_repeated_comments_are_left_out():
    own = own_part(PROMPT + BODY + "struct Mine;\n", PROMPT)
    assert own.text.startswith("fn both(") and own.text.endswith("struct Mine;")
    assert shape(own) == dict(functions=1, structs=1, impls=0, traits=0, has_main=False, has_tests=False)
    laid_out = PROMPT.replace("\n    return", " return").replace("/// A pair.\n", "") + BODY
    assert own_part(laid_out, PROMPT).text == own_part(PROMPT + BODY, PROMPT).text


def test_it_makes_no_difference_whether_a_model_repeats_the_prompt():
    bare = PROMPT.replace("/// Whether both are empty.\n// As it says.\n", "") + BODY
    first, second = (own_part(code, PROMPT) for code in (PROMPT + BODY, bare))
    assert first.text == second.text
    assert documented(first) is documented(second) is False
    assert documented_share(first) is documented_share(second) is None
    mine = own_part(bare.replace("fn both", "/// Mine.\nfn both"), PROMPT)
    assert documented(mine) and documented_share(mine) == 1.0


# --- idioms -----------------------------------------------------------------------------------------

IDIOMS = {
    "result": ("fn f() -> std::io::Result<()> { g() }", "fn f() { /* Result<u8> */ }"),
    "option": ("fn f(x: Option<u8>) {}", 'fn f() { g("Option<u8>") }'),
    "question": ("fn f() -> R { g()?; h() }", 'fn f() { g("why? no") } // what? ever'),
    "iterators": ("fn f() { v.iter().map(|x| (x)).collect::<Vec<_>>() }", "fn f() { map(x) } // v.map(x)"),
    "derive": ("#[derive(Debug)]\nstruct S;", "// #[derive(Debug)]\nstruct S;"),
    "trait_impl": ("impl<T> Into<T> for S { }", "/* impl A for B */ impl S { }"),
    "match": ("fn f() { match g(x) { Some(1) => 2, _ => 3 } }", "fn f() { match x { y => y } }"),
    "let_pattern": ("fn f() { while let Some(x) = g() {} }", 'fn f() { "if let x" }'),
}


@pytest.mark.parametrize("idiom", IDIOMS)
def test_the_syntax_tree_sees_the_idiom_and_no_imitation(idiom):
    real, imitation = (syntax_flags(own_part(code)) for code in IDIOMS[idiom])
    assert [name for name, found in real.items() if found] == [idiom]
    assert not any(imitation.values())


def test_the_published_score_is_on_the_text_with_all_its_faults():
    assert text_score("") == 0.0
    assert set(TEXT) == set(IDIOMS)
    assert text_score("// Result<u8> Option<u8> what? v.map(x) #[derive(Debug)]") == 5 / 8
    assert text_score("impl A for B { match x { if let y") == 3 / 8
    # What it does not see.
    assert text_score("impl<T> A for B { match f(x) { match &x {") == 0.0
    assert text_score("a??") == 0.0 and text_score("a? ") == 1 / 8


@pytest.mark.parametrize(
    "text",
    [
        "v.map(" * 8_000,
        "Result<" * 8_000,
        "#[derive(" * 6_000,
        "fn f(" * 8_000,
        "mod a { impl A { " * 3_000,
        "'" * 20_000,
        "/*" * 20_000,
        'r#"' * 12_000,
        "x!(" * 12_000,
        "match " + "a" * 40_000,
    ],
    ids=lambda text: text[:9],
)
def test_hostile_texts_take_little_time(text):
    started = time.process_time()
    row = quality_of([Answer(text, compiles=False)])[0]
    assert time.process_time() - started < 5
    assert row["compiles"] is False


# --- documentation and shape ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code, share",
    [
        ("/// Docs.\nfn f() {}\nfn g() {}", 0.5),
        ("/// Docs.\n#[inline]\nfn f() {}", 1.0),
        ('#[doc = "Docs."]\nstruct S;', 1.0),
        ("/** Docs. */\nenum E { A }", 1.0),
        ("//// No docs.\nfn f() {}", 0.0),
        ("// No docs.\nfn f() { fn inner() {} }", 0.0),
        ("/// A.\nstruct S;\nimpl S {\n    /// B.\n    fn a() {}\n    fn b() {}\n}", 2 / 3),
        ("/// A.\nstruct S;\nimpl Drop for S { fn drop(&mut self) {} }", 1.0),
        ("fn main() {}\n#[test]\nfn t() {}\n#[cfg(test)]\nmod tests { fn u() {} }", None),
        ("mod inner { /// Docs.\n fn f() {} }", 1.0),
        ("/// Of the import.\nuse a::b;\nfn f() {}", 0.0),
    ],
)
def test_the_share_of_documented_items(code, share):
    assert documented_share(own_part(code)) == share


def test_documented_is_the_published_definition():
    assert documented(own_part('fn f() { "///" }')) and documented(own_part("//! x"))
    assert not documented(own_part("// x\nfn f() {}"))


def test_shape_counts_definitions():
    code = """fn main() {}
struct S<T>(T);
impl<T> S<T> { fn a() { fn b<U>() {} } }
impl<T> Tr for S<T> {}
trait Tr {}
#[cfg(test)]
mod tests { #[test] fn t() {} }
// fn x() {} struct Y;
"""
    assert shape(own_part(code)) == dict(
        functions=4, structs=1, impls=2, traits=1, has_main=True, has_tests=True
    )
    assert not shape(own_part("mod m { fn main() {} }"))["has_main"]


def test_prompt_match_is_the_published_definition():
    own = own_part("fn sum_even(values: &[i32]) {}")
    # sum, even, of, the, values: `even` and `values` are long enough and there, five words in all.
    assert prompt_match(own, "Sum of the even values") == 2 / 5
    assert prompt_match(own, "") is None


# --- pre-filter -------------------------------------------------------------------------------------

PADDING = "let first = 1;\nlet second = 2;\nlet third = 3;\n"


@pytest.mark.parametrize(
    "code, why",
    [
        ("fn f() { 1 }", "too_short"),
        ("// a comment that is long enough\nfn f() {}\n", "mostly_comments"),
        ("/* one\ntwo\nthree\nfour */ fn f() {\n}\n", "mostly_comments"),
        (PADDING + "fn f() {", "incomplete"),
        (PADDING + "let x: Vec<u8> = Vec:: // really\n", "incomplete"),
        (PADDING + "f(a,", "incomplete"),
        (PADDING + 'let x = "never', "incomplete_string"),
        (PADDING + 'println!("never', "incomplete_string"),
        (PADDING + 'let x = r#"never"', "incomplete_string"),
        (PADDING + "let x = '", "incomplete_char"),
        (PADDING + "println!(x", "incomplete_macro"),
        (PADDING + "vec![f(1), (2", "incomplete_macro"),
        (PADDING, ""),
        ("struct S<'a> {\n    x: &'a str,\n}\n", ""),  # an odd number of quotes in valid code
        (PADDING + "// don't\n", ""),
        (PADDING + '// a " in a comment', ""),
        (PADDING + "let q = '\"'; let e = '\\''; let u = '\\u{1F600}'; let b = b'x';", ""),
        (PADDING + r'let s = "\""; let r = r#"a"b"#;', ""),
        (PADDING + 'let s = "ends with {";', ""),
        (PADDING + "/* nested /* comment */ ( */", ""),
        (PADDING + "if !(a) { b() }", ""),
        (PADDING + 'println!(")");', ""),
        (PADDING + "'outer: loop { break 'outer; }", ""),
    ],
)
def test_the_first_reason_of_the_pre_filter(code, why):
    assert reason(code) == why


def test_a_main_is_missed_only_where_one_was_asked_for():
    assert reason(PADDING) == ""
    assert reason(PADDING, needs_main=True) == "no_main"
    assert reason("// fn main\n" + PADDING, needs_main=True) == "no_main"
    assert reason("fn  main() {\n" + PADDING + "}", needs_main=True) == ""


def test_scores_are_shares_of_eight():
    assert syntax_score(own_part("fn f(x: Option<u8>) -> Result<u8, E> { g()? }")) == 3 / 8
