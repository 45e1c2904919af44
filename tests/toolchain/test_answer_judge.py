"""Answers judged by the real compiler in the real sandbox: all of them in one call, as they would be in a run."""

import dataclasses
import re

import orjson
import pytest

from ferrule.evaluation.judging.answer_judge import JudgeOptions, ProblemError, Run, judge
from ferrule.evaluation.judging.answer_layout import frame
from ferrule.evaluation.judging.diagnostics import portable
from ferrule.evaluation.judging.judge_arguments import cpu_limits
from ferrule.evaluation.judging.submission import Submission, Verdict
from ferrule.evaluation.judging.verdict_journal import Journal
from ferrule.evaluation.problems.problem import Problem
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.answer_room import Ended
from ferrule.sandbox.session import Limits

TESTS = """
use super::*;
#[test] fn some() { assert_eq!(evens(&[1, 2, 4]), vec![2, 4]); }
#[test] fn none() { assert!(evens(&[]).is_empty(), "not empty"); }
"""
EVENS = Problem("evens", "/// The even ones.\nfn evens(xs: &[i32]) -> Vec<i32> {", "evens", TESTS)
RIGHT = "fn evens(xs: &[i32]) -> Vec<i32> { xs.iter().copied().filter(|x| x % 2 == 0).collect() }"
WRONG = "fn evens(xs: &[i32]) -> Vec<i32> { xs.to_vec() }"


def body(code, before=""):
    return f"{before}fn evens(xs: &[i32]) -> Vec<i32> {{ {code} }}"


