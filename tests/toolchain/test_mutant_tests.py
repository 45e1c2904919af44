"""Mutants of covered functions, with the real compiler and the crate's own tests in the real sandbox."""

import pytest
from fixture_crates import LIB

from ferrule.compiler.crate_tests import BuiltTests
from ferrule.compiler.function_switches import Form
from ferrule.compiler.judge import Function
from ferrule.compiler.mutant_tests import MutantTrials, said_by
from ferrule.compiler.test_coverage import Behaviour

SOURCE = """pub fn double(x: u32) -> u32 {
    x * 2
}

pub fn untested(x: u32) -> u32 {
    x + 1
}

#[cfg(test)]
mod tests {
    #[test]
    fn doubles() {
        assert_eq!(crate::double(3), 6, "three times two");
    }

    #[test]
    fn more() {
        assert_eq!(crate::double(0), 0);
    }
}
"""
BODIES = {
    "wrong": "x + 2",
    "same": "x + x",
    "type": "x.len()",
    "loops": "loop { std::hint::black_box(x); }",
    "naps": "std::thread::sleep(std::time::Duration::from_millis(150)); x * 2",
    "sleeps": "loop { std::thread::sleep(std::time::Duration::from_secs(1)); }",
    "eats": "let mut all: Vec<Vec<u8>> = Vec::new(); loop { all.push(vec![1; 1 << 26]); }",
    "aborts": "std::process::abort()",
    "exits": "std::process::exit(0)",
    "prints": 'loop { println!("{}", "x".repeat(1 << 20)); }',
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mutants") / "source"
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text('[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n')
    (folder / "Cargo.lock").write_text('version = 3\n\n[[package]]\nname = "demo"\nversion = "0.1.0"\n')
    (folder / "src/lib.rs").write_text(SOURCE)
    functions = []
    for name in ("double", "untested"):
        start = SOURCE.index(f"pub fn {name}")
        functions.append(
            Function(name, "src/lib.rs", start, SOURCE.index("\n}", start) + 2, SOURCE.index("{", start))
        )
    double, untested = functions
    forms = [
        Form("double", name, double.start, double.end, f"pub fn double(x: u32) -> u32 {{\n    {body}\n}}")
        for name, body in BODIES.items()
    ]
    forms.append(Form("untested", "x", untested.start, untested.end, "pub fn untested(x: u32) -> u32 { x }"))
    with BuiltTests(folder, ".", LIB) as build:
        behaviour = Behaviour(build, functions, [], run_seconds=2)
        behaviour.examine()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ferrule.compiler.mutant_tests.MOST_PROGRAM", build.largest_program() - 1)
            too_large = MutantTrials(behaviour, forms).run()
        builds = build.builds
        tried = MutantTrials(behaviour, forms).run()
    assert builds == 1  # of the functions alone
    return [{form.rewrite: outcome for form, outcome in outcomes.items()} for outcomes in (tried, too_large)]


@pytest.fixture(scope="module")
def outcomes(found):
    return found[0]


def test_every_mutant_has_its_own_outcome(outcomes):
    assert {name: (o.outcome, o.reason) for name, o in outcomes.items()} == {
        "wrong": ("killed", ""),
        "same": ("survived", ""),
        "type": ("", "no_switch"),
        "loops": ("killed", "timeout"),
        "naps": ("survived", ""),
        "sleeps": ("killed", "timeout"),
        "eats": ("killed", outcomes["eats"].reason),
        "aborts": ("killed", "died"),
        "exits": ("killed", "died"),
        "prints": ("killed", outcomes["prints"].reason),
        "x": ("", "not_covered"),
    }
    assert outcomes["eats"].reason in ("memory", "died", "timeout")
    assert outcomes["prints"].reason in ("output", "timeout")


def test_a_crate_with_a_large_program_has_no_mutants(found, outcomes):
    too_large = {name: (o.outcome, o.tests, o.reason) for name, o in found[1].items()}
    assert too_large == dict.fromkeys(outcomes, ("", [], "too_large"))


def test_the_killing_tests_and_their_words_are_kept(outcomes):
    wrong = outcomes["wrong"]
    assert wrong.tests == ["--lib tests::doubles", "--lib tests::more"]
    assert wrong.output == (
        "thread 'tests::doubles' panicked at src/lib.rs:\n"
        "assertion `left == right` failed: three times two\n  left: 5\n right: 6"
    )


OUTPUT = """
running 1 test
test a ... FAILED

failures:

---- a stdout ----
seen

thread 'a' (4711) panicked at src/lib.rs:3:9:
not equal
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


failures:
    a

test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
"""


def test_what_differs_from_run_to_run_is_not_in_the_words():
    assert said_by(OUTPUT, "a") == "seen\n\nthread 'a' panicked at src/lib.rs:\nnot equal"
    assert said_by(OUTPUT.replace("seen", "at 0x7ffe01234567"), "a") == ""
    assert said_by(OUTPUT, "b") == ""
