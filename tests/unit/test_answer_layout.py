"""How answers and tests are laid out, by text alone: no compiler runs here."""

import pytest

from ferrule.evaluation.judging.answer_layout import answer_module, frame, unusable
from ferrule.evaluation.judging.neighbours import apart
from ferrule.evaluation.judging.problem_tests import ProblemError, read_tests
from ferrule.evaluation.problems.problem import Problem

TESTS = "use super::*;\n#[test]\nfn adds() { assert_eq!(add(1, 2), 3); }\n"


def problem(prompt="fn add(a: i32, b: i32) -> i32 {", tests=TESTS, **more):
    return Problem(id="set/1", prompt=prompt, entry=more.pop("entry", "add"), tests=tests, **more)


def clean(of):
    return " ".join(of.whole.split())


def read(text, own=frozenset()):
    body, tests = read_tests(text, place=b"crate::P", own_macros=set(own))
    return body.decode(), tests


# --- tests ----------------------------------------------------------------------------------------


def test_test_functions_lose_libtests_attributes_and_become_visible():
    body, tests = read("#[cfg(test)]\nmod tests {\n    #[test]\n    #[should_panic]\n    fn a() {}\n}")
    assert "#[" not in body
    assert "pub(crate) mod tests" in body
    assert "pub(crate) fn a()" in body
    assert [(t.path, t.name, t.should_panic) for t in tests] == [("tests::a", "a", True)]


def test_every_form_of_a_test_is_found_and_ignored_ones_are_not_expected():
    text = """
        #[should_panic(expected = "no \\"way\\"")] #[test] fn one() {}
        #[test] #[should_panic = r"x"] fn two() {}
        #[test] /* a note */ fn three() -> Result<(), String> { Ok(()) }
        #[ignore] #[test] fn left_out() {}
        mod deep { mod deeper { #[test] unsafe fn four() {} } fn helper() {} }
        fn not_a_test() {}
    """
    body, tests = read(text)
    assert [t.path for t in tests] == ["one", "two", "three", "deep::deeper::four"]
    assert [t.expected for t in tests] == ['"no \\"way\\""', 'r"x"', '""', '""']
    assert "fn left_out" in body
    assert "pub(crate) unsafe fn four" in body


def test_main_is_the_one_test_of_a_file_without_test_functions():
    body, tests = read("}\n\nfn main() {\n    let candidate = add;\n    assert_eq!(candidate(1, 2), 3);\n}\n")
    assert [t.path for t in tests] == ["main"]
    assert body.startswith("\n\npub(crate) fn main()")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "hold no test"),
        ("fn helper() {}", "hold no test"),
        ("#[ignore] #[test] fn a() {}", "hold no test"),
        ("#[tokio::test] async fn a() {}", "async"),
        ("#[test] fn a(x: i32) {}", "wants arguments"),
        ("#[test] fn a() {", "no Rust code"),
        ("macro_rules! t { ($n:ident) => { #[test] fn $n() {} } } #[test] fn a() {}", "a macro makes"),
    ],
)
def test_tests_that_cannot_be_run_are_the_problems_fault(text, said):
    with pytest.raises(ProblemError, match=said):
        read(text)
    assert said in unusable(problem(tests=text))
    assert "set/1" in unusable(problem(tests=text))


def test_macros_of_std_are_called_by_their_full_path_also_inside_other_macros():
    text = '#[test] fn a() { assert!(matches!(f(vec![1]), x if x != vec ! [2]), "vec![]"); std::panic!(); m!(); }'
    body, _ = read(text)
    assert '::std::assert!(::std::matches!(f(::std::vec![1]), x if x != ::std::vec ! [2]), "vec![]")' in body
    assert " std::panic!()" in body
    assert " m!()" in body


def test_macros_that_the_problem_defines_under_a_name_of_std_are_left_alone():
    text = "macro_rules! vec { () => { assert!(true) } } #[test] fn a() { vec!(); todo!(); }"
    body, _ = read(text, own={b"todo"})
    assert "{ vec!(); todo!(); }" in body
    assert "{ ::std::assert!(true) }" in body


# --- the clean module -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signature", "shim"),
    [
        (
            "fn add(mut a: i32, (b, c): (u8, u8))",
            "fn add(__a0: i32, __a1: (u8, u8)) { super::add(__a0, __a1) }",
        ),
        (
            "pub fn add<'a>(a: &'a str) -> &'a str",
            "fn add<'a>(__a0: &'a str) -> &'a str { super::add(__a0) }",
        ),
        ("fn add<T>(x: T) -> T where T: Copy", "fn add<T>(__a0: T) -> T where T: Copy { super::add(__a0) }"),
        (
            "fn add<T: Default, const N: usize>()",
            "fn add<T: Default, const N: usize>() { super::add::<T, N>() }",
        ),
        ("fn add(f: impl Fn(i32) -> i32)", "fn add(__a0: impl Fn(i32) -> i32) { super::add(__a0) }"),
        ("unsafe fn add(p: *const u8)", "unsafe fn add(__a0: *const u8) { unsafe { super::add(__a0) } }"),
        ("async fn add()", "async fn add() { super::add().await }"),
        ("const fn add(n: u8) -> u8", "const fn add(__a0: u8) -> u8 { super::add(__a0) }"),
    ],
)
def test_the_entry_function_is_called_through_a_function_of_the_same_signature(signature, shim):
    assert shim in clean(frame(problem(f"{signature} {{"))).replace("  ", " ").replace(" {", " {")


