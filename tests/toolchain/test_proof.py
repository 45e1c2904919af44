"""Proof that tests can grade a function: the real compiler, the real answer room, a crate with tests of every kind."""

import subprocess

import pytest

from ferrule.compiler.crate_tests import BuiltTests
from ferrule.compiler.judge import Function
from ferrule.grading.crate_programs import CratePrograms, NotBuilt
from ferrule.grading.program_room import ProgramRoom
from ferrule.grading.proof import Prover

SOURCE = """// Macros of the crate's own, which code that is put into it must not meet.
#[allow(unused_macros)]
macro_rules! panic {
    ($($said:tt)*) => { ::std::process::abort() };
}
#[allow(unused_macros)]
macro_rules! format {
    ($($said:tt)*) => { ::std::process::abort() };
}

use std::sync::atomic::{AtomicBool, Ordering};

static RAN: AtomicBool = AtomicBool::new(false);

pub fn double(x: u32) -> u32 {
    x * 2
}

pub fn noted(x: u32) -> u32 {
    RAN.store(true, Ordering::SeqCst);
    x
}

pub fn zero() -> u32 {
    0
}

pub fn quiet() {}

pub fn lonely(x: u32) -> u32 {
    x
}

pub fn weak(x: u32) -> bool {
    x > 3
}

pub const fn constant(x: u32) -> u32 {
    x + 1
}

pub struct Guard(pub u32);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = double(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles() {
        assert_eq!(double(3), 6);
    }

    #[test]
    fn guards() {
        let guard = Guard(4);
        assert_eq!(double(guard.0), 8);
    }

    #[test]
    fn is_zero() {
        assert_eq!(zero(), 0);
    }

    #[test]
    fn reaches() {
        let _ = noted(1);
        quiet();
        assert!(!weak(0) && weak(9));
    }

    #[test]
    fn counts() {
        assert_eq!(constant(1), 2);
    }

    #[test]
    fn only_after_another() {
        assert!(RAN.load(Ordering::SeqCst));
    }

    #[test]
    fn only_alone() {
        assert!(!RAN.swap(true, Ordering::SeqCst));
        assert_eq!(noted(2), 2);
    }

    #[test]
    fn needs_a_file() {
        assert!(std::fs::read_to_string("Cargo.toml").unwrap().contains("demo"));
        assert_eq!(double(1), 2);
    }

    #[test]
    fn slow() {
        let start = std::time::Instant::now();
        let mut n = 0u64;
        while start.elapsed().as_secs() < 60 {
            n = std::hint::black_box(n).wrapping_add(double(1) as u64);
        }
        assert!(n > 0);
    }

    #[test]
    #[ignore]
    fn ignored() {
        assert_eq!(double(2), 4);
    }

    mod inner {
        #[test]
        fn apart() {}
    }
}
"""
NAMES = ["double", "noted", "zero", "quiet", "lonely", "weak", "constant"]


def function(name: str) -> Function:
    start = SOURCE.index(f"fn {name}(")
    start = SOURCE.rindex("pub ", 0, start)
    return Function(name, "src/lib.rs", start, SOURCE.index("}", start) + 1, SOURCE.index("{", start))


def mutant(name: str, number: int, body: str, outcome: str = "survived", tests: tuple = (), reason: str = ""):
    of = function(name)
    text = SOURCE[of.start : of.body + 1] + body + "}"
    return dict(chunk=name, mutant=f"m{number}", text=text, outcome=outcome, reason=reason, tests=list(tests))


MUTANTS = [
    mutant("double", 1, "x + 2", "killed", ["--lib tests::doubles"]),
    mutant("double", 2, "x * 3", "", reason="budget"),  # not tried so far
    mutant("double", 3, "x.len()", "", reason="no_switch"),
    mutant("weak", 1, "x > 4"),  # no test notices it
    mutant("weak", 2, "x > 3 || x == 0"),  # one does that was not among those tried
    mutant("noted", 1, "x", "killed", ["--lib tests::only_after_another"]),  # by a test that is set aside
]