# What an answer is, and what has to become of it: status, and a part of the reason.
ANSWERS = {
    "right": (RIGHT, "passed", ""),
    "lints": ("#![allow(unused)]\n#![deny(warnings)]\n" + RIGHT, "passed", ""),
    "own names": (
        "struct Vec2; mod std { pub fn drop() {} } fn drop() {} fn main() {}\n" + RIGHT,
        "passed",
        "",
    ),
    "crate paths": (
        "mod m { pub fn f() -> i32 { crate::two() } }\npub(crate) fn two() -> i32 { 2 }\n"
        + body("xs.iter().copied().filter(|x| x % crate::m::f() == 0).collect()"),
        "passed",
        "",
    ),
    "two threads": (
        body(
            "let v = xs.to_vec(); std::thread::spawn(move || v.into_iter().filter(|x| x & 1 == 0)"
            ".collect()).join().unwrap()"
        ),
        "passed",
        "",
    ),
    "wrong": (WRONG, "failed", "some: assertion `left == right` failed left: [1, 2, 4] right: [2, 4]"),
    "todo": (body("todo!()"), "failed", "some: not yet implemented"),
    "its own panic": (body('panic!("two\\nlines")'), "failed", "some: two lines"),
    "exit code": (body("std::process::exit(3)"), "failed", "exit code 3"),
    "exit": (body("std::process::exit(0)"), "tampering", "exit code 0"),
    "exit in a thread": (
        body("std::thread::spawn(|| std::process::exit(0)).join().unwrap(); vec![]"),
        "tampering",
        "",
    ),
    "exit in a hook": (
        body("std::panic::set_hook(Box::new(|_| std::process::exit(0))); vec![]"),
        "tampering",
        "",
    ),
    "abort": (body("std::process::abort()"), "signal", "signal 6"),
    "recursion": (body("evens(xs).into_iter().chain(evens(xs)).collect()"), "signal", ""),
    "loop": (body("loop {}"), "timeout", "cpu"),
    "sleep": (body("std::thread::sleep(std::time::Duration::from_secs(3600)); vec![]"), "timeout", "idle"),
    "hungry": (body("vec![1; 1 << 40]"), "memory", ""),
    "loud": (body('loop { println!("{xs:?}") }'), "output", ""),
    "type": (body('"text"'), "compile_error", "mismatched types: expected `Vec<i32>`, found `&str`"),
    "borrow": (body("let v = xs.to_vec(); drop(v); v"), "compile_error", "use of moved value: `v`"),
    "name": ("use std::missing::Thing;\n" + RIGHT, "compile_error", "unresolved import `std::missing`"),
    "truncated": (RIGHT[:-1], "compile_error", "unclosed delimiter"),
    "early end": (RIGHT + "\n} mod tests {", "compile_error", "unexpected closing delimiter"),
    "gone": ("#![cfg(any())]\n" + RIGHT, "compile_error", ""),
    "another type": (
        "struct Liar; impl PartialEq<Vec<i32>> for Liar { fn eq(&self, _: &Vec<i32>) -> bool { true } }\n"
        "fn evens(_: &[i32]) -> Liar { Liar }",
        "compile_error",
        "mismatched types",
    ),
    "shadowed macros": (
        WRONG + "\nmacro_rules! assert_eq { ($($t:tt)*) => {} }\nmacro_rules! assert { ($($t:tt)*) => {} }",
        "failed",
        "some",
    ),
    "exported macros": (
        WRONG + "\n#[macro_export] macro_rules! assert_eq { ($($t:tt)*) => {} }",
        "failed",
        "some",
    ),
    "constructor": (
        WRONG + '\nextern "C" fn go() { std::process::exit(0) }\n#[unsafe(link_section = ".init_array")]'
        '\n#[used] static GO: extern "C" fn() = go;',
        "compile_error",
        "unsafe code",
    ),
    "main symbol": (
        RIGHT + '\n#[unsafe(no_mangle)] pub extern "C" fn main() -> i32 { 0 }',
        "compile_error",
        "",
    ),
    "conflict": (RIGHT + "\nstruct S; impl From<S> for i32 { fn from(_: S) -> i32 { 1 } }", "passed", ""),
    "bomb": (
        RIGHT + "\nconst N: u64 = { let mut n = 0u64; while n < u64::MAX { n += 1; } n };",
        "timeout",
        "compiler",
    ),
    "macro bomb": (
        RIGHT + "\nmacro_rules! m { ($($t:tt)*) => { m! { $($t)* x } } } m! { x }",
        "compile_error",
        "recursion",
    ),
    "order of a map": (
        body(
            "let m: std::collections::HashMap<i32, i32> = (0..9).map(|n| (n, n)).collect();"
            ' panic!("{:?}", m.keys().collect::<Vec<_>>())'
        ),
        "failed",
        "[",
    ),
}
SHAPES = Problem(
    "shapes",
    "use std::fmt;\nmod inner { pub struct Deep(pub u8); }\nuse inner::Deep;\nconst LIMIT: u8 = 7;\n"
    "#[derive(Debug, PartialEq)]\npub struct Point { x: i32 }\nimpl Point { fn double(&self) -> i32 { self.x * 2 } }\n"
    "fn helper(x: i32) -> Point { Point { x } }\nmacro_rules! p { ($x:expr) => { Point { x: $x } } }\n"
    "fn moved(p: &Point, by: i32) -> Result<Point, fmt::Error> {",
    "moved",
    'mod inside { use super::*;\n#[test] #[should_panic(expected = "never")] fn panics() { moved(&p!(1), -1).ok(); }\n'
    "#[test] fn fine() -> Result<(), fmt::Error> { assert_eq!(moved(&helper(1), 2)?.double(), 6);"
    " assert_eq!(LIMIT, Deep(7).0); Ok(()) } }\n",
    edition="2024",
)
MOVED = SHAPES.prompt + ' if by < 0 { panic!("SAID") } Ok(Point { x: p.x + by }) }'
COUNT = Problem(
    "count",
    "pub struct Count(u8);\nimpl Iterator for Count {",
    "impl Iterator for Count",
    "use super::*;\nfn main() { assert_eq!(start().take(2).collect::<Vec<_>>(), [1, 2]); }",
    kind="impl",
    edition="2015",
    names=("start",),
)
NEXT = COUNT.prompt + " type Item = u8; fn next(&mut self) -> Option<u8> { self.0 += 1; Some(self.0) } }\n"
OTHERS = {
    "shapes": (SHAPES, MOVED.replace("SAID", "never this"), "passed", ""),
    "other panic": (
        SHAPES,
        MOVED.replace("SAID", "what"),
        "failed",
        'inside::panics: panicked with "what", not "never"',
    ),
    "error": (
        SHAPES,
        SHAPES.prompt + ' panic!("never {:?}", (p, by)) }',
        "failed",
        "inside::fine: never (Point",
    ),
    "impl": (COUNT, NEXT + "fn start() -> Count { Count(0) }", "passed", ""),
    "name missing": (COUNT, NEXT, "compile_error", "unresolved import"),
}
LIMITS = JudgeLimits(cpu_seconds=1, idle_seconds=0.4)