def test_context_is_imported_by_name_or_copied():
    prompt = """
        use std::collections::HashMap;
        use crate::shapes::Square;
        #[derive(Debug, PartialEq)]
        pub struct Point { x: i32 }
        trait Area { fn area(&self) -> i32; }
        static COUNT: i32 = 0;
        mod shapes { pub struct Square; }
        const LIMIT: usize = 3;
        macro_rules! twice { ($x:expr) => { $x * 2 } }
        fn helper(p: &Point) -> i32 { twice!(p.x) }
        impl Area for Point { fn area(&self) -> i32 { 0 } }
        /// Adds.
        fn add(a: i32, b: Point) -> i32 {
    """
    text = clean(frame(problem(prompt)))
    for name in ("Point", "Area", "COUNT", "shapes"):
        assert f"use super::{name};" in text
    assert "use crate::\x00module\x00::shapes::Square;" in text
    assert "const LIMIT: usize = 3;" in text
    assert "fn helper(p: &Point) -> i32 { twice!(p.x) }" in text
    assert text.index("macro_rules! twice") < text.index("fn helper")
    assert "impl Area" not in text
    assert "struct Point" not in text


def test_names_that_tests_use_are_imported_and_a_whole_impl_needs_no_shim():
    of = frame(
        problem(
            "struct C; impl Iterator for C {", entry="impl Iterator for C", kind="impl", names=("make", "C")
        )
    )
    assert clean(of).startswith("use super::C; use super::make; mod tests {")


def test_tests_are_apart_from_the_answer_only_where_nothing_of_it_is_in_their_reach():
    plain = frame(
        problem("use std::collections::HashMap;\nfn add<'a>(a: &'a str, b: HashMap<u8, u8>) -> &'a str {")
    )
    assert "OnceLock<for<'a> fn(&'a str, HashMap<u8, u8>) -> &'a str>" in plain.suite
    assert "super::add" not in plain.suite
    assert "super::add(" in plain.link
    for prompt in (
        "struct P;\nfn add(p: P) {",
        "fn add<T>(p: T) {",
        "fn add(p: impl Fn()) {",
        "unsafe fn add() {",
    ):
        assert frame(problem(prompt)).suite == "", prompt
    assert frame(problem(names=("other",))).suite == ""


@pytest.mark.parametrize(
    "prompt", ["", "fn other() {", "struct S; impl S { fn add(&self) {", "fn add(self) {"]
)
def test_a_prompt_without_the_entry_function_is_an_error_that_names_the_problem(prompt):
    with pytest.raises(ProblemError, match="problem set/1"):
        frame(problem(prompt))


# --- the answer -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "laid_out"),
    [
        ("fn a() {}", "pub(crate) mod C; fn a() {}"),
        ("/// Docs.\nfn a() {}", "pub(crate) mod C; /// Docs.\nfn a() {}"),
        (
            "//! Docs\n#![allow(unused)]\nfn a() {}",
            "//! Docs\n#![allow(unused)]\npub(crate) mod C; fn a() {}",
        ),
        ('#![doc = "[]"] fn a() {}', '#![doc = "[]"] \npub(crate) mod C; fn a() {}'),
        ("\ufefffn a() {}", "pub(crate) mod C; fn a() {}"),
        ("//! only docs", "//! only docs\npub(crate) mod C; "),
        ("/*! a /* b */ c */ fn a() {}", "/*! a /* b */ c */ \npub(crate) mod C; fn a() {}"),
    ],
)
def test_the_clean_module_is_declared_before_anything_of_the_answer(code, laid_out):
    assert answer_module(code, "M", "C") == laid_out


def test_paths_from_the_crate_become_paths_from_the_module():
    code = 'pub(crate) use crate::a::{b}; macro_rules! m { () => { $crate::c("crate::d") } } fn e() { m!(crate::f) }'
    text = answer_module(code, "M", "C")
    for part in ("pub(crate) use crate::M::a::{b}", '{ crate::M::c("crate::d") }', "m!(crate::M::f)"):
        assert part in text


# --- who shares a crate ---------------------------------------------------------------------------

OWN = "struct Own<T>(T); trait Mine {} enum E {} use std::ops::Add as Also;"


@pytest.mark.parametrize(
    "code",
    [
        "impl Own<i32> { fn f() {} }",
        "impl<T> std::fmt::Display for Own<T> {}",
        "impl Mine for Vec<i32> {}",
        "impl<T> Mine for T {}",
        "impl<'a> Iterator for Own<&'a u8> {}",
        "impl Mine for E {}",
        "",
        "macro_rules! m { () => { 1 } }",
        "// include the ends, and the path to it",
        "#![allow(dead_code)]\n#![warn(clippy::all)]",
        "#[derive(Debug)] struct A;",
        "fn f(x: impl Fn()) {}",
    ],
)
def test_what_cannot_be_felt_outside_shares_a_crate(code):
    assert not apart(f"{code}\n{OWN}")


@pytest.mark.parametrize(
    "code",
    [
        "impl From<Own<u8>> for String {}",
        "impl PartialEq<Own<u8>> for i32 {}",
        "impl Also for i32 {} trait Also {}",
        "impl std::ops::Add<i32> for Own<u8> {}",
        "impl Default for &Own<u8> {}",
        "impl std::fmt::Display for Other {}",
        "macro_rules! m { ($t:ty) => { impl From<Own<u8>> for $t {} } }",
        "m! { impl Display for u8 {} }",
        "#[macro_export] macro_rules! vec { () => {} }",
        "extern crate rand;",
        '#[link_section = ".init_array"] static A: u8 = 0;',
        "#![cfg(any())]",
        "#! [no_implicit_prelude]",
        "#[unsafe(no_mangle)] fn f() {}",
        'fn f() { include_str!("x"); }',
        '#[cfg_attr(all(), path = "x")] mod x;',
        '#[path = "../x.rs"] mod x;',
    ],
)
def test_what_can_be_felt_outside_is_compiled_apart(code):
    assert apart(f"{code}\n{OWN}")