def crate(folder, source: str):
    (folder / "src").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2024"\n[features]\nmore = []\n'
    )
    (folder / "src/lib.rs").write_text(source)
    (folder / "tests/outside.rs").write_text("#[test]\nfn doubles() { assert_eq!(demo::double(5), 10); }\n")
    (folder / "tests/gated.rs").write_text('#![cfg(feature = "more")]\n#[test]\nfn never() {}\n')
    subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=folder, check=True)
    return [
        dict(kind=["lib"], name="demo", path="src/lib.rs"),
        dict(kind=["test"], name="outside", path="tests/outside.rs"),
        dict(kind=["test"], name="gated", path="tests/gated.rs"),
    ]


@pytest.fixture(scope="module")
def proved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proof") / "source"
    targets = crate(folder, SOURCE)
    with BuiltTests(folder, ".", targets) as built, ProgramRoom() as room:
        programs = CratePrograms(built)
        prover = Prover(programs, room)
        rows = {row["chunk"]: row for row in prover.prove([function(n) for n in NAMES], MUTANTS)}
        return rows, prover.tests.set_aside, programs.left_out


def test_tests_that_are_not_steady_in_the_room_are_set_aside(proved):
    rows, set_aside, left_out = proved
    assert set(set_aside) == {
        "--lib tests::only_after_another",
        "--lib tests::only_alone",
        "--lib tests::needs_a_file",
        "--lib tests::slow",
    }
    assert set(left_out) == {"--test gated"}
    named = {test for row in rows.values() for test in (*row["fail_to_pass"], *row["pass_to_pass"])}
    assert not named & (set(set_aside) | {"--lib tests::ignored"})


def test_fail_to_pass_are_the_tests_that_fail_without_the_function(proved):
    rows, _, _ = proved
    assert rows["double"]["fail_to_pass"] == [
        "--lib tests::doubles",
        "--lib tests::guards",
        "--test outside doubles",
    ]
    assert rows["double"]["pass_to_pass"] == [
        "--lib tests::counts",
        "--lib tests::is_zero",
        "--lib tests::reaches",
    ]
    assert rows["weak"]["fail_to_pass"] == ["--lib tests::reaches"]
    assert rows["constant"]["fail_to_pass"] == ["--lib tests::counts"]


def test_a_function_whose_stub_passes_has_no_task(proved):
    rows, _, _ = proved
    reasons = {name: row["reason"] for name, row in rows.items()}
    assert reasons == {
        "double": "",
        "noted": "stub_passes",  # nothing looks at its result
        "zero": "stub_passes",
        "quiet": "stub_passes",
        "lonely": "no_test",
        "weak": "",
        "constant": "",
    }
    assert rows["zero"]["default"] == "passes"
    assert rows["double"]["default"] == "fails"
    assert rows["double"]["empty"] == "does_not_compile"


def test_strength_is_the_share_of_mutants_that_the_tests_notice(proved):
    rows, _, _ = proved
    assert (rows["double"]["killed"], rows["double"]["tried"], rows["double"]["strength"]) == (2, 2, "strong")
    assert (rows["weak"]["killed"], rows["weak"]["tried"], rows["weak"]["strength"]) == (1, 2, "weak")
    assert (rows["constant"]["tried"], rows["constant"]["strength"]) == (0, "weak")


def test_a_crate_whose_tests_do_not_compile_is_named(tmp_path):
    folder = tmp_path / "source"
    targets = crate(folder, SOURCE.replace("assert_eq!(double(3), 6);", 'double("3");'))
    with (
        BuiltTests(folder, ".", targets[:1]) as built,
        ProgramRoom() as room,
        pytest.raises(NotBuilt, match="do not compile"),
    ):
        Prover(CratePrograms(built), room).prove([function("double")], [])
