"""The exam of a problem set with the real judge."""

import json
from dataclasses import replace

from examined_problems import IMPL, LARGER
from steps import config, run_script

from ferrule.evaluation.problems.problem import write_problems


def test_tests_that_let_mutants_live_are_told(tmp_path):
    """Tests that hold for zero alone let mutants live; `--strict` then ends with 1, and the report is there."""
    poor = replace(
        LARGER, id="math/poor", tests="use super::*;\n#[test]\nfn zero() { assert_eq!(larger(0, 0), 1); }\n"
    )
    write_problems(tmp_path / "problems.jsonl", [LARGER, IMPL, poor])
    done = run_script(
        "examine_problems",
        "--problems",
        tmp_path / "problems.jsonl",
        *config(evaluate={"batch": 50, "cpu_seconds": 2}),
        "--out",
        tmp_path / "exam.json",
        "--table",
        tmp_path / "exam.md",
        "--strict",
    )
    report = json.loads((tmp_path / "exam.json").read_text())
    assert done.returncode == 1 and "math/poor: survivors" in done.stderr, done.stderr
    assert report["set"]["references_pass"] == report["set"]["todo_fails"] == 3
    assert "1:7 boundary > -> >=" in report["problems"][2]["survived"]
