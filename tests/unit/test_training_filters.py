"""Filters of a run: each reason by the code that has it, and by code that only looks like it."""

import dataclasses
import time
from pathlib import Path

import pytest

from ferrule.rust.code_patterns import read_patterns
from ferrule.rust.idiomatic import look
from ferrule.rust.syntax import parse
from ferrule.training import filters
from ferrule.training.filters import Filters, judge
from ferrule.training.sources import Row

PATTERNS = read_patterns([Path(__file__).parents[2] / "resources/code_patterns.yaml"])
ALL = Filters(min_chars=0, exclude_examples=True, signs=PATTERNS)
PLAIN = "pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n"


def signs_of(prompt: str, gen: str):
    return filters.signs_of(prompt, gen, PATTERNS)


def reason(gen=PLAIN, file=None, prompt="Write it.", base=ALL, **changes) -> str:
    row = Row(prompt, gen, "id", "code_generation", file, "train", 1.0)
    return judge(row, dataclasses.replace(base, **changes)).reason


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("vendor/a/src/lib.rs", "vendor_path"),
        ("a/target/x.rs", "vendor_path"),
        ("node_modules/x.rs", "vendor_path"),
        ("a/Cargo.lock", "vendor_path"),
        ("Cargo.lock", "vendor_path"),
        ("src/vendor.rs", ""),
        ("src/target.rs", ""),
        ("tests/it.rs", "test_file"),
        ("a/b/tests/it.rs", "test_file"),
        ("test/it.rs", "test_file"),
        (r"a\tests\it.rs", "test_file"),
        ("src/tests.rs", ""),
        ("src/contests/a.rs", ""),
        ("src/latest/a.rs", ""),
        ("examples/a.rs", "example_file"),
        ("a/example/b.rs", "example_file"),
        ("src/examples.rs", ""),
        ("benches/a.rs", "bench_file"),
        ("a/benches/b.rs", "bench_file"),
        ("workbenches/b.rs", ""),
        ("src/lib.rs", ""),
        (None, ""),
        ("", ""),
    ],
)
def test_folders(file, expected):
    assert reason(file=file) == expected


@pytest.mark.parametrize(
    "code",
    [
        "#[test]\nfn a() {}",
        "mod m {\n    #[test]\n    fn a() {}\n}",
        '#[tokio::test(flavor = "x")]\nasync fn a() {}',
        "#[cfg(test)]\nmod tests { fn a() {} }",
        "#[cfg(all(test, unix))]\nmod m {}",
        "#![cfg(test)]\nfn a() {}",
        "#[rstest]\nfn a() {}",
        "#[test_case(1)]\nfn a(x: u8) {}",
        "# [ test ]\nfn a() {}",
        "proptest! { #[test] fn a(x in 0..9) {} }",
        "Here it is:\n\n```rust\n#[test]\nfn a() {}\n```\n",
        "fn broken( { }\n#[test]\nfn a() {}\n",
    ],
)
def test_test_code(code):
    assert reason(code) == "test_file"
    assert reason(code, exclude_tests=False) == ""


@pytest.mark.parametrize(
    "code",
    [
        "fn f(r#type: u8) -> u8 { r#type }",
        'const WHITE: &str = "#fff";',
        'const URL: &str = "https://a.b/test/c";',
        'const S: &str = "#[test] fn a() {}";',
        "// #[test]\nfn f() {}",
        "/// ```\n/// #[test]\n/// fn a() {}\n/// ```\nfn f() {}",
        "#[cfg(not(test))]\nfn f() {}",
        "#[cfg(any(test, unix))]\nfn f() {}",
        '#[cfg(feature = "test")]\nfn f() {}',
        "fn test() {}",
        "mod tests {}",
        "#[cfg_attr(test, derive(Debug))]\nstruct S;",
        "#[attest]\nfn f() {}",
        "#[test_log]\nfn f() {}",
        "fn f() { let bench = 1; }",
        'const S: &str = "/benches/";',
    ],
)
def test_what_only_looks_like_a_test_or_a_bench(code):
    assert reason(code) == ""


def test_bench_code():
    code = "#[bench]\nfn b(b: &mut Bencher) {}"
    assert (
        reason(code)
        == reason("#[cfg(bench)]\nmod b {}")
        == reason("#[divan::bench(args = [1])]\nfn b() {}")
        == "bench_file"
    )
    assert reason(code, exclude_benches=False) == reason("// #[bench]\nfn f() {}") == ""
    assert reason(file="benches/a.rs", exclude_benches=False) == ""
    assert reason(file="examples/a.rs", exclude_examples=False) == ""