@pytest.fixture(scope="module")
def verdicts():
    submissions = {name: Submission(EVENS, code) for name, (code, _, _) in ANSWERS.items()}
    submissions |= {name: Submission(problem, code) for name, (problem, code, _, _) in OTHERS.items()}
    options = JudgeOptions(limits=LIMITS, compiler=Limits(cpu_seconds=2), batch=10, threads=2)
    by_key = {}
    for verdict in judge([*submissions.values(), *submissions.values()], options=options):
        assert verdict.key not in by_key, "the same answer was judged twice"
        by_key[verdict.key] = verdict
    return {name: by_key[submission.key] for name, submission in submissions.items()}


@pytest.mark.parametrize("name", [*ANSWERS, *OTHERS])
def test_every_answer_gets_its_status_and_a_reason_that_any_machine_would_give(verdicts, name):
    *_, status, reason = (ANSWERS | OTHERS)[name]
    verdict = verdicts[name]
    assert (verdict.status, reason in verdict.reason) == (status, True), verdict
    assert not re.search(r"[mchrs]_[0-9a-f]{8}|/tmp|/src|\n", verdict.reason), verdict
    assert verdict.tests_total == (1 if name in ("impl", "name missing") else 2)
    assert (
        verdict.tests_passed == verdict.tests_total
        if status == "passed"
        else verdict.tests_passed < verdict.tests_total
    )


def test_errors_have_rustcs_code(verdicts):
    codes = {name: verdicts[name].error_code for name in ("type", "borrow", "name", "truncated", "wrong")}
    assert codes == {"type": "E0308", "borrow": "E0382", "name": "E0432", "truncated": "", "wrong": ""}


def test_one_failing_test_does_not_hide_that_another_passes(verdicts):
    assert (verdicts["wrong"].tests_total, verdicts["wrong"].tests_passed) == (2, 1)


def test_the_order_of_a_map_is_the_same_in_every_program(verdicts):
    code = ANSWERS["order of a map"][0]
    again = [*judge([Submission(EVENS, code + "\n// alone")], options=JudgeOptions())]
    assert again[0].reason == verdicts["order of a map"].reason


def test_a_problem_that_cannot_be_judged_is_refused_before_any_work():
    broken = dataclasses.replace(EVENS, id="broken", tests="fn no_test() {}")
    with pytest.raises(ProblemError, match="problem broken: its tests hold no test"):
        next(judge([Submission(EVENS, RIGHT), Submission(broken, RIGHT)], options=JudgeOptions()))


# --- what a run's end means -----------------------------------------------------------------------


def ended(report=b"", code=0, signal=None, limit=""):
    return Ended(report, code, signal, 1.0, limit, "")


