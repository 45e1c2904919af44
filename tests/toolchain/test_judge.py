"""The judge on fixture crates, with the real compiler in the real sandbox."""

import json
import re

import pytest
from fixture_crates import LIB, functions_of, prepared

from ferrule.compiler.cargo_check import CrateDoesNotCompile, portable
from ferrule.compiler.judge import Function, Judge, Replacement, next_batch

BIN = [dict(kind=["bin"], name="c", path="src/main.rs")]


@pytest.fixture(scope="module")
def tidy(tmp_path_factory):
    folder = prepared(tmp_path_factory.mktemp("judge"), "tidy")
    functions = functions_of(folder)
    with Judge(folder, ".", LIB) as judge:
        judge.baseline()
        judge.live = judge.liveness(list(functions.values()))
        yield judge, functions


def body(judge, function: Function, text: str) -> Replacement:
    """`function` with `text` put at the start of its body."""
    return Replacement(
        f"{function.id} {text}", function, function.body + 1, function.body + 1, f" {text}".encode()
    )


def test_liveness(tidy):
    judge, functions = tidy
    dead = {name for name, function in functions.items() if function.id not in judge.live}
    assert dead == {"switched_off", "elsewhere"}


FAULTS = {
    'let x: u8 = "text";': "E0308",
    "nowhere();": "E0425",
    "let mut v = vec![1]; let a = &mut v; let b = &mut v; a.push(1); b.push(2);": "E0499",
    "let s = String::new(); let t = s; drop(s); drop(t);": "E0382",
    "let broken = ;": None,
    'fn inner() { let x: u8 = "text"; } inner();': "E0308",
    'println!("{}", missing);': "E0425",
    "let fine = 1; let _ = fine;": "",
}


def test_many_replacements_in_one_go_and_what_the_compiler_says_of_each(tidy):
    judge, functions = tidy
    live = [
        f
        for name, f in sorted(functions.items())
        if f.id in judge.live and name not in ("len", "write_end", "fmt")
    ]
    texts = list(FAULTS)
    wanted = {}
    replacements = []
    for number, function in enumerate(live):
        text = texts[number % len(texts)]
        replacement = body(judge, function, text)
        wanted[replacement.id] = FAULTS[text]
        replacements.append(replacement)
    assert set(FAULTS.values()) <= set(wanted.values()), "too few functions for every fault"
    before = judge.checks
    for verdict in judge.judge(replacements):
        if wanted[verdict.id] == "":
            assert verdict.compiles is True, verdict
        else:
            assert verdict.compiles is False, verdict
            assert wanted[verdict.id] in [d.code for d in verdict.diagnostics], (
                verdict.id,
                verdict.diagnostics,
            )
    assert judge.checks - before < len(replacements) / 2


def test_several_replacements_of_one_function(tidy):
    judge, functions = tidy
    replacements = [body(judge, functions["merged"], text) for text in FAULTS]
    verdicts = judge.judge(replacements)
    assert [v.compiles for v in verdicts] == [wanted == "" for wanted in FAULTS.values()]
    # Afterwards the crate is as it was.
    outcome, errors = judge.check("all")
    assert (outcome.status, errors) == ("ok", [])


def test_a_dead_function_has_no_verdict(tidy):
    judge, functions = tidy
    (verdict,) = judge.judge([body(judge, functions["switched_off"], "nowhere();")])
    assert (verdict.live, verdict.compiles, verdict.reason) == (False, None, "not_live")


def test_an_error_that_shows_elsewhere_is_still_found(tidy):
    judge, functions = tidy
    function = functions["new"]
    text = judge.original(function.file)
    start = text.index(b"-> Self", function.start)
    elsewhere = Replacement("changed type", function, start, start + 7, b"-> Span2")
    renamed = Replacement(
        "renamed",
        functions["longest"],
        functions["longest"].start + 7,
        functions["longest"].start + 14,
        b"largest",
    )
    fine = body(judge, functions["merged"], "let fine = 1; let _ = fine;")
    verdicts = judge.judge([elsewhere, renamed, fine])
    assert [v.compiles for v in verdicts] == [False, True, True]


def test_the_same_verdicts_as_one_at_a_time(tidy):
    judge, functions = tidy
    live = [
        f for name, f in sorted(functions.items()) if f.id in judge.live and name not in ("write_end", "len")
    ]
    replacements = [body(judge, f, text) for f in live[:6] for text in FAULTS]
    together = judge.judge(replacements)
    for replacement, verdict in zip(replacements, together, strict=True):
        judge.write({replacement.function.file: [(replacement.start, replacement.end, replacement.text)]})
        outcome, _ = judge.check("lib")
        assert verdict.compiles == (outcome.status == "ok"), replacement.id
    judge.restore()


def test_binaries_without_a_library(tmp_path):
    folder = prepared(tmp_path, "tool")
    functions = functions_of(folder)
    with Judge(folder, ".", BIN) as judge:
        judge.baseline()
        assert judge.liveness(list(functions.values())) == {f.id for f in functions.values()}
        (verdict,) = judge.judge([body(judge, functions["sum"], "nowhere();")])
        assert verdict.compiles is False


