"""Figures from results: pass@k against its definition, intervals, views, and the page."""

from __future__ import annotations

import itertools
import json
import math
import os
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import config, run_here

from ferrule.core.files import read_json, read_jsonl, write_json, write_jsonl
from ferrule.core.reasons import AnswerStatus
from ferrule.evaluation.metrics.bootstrap import Resamples
from ferrule.evaluation.metrics.figures import Unjudged, figures
from ferrule.evaluation.metrics.metrics_line import metrics_line
from ferrule.evaluation.metrics.metrics_page import page
from ferrule.evaluation.metrics.outcomes import joined, read_results, result_text
from ferrule.evaluation.metrics.pass_at_k import pass_at_k
from ferrule.evaluation.problems.problem import Problem, write_problems
from ferrule.evaluation.problems.subset import sha256_of, subset_of
from ferrule.workflow.run_summary import closing_words

ROOT = Path(__file__).parents[2]


# --- pass@k -----------------------------------------------------------------------------------------


@st.composite
def counts(draw, most: int):
    n = draw(st.integers(1, most))
    return n, draw(st.integers(0, n))


@given(counts(60))
def test_every_k_is_the_combinatorial_definition(pair):
    n, c = pair
    found = pass_at_k([n], [c], n)[0]
    for k in range(1, n + 1):
        exact = 1 - Fraction(math.comb(n - c, k), math.comb(n, k))
        assert found[k - 1] == pytest.approx(float(exact), abs=1e-12)


@pytest.mark.parametrize("n", range(1, 8))
def test_it_is_the_share_of_draws_with_a_right_one(n):
    for c in range(n + 1):
        found = pass_at_k([n], [c], n)[0]
        for k in range(1, n + 1):
            draws = list(itertools.combinations([True] * c + [False] * (n - c), k))
            assert found[k - 1] == pytest.approx(sum(any(draw) for draw in draws) / len(draws))


def test_a_thousand_samples_lose_no_digits():
    found = pass_at_k([1000], [1], 1000)[0]
    assert found == pytest.approx(np.arange(1, 1001) / 1000, abs=1e-12)
    assert pass_at_k([1000], [500], 1000)[0][99] == pytest.approx(
        float(1 - Fraction(math.comb(500, 100), math.comb(1000, 100))), abs=1e-15
    )


@given(st.lists(counts(30), min_size=1, max_size=5))
def test_it_rises_with_k_and_with_what_is_right(pairs):
    n, c = np.array(pairs).T
    most = int(n.min())
    found = pass_at_k(n, c, most)
    assert (np.diff(found, axis=1) >= 0).all() and ((found >= 0) & (found <= 1)).all()
    assert (pass_at_k(n, np.minimum(c + 1, n), most) >= found).all()
    assert (pass_at_k(n, n, most) == 1).all() and (pass_at_k(n, 0 * n, most) == 0).all()


def test_beyond_n_nothing_is_known():
    found = pass_at_k([2, 4, 0], [1, 1, 0], 4)
    assert np.isnan(found[0]).tolist() == [False, False, True, True]
    assert found[1].tolist() == [0.25, 0.5, 0.75, 1.0]
    assert np.isnan(found[2]).all()


def test_more_right_than_there_are_is_refused():
    with pytest.raises(ValueError, match="more correct"):
        pass_at_k([3], [4], 1)


# --- intervals --------------------------------------------------------------------------------------

TENTHS = st.integers(0, 10).map(lambda number: number / 10)


@given(st.lists(TENTHS, min_size=1, max_size=12), st.integers(1, 40), st.integers(0, 3))
def test_an_interval_contains_its_figure(values, count, seed):
    value, low, high = (each[0] for each in Resamples(len(values), count, seed).mean(values))
    assert low <= value <= high
    assert value == pytest.approx(np.mean(values))
    assert min(values) - 1e-12 <= low and high <= max(values) + 1e-12


def test_where_all_problems_are_alike_there_is_no_width():
    value, low, high = Resamples(7, 1000, 0).mean([0.1] * 7)
    assert value[0] == low[0] == high[0]
    value, low, high = Resamples(3, 1000, 0).ratio([1, 2, 3], [10, 20, 30])
    assert value[0] == low[0] == high[0]


