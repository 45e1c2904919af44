"""Which names the code that `cargo test` compiles uses."""

import tomllib

import pytest

from ferrule.compiler.compiled_names import CompiledNames, default_features, names_in

MANIFEST = """[package]
name = "c"
version = "0.1.0"

[features]
default = ["std"]
std = ["dep:alloc-only", "weak?/x", "strong/x"]
extra = []
"""


def used(folder, files: dict[str, str], features: str = "default", without=()) -> set[str]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return CompiledNames(folder, tomllib.loads(MANIFEST), features, without).names({"harness", "other"})


@pytest.mark.parametrize(
    "text",
    [
        "use harness::x;",
        "extern crate harness;",
        "harness! { a }",
        "#[harness::test] fn f() {}",
        "#[cfg(test)] mod tests { use harness::x; }",
        '#[cfg(feature = "std")] use harness::x;',
        '#[cfg(not(feature = "extra"))] use harness::x;',
        '#[cfg(any(feature = "extra", test))] use harness::x;',
        "#[cfg(debug_assertions)] use harness::x;",
        '#[cfg_attr(feature = "extra", allow(unused))] use harness::x;',
        'macro_rules! m { () => { #[cfg(feature = "extra")] use harness::x; } }',
        '#[serde(with = "harness")] struct S;',
        'fn f() { #[cfg(feature = "extra")] g(); harness::x() }',
        '#[cfg(feature = "extra")]\n// a comment between\nfn g() {}\nuse harness::x;',
        "#[cfg(unix)] use harness::x; #[cfg(windows)] use harness::y;",
    ],
)
def test_a_name_that_may_be_compiled_counts(tmp_path, text):
    assert used(tmp_path, {"src/lib.rs": text}) == {"harness"}


@pytest.mark.parametrize(
    "text",
    [
        "// use harness::x;\n/* harness::x */\n/// harness::x\nfn f() {}",
        '#[cfg(feature = "extra")] use harness::x;',
        '#[cfg(all(test, feature = "extra"))] mod tests { use harness::x; }',
        '#[cfg(feature = "extra")]\n#[test]\n// a comment between\nfn f() { harness::x() }',
        'mod a { #![cfg(feature = "extra")] use harness::x; }',
        "#[cfg(doctest)] harness::doctest!(a);",
        "#[cfg(miri)] use harness::x;",
        '#[cfg(not(feature = "harness"))] fn f() { compile_error!("it needs harness::x of nobody") }',
        '#[cfg(target_arch = "of another machine")] use harness::x;',
        '#![cfg(feature = "extra")]\nuse harness::x;',
        'fn f() { let a = 1; #[cfg(feature = "extra")] { harness::x() } }',
        'impl S { #[cfg(feature = "extra")] fn f() { harness::x() } fn g() {} }',
        "fn harness() {} fn f(harness: u8) -> u8 { harness }",
    ],
)
def test_a_name_that_is_not_compiled_does_not(tmp_path, text):
    assert used(tmp_path, {"src/lib.rs": text}) == set()


def test_only_a_build_script_sets_options_of_the_crates_own(tmp_path):
    files = {
        "src/lib.rs": "#[cfg(some_option)] use harness::x;",
        "tests/t.rs": "#![cfg(all_of_it)] use other::x;",
    }
    assert used(tmp_path, files) == set()
    assert used(tmp_path, files | {"build.rs": "fn main() {}"}) == {"harness", "other"}


def test_with_all_features_their_code_counts(tmp_path):
    files = {"src/lib.rs": '#[cfg(feature = "extra")] use harness::x;'}
    assert used(tmp_path, files, features="all") == {"harness"}


def test_files_of_modules_that_are_left_out_do_not_count(tmp_path):
    files = {
        "src/lib.rs": '#[cfg(feature = "extra")] mod a; mod b; #[cfg(feature = "extra")] mod c;',
        "src/a.rs": "use harness::x; mod deep;",
        "src/a/deep.rs": "use harness::x;",
        "src/b.rs": '#[cfg(feature = "extra")] mod inside;',
        "src/b/inside.rs": "use harness::x;",
        "src/c/mod.rs": "use harness::x;",
    }
    assert used(tmp_path, files) == set()
    # One that is declared twice may be compiled.
    assert used(tmp_path, {"src/b.rs": '#[cfg(feature = "extra")] mod inside; mod inside;'}) == {"harness"}


def test_benches_examples_and_chosen_files_do_not_count(tmp_path):
    files = {f"{folder}/x.rs": "use harness::x;" for folder in ("benches", "examples", "tests")}
    assert used(tmp_path, files, without={"tests/x.rs"}) == set()
    assert used(tmp_path, files) == {"harness"}


def test_features_that_are_on_by_default():
    assert default_features(tomllib.loads(MANIFEST)) == {"default", "std", "strong"}
    assert default_features({}) == {"default"}


def test_strings_in_code_count_and_strings_in_comments_do_not():
    assert {"a", "b", "c", "f"} <= names_in('use a; b::x(); #[serde(with = "c::d", x = "f")] struct S;')
    assert not {"d", "e"} & names_in('// d::x "e"\n/* "d" */ #[cfg(feature = "e")] fn f() { g("d e") }')
