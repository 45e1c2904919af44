"""Answers graded inside a crate, with the real compiler and in the real answer room."""

import pytest
from graded_crate import ALL, LIBRARY, task, write_crate

from ferrule.core.files import read_json, write_json
from ferrule.grading.crate_grader import CrateGrader, GradeOptions, TaskGone
from ferrule.sandbox.session import Limits

TASKS = {name: task(name) for name in ALL}
RIGHT = "pub fn total(values: &[i64]) -> i64 {\n    values.iter().sum()\n}"
ANSWERS = {
    # Forms of right answers.
    "reference": ("total", TASKS["total"]["reference"], "passed"),
    "fenced": ("total", f"Sure!\n```rust\n{RIGHT}\n```\nDone.", "passed"),
    "body": ("total", "    values.iter().copied().sum()\n}\n", "passed"),
    "with_helpers": (
        "total",
        "use std::iter::Sum;\nstruct Adder(i64);\nimpl Adder { fn add(&mut self, n: i64) { self.0 += n; } }\n"
        "fn all<T: Sum<T> + Copy>(v: &[T]) -> T { v.iter().copied().sum() }\n"
        "pub fn total(values: &[i64]) -> i64 { let mut a = Adder(0); a.add(all(values)); a.0 }",
        "passed",
    ),
    "own_macro": (
        "total",
        "macro_rules! add { ($a:expr, $b:expr) => { $a + $b } }\n"
        "pub fn total(values: &[i64]) -> i64 { let mut s = 0; for v in values { s = add!(s, v); } s }",
        "passed",
    ),
    "recursive": (
        "total",
        "pub fn total(values: &[i64]) -> i64 { match values { [] => 0, [a, rest @ ..] => a + total(rest) } }",
        "passed",
    ),
    "other_names": ("total", "fn total(v: &[i64]) -> i64 { v.iter().sum() }", "passed"),
    "mutable_parameter": ("twice", "pub fn twice(mut value: i64) -> i64 { value += value; value }", "passed"),
    "in_impl": ("raised", "```rust\nimpl Level {\n    pub fn raised(self, by: i64) -> Level { Level(by + self.0) }\n}\n```", "passed"),
    "calls_the_crate": ("total", "pub fn total(values: &[i64]) -> i64 { values.iter().map(|v| helper(*v)).sum() }", "passed"),
    "with_tests": ("twice", "pub fn twice(value: i64) -> i64 { value + value }\n#[cfg(test)]\nmod tests { #[test] fn t() {} }", "passed"),
    "unsafe_where_needed": ("first", "pub fn first(bytes: &[u8]) -> u8 { assert!(!bytes.is_empty()); unsafe { *bytes.as_ptr() } }", "passed"),
    # Wrong ones.
    "stub": ("total", TASKS["total"]["stub"], "failed"),
    "wrong": ("total", "pub fn total(values: &[i64]) -> i64 { values.len() as i64 }", "failed"),
    "other_task": ("total", TASKS["twice"]["reference"], "no_answer"),
    "prose": ("total", "I would sum the values.", "no_answer"),
    "empty": ("total", "", "no_answer"),
    "type_error": ("total", 'pub fn total(values: &[i64]) -> i64 { "no" }', "compile_error"),
    "borrow_error": ("total", "pub fn total(values: &[i64]) -> i64 { let v = vec![1]; let r = &v; drop(v); r[0] + values[0] }", "compile_error"),
    "no_such_name": ("total", "pub fn total(values: &[i64]) -> i64 { sum_of(values) }", "compile_error"),
    "other_signature": ("total", "pub fn total(values: Vec<i64>) -> i64 { values.iter().sum() }", "compile_error"),
    "cut_off": ("total", "pub fn total(values: &[i64]) -> i64 {\n    let mut s = 0;\n    for v in val", "compile_error"),
    "loops": ("total", "pub fn total(values: &[i64]) -> i64 { loop { std::hint::black_box(values); } }", "timeout"),
    "aborts": ("total", "pub fn total(values: &[i64]) -> i64 { let _ = values; std::process::abort() }", "signal"),
    "right_for_its_tests_only": ("twice", "pub fn twice(value: i64) -> i64 { if value == 4 { 8 } else { panic!() } }", "passed"),
    "nul": ("total", "pub fn total(values: &[i64]) -> i64 { \0 }", "no_answer"),
    "five_megabytes": ("total", "// " + "x" * 5_000_000, "no_answer"),
    "unsafe_where_not_needed": ("total", "pub fn total(values: &[i64]) -> i64 { unsafe { *values.as_ptr() } }", "compile_error"),
    "unknown": ("nowhere", RIGHT, "no_answer"),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_crate(tmp_path_factory.mktemp("graded") / "demo@0.1.0")


@pytest.fixture(scope="module")
def results(folder):
    with CrateGrader(folder, TASKS.values()) as grader:
        found = grader.grade([(id_, text) for id_, text, _ in ANSWERS.values()])
        again = grader.grade([(id_, text) for id_, text, _ in reversed(ANSWERS.values())])
    return dict(zip(ANSWERS, found, strict=True)), dict(zip(ANSWERS, reversed(again), strict=True))


@pytest.mark.parametrize("name", ANSWERS)
def test_the_status_of_an_answer(name, results):
    assert results[0][name].status == ANSWERS[name][2], results[0][name]


def test_a_verdict_does_not_depend_on_the_order_of_the_answers(results):
    assert results[0] == results[1]


def test_partial_credit_stands_beside_the_verdict(results):
    found, _ = results
    assert (found["reference"].tests_passed, found["reference"].tests_total) == (5, 5)
    assert (found["stub"].parses, found["stub"].compiles, found["stub"].tests_passed) == (True, True, 0)
    assert (found["type_error"].parses, found["type_error"].compiles) == (True, False)
    assert found["type_error"].error_code == "E0308"
    assert found["wrong"].score == 0
    assert found["reference"].score == found["reference"].share == 1
    assert found["wrong"].reason.startswith("tests::")


def test_a_completion_is_what_follows_the_prefix(folder):
    code = TASKS["total"]["reference"]
    cut = code.index("for value")
    half = task("total", id="half", kind="completion", prefix=code[:cut], suffix="\n}")
    answers = [
        code[cut:].removesuffix("\n}"),
        code[cut:],
        f"```rust\n{code[cut:].removesuffix(chr(10) + '}')}\n```",
        code,
        "sum + 1",
    ]
    with CrateGrader(folder, [half]) as grader:
        found = grader.grade([("half", text) for text in answers])
    assert [result.status for result in found] == ["passed", "passed", "passed", "passed", "failed"]


def test_a_rewrite_has_to_change_the_code(folder):
    before = "pub fn twice(value: i64) -> i64 {\n    return value + value;\n}"
    row = task("twice", id="again", kind="rewrite", before=before)
    answers = [before, before.replace("return", "/* as before */ return"), TASKS["twice"]["reference"]]
    with CrateGrader(folder, [row]) as grader:
        found = grader.grade([("again", text) for text in answers])
    assert [result.status for result in found] == ["failed", "failed", "passed"]
    assert "unchanged" in found[0].reason


def test_a_folder_that_does_not_fit_is_named(folder, tmp_path):
    cases = {
        "has no crate.json": (tmp_path / "gone", {}),
        "another version": (folder, dict(version="0.2.0")),
        "another toolchain": (folder, dict(rustc="rustc 1.0.0 (a59de37e9 2015-05-13)")),
        "is not the file": (folder, dict(start=3, end=9)),
    }
    words = {"another toolchain": "were proved with rustc 1.0.0"}
    for name, (place, changed) in cases.items():
        row = TASKS["twice"] | changed
        with pytest.raises(TaskGone, match=words.get(name, name)):
            CrateGrader(place, [row])


def test_a_crate_that_does_not_build_says_so_in_every_result(tmp_path):
    library = LIBRARY + '\n#[test]\nfn broken() { let _: u8 = ""; }\n'
    folder = write_crate(tmp_path / "demo@0.1.0", library)
    with CrateGrader(folder, [task("twice", library)]) as grader:
        result, *_ = grader.grade([("twice", TASKS["twice"]["reference"])])
    assert result.status == "infrastructure"
    assert "demo@0.1.0" in result.reason


def test_many_answers_to_one_task_are_graded_in_a_few_builds(folder):
    answers = [
        ("twice", f"pub fn twice(value: i64) -> i64 {{ value * 2 + {n % 2} * 0 + {n} - {n} }}")
        for n in range(450)
    ]
    with CrateGrader(folder, TASKS.values()) as grader:
        found = grader.grade([*answers, *answers])
        assert grader.built.builds <= 4
    assert {result.status for result in found} == {"passed"}


@pytest.mark.slow
def test_a_constant_that_is_computed_for_ever_is_found_without_halving(folder):
    endless = "const N: u32 = { let mut n = 0_u32; loop { n = n.wrapping_add(2); if n == 1 { break n; } } };"
    answers = [("twice", f"pub fn twice(value: i64) -> i64 {{ value * 2 + {n} - {n} }}") for n in range(30)]
    bomb = ("twice", f"pub fn twice(value: i64) -> i64 {{ {endless} value * 2 + i64::from(N) }}")
    with CrateGrader(folder, TASKS.values(), GradeOptions(compiler=Limits(cpu_seconds=4))) as grader:
        found = grader.grade([*answers[:20], bomb, *answers[20:]])
        assert grader.built.builds <= 6
    assert found.pop(20).status == "compile_error"
    assert {result.status for result in found} == {"passed"}


def test_tests_that_pass_without_the_function_are_not_believed(folder):
    row = task("twice", fail_to_pass=["--lib tests::one"])
    with CrateGrader(folder, [row]) as grader:
        result, *_ = grader.grade([("twice", "pub fn twice(value: i64) -> i64 { value }")])
    assert result.status == "infrastructure"
    assert "without the function" in result.reason


def test_the_crate_of_a_task_may_have_changed_since(folder, tmp_path):
    other = write_crate(tmp_path / "demo@0.1.0", LIBRARY.replace("value * 2", "value + value"))
    write_json(other / "crate.json", read_json(folder / "crate.json"))
    with pytest.raises(TaskGone, match="is not the file"):
        CrateGrader(other, [TASKS["twice"]])


def test_answers_are_built_with_the_features_of_the_task(tmp_path):
    """The function is there with a feature only, which is off by default."""
    library = LIBRARY.replace("/// The sum of all", '#[cfg(feature = "more")]\n/// The sum of all', 1)
    folder = write_crate(tmp_path / "demo@0.1.0", library)
    with open(folder / "source/Cargo.toml", "a") as manifest:
        manifest.write("[features]\nmore = []\n")
    wanted = task("total", library, features="all")
    with CrateGrader(folder, [wanted]) as grader:
        (result,) = grader.grade([("total", wanted["reference"])])
    assert result.status == "passed", result


def test_half_of_a_surrogate_pair_is_no_rust(folder):
    with CrateGrader(folder, [TASKS["twice"]]) as grader:
        (result,) = grader.grade([("twice", "pub fn twice(value: i64) -> i64 { value * 2 /* \ud800 */ }")])
    assert result.status == "passed", result


def test_an_answer_whose_error_is_in_a_macro_of_the_crate_is_found(folder, tmp_path):
    """rustc then points into the macro and not at the answer."""
    library = LIBRARY.replace(
        "/// The sum of all",
        "macro_rules! of_type {\n    ($kind:tt, $what:tt) => {\n        $kind::$what\n    };\n}\n\n/// The sum of all",
        1,
    ).replace("    sum\n}", "    of_type!(i64, MAX) - i64::MAX + sum\n}", 1)
    crate = write_crate(tmp_path / "demo@0.1.0", library)
    rows = [task("total", library), task("twice", library)]
    wrong = rows[0]["reference"].replace("MAX)", "NOT_THERE)")
    answers = [
        ("total", wrong),
        *(("twice", f"pub fn twice(value: i64) -> i64 {{ value * 2 + {n} - {n} }}") for n in range(40)),
        # With all words of the error, and innocent.
        (
            "twice",
            "pub fn twice(value: i64) -> i64 { let NOT_THERE = of_type!(i64, MAX); let _ = NOT_THERE; value * 2 }",
        ),
    ]
    with CrateGrader(crate, rows) as grader:
        found = grader.grade([*answers, ("total", rows[0]["reference"])])
        assert grader.built.builds <= 8
    assert [result.status for result in found] == ["compile_error", *["passed"] * 42]
