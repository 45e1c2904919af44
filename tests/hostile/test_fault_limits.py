"""Mutations that the compiler does not survive: each is named, and all the others get their answer."""

from pathlib import Path

import pytest

from ferrule.compiler import cargo_check
from ferrule.compiler.judge import CrateDoesNotCompile, Function, Judge, Replacement
from ferrule.sandbox.session import Limits
from ferrule.transforms.error_injection import Fault, judge_faults, words_of

MANIFEST = '[package]\nname = "many"\nversion = "0.1.0"\nedition = "2021"\n'
LOCK = 'version = 3\n\n[[package]]\nname = "many"\nversion = "0.1.0"\n'
LIB = [dict(kind=["lib"], name="many", path="src/lib.rs")]
COUNT = 4
GUILTY = "f2"
TYPE_ERROR = ' let wrong: u8 = "text";'
HOSTILE = {
    "compiler_timeout": " const N: usize = { loop {} }; let _ = N;",
    "compiler_memory": " const N: u8 = { let x = [1u8; 1 << 40]; x[7] }; let _ = N;",
    # 256 errors of five kilobytes: the limit of one megabyte is met long before any limit on time.
    "compiler_output": " macro_rules! twice { () => { let _: u8 = nowhere; };"
    " ($n:tt $($rest:tt)*) => { twice!($($rest)*); twice!($($rest)*); } }"
    " twice!(a a a a a a a a);",
    # A tree this deep overflows the compiler's stack when it is taken down.
    "compiler_crash": " let _ = 1" + " + 1" * 60_000 + ";",
}


@pytest.fixture
def many(tmp_path):
    """(its folder, its functions) of a crate with `COUNT` small functions."""
    folder = tmp_path / "many"
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "Cargo.lock").write_text(LOCK)
    text, functions = "", []
    for n in range(COUNT):
        start = len(text)
        text += f"pub fn f{n}(x: u8) -> u8 {{ x }}\n"
        functions.append(Function(f"f{n}", "src/lib.rs", start, len(text) - 1, text.index("{", start)))
    (folder / "src/lib.rs").write_text(text)
    return folder, functions


def fault(function: Function, text: str) -> Fault:
    at = function.body + 1
    replacement = Replacement(f"{function.id} by hand", function, at, at, text.encode())
    return Fault(replacement, "by_hand", function.id, words_of(function.id))


def findings_of(folder: Path, faults: list[Fault], limits: Limits | None = None) -> tuple[dict, int]:
    with Judge(folder, ".", LIB, limits=limits or Limits(memory_mb=2048, output_mb=1)) as judge:
        judge.live_in = {one.replacement.function.id: "lib" for one in faults}
        found = {f.fault.replacement.function.id: f for f in judge_faults(judge, faults, 600, 3)}
        return found, judge.checks


@pytest.fixture
def impatient(monkeypatch):
    """Two seconds of CPU time for a check: ten times what one of these crates needs."""
    monkeypatch.setattr(cargo_check, "PATIENCE", 2)
    monkeypatch.setattr(cargo_check, "FIRST_PATIENCE", 2)
    monkeypatch.setattr(cargo_check, "STALL", 100)


@pytest.mark.parametrize("reason", ["compiler_memory", "compiler_output", "compiler_crash"])
def test_one_guilty_mutation_is_named_and_the_others_are_kept(many, reason):
    folder, functions = many
    faults = [fault(f, HOSTILE[reason] if f.id == GUILTY else TYPE_ERROR) for f in functions]
    found, checks = findings_of(folder, faults)
    assert {id: finding.reason for id, finding in found.items()} == {
        f.id: reason if f.id == GUILTY else "" for f in functions
    }
    assert {f.diagnostics[0].code for id, f in found.items() if id != GUILTY} == {"E0308"}
    assert checks < 10


def test_two_guilty_mutations_are_both_named_and_the_others_are_kept(many, impatient):
    folder, functions = many
    guilty = {"f1": "compiler_crash", "f3": "compiler_timeout"}
    faults = [fault(f, HOSTILE[guilty[f.id]] if f.id in guilty else TYPE_ERROR) for f in functions]
    found, _ = findings_of(folder, faults)
    assert {id: f.reason for id, f in found.items()} == {f.id: guilty.get(f.id, "") for f in functions}
    assert {f.diagnostics[0].code for id, f in found.items() if id not in guilty} == {"E0308"}


def test_what_prints_until_its_time_is_up_has_the_reason_of_what_prints_too_much(many, impatient):
    """Whichever limit a machine meets first: each of 300 errors, found at once, quotes a line of a megabyte."""
    folder, functions = many
    endless = " let _: u8 = nowhere;" * 300 + "/*" + "x" * 1_000_000 + "*/"
    found, _ = findings_of(folder, [fault(functions[0], endless)], Limits(output_mb=256))
    assert {id: f.reason for id, f in found.items()} == {"f0": "compiler_output"}


def test_a_crate_that_crashes_the_compiler_by_itself_has_no_verdict(many):
    folder, functions = many
    lib = folder / "src/lib.rs"
    lib.write_text(lib.read_text() + f"pub fn last() {{{HOSTILE['compiler_crash']}}}\n")
    with pytest.raises(CrateDoesNotCompile):
        findings_of(folder, [fault(f, TYPE_ERROR) for f in functions])