def test_intervals_are_those_of_a_plain_loop():
    above, below = np.array([3.0, 0, 5, 9, 1]), np.array([10.0, 10, 5, 20, 4])
    drawn = np.random.default_rng(3).integers(0, 5, size=(2000, 5), dtype=np.int32)
    slow = [above[row].sum() / below[row].sum() for row in drawn]
    value, low, high = (each[0] for each in Resamples(5, 2000, 3).ratio(above, below))
    assert value == pytest.approx(18 / 49)
    assert (low, high) == pytest.approx(tuple(np.percentile(slow, [2.5, 97.5])))


def test_pieces_make_no_difference(monkeypatch):
    values = np.random.default_rng(1).random((50, 3))
    whole = Resamples(50, 1000, 0).mean(values)
    monkeypatch.setattr("ferrule.evaluation.metrics.bootstrap.AT_ONCE", 700)
    pieces = Resamples(50, 1000, 0)
    assert len(pieces.chunks) > 50
    assert np.allclose(np.array(whole), np.array(pieces.mean(values)))


def test_the_width_is_that_of_the_normal_approximation():
    values = np.random.default_rng(0).random(400)
    _, low, high = (each[0] for each in Resamples(400, 10_000, 0).mean(values))
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.05)


def test_a_seed_is_a_choice():
    values = np.random.default_rng(0).random(40)
    one, same, other = (Resamples(40, 500, seed).mean(values) for seed in (0, 0, 1))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_resamples_without_a_case_are_left_out():
    value, low, high = (each[0] for each in Resamples(4, 500, 0).ratio([2, 0, 0, 0], [4, 0, 0, 0]))
    assert (value, low, high) == (0.5, 0.5, 0.5)


# --- results ----------------------------------------------------------------------------------------


def problem(name: str, category: str = "") -> Problem:
    return Problem(name, prompt="fn f() {", entry="f", tests="", category=category)


PROBLEMS = {name: problem(name, category) for name, category in (("a", "x"), ("b", "x"), ("c", "y"))}
SETTINGS = {"bootstrap": 200, "policy": ["process"]}


def row(task: str, sample: int, status: str, stage: str = "run", **more) -> dict:
    return {
        "task_id": task,
        "sample": sample,
        "key": f"{task}{sample}",
        "status": status,
        "stage": stage,
        "reason": "",
        "policy": [],
        **more,
    }


ROWS = [
    row("a", 0, "passed"),
    row("a", 1, "passed", policy=["process"]),
    row("a", 2, "failed"),
    row("b", 0, "compile_error", "compile", policy=["process"]),
    row("b", 1, "no_answer", "answer", key=""),
    row("b", 2, "timeout"),
    row("b", 3, "timeout", "compile"),
    row("c", 0, "passed"),
    row("c", 1, "passed", policy=["unsafe"]),
    row("c", 2, "tampering", "answer"),
    row("c", 3, "tampering"),
]