def test_length_is_that_of_prompt_and_answer_in_characters():
    assert reason("é" * 4, prompt="äöü", min_chars=7, max_chars=7) == ""
    assert reason("é" * 4, prompt="äöü", min_chars=8) == "too_short"
    assert reason("é" * 4, prompt="äöü", max_chars=6) == "too_long"
    assert reason(PLAIN, max_chars=None) == ""
    assert reason(" \n", prompt="x" * 100) == "too_short"  # nothing to learn


def test_the_first_reason_is_told():
    code = "#[test]\nfn a() {}\n#[bench]\nfn b() {}"
    everything = dict(
        base=dataclasses.replace(
            ALL, min_chars=10**6, max_chars=1, prefer_idiomatic=True, prefer_documented=True
        )
    )
    assert reason(code, "vendor/tests/examples/benches/a.rs", **everything) == "vendor_path"
    assert reason(code, "tests/examples/benches/a.rs", **everything) == "test_file"
    assert reason(PLAIN, "examples/benches/a.rs", **everything) == "example_file"
    assert reason(PLAIN, "benches/a.rs", **everything) == "bench_file"
    assert reason("fn f() {}", **everything) == "too_short"
    assert reason("fn f() {}", **everything, min_chars=0) == "too_long"
    assert reason("fn f() {}", **everything, min_chars=0, max_chars=99) == "not_idiomatic"
    assert reason("pub fn f() {}", **everything, min_chars=0, max_chars=99) == "no_documentation"
    assert reason("/// Does f.\npub fn f() {}", **everything, min_chars=0, max_chars=99) == ""


def signs(code):
    found = look(parse(code.encode()), PATTERNS)
    return found.idiomatic, found.poor


@pytest.mark.parametrize(
    "code",
    [
        "fn f() -> Result<u8, E> { g() }",
        "fn f() -> io::Result<u8> { g() }",
        "fn f() -> fmt::Result { g() }",
        "fn f() -> Option<u8> { g() }",
        "fn f() { a.unwrap_or(1); }",
        "fn f() { a.expect(m); }",
        "fn f() { a.b().map(g).c(); }",
        "fn f() { a.map::<u8, _>(g); }",
        "fn f() { a.and_then(g); }",
        "#[derive(Debug)]\nstruct S;",
        "impl A for B {}",
        "impl<T: C> a::A<T> for B<T> where T: D {}",
        "pub fn f() {}",
        "pub const fn f() {}",
        "pub struct S;",
        "pub enum E {}",
        "pub trait T {}",
        "pub mod m {}",
        "impl S { pub fn f() {} }",
    ],
)
def test_signs_of_idiomatic_code(code):
    assert signs(code) == (1, 0)


@pytest.mark.parametrize(
    "code",
    [
        "// TODO: more\nfn f() {}",
        "fn f() { /* fixme */ }",
        "// XXX\nfn f() {}",
        "/// a hack\nfn f() {}",
        'fn f() { println!("a"); }',
        "fn f() { std::dbg!(a); }",
        "fn f() { unsafe { g() } }",
        "#[allow(dead_code)]\nfn f() {}",
        "#![allow(dead_code)]\nfn f() {}",
    ],
)
def test_signs_of_poor_code(code):
    assert signs(code) == (0, 1)


@pytest.mark.parametrize(
    "code",
    [
        'const S: &str = "pub fn f() -> Result<u8> { println!(); unsafe { a.map(b) } } // TODO";',
        "const TODO: u8 = 1;",
        "// pub fn f() -> Option<u8> { println!() } impl A for B {} #[derive(A)] #[allow(a)] unsafe {}\nfn f() {}",
        "pub(crate) fn f() {}",
        "impl B {}",
        "unsafe fn f() {}",
        "fn f() { map(a); }",
        "// todos, hackathon\nfn f() {}",
        "fn f(a: Result<u8, E>) -> Vec<Option<u8>> { g() }",
        'fn f() { eprintln!("a"); }',
        "#[derive()]\nstruct S;",
    ],
)
def test_what_is_no_sign(code):
    assert signs(code) == (0, 0)


