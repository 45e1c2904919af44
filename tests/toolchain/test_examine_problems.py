"""The exam of a problem set with the real judge."""

import json
from dataclasses import replace

from steps import config, run_script

from ferrule.evaluation.problems.problem import Problem, write_problems

TESTS = """use super::*;
#[test]
fn one() { assert_eq!(larger(2, 3), 4); }

/// Zero is not special.
#[test]
fn two() { assert_eq!(larger(0, 0), 1); }
"""
LARGER = Problem(
    "math/larger",
    "fn larger(a: u32, b: u32) -> u32 {",
    "larger",
    TESTS,
    " if a > b { a + 1 } else { b + 1 }\n}\n",
)
IMPL = Problem(
    "traits/down",
    "struct Down(u32);\nimpl Iterator for Down {",
    "impl Iterator for Down",
    "use super::*;\n#[test]\nfn ends() { assert_eq!(Down(0).next(), None); }\n",
    " type Item = u32;\n fn next(&mut self) -> Option<u32> { step(&mut self.0) }\n}\n"
    "fn step(n: &mut u32) -> Option<u32> { *n = n.checked_sub(1)?; Some(*n) }\n",
    kind="impl",
)


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