@pytest.mark.parametrize(
    ("report", "status"),
    [
        (b"NONCE\n0:passed P:failed 1:passed\n\n", "passed"),
        (b"NONCE\n0:passed P:failed 1:failed\n1 why\n", "failed"),
        (b"NONCE\n0:passed P:passed 1:passed\n\n", "tampering"),  # the poison passed
        (b"NONCE\n0:passed P:failed\n\n", "tampering"),  # a test is missing
        (b"NONCE\n0:passed P:failed 0:passed 1:passed\n\n", "tampering"),  # one is there twice
        (b"NONCE\n0:passed P:failed 1:passed 2:passed\n\n", "tampering"),  # one too many
        (b"0badc0de\n0:passed P:failed 1:passed\n\n", "tampering"),
        (b"NONCE\n0:passed P:failed 1:passed\n\nmore", "tampering"),
        (b"NONCE\n", "tampering"),
        (b"test result: ok. 2 passed", "tampering"),
        (b"", "tampering"),  # exit code 0 without a report
    ],
)
def test_a_report_counts_if_it_is_the_runners_and_complete(report, status):
    run = Run(Submission(EVENS, RIGHT), 0)
    run.message()
    verdict = run.verdict(ended(report.replace(b"NONCE", run.nonce)))
    assert verdict.status == status
    assert verdict.tests_passed == {"passed": 2, "failed": 1}.get(status, 0)


def test_an_end_without_a_report_says_what_it_was():
    run = Run(Submission(EVENS, RIGHT), 0)
    ends = [
        ended(code=7),
        ended(code=None, signal=11),
        ended(limit="wall"),
        ended(limit="files"),
        ended(limit="memory"),
    ]
    assert [run.verdict(each).status for each in ends] == ["failed", "signal", "timeout", "output", "memory"]


def test_the_nonce_and_the_place_of_the_test_that_has_to_fail_change_from_run_to_run():
    run = Run(Submission(EVENS, RIGHT), 3)
    messages = {run.message() for _ in range(40)}
    assert len(messages) == 40
    assert {message.split()[2] for message in messages} == {b"P,0,1", b"0,P,1", b"0,1,P"}


def test_reasons_hold_nothing_of_the_batch():
    name = "0123456789abcdef"
    text = f"expected `crate::m_{name}::c_{name}::Point`, found closure `{{closure@/src/m_{name}.rs:3:5}}` in m_{name}/c_{name}.rs"
    assert portable(text) == "expected `Point`, found closure `{closure@answer.rs:3:5}` in tests.rs"
    assert portable("found `std::rc::Rc<m_x::Y>`") == "found `Rc<Y>`"


def test_limits_of_cpu_time_follow_the_reference_in_powers_of_two():
    rows = {"quick": {"cpu_ms": 3.0}, "slow": {"cpu_ms": 130.0}, "slower": {"cpu_ms": 210.0}}
    assert cpu_limits(rows, JudgeLimits(cpu_seconds=2)) == {"slow": 4, "slower": 8}


# --- the journal ----------------------------------------------------------------------------------

VERDICTS = [Verdict(f"{n:016}", "failed", "run", f"reason {n}", cpu_ms=n / 3) for n in range(5)]


def test_a_journal_keeps_what_was_added_and_drops_a_line_that_was_cut(tmp_path):
    path = tmp_path / "journal"
    with Journal(path, "one") as journal:
        for verdict in VERDICTS:
            journal.add(verdict)
        assert len(path.read_bytes().splitlines()) == 6, "not on disk yet"
    whole = path.read_bytes()
    ends = [at + 1 for at, byte in enumerate(whole) if byte == 10]
    for cut in [*range(0, len(whole), 7), *ends]:
        path.write_bytes(whole[:cut])
        with Journal(path, "one") as journal:
            kept = sum(end <= cut for end in ends[1:])
            assert list(journal.verdicts.values()) == VERDICTS[:kept]
            for verdict in VERDICTS[kept:]:
                journal.add(verdict)
        assert path.read_bytes() == whole


def test_a_journal_of_something_else_is_set_aside(tmp_path):
    path = tmp_path / "journal"
    with Journal(path, "one") as journal:
        journal.add(VERDICTS[0])
    with Journal(path, "two") as journal:
        assert journal.verdicts == {}
    assert orjson.loads(path.read_bytes()) == {"journal": "two"}
    assert VERDICTS[0].key in (tmp_path / "journal.old").read_text()


def test_frames_are_made_once_per_problem():
    assert frame(EVENS) is frame(dataclasses.replace(EVENS))
