"""The exam of problem sets: what is judged, what counts, what is called weak. The judge is a stand-in here."""

import json
from dataclasses import replace

import pytest
from examined_problems import IMPL, LARGER, TESTS

from ferrule.evaluation.exam.exam_answers import entry_bodies, orders_of, with_body
from ferrule.evaluation.exam.examination import Examined, examine, listed_wrongly, read_equivalent
from ferrule.evaluation.exam.weak_spots import idle_tests, spots
from ferrule.evaluation.judging.submission import Verdict
from ferrule.transforms.mutants.generate import mutants
from problems import examine_problems as script


def judge_of(statuses=None, default="failed", seen=None):
    """A judge that knows the reference; other code has the status of the first text that is in it."""

    def judged(submissions):
        for submission in submissions:
            if seen is not None:
                seen.append(submission)
            status = default
            if (
                submission.code == submission.problem.prompt + submission.problem.reference
                or "// order" in submission.code
            ):
                status = "passed"
            for text, other in (statuses or {}).items():
                if text in submission.code:
                    status = other
                    break
            stage = "compile" if status == "compile_error" else "run"
            yield Verdict(submission.key, status, stage, "said so" if status != "passed" else "")

    return judged


def examined(problem=LARGER, equivalent=None, **options) -> Examined:
    [found] = examine([problem], judge_of(**options), equivalent or {})
    return found


def test_a_good_problem_has_nothing_weak():
    found = examined(statuses={"Default": "compile_error"})
    assert (found.reference, found.todo, found.default) == ("passed", "failed", "compile_error")
    assert found.mutants == found.died == found.counted == len(mutants(LARGER)) > 5
    assert found.weak() == [] and found.survived == []


def test_a_reference_that_fails_has_no_mutants():
    found = examined(statuses={"a + 1": "failed"})
    assert found.weak() == ["reference_fails"]
    assert (found.mutants, found.reason) == (0, "said so")


def test_empty_bodies_that_pass_are_weak():
    assert examined(statuses={"todo!()": "passed"}).weak() == ["todo_passes"]
    assert examined(statuses={"Default::default()": "passed"}).weak() == ["default_passes"]


def test_mutants_that_pass_survive_and_make_it_weak():
    found = examined(statuses={"a >= b": "passed"})
    assert found.survived == ["1:7 boundary > -> >="]
    assert found.weak() == ["survivors"]


def test_mutants_that_do_not_compile_do_not_count():
    found = examined(statuses={"a >= b": "compile_error"})
    assert found.not_compiled == 1 and found.counted == found.mutants - 1
    assert examined(
        statuses={"Default": "compile_error", "todo": "failed"}, default="compile_error"
    ).weak() == ["few_mutants"]


def test_a_listed_mutant_does_not_count():
    listed = {("math/larger", "1:7 boundary > -> >="): "equal ones give the same"}
    found = examined(equivalent=listed, statuses={"a >= b": "passed"})
    assert found.equivalent == {"1:7 boundary > -> >=": "equal ones give the same"}
    assert found.weak() == [] and found.counted == found.mutants - 1
    assert listed_wrongly([LARGER], [found], listed) == []


def test_what_is_listed_and_not_so_is_told():
    listed = {
        ("math/larger", "1:7 boundary > -> >="): "why",
        ("math/larger", "9:9 gone"): "why",
        ("other/set", "1:1 x"): "why",
    }
    found = examined(equivalent=listed)
    assert listed_wrongly([LARGER], [found], listed) == [
        "math/larger: 1:7 boundary > -> >=: it does not compile or the tests catch it",
        "math/larger: 9:9 gone: there is no such mutant",
    ]


def test_what_the_machine_failed_at_is_judged_once_more_and_then_unknown():
    seen = []
    found = examined(statuses={"a >= b": "infrastructure"}, seen=seen)
    assert sum("a >= b" in submission.code for submission in seen) == 2
    assert sum("a <= b" in submission.code for submission in seen) == 1
    assert found.unknown == 1 and found.weak() == ["unknown"]


def test_another_verdict_in_another_order_is_unsteady():
    assert examined(statuses={"// order 2": "failed"}).weak() == ["unsteady"]