def test_figures_of_a_small_run_are_those_counted_by_hand():
    found = figures(PROBLEMS, ROWS, SETTINGS)
    off = found["views"]["policy_off"]
    assert found["samples"] == {
        "total": 11,
        "infrastructure": 0,
        "least_per_problem": 3,
        "most_per_problem": 4,
        "distinct": 10,
    }
    assert list(off["pass_at_k"]) == ["1", "2", "3"]
    assert off["pass_at_k"]["1"]["value"] == pytest.approx((2 / 3 + 0 + 1 / 2) / 3, abs=1e-6)
    assert off["pass_at_k"]["2"]["value"] == pytest.approx((1 + 0 + 5 / 6) / 3, abs=1e-6)
    assert off["statuses"] == {
        "passed": 4,
        "failed": 1,
        "compile_error": 1,
        "no_answer": 1,
        "timeout": 2,
        "tampering": 2,
    }
    assert [step["samples"] for step in off["funnel"]] == [11, 10, 7, 5, 4]
    assert [step["share"] for step in off["funnel"]] == [round(n / 11, 6) for n in (11, 10, 7, 5, 4)]
    assert off["compile_rate"]["value"] == pytest.approx(7 / 11, abs=1e-6)
    assert off["per_problem"][0] | {"statuses": {}} == {
        "id": "a",
        "category": "x",
        "difficulty": 0,
        "n": 3,
        "correct": 2,
        "pass_at_1": 0.666667,
        "statuses": {},
    }
    assert [(group["category"], group["problems"], group["n"]) for group in off["per_category"]] == [
        ("x", 2, 7),
        ("y", 1, 4),
    ]
    assert off["per_category"][0]["pass_at_1"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    assert off["per_category"][1]["pass_at_1"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert "pass_at_k_of_given" not in off


def test_with_the_policy_on_only_its_groups_count_wherever_a_sample_would_have_ended():
    on = figures(PROBLEMS, ROWS, SETTINGS)["views"]["policy_on"]
    assert on["statuses"]["policy"] == 2 and "compile_error" not in on["statuses"]
    assert [problem["correct"] for problem in on["per_problem"]] == [1, 0, 2]
    assert [step["samples"] for step in on["funnel"]] == [11, 10, 6, 4, 3]
    assert figures(PROBLEMS, ROWS, {"bootstrap": 50})["views"]["policy_on"]["statuses"]["policy"] == 3


def test_a_problem_without_samples_is_not_solved_and_is_named():
    found = figures(PROBLEMS | {"d": problem("d")}, ROWS, SETTINGS)
    off = found["views"]["policy_off"]
    assert found["missing"] == ["d"]
    assert off["pass_at_k"]["1"]["value"] == pytest.approx((2 / 3 + 1 / 2) / 4, abs=1e-6)
    assert off["pass_at_k_of_given"]["1"]["value"] == pytest.approx((2 / 3 + 1 / 2) / 3, abs=1e-6)
    assert off["per_problem"][3] == {
        "id": "d",
        "category": "",
        "difficulty": 0,
        "n": 0,
        "correct": 0,
        "pass_at_1": 0.0,
        "statuses": {},
    }
    assert off["compile_rate"]["value"] == pytest.approx(7 / 11, abs=1e-6)


def test_what_the_machine_failed_on_stops_or_is_in_no_rate():
    rows = [*ROWS[:-1], row("c", 3, "infrastructure", reason="the room fell")]
    with pytest.raises(Unjudged, match=r"1 samples .* sample 3 of c: the room fell"):
        figures(PROBLEMS, rows, SETTINGS)
    allowed = SETTINGS | {"allow_infrastructure": True}
    found = figures(PROBLEMS, rows, allowed)
    assert found["samples"]["total"] == 11 and found["samples"]["infrastructure"] == 1
    off = found["views"]["policy_off"]
    assert off["funnel"][0]["samples"] == 10 and "infrastructure" not in off["statuses"]
    assert off["per_problem"][2]["n"] == 3
    rows = [r if r["task_id"] != "b" else r | {"status": "infrastructure"} for r in rows]
    found = figures(PROBLEMS, rows, allowed)
    assert found["unjudged"] == ["b"] and found["missing"] == []
    assert found["views"]["policy_off"]["pass_at_k"]["1"]["value"] == pytest.approx(2 / 3, abs=1e-6)


# --- joining ----------------------------------------------------------------------------------------


def answer(task: str, sample: int, key: str, **more) -> dict:
    given = dict(
        form="body", taken="1 }", code="fn f() {1 }", reason="", cut_off=False, tampering="", policy=[]
    )
    return {"task_id": task, "sample": sample, "key": key, **given, **more}


def verdict(key: str, status: str, stage: str = "run") -> dict:
    return dict(key=key, status=status, stage=stage, reason="", error_code="", tests_total=2, tests_passed=2)


SAMPLES = [{"task_id": "a", "sample": n, "completion": "/* nothing"} for n in range(3)]
ANSWERS = [
    answer("a", 0, "k1"),
    answer("a", 1, "", reason="cut off in the middle", code="", taken=""),
    answer("a", 2, "k2", tampering="redefines assert_eq!"),
]


def test_each_sample_has_a_row_with_what_became_of_it():
    rows = list(joined(PROBLEMS, SAMPLES, ANSWERS, [verdict("k1", "passed")]))
    assert [(r["status"], r["stage"], r["reason"], r["tests_total"]) for r in rows] == [
        ("passed", "run", "", 2),
        ("no_answer", "answer", "cut off in the middle", 0),
        ("tampering", "answer", "redefines assert_eq!", 0),
    ]
    assert rows[0]["category"] == "x"


def test_quality_is_measured_where_no_sample_has_code():
    """No answer has a row then; the scores are 0, as they are for each sample without code."""
    answers = [answer("a", n, "", reason="no code", code="", taken="") for n in range(3)]
    settings = {"bootstrap": 100, "seed": 0}
    rows = list(joined(PROBLEMS, SAMPLES, answers, [], quality=[]))
    found = figures({"a": PROBLEMS["a"]}, rows, settings)["quality"]
    assert found["scores"]["idiomatic"] == {"value": 0.0, "low": 0.0, "high": 0.0, "n": 3}
    assert found["clippy"]["warnings"] is None
    rows = list(joined(PROBLEMS, SAMPLES, answers, []))
    assert "quality" not in figures({"a": PROBLEMS["a"]}, rows, settings)


def test_the_columns_that_other_harnesses_read_have_their_types_and_values():
    rows = list(joined(PROBLEMS, SAMPLES, ANSWERS, [verdict("k1", "passed")]))
    assert [[r[name] for name in ("task_id", "completion", "passed", "result")] for r in rows] == [
        ["a", "/* nothing", True, "passed"],
        ["a", "/* nothing", False, "failed: no answer: cut off in the middle"],
        ["a", "/* nothing", False, "failed: tampering: redefines assert_eq!"],
    ]
    assert list(rows[0])[:5] == ["task_id", "sample", "completion", "passed", "result"]


@pytest.mark.parametrize("status", AnswerStatus)
def test_every_status_has_a_result_that_other_harnesses_know(status):
    text = result_text(status, "t: left != right")
    known = {"passed": "passed", "timeout": "timed out", "failed": "failed: t: left != right"}
    assert text == known.get(status, f"failed: {status.replace('_', ' ')}: t: left != right")
    assert result_text("signal", "") == "failed: signal"


def test_verdicts_of_an_earlier_version_are_refused():
    old = verdict("k1", "passed")
    old["tests"], old["passed"] = old.pop("tests_total"), old.pop("tests_passed")
    with pytest.raises(ValueError, match=r"^verdicts.jsonl was written by an earlier version; delete it"):
        list(joined(PROBLEMS, SAMPLES, ANSWERS, [old]))


@pytest.mark.parametrize(
    "row",
    [
        {"task_id": "a", "sample": 0, "status": "passed", "tests": 2, "passed": 2},  # version 0.1.0
        {"task_id": "a", "completion": "", "passed": True, "result": "passed"},  # another harness
    ],
)
def test_results_of_another_kind_are_refused_with_file_and_line(row, tmp_path):
    good = list(joined(PROBLEMS, SAMPLES, ANSWERS, [verdict("k1", "passed")]))
    write_jsonl(tmp_path / "results.jsonl", good)
    assert read_results(tmp_path / "results.jsonl") == good
    write_jsonl(tmp_path / "results.jsonl", [*good, row])
    with pytest.raises(ValueError, match=r"results.jsonl:4: .* delete the file") as caught:
        read_results(tmp_path / "results.jsonl")
    assert "\n" not in str(caught.value)


def test_quality_joins_by_key_and_without_code_the_text_is_looked_at():
    quality = [{"key": "k1", "compiles": True, "idiomatic": 0.5, "prefilter": ""}]
    rows = list(joined(PROBLEMS, SAMPLES, ANSWERS, [verdict("k1", "passed")], quality))
    assert [r["idiomatic"] for r in rows] == [0.5, None, None]
    assert rows[1]["prefilter"] == "too_short" and rows[1]["compiles"] is False
    assert len({tuple(r) for r in rows}) == 1  # the same columns in every row


@pytest.mark.parametrize(
    "answers, verdicts, message",
    [
        (ANSWERS[1:], [verdict("k1", "passed")], "answers.jsonl has no row for sample 0 of a"),
        (ANSWERS, [], "verdicts.jsonl has no verdict on sample 0 of a"),
    ],
)
def test_files_that_do_not_fit_together_are_refused(answers, verdicts, message):
    with pytest.raises(ValueError, match=message):
        list(joined(PROBLEMS, SAMPLES, answers, verdicts))


# --- the step ---------------------------------------------------------------------------------------


def quality_row(key: str, **more) -> dict:
    clippy = dict(
        compiles=True, clippy={"style": 2}, lints={"needless_return": 2}, clippy_warnings=2, clippy_reason=""
    )
    scores = dict(idiomatic=0.5, idiomatic_syntax=0.25, documented=False, documented_items=None)
    counts = dict(
        functions=1, structs=0, impls=0, traits=0, has_main=False, has_tests=False, prompt_match=0.5
    )
    return {"key": key, **clippy, **scores, **counts, "prefilter": "", **more}


@pytest.fixture
def files(tmp_path):
    write_problems(tmp_path / "problems.jsonl", PROBLEMS.values())
    samples, answers, verdicts, quality = [], [], [], []
    for name in PROBLEMS:
        for n in range(4):
            samples.append({"task_id": name, "sample": n, "completion": "1 }"})
            answers.append(answer(name, n, f"{name}{n}", policy=["process"] if n == 3 else []))
            verdicts.append(verdict(f"{name}{n}", "passed" if n % 2 else "failed"))
            quality.append(quality_row(f"{name}{n}"))
    answers[-1] |= {"key": "", "code": "", "taken": "", "reason": "empty"}
    quality[0] |= dict(clippy=None, clippy_warnings=None, lints={}, clippy_reason="clippy: over 60 s")
    for name, rows in dict(samples=samples, answers=answers, verdicts=verdicts, quality=quality).items():
        write_jsonl(tmp_path / f"{name}.jsonl", rows)
    write_json(tmp_path / "references.json", {"a": {"status": "passed"}, "b": {"status": "failed"}})
    source = dict(benchmark="small", hash="0123", license="MIT", origin="made here", errata={}, sha256="")
    write_json(tmp_path / "source.json", source)
    return tmp_path


def step(folder: Path, out: str, **more) -> subprocess.CompletedProcess:
    inputs = [
        w
        for name in ("problems", "samples", "answers", "verdicts", "quality")
        for w in (f"--{name}", f"{name}.jsonl")
    ]
    argv = [
        *inputs,
        "--references",
        "references.json",
        "--source",
        "source.json",
        "--model",
        "tiny",
        "--toolchain",
        "rustc 1",
        *config(evaluate=SETTINGS | more),
        "--results",
        f"{out}.jsonl",
        "--metrics",
        f"{out}.json",
        "--table",
        f"{out}.md",
    ]
    return run_here("compute_metrics", *argv, cwd=folder)


def test_the_step_writes_the_same_bytes_twice(files):
    for out in ("one", "two"):
        assert step(files, out).returncode == 0
    for end in (".jsonl", ".json", ".md"):
        assert (files / f"one{end}").read_bytes() == (files / f"two{end}").read_bytes()
    found, rows = read_json(files / "one.json"), list(read_jsonl(files / "one.jsonl"))
    assert len(rows) == 12
    assert found["references"] == {"passed": 1, "not_passed": {"b": "failed"}}
    assert found["problem_set"]["hash"] == "0123" and found["settings"] == SETTINGS
    clippy = found["quality"]["clippy"]
    assert clippy["warnings"] == {"value": 2.0, "low": 2.0, "high": 2.0, "n": 10}
    assert clippy["not_linted"] == {"clippy: over 60 s": 1}
    # One sample has no code: it is in the mean of scores, and not in that of shapes.
    assert found["quality"]["scores"]["idiomatic"]["value"] == round(0.5 * 11 / 12, 6)
    assert found["quality"]["scores"]["idiomatic"]["n"] == 12
    assert found["quality"]["shape"]["functions"]["n"] == 11
    assert found["quality"]["prefilter"]["reasons"] == {"too_short": 1}


def test_the_types_that_were_sampled_with_are_recorded(files):
    assert step(files, "without").returncode == 0
    assert "dtypes" not in read_json(files / "without.json")["samples"]
    rows = list(read_jsonl(files / "samples.jsonl"))
    types = ["float32", "bfloat16", None, *["float32"] * (len(rows) - 3)]  # None of a server
    write_jsonl(
        files / "samples.jsonl", [row | {"dtype": dtype} for row, dtype in zip(rows, types, strict=True)]
    )
    assert step(files, "with").returncode == 0
    assert read_json(files / "with.json")["samples"]["dtypes"] == ["bfloat16", "float32"]


def test_the_page_says_what_the_figures_say(files):
    assert step(files, "one").returncode == 0
    text = (files / "one.md").read_text()
    assert "# tiny on small" in text and "12 samples, 4 per problem" in text
    line = next(line for line in text.splitlines() if line.startswith("| pass@1 "))
    assert line.split("|")[2].split()[0] == "41.7" and line.split("|")[3].split()[0] == "25.0"
    assert "**Problems whose reference does not pass** (1): b" in text
    blocks = [block for block in text.split("\n\n") if block.startswith("|")]
    assert all(len({len(line) for line in block.splitlines()}) == 1 for block in blocks)


def test_a_missing_problem_is_told_on_the_page():
    found = figures(PROBLEMS | {"d": problem("d")}, ROWS, SETTINGS)
    about = dict(settings={"k": [3]}, model="m", benchmark="b", toolchain="t", references={"not_passed": {}})
    text = page(found | about | {"problem_set": {"problems": 4, "hash": "1", "license": "", "origin": ""}})
    assert "1 problems have no sample and count as not solved**: d" in text and "pass@1 given" in text


def test_the_step_stops_where_the_machine_failed(files):
    rows = list(read_jsonl(files / "verdicts.jsonl"))
    rows[0] |= {"status": "infrastructure", "reason": "no memory left"}
    write_jsonl(files / "verdicts.jsonl", rows)
    done = step(files, "one")
    assert done.returncode == 1 and "no memory left" in done.stderr and "Traceback" not in done.stderr
    assert not (files / "one.json").exists()


# --- a subset ---------------------------------------------------------------------------------------


def test_a_subset_is_measured_and_named(files):
    taken, subset = subset_of(PROBLEMS, {"sample_n": 2, "sample_seed": 1})
    for name in ("samples", "answers"):
        rows = [row for row in read_jsonl(files / f"{name}.jsonl") if row["task_id"] in taken]
        write_jsonl(files / f"{name}.jsonl", rows)
    done = step(files, "one", sample_n=2, sample_seed=1)
    assert done.returncode == 0, done.stderr
    found = read_json(files / "one.json")
    assert found["subset"] == {"n": 2, "of": 3, "seed": 1, "sha256": sha256_of(taken)} == subset
    assert [p["id"] for p in found["views"]["policy_off"]["per_problem"]] == list(taken)
    assert found["missing"] == [] and found["problem_set"]["problems"] == 3
    assert found["settings"] == SETTINGS
    assert found["references"]["passed"] + len(found["references"]["not_passed"]) == len(
        taken.keys() & {"a", "b"}
    )
    text = (files / "one.md").read_text()
    assert (
        f"**A subset: 2 of these 3 problems**, chosen by `evaluate.sample_seed` 1; sha256 of the sorted ids: {sha256_of(taken)}"
        in text
    )
    assert json.loads(done.stdout)["subset"] == subset and json.loads(done.stdout)["problems"] == 2


def test_the_whole_set_has_no_subset(files):
    assert step(files, "one").returncode == 0
    assert read_json(files / "one.json")["subset"] is None and "subset" not in (files / "one.md").read_text()


def test_samples_of_problems_outside_the_subset_are_refused(files):
    done = step(files, "one", sample_n=2)
    assert done.returncode == 1 and not (files / "one.json").exists()
    assert "which is not among the 2 problems that are measured (evaluate.sample_n" in done.stderr
    assert "delete it and run again" in done.stderr and done.stderr.count("\n") == 1


# --- the line on stdout -----------------------------------------------------------------------------


def test_metrics_end_on_stdout_as_one_json_object(files):
    done = step(files, "one", k=[3])
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.endswith("}\n") and done.stdout.count("\n") == 1
    line, found = json.loads(done.stdout), read_json(files / "one.json")
    assert list(line) == [
        *("benchmark", "model", "problems", "evaluated_samples", "pass@1", "pass@2", "pass@3", "pass@4"),
        *(
            "compile_rate",
            "avg_clippy_warnings",
            "avg_idiomatic_score",
            "doc_comment_rate",
            "filtered_samples",
        ),
        "policy_on",
    ]
    for name, view in (("policy_off", line), ("policy_on", line["policy_on"])):
        for k in (1, 2, 3, 4):
            assert view[f"pass@{k}"] == found["views"][name]["pass_at_k"][str(k)]["value"]
        assert view["compile_rate"] == found["views"][name]["compile_rate"]["value"]
    assert (line["benchmark"], line["model"], line["problems"]) == ("small", "tiny", 3)
    assert line["evaluated_samples"] == 12 and line["filtered_samples"] == 1
    assert line["avg_clippy_warnings"] == 2.0 and line["doc_comment_rate"] == 0.0


def test_without_quality_its_figures_are_not_on_the_line(files):
    rows = list(joined(PROBLEMS, SAMPLES, ANSWERS, [verdict("k1", "passed")]))
    about = dict(settings={}, model="m", benchmark="b", subset=None)
    line = json.loads(metrics_line(figures(PROBLEMS, rows, SETTINGS) | about))
    assert "avg_clippy_warnings" not in line and line["pass@1"] == round(1 / 9, 6)


def test_what_snakemake_prints_at_the_end_has_a_line_for_each_evaluation(files):
    for model in ("one", "two"):
        folder = files / "results/evaluate/small" / model
        folder.mkdir(parents=True)
        done = step(files, f"results/evaluate/small/{model}/metrics")
        assert done.returncode == 0, done.stderr
    told = list(closing_words(0, files / "results"))
    assert told == [done.stdout.strip()] * 2
    os.utime(folder / "metrics.json", (1, 1))
    assert len(list(closing_words(2, files / "results"))) == 1  # the other one was there before
