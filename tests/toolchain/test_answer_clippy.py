"""What clippy says of answers: known code has known counts, whatever else is in the batch."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from steps import config

from ferrule.core.files import read_jsonl, write_jsonl
from ferrule.evaluation.problems.problem import Problem, write_problems
from ferrule.evaluation.quality.answer_quality import Answer, Options, quality_of

ROOT = Path(__file__).parents[2]
THREE = """fn f(v: &[i32], s: String) -> bool {
    let n = g(&s) + g(&&s);
    return v.len() == 0 || n > 1;
}
fn g(s: &str) -> usize { s.len() }
"""
CLEAN = "fn f(v: &[i32]) -> bool {\n    v.is_empty()\n}\n"
BROKEN = "fn f() -> u8 {\n    missing()\n}\n"


# What would be a warning if clippy counted dead code, unused names or naming.
SILENT = "use std::fmt::Debug;\nfn Unused(x: u8) { let y = 1; }\n"
ENDLESS = """const N: u64 = { let mut i = 0u64; while i < u64::MAX { i += 1; } i };
fn f() -> u64 { N }
"""


def test_known_warnings_have_known_counts():
    rows = quality_of([THREE, CLEAN, SILENT])
    assert rows[0]["lints"] == {"len_zero": 1, "needless_borrow": 1, "needless_return": 1}
    assert rows[0]["clippy"] == {"style": 3} and rows[0]["clippy_warnings"] == 3
    assert [row["clippy_warnings"] for row in rows[1:]] == [0, 0]
    assert all(row["compiles"] and row["clippy_reason"] == "" for row in rows)


def test_an_answer_cannot_silence_it_nor_turn_it_into_an_error():
    tries = [
        "#![allow(clippy::all)]\n",
        "#![deny(warnings, clippy::all)]\n",
        "#![forbid(clippy::len_zero)]\n",
    ]
    allowed = THREE.replace("fn f", "#[allow(clippy::all, clippy::needless_return)]\nfn f")
    rows = quality_of([*(each + THREE for each in tries), allowed])
    assert [row["clippy_warnings"] for row in rows] == [3, 3, 3, 3]


def test_batches_make_no_difference_and_what_does_not_compile_harms_no_neighbour():
    codes = [THREE, BROKEN, CLEAN, "fn f( {", THREE.replace("f(", "h("), "}", SILENT] * 2
    one, all_at_once = (quality_of(codes, Options(batch=size, threads=2)) for size in (1, 50))
    assert one == all_at_once
    assert [row["compiles"] for row in one[:7]] == [True, False, True, False, True, False, True]
    assert [row["clippy_warnings"] for row in one[:7]] == [3, None, 0, None, 3, None, 0]
    assert "cannot find function `missing`" in one[1]["clippy_reason"]


def test_one_that_never_ends_has_no_count_and_takes_nobody_with_it():
    rows = quality_of([THREE, ENDLESS], Options(cpu_seconds=1))
    assert rows[0]["clippy_warnings"] == 3
    assert rows[1]["clippy"] is None and rows[1]["clippy_warnings"] is None
    assert "over 1 s" in rows[1]["clippy_reason"]


def test_a_session_that_a_limit_ended_is_replaced():
    options = Options(batch=1)
    patient = replace(options, limits=replace(options.limits, wall_seconds=4), cpu_seconds=60)
    rows = quality_of([ENDLESS, THREE], patient)
    assert "wall time" in rows[0]["clippy_reason"] and rows[1]["clippy_warnings"] == 3


def test_editions_do_not_mix():
    old = Answer("fn f() -> u8 {\n    let async = 1;\n    async\n}\n", edition="2015")
    assert [row["compiles"] for row in quality_of([old, CLEAN, replace(old, edition="2021")])] == [
        True,
        True,
        False,
    ]


def test_external_crates_are_there_for_those_that_name_them(tmp_path):
    (tmp_path / "deps").mkdir()
    (tmp_path / "lib.rs").write_text("pub fn seven() -> u8 { 7 }")
    output = tmp_path / "deps" / "liblucky_seven-1.rlib"
    argv = ["rustc", "--crate-type=rlib", "--crate-name=lucky_seven", "lib.rs", "-o", output]
    subprocess.run(argv, cwd=tmp_path, check=True)
    crates = {"lucky-seven": {"file": "deps/liblucky_seven-1.rlib", "version": "1.0.0"}}
    (tmp_path / "crates.json").write_text(json.dumps(crates))
    for path in (tmp_path, tmp_path / "deps"):
        path.chmod(0o755)
    code = "fn f() -> u8 {\n    return lucky_seven::seven();\n}\n"
    rows = quality_of([Answer(code, crates=("lucky-seven",)), CLEAN], Options(crates=tmp_path))
    assert [row["clippy_warnings"] for row in rows] == [1, 0]
    assert not quality_of([Answer(code)], Options(crates=tmp_path))[0]["compiles"]


PROMPT = """/// A pair.
struct Pair { a: Vec<u8> }

