"""Expert iteration: every reason for dropping an answer, weights, limits, and the step."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import config, run_here

from ferrule.core.files import read_json, read_jsonl, write_jsonl
from ferrule.evaluation.comparison.expert_iteration import REASONS, Candidate, Thresholds, kept
from ferrule.evaluation.problems.problem import Problem, write_problems

ROOT = Path(__file__).parents[2]
TESTED = Problem("t", prompt="fn f() -> u8 {", entry="f", tests="#[test] fn a() {}")
PROMPT = Problem("q", prompt="", entry="main", tests="", instruction="Write a program.")
GOOD = dict(
    compiles=True,
    clippy_warnings=0,
    idiomatic=0.75,
    idiomatic_syntax=0.5,
    documented=True,
    documented_items=1.0,
)


def candidate(
    number: int = 0,
    *,
    problem: Problem = TESTED,
    status: str = "passed",
    stage: str = "run",
    key: str = "k",
    code: str = "fn f() -> u8 { 1 }\n",
    quality: dict | None = GOOD,
    **answer,
) -> Candidate:
    given = {"key": key, "code": code, "cut_off": False, "tampering": "", "policy": []} | answer
    place = {"task_id": problem.id, "sample": number}
    sample = place | {"completion": "", "prompt": f"Complete this.\n\n{problem.prompt}"}
    result = {"status": status, "stage": stage, "passed": status == "passed", "tests_passed": 0}
    return Candidate(sample, place | given, place | result, quality, problem)


def figures(**more) -> dict:
    return GOOD | more


CASES = {
    "no_verdict": candidate(status="infrastructure"),
    "no_answer": candidate(key="", code="", status="no_answer", quality=None),
    "cut_off": candidate(cut_off=True, status="compile_error", stage="compile"),
    "tampering": candidate(tampering="redefines assert_eq!", status="tampering", stage="answer"),
    "policy": candidate(policy=["process"]),
    "does_not_compile": candidate(
        status="compile_error", stage="compile", quality=figures(clippy_warnings=None)
    ),
    "not_passed": candidate(status="failed"),
    "clippy_unknown": candidate(quality=figures(clippy_warnings=None)),
    "clippy": candidate(quality=figures(clippy_warnings=3)),
    "not_idiomatic": candidate(quality=figures(idiomatic=0.625)),
    "not_documented": candidate(quality=figures(documented_items=0.25)),
}
SETTINGS = Thresholds(policy=("process",))


@pytest.mark.parametrize("reason", CASES)
def test_each_fault_drops_an_answer_and_is_counted(reason):
    good = candidate(1, code="fn f() -> u8 { 2 }")
    rows, record = kept([CASES[reason], good], SETTINGS)
    assert record["dropped"] == {reason: 1}
    assert [row["_sample"] for row in rows] == [1]


def test_there_is_a_case_for_every_reason():
    assert REASONS.keys() - CASES.keys() == {"duplicate", "over_limit"}


@pytest.mark.parametrize(
    "one, settings",
    [
        (candidate(quality=figures(clippy_warnings=2)), {}),
        (candidate(quality=figures(clippy_warnings=5)), {"clippy_max": 5}),
        (candidate(quality=figures(idiomatic=0.7)), {}),
        (candidate(quality=figures(idiomatic=0.1, idiomatic_syntax=0.75)), {"idiomatic_by": "syntax"}),
        (candidate(quality=figures(documented_items=0.5)), {}),
        # All its items have their docs from the prompt: there was nothing to document.
        (candidate(quality=figures(documented_items=None, documented=False)), {}),
        (candidate(quality=figures(documented_items=0.0)), {"documented_by": "any"}),
        (candidate(quality=figures(documented_items=0.0)), {"doc_min": 0}),
        (candidate(status="failed"), {"passed": False}),
        (candidate(status="signal"), {"passed": False}),
        (
            candidate(problem=PROMPT, status="failed"),
            {},
        ),  # no tests to pass: that it compiles is what is asked
        (candidate(policy=["process"]), {}),
    ],
)
def test_each_setting_lets_pass_what_it_says(one, settings):
    rows, _ = kept([one], Thresholds.of(settings))
    assert len(rows) == 1


def test_documented_by_any_asks_for_a_doc_comment_and_gives_no_benefit_of_the_doubt():
    silent = candidate(quality=figures(documented_items=None, documented=False))
    assert kept([silent], Thresholds.of({"documented_by": "any"}))[1]["dropped"] == {"not_documented": 1}


def test_a_row_is_what_the_model_was_asked_and_should_have_said():
    (row,), record = kept([candidate(3)], Thresholds())
    assert row["prompt"] == "Complete this.\n\nfn f() -> u8 {"
    assert row["gen"] == "```rust\nfn f() -> u8 { 1 }\n```"
    assert (row["_task_type"], row["_source"], row["_weight"]) == ("code_generation", "experts", 1.0)
    assert (row["_task_id"], row["_sample"], row["_verdict"], len(row["_id"])) == ("t", 3, "tested", 16)
    assert kept([candidate()], Thresholds(fence=False))[0][0]["gen"] == "fn f() -> u8 { 1 }"
    assert (record["kept"], record["samples"], record["problems"]) == (1, 1, 1)
    untested = candidate(problem=PROMPT, status="failed")
    untested.sample.pop("prompt")
    row = kept([untested], Thresholds())[0][0]
    assert (row["prompt"], row["_verdict"]) == ("Write a program.", "compiles")


def test_one_row_per_distinct_prompt_and_code():
    same = [candidate(n) for n in range(3)] + [
        candidate(3, code="\nfn f() -> u8 { 1 }\n\n"),
        candidate(4, code="fn f() {}"),
    ]
    rows, record = kept(same, Thresholds())
    assert [row["_sample"] for row in rows] == [0, 4] and record["dropped"] == {"duplicate": 3}
    assert len({row["_id"] for row in rows}) == 2


def test_a_fault_of_a_first_sample_does_not_make_the_second_a_duplicate():
    rows, record = kept([candidate(0, status="infrastructure"), candidate(1)], Thresholds())
    assert len(rows) == 1 and record["dropped"] == {"no_verdict": 1}


def test_the_best_of_a_problem_are_kept_in_the_order_of_the_samples():
    warnings = (2, 1, 0, 2)
    some = [
        candidate(n, code=f"fn f() {{ {n} }}", quality=figures(clippy_warnings=w))
        for n, w in enumerate(warnings)
    ]
    rows, record = kept(some, Thresholds(max_per_problem=2))
    assert [row["_sample"] for row in rows] == [1, 2] and record["dropped"] == {"over_limit": 2}
    assert rows[0]["_weight"] < 1 < rows[1]["_weight"]


def test_the_seed_chooses_among_equals():
    some = [candidate(n, code=f"fn f() {{ {n} }}") for n in range(8)]
    chosen = {kept(some, Thresholds(max_per_problem=1, seed=seed))[0][0]["_sample"] for seed in range(12)}
    assert len(chosen) > 2


def test_the_worth_is_the_mean_of_three_marks():
    one = candidate(0, quality=figures(clippy_warnings=1, idiomatic=0.75, documented_items=0.5))
    assert kept([one], Thresholds())[1]["mean_worth"] == pytest.approx(0.4 / 2 + 0.4 * 0.75 + 0.2 * 0.5)
    nothing = candidate(0, quality=figures(clippy_warnings=1, idiomatic=0.75, documented_items=None))
    assert kept([nothing], Thresholds())[1]["mean_worth"] == pytest.approx((0.4 / 2 + 0.4 * 0.75) / 0.8)


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([0.75, 0.875, 1.0]), st.sampled_from([None, 0.5, 1.0])),
        min_size=1,
        max_size=8,
    )
)
def test_weights_have_the_mean_one(marks):
    some = [
        candidate(
            n, code=f"fn f() {{ {n} }}", quality=figures(clippy_warnings=w, idiomatic=i, documented_items=d)
        )
        for n, (w, i, d) in enumerate(marks)
    ]
    rows, _ = kept(some, Thresholds())
    assert len(rows) == len(marks) and all(row["_weight"] > 0 for row in rows)
    assert sum(row["_weight"] for row in rows) / len(rows) == pytest.approx(1, abs=1e-5)


def test_thresholds_are_scaled_where_a_model_seldom_compiles():
    assert Thresholds().scaled(0.1) == (2, 0.7)
    assert Thresholds(scale_below=0.8).scaled(0.8) == (2, 0.7)
    assert Thresholds(scale_below=0.8).scaled(0.4) == pytest.approx((1, 0.85))
    two = candidate(0, quality=figures(clippy_warnings=2, idiomatic=1.0))
    broken = candidate(1, code="fn", status="compile_error", stage="compile")
    rows, record = kept([two, broken], Thresholds(scale_below=0.95))
    assert rows == [] and record["dropped"] == {"does_not_compile": 1, "clippy": 1}
    assert record["compile_rate"] == 0.5 and record["clippy_max"] == pytest.approx(2 * 0.5 / 0.95, abs=1e-6)


@pytest.mark.parametrize(
    "wrong", [{"idiomatc_min": 0.7}, {"idiomatic_by": "taste"}, {"documented_by": "all"}]
)
def test_settings_that_cannot_be_meant_are_refused(wrong):
    with pytest.raises(ValueError, match="experts"):
        Thresholds.of(wrong)


# --- the step ---------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path):
    write_problems(tmp_path / "problems.jsonl", [TESTED, PROMPT])
    some = [
        candidate(n, key=f"k{n}", code=f"fn f() {{ {n} }}", status=s)
        for n, s in enumerate(("passed", "failed", "passed"))
    ]
    write_jsonl(tmp_path / "samples.jsonl", [one.sample for one in some])
    write_jsonl(tmp_path / "answers.jsonl", [one.answer for one in some])
    write_jsonl(tmp_path / "results.jsonl", [one.result for one in some])
    write_jsonl(tmp_path / "quality.jsonl", [{"key": one.answer["key"]} | one.quality for one in some])
    return tmp_path


def step(folder: Path, settings: dict, out: str = "experts") -> subprocess.CompletedProcess:
    names = ("problems", "samples", "answers", "results", "quality")
    argv = [word for name in names for word in (f"--{name}", f"{name}.jsonl")]
    argv += [
        "--round",
        "one",
        *config(round=settings),
        "--out",
        f"{out}.jsonl",
        "--code-out",
        f"{out}.code_only.jsonl",
        "--record",
        f"{out}.json",
    ]
    return run_here("select_expert_rows", *argv, cwd=folder)


def test_the_step_writes_rows_and_a_record_the_same_twice(files):
    for out in ("experts", "again"):
        done = step(files, {"passed": True}, out)
        assert done.returncode == 0, done.stderr
    for end in (".jsonl", ".code_only.jsonl", ".json"):
        assert (files / f"experts{end}").read_bytes() == (files / f"again{end}").read_bytes()
    rows, record = list(read_jsonl(files / "experts.jsonl")), read_json(files / "experts.json")
    assert [row["_sample"] for row in rows] == [0, 2]
    code = list(read_jsonl(files / "experts.code_only.jsonl"))
    assert [f"```rust\n{row['text']}\n```" for row in code] == [row["gen"] for row in rows]
    assert [row["_weight"] for row in code] == [row["_weight"] for row in rows]
    assert all(row.keys() == {"text", "_id", "_task_type", "_weight"} for row in code)
    unfenced = step(files, {"passed": True, "fence": False}, "plain")
    assert unfenced.returncode == 0
    assert (files / "plain.code_only.jsonl").read_bytes() == (files / "experts.code_only.jsonl").read_bytes()
    assert record["dropped"] == {"not_passed": 1} and record["round"] == "one"
    assert record["problem_set"]["problems"] == 2 and len(record["problem_set"]["hash"]) == 16
    assert "not_passed" in done.stdout and "33.3 %" in done.stdout


def test_nothing_kept_fails_with_the_reasons_and_writes_nothing(files):
    done = step(files, {"idiomatic_min": 0.9})
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "no sample of 3 is good enough" in done.stderr and "not_idiomatic" in done.stderr
    assert not list(files.glob("experts*"))


def test_files_that_are_not_of_one_run_are_refused(files):
    write_jsonl(files / "answers.jsonl", [])
    done = step(files, {})
    assert done.returncode == 1 and "sample 0 of t is not in all files" in done.stderr


def test_results_of_an_earlier_version_are_refused_by_the_files_name(files):
    rows = [row | {"passed": 2} for row in read_jsonl(files / "results.jsonl")]
    write_jsonl(files / "results.jsonl", rows)
    done = step(files, {})
    assert done.returncode == 1 and done.stderr.startswith("results.jsonl:1: not a row of this version")