def test_functions_that_only_the_binary_has_beside_a_library(tmp_path):
    folder = prepared(tmp_path, "counter")
    (folder / "src/main.rs").write_text("mod extra;\nfn main() { extra::only_here(); }\n")
    (folder / "src/extra.rs").write_text("pub fn only_here() { let x = 1; let _ = x; }\n")
    functions = functions_of(folder)
    with Judge(folder, ".", LIB + BIN) as judge:
        judge.baseline()
        assert judge.liveness(list(functions.values())) == {f.id for f in functions.values()}
        assert judge.live_in[functions["only_here"].id] == "bins"
        fine, wrong = judge.judge(
            [
                body(judge, functions["only_here"], "let y = 2; let _ = y;"),
                body(judge, functions["top"], "nowhere();"),
            ]
        )
        assert (fine.compiles, wrong.compiles) == (True, False)


def test_a_workspace_member(tmp_path):
    folder = prepared(tmp_path, "space")
    functions = functions_of(folder / "member")
    with Judge(folder, "member", LIB) as judge:
        judge.baseline()
        assert judge.liveness(list(functions.values())) == {f.id for f in functions.values()}


def test_a_crate_that_does_not_compile(tmp_path):
    folder = prepared(tmp_path, "broken")
    with (
        Judge(folder, ".", LIB) as judge,
        pytest.raises(CrateDoesNotCompile, match="mismatched types") as error,
    ):
        judge.baseline()
    assert error.value.status == "failed"
    with (
        Judge(folder, ".", [dict(kind=["test"], name="t", path="tests/t.rs")]) as judge,
        pytest.raises(CrateDoesNotCompile, match="neither a library nor a binary"),
    ):
        judge.baseline()


def test_inner_attributes_stay_first(tmp_path):
    folder = prepared(tmp_path, "counter")
    source = "pub fn a() {\n    #![allow(unused)]\n    //! inner docs\n    let x = 1;\n}\npub const fn b() -> u8 { 3 }\n"
    (folder / "src/lib.rs").write_text(source)
    functions = functions_of(folder)
    with Judge(folder, ".", LIB) as judge:
        judge.baseline()
        assert len(judge.liveness(list(functions.values()))) == 2


def test_batches_never_overlap():
    outer, inner = Function("o", "f", 0, 100, 10), Function("i", "f", 20, 50, 25)
    later = Function("l", "f", 100, 120, 105)
    queues = [[Replacement(f.id, f, f.body, f.body, b"")] for f in (inner, outer, later)]
    assert [r.id for r in next_batch(queues)] == ["i", "l"]
    assert [len(queue) for queue in queues] == [0, 1, 0]


def test_diagnostics_name_no_path_of_this_machine(tidy):
    judge, functions = tidy
    (verdict,) = judge.judge([body(judge, functions["merged"], "nowhere();")])
    text = json.dumps([d.rendered for d in verdict.diagnostics])
    assert "src/stats.rs" in text
    assert not re.search(r"/tmp/|/home/|ferrule-", text)


def test_diagnostics_keep_nothing_of_the_run():
    said = (
        "error[E0599]: no method\n   --> src/a.rs:1:1\n    |\n"
        "    = note: the full name for the type has been written to '/tmp/target/debug/deps/a-1.long-type-14.txt'\n"
        "    = note: consider using `--verbose` to print the full type name to the console\n"
        "   ::: /tmp/cargo/registry/src/mirror-1949cf8c/dep-1.2.3/src/lib.rs:5:1\n    = help: try this\n"
    )
    assert portable(said) == (
        "error[E0599]: no method\n   --> src/a.rs:1:1\n    |\n   ::: dep-1.2.3/src/lib.rs:5:1\n    = help: try this\n"
    )


CUT_CRATE = """
pub struct Table([u8; SIZE]);
const SIZE: usize = size();
pub const fn size() -> usize { 4 }
pub const fn unused() -> usize { 5 }

impl Table {
    pub fn new() -> Self { Table([0; SIZE]) }
    pub fn all(&self) -> impl Iterator<Item = &u8> { self.0.iter() }
    pub async fn later(&self) -> u8 { self.0[0] }
    pub fn sorted<'a, F>(&'a self, by: F) -> Vec<&'a u8>
    where
        F: Fn(&u8) -> u8,
    {
        let mut all: Vec<&u8> = self.all().collect();
        all.sort_by_key(|x| by(x));
        all
    }
}

#[cfg(windows)]
pub fn elsewhere() {}

pub trait Shape {
    fn area(&self) -> u32;
    fn double(&self) -> u32 { self.area() * 2 }
}
"""


def test_bodies_cut_away(tmp_path):
    folder = prepared(tmp_path, "tidy")
    for file in (folder / "src").glob("*.rs"):
        file.unlink()
    (folder / "src/lib.rs").write_text(CUT_CRATE)
    functions = functions_of(folder)
    with Judge(folder, ".", LIB) as judge:
        judge.baseline()
        judge.liveness(list(functions.values()))
        before = judge.checks
        answers = judge.cut(list(functions.values()))
        assert judge.checks - before <= 3, "all bodies in one check, and again without those that failed"
        outcome, errors = judge.check("all")
        assert (outcome.status, errors) == ("ok", []), "the crate is as it was"
    found = {name: answers.get(function.id) for name, function in functions.items()}
    # A body gives `impl Trait` its type, and a constant its value; what is not compiled has no answer.
    assert found == {
        "size": False,
        "unused": True,
        "new": True,
        "all": False,
        "later": True,
        "sorted": True,
        "elsewhere": None,
        "double": True,
    }