def test_the_ratio():
    """With 2.0 one poor sign needs two others, two need four, three need six; four are too many."""
    good = [
        "pub fn f() {}",
        "#[derive(Debug)]\nstruct S;",
        "impl A for B {}",
        "fn o() -> Option<u8> { g() }",
        "fn r() -> Result<u8, E> { g() }",
        "fn m() { a.map(b); }",
    ]
    poor = ["// TODO", "fn p() { println!(); }", "fn u() { unsafe { g() } }", "#[allow(unused)]\nfn l() {}"]
    for bad in range(5):
        kept = [
            n
            for n in range(7)
            if reason("\n".join(good[:n] + poor[:bad]) or "fn f() {}", prefer_idiomatic=True) == ""
        ]
        assert kept == [n for n in range(1, 7) if n >= 2 * bad]
    assert reason("pub fn f() {}\n// TODO", prefer_idiomatic=True, idiomatic_ratio=1.0) == ""
    assert reason("pub fn f() {}\n// TODO", prefer_idiomatic=True, idiomatic_ratio=1.1) == "not_idiomatic"


FENCED = "Explain.\n\n```rust\n{}\n```"


@pytest.mark.parametrize(
    ("prompt", "gen", "expected"),
    [
        ("Write it.", "/// Adds.\nfn f() {}", True),
        ("Write it.", "//! A crate.\n\nfn f() {}", True),
        ("Write it.", "/** Adds. */\nfn f() {}", True),
        ("Write it.", '#[doc = "Adds."]\nfn f() {}', True),
        ("Write it.", "// Adds.\nfn f() {}", False),
        ("Write it.", "//// Adds.\nfn f() {}", False),
        ("Write it.", 'const S: &str = "/// no";', False),
        ("Write it.", "fn f() {}", False),
        (FENCED.format("/// Adds.\nfn f() { todo!() }"), "fn f() {}", True),
        (FENCED.format('const S: &str = "file:///a";'), "fn f() {}", False),
        ("Complete:\n\n/// Adds.\nfn f() {", "    1\n}", True),
        ("See https:///x for more.", "fn f() {}", False),
        (FENCED.format("fn f() {}"), "Does nothing at all. It is there for its name.", True),
    ],
)
def test_documentation_of_the_answer_or_in_the_prompt(prompt, gen, expected):
    assert signs_of(prompt, gen).documented is expected
    assert reason(gen, prompt=prompt, prefer_documented=True) == ("" if expected else "no_documentation")


@pytest.mark.parametrize(
    ("prompt", "gen"),
    [
        ("Write it.", "#[derive(Debug)]\nstruct S;"),
        (
            "Write it.",
            "Sure, with TODO and println!:\n\n```rust\n#[derive(Debug)]\nstruct S;\n```\nIt's `unsafe`.",
        ),
        ("Write it.", "```\n#[derive(Debug)]\nstruct S;\n```"),
        ("fn f() {\n    #[derive(Debug)]", "    struct S;\n}"),
        ("Go on.", "let a = 1;\n#[derive(Debug)]\nstruct S;"),
        (
            FENCED.format("#[derive(Debug)]\nstruct S;"),
            "It's a type without a field, so that it takes no room.",
        ),
    ],
)
def test_the_code_of_a_row_in_every_form(prompt, gen):
    found = signs_of(prompt, gen)
    assert (found.idiomatic, found.poor) == (1, 0)


def test_the_context_of_a_prompt_is_not_the_answers():
    prompt = FENCED.format("#[test]\nfn t() {}\n\npub fn f() { unsafe { g() } }")
    found = signs_of(prompt, "fn f() {}")
    assert (found.idiomatic, found.poor, found.test) == (0, 0, False)


def test_a_fence_in_a_doc_comment_or_a_string_of_a_file_opens_nothing():
    code = '/** Adds.\n```\nassert_eq!(add(1), 2);\n```\n*/\npub fn add(a: u8) -> Option<u8> { g("\n```rust\n") }\n'
    found = signs_of("Write it.", code)
    assert (found.idiomatic, found.documented) == (2, True)


@pytest.mark.parametrize(
    "text", ['r#"' * 40_000, "(" * 400_000, 'fn f() { let a = r##"' + 'x"# y\n' * 90_000]
)
def test_what_is_no_rust_takes_no_time(text, monkeypatch):
    monkeypatch.setattr(filters, "BROKEN", 5_000)
    start = time.process_time()
    assert reason(text, max_chars=None) == ""
    assert time.process_time() - start < 3
