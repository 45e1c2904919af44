"""A file of samples is checked before anything long is done with it."""

import json
from pathlib import Path

import pytest
from steps import config, run_here

from ferrule.core.files import read_jsonl
from ferrule.evaluation.problems.problem import Problem, write_problems

SCRIPT = Path(__file__).parents[2] / "scripts/evaluate/import_samples.py"
PROBLEMS = [
    Problem(
        id=f"set/{n}", prompt=f"fn f{n}() {{\n", entry=f"f{n}", tests="#[test] fn t() {}", reference="}\n"
    )
    for n in range(3)
]


@pytest.fixture
def check(tmp_path):
    write_problems(tmp_path / "problems.jsonl", PROBLEMS)

    def check(*lines, k=(), references=False, **subset):
        """(exit code, what was said, the rows that came out or None)"""
        file, out = tmp_path / "given.jsonl", tmp_path / "samples.jsonl"
        raw = [
            line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode()
            for line in lines
        ]
        file.write_bytes(b"".join(line + b"\n" for line in raw))
        out.unlink(missing_ok=True)
        done = run_here(
            "import_samples",
            *("--problems", tmp_path / "problems.jsonl", "--out", out),
            *config(evaluate={"k": list(k)} | subset),
            *(["--references"] if references else ["--file", file]),
        )
        return done.returncode, done.stderr, list(read_jsonl(out)) if out.exists() else None

    return check


def sample(n, text="}", **more):
    return {"task_id": f"set/{n}", "completion": text, **more}


def test_rows_come_in_the_order_of_the_problems_and_are_numbered(check):
    code, _, rows = check(
        sample(1, "a"), sample(0, "b"), sample(1, "c"), sample(2, "d", finish_reason="stop")
    )
    assert code == 0
    assert [(row["task_id"], row["sample"], row["completion"]) for row in rows] == [
        ("set/0", 0, "b"),
        ("set/1", 0, "a"),
        ("set/1", 1, "c"),
        ("set/2", 0, "d"),
    ]
    assert rows[3]["finish_reason"] == "stop"


def test_numbers_that_are_given_are_kept(check):
    _, _, rows = check(sample(0, "b", sample=7), sample(0, "a", sample=2))
    assert [(row["sample"], row["completion"]) for row in rows] == [(2, "a"), (7, "b")]


@pytest.mark.parametrize(
    "line, said",
    [
        ({"completion": "}"}, "line 2: no task_id; its columns are completion"),
        ({"task_id": "set/9", "completion": "}"}, "line 2: unknown problem 'set/9' (did you mean set/2?)"),
        ({"task_id": "zzz", "completion": "}"}, "line 2: unknown problem 'zzz' (the first one is set/0)"),
        ({"task_id": "set/1", "gen": "}"}, "line 2: no text in completion; its columns are gen, task_id"),
        ({"task_id": "set/1", "completion": None}, "line 2: no text in completion"),
        (
            {"task_id": "set/1", "completion": "}", "sample": -1},
            "line 2: sample is -1, not a number from 0 on",
        ),
        ({"task_id": "set/1", "completion": "}", "sample": 3}, "give it to all lines or to none"),
        (["set/1", "}"], "line 2: not a JSON object"),
        (b'{"task_id": "set/1", "compl', "line 2: not a JSON object ("),
    ],
)
def test_a_mistake_is_named_with_its_line(check, line, said):
    code, text, rows = check(sample(0), line)
    assert code == 1 and rows is None
    assert said in text


def test_all_mistakes_come_at_once(check):
    _, text, _ = check(*[{"task_id": f"x{n}", "completion": ""} for n in range(15)])
    assert text.count("unknown problem") == 10 and "... and 5 more" in text


def test_the_same_sample_twice_is_refused(check):
    code, text, _ = check(sample(0, sample=1), sample(0, sample=1))
    assert code == 1 and "line 2: set/0 has a sample 1 already on line 1" in text


def test_an_empty_file_is_refused(check):
    code, text, _ = check()
    assert code == 1 and "the file is empty" in text


def test_k_beyond_the_samples_is_refused_at_once(check):
    code, text, _ = check(sample(0), sample(0), sample(1), k=(1, 2))
    assert code == 1 and "asks for pass@2, and set/1 has 1 sample " in text
    assert check(sample(0), sample(0), k=(2,))[0] == 0


def test_problems_without_a_sample_are_told(check):
    code, text, _ = check(sample(0))
    assert code == 0 and "2 of 3 problems have no sample and count as not solved: set/1, set/2" in text


def test_text_that_is_no_unicode_is_kept_and_marked(check):
    code, _, rows = check(
        b'{"task_id": "set/0", "completion": "ab\xff\xfe"}', b'{"task_id": "set/1", "completion": "\\ud800"}'
    )
    assert code == 0
    assert [row["unusable"] for row in rows] == ["not_utf8", "not_utf8"]
    assert rows[0]["completion"].startswith("ab")


def test_other_text_is_not_touched(check):
    text = "ä\n\t\0 \u2028 🦀 \\n"
    _, _, rows = check(sample(0, text))
    assert rows[0]["completion"] == text and "unusable" not in rows[0]


def test_references_are_samples(check):
    code, _, rows = check(references=True)
    assert code == 0
    assert [row["completion"] for row in rows] == ["}\n"] * 3


# --- a subset ---------------------------------------------------------------------------------------


def test_samples_outside_the_subset_are_left_out_and_counted(check):
    lines = [sample(n, f"{n}{s}") for s in range(2) for n in range(3)]
    code, said, rows = check(*lines, k=[2], sample_n=2)
    assert code == 0 and len({row["task_id"] for row in rows}) == 2 and len(rows) == 4
    assert "2 samples are of problems outside the subset and are left out" in said
    assert "a subset: 2 of 3 problems (sample_seed 0" in said and "have no sample" not in said


def test_the_references_of_a_subset_are_those_of_its_problems(check):
    _, _, rows = check(references=True, sample_n=1, sample_seed=4)
    assert len(rows) == 1


def test_lines_outside_the_subset_must_be_right_as_well(check):
    _, _, taken = check(references=True, sample_n=1)
    others = [n for n in range(3) if f"set/{n}" != taken[0]["task_id"]]
    code, said, rows = check(sample(others[0]), {"task_id": f"set/{others[1]}"}, sample_n=1)
    assert code == 1 and "line 2: no text in completion" in said and rows is None


def test_a_file_without_a_sample_of_the_subset_is_refused(check):
    _, _, taken = check(references=True, sample_n=1)
    other = next(n for n in range(3) if f"set/{n}" != taken[0]["task_id"])
    code, said, rows = check(sample(other), sample_n=1)
    assert code == 1 and rows is None
    assert "given.jsonl: has no sample of the 1 problems that evaluate.sample_n takes" in said


def test_a_subset_larger_than_the_set_is_refused(check):
    code, said, rows = check(sample(0), sample_n=4)
    assert code == 1 and rows is None and said.count("\n") == 1
    assert "problems.jsonl: evaluate.sample_n: 4 is more than the 3 problems of the set" in said