fn helper(v: &Vec<u8>) -> bool {
    return v.len() == 0;
}

/// Whether both are empty.
// As it says.
fn both(x: &Vec<u8>, y: &Vec<u8>) -> Option<bool> {"""


BODY = "\n    return Some(x.len() == 0 && helper(y));\n}\n"


def test_warnings_about_what_the_prompt_gave_are_not_the_models():
    alone, answered = quality_of([Answer(PROMPT + BODY), Answer(PROMPT + BODY, prompt=PROMPT)])
    assert alone["lints"] == {"len_zero": 2, "needless_return": 2, "ptr_arg": 2}
    assert answered["lints"] == {"len_zero": 1, "needless_return": 1}
    own_header = PROMPT.replace("both(x:", "both(z:") + BODY.replace("x.", "z.")
    assert quality_of([Answer(own_header, prompt=PROMPT)])[0]["lints"]["ptr_arg"] == 1


PADDING = "let first = 1;\nlet second = 2;\nlet third = 3;\n"


def test_the_step_writes_one_row_per_distinct_answer(tmp_path):
    problem = Problem("p/0", PROMPT, "both", "")
    program = Problem("p/1", "fn helper() {\n    x();", "main", "", instruction="Write a program.")
    write_problems(tmp_path / "problems.jsonl", [problem, program])
    base = dict(form="body", taken="", reason="", cut_off=False, tampering="", policy=[])
    code = PROMPT + BODY
    answers = [
        dict(base, task_id="p/0", sample=0, key="good", code=code),
        dict(base, task_id="p/0", sample=1, key="good", code=code),
        dict(base, task_id="p/0", sample=2, key="", code=""),
        dict(base, task_id="p/0", sample=3, key="slow", code=code),
        dict(base, task_id="p/0", sample=4, key="bad", code=code),
        dict(base, task_id="p/1", sample=0, key="cheat", code=PADDING),
    ]
    verdicts = [
        dict(key="good", status="failed", stage="run"),
        dict(key="slow", status="timeout", stage="run"),
        dict(key="bad", status="timeout", stage="compile"),
    ]
    write_jsonl(tmp_path / "answers.jsonl", answers)
    write_jsonl(tmp_path / "verdicts.jsonl", verdicts)
    argv = [sys.executable, str(ROOT / "scripts/evaluate/measure_quality.py"), *config(evaluate={"batch": 2})]
    argv += [w for n in ("problems", "answers", "verdicts") for w in (f"--{n}", str(tmp_path / f"{n}.jsonl"))]
    argv += ["--out", str(tmp_path / "quality.jsonl")]
    path = f"{Path(shutil.which('rustc')).parent}:/usr/bin:/bin:/usr/sbin:/sbin"
    environment = {"PYTHONPATH": str(ROOT / "scripts"), "PATH": path, "HOME": str(Path.home())}
    done = subprocess.run(argv, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    rows = {row["key"]: row for row in read_jsonl(tmp_path / "quality.jsonl")}
    assert list(rows) == ["good", "slow", "bad", "cheat"]
    assert [row["compiles"] for row in rows.values()] == [True, True, False, False]
    assert [row["clippy_warnings"] for row in rows.values()] == [2, 2, None, None]
    assert [row["prefilter"] for row in rows.values()] == ["", "", "", "no_main"]