def test_the_orders_have_the_same_tests_in_another_order():
    first, second = orders_of(LARGER)
    assert first.problem.tests.index("fn two") < first.problem.tests.index("fn one")
    assert "/// Zero is not special.\n#[test]\nfn two" in first.problem.tests
    for order in (first, second):
        assert sorted(order.problem.tests.split()) == sorted(TESTS.split())
        assert order.problem.id == LARGER.id
    assert len({first.key, second.key}) == 2
    one = replace(LARGER, tests="use super::*;\n#[test]\nfn one() { assert_eq!(larger(2, 3), 4); }\n")
    assert len({order.key for order in orders_of(one)}) == 2  # judged again all the same


def test_the_orders_change_the_order_of_hash_maps():
    reference = " std::collections::HashSet::from([a, b]).into_iter().max().unwrap() }\n"
    for number, order in enumerate(orders_of(replace(LARGER, reference=reference)), 1):
        assert (
            f"{{ let _ = [(); {number}].map(|()| ::std::collections::hash_map::RandomState::new());"
            in order.code
        )


def test_bodies_of_the_entry_alone_are_emptied():
    assert with_body(LARGER, "todo!()").code == "fn larger(a: u32, b: u32) -> u32 { todo!() }\n"
    emptied = with_body(IMPL, "todo!()").code
    assert "fn next(&mut self) -> Option<u32> { todo!() }" in emptied
    assert "checked_sub" in emptied and "type Item" in emptied
    assert len(entry_bodies(IMPL)) == 1


def test_a_problem_that_nobody_can_judge_is_told():
    found = examined(replace(LARGER, tests="use super::*;\n"))
    assert "unusable" in found.weak() and found.reason
    assert examined(replace(LARGER, reference="")).weak() == ["no_reference"]


@pytest.mark.parametrize(
    ("code", "spot"),
    [
        ("let n = rand::random();", ["randomness"]),
        ("std::thread::current().id();", []),
        ("let t = Instant::now();", ["clock"]),
        ("use std::net::TcpStream;", ["network"]),
        ("let ip: std::net::Ipv4Addr = x;", []),
        ("std::fs::read(x);", ["files"]),
        ("// Instant, rand::random and std::fs", []),
        ('let x = "Instant::now()";', []),
        ("let profs = x; grand::x();", []),
    ],
)
def test_what_depends_on_more_than_the_answer_is_found_on_tokens(code, spot):
    assert spots(replace(LARGER, reference=f"{code} 1 }}")) == spot
    assert spots(replace(LARGER, tests=TESTS + f"fn more() {{ {code} }}")) == spot


def test_tests_that_assert_nothing():
    assert idle_tests(TESTS) == []
    assert idle_tests("fn f() {}") == ["tests"]
    helper = "fn check(n: u8) { assert!(n > 1); }\nmacro_rules! sure { ($x:expr) => { check($x) } }\n"
    assert idle_tests(helper + "#[test] fn a() { check(2) }\n#[test] fn b() { sure!(3); }") == []
    assert idle_tests(helper + "#[test] fn a() { larger(2); } // assert!") == ["a"]
    assert idle_tests("#[test]\n#[should_panic]\nfn a() { larger(2); }") == []


def test_a_broken_table_names_its_line(tmp_path):
    path = tmp_path / "equivalent.tsv"
    path.write_text("problem\tmutant\twhy\na\tb\tc\na\tb\n")
    with pytest.raises(ValueError, match=r"equivalent\.tsv:3: not three cells"):
        read_equivalent(path)
    path.write_text("problem\tmutant\twhy\na\tb\tc\na\tb\td\n")
    with pytest.raises(ValueError, match=r":3: a b is listed twice"):
        read_equivalent(path)
    path.write_text("a\tb\tc\n")
    with pytest.raises(ValueError, match=":1: the columns"):
        read_equivalent(path)


def test_the_figures_and_the_table():
    other = replace(LARGER, id="math/other", reference=" a.max(b) + 1\n}\n")
    report = examine([LARGER, other], judge_of({"a >= b": "passed", "a.max(b) + 1": "failed"}), {})
    figures = script.summary([LARGER, other], report, [])
    assert figures["problems"] == figures["todo_fails"] == 2
    assert figures["references_pass"] == figures["under"] == 1
    assert figures["counted"] == figures["killed"] + 1
    assert figures["weak"] == {"reference_fails": ["math/other"], "survivors": ["math/larger"]}
    text = script.table(figures, report)
    assert "- math/larger: `1:7 boundary > -> >=`" in text
    assert "| math/other | failed | failed | failed | 0 of 0 | reference_fails |" in text
    json.dumps([script.row(found) for found in report])
