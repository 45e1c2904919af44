"""What executable tasks are made of, as far as no compiler is needed: answers, completions, the split, figures."""

from functools import partial

import pytest
from graded_crate import LIBRARY
from graded_crate import task as task_of
from steps import run_here

from executable.prove_functions import some_of
from ferrule.compiler.judge import Function
from ferrule.core.files import read_json, read_rows, write_json, write_rows
from ferrule.core.schemas import SAMPLES, TASKS
from ferrule.evaluation.problems.crate_tasks import read_crate_tasks
from ferrule.evaluation.problems.problem import CRATE_TASK
from ferrule.grading.answer_functions import answer_function, risky_macros
from ferrule.grading.copies import copies_of_train
from ferrule.grading.program_room import Ran, verdict
from ferrule.grading.task_rows import branches_of, completion_of, kind_of, lines_of
from ferrule.sandbox.answer_room import Ended

SOURCE = LIBRARY.encode()
task = partial(task_of, rustc="rustc 1.95.0")  # no compiler is asked
NONCE = "0123456789abcdef" * 2


def found(name: str, text: str, **changed):
    return answer_function(task(name, **changed), text, "a", SOURCE, frozenset({"trusted", "text_of"}))


@pytest.mark.parametrize(
    ("name", "text", "status", "reason"),
    [
        ("total", "pub fn total(values: &[i64]) -> i64 { 0 }", "", ""),
        ("total", "fn total(v: &[i64]) -> i64 { 0 }", "", ""),
        ("total", "#[inline]\npub fn total(values : & [i64],) -> i64 { 0 }", "", ""),
        ("total", "pub fn total(values: &[i32]) -> i64 { 0 }", "compile_error", "signature"),
        ("total", "pub fn total(values: &[i64]) { }", "compile_error", "signature"),
        ("total", "pub fn total<T>(values: &[i64]) -> i64 { 0 }", "compile_error", "signature"),
        ("total", "pub const fn total(values: &[i64]) -> i64 { 0 }", "compile_error", "signature"),
        ("total", "pub fn total(values: &[i64]) -> i64 { unsafe { 0 } }", "compile_error", "unsafe"),
        ("total", "pub fn total(values: &[i64]) -> i64 { trusted!(0) }", "compile_error", "unsafe"),
        ("total", 'pub fn total(values: &[i64]) -> i64 { text_of!("x").len() as i64 }', "compile_error", "unsafe"),
        ("total", "pub fn total(values: &[i64]) -> i64 { crate::__switch::on(1); 0 }", "tampering", "__switch"),
        ("total", "impl Drop for Level { fn drop(&mut self) {} }\nfn total(values: &[i64]) -> i64 { 0 }", "compile_error", "outside"),
        ("total", 'fn total(values: &[i64]) -> i64 { include_str!("lib.rs").len() as i64 }', "tampering", "include_str"),
        ("total", "fn total(values: &[i64]) -> i64 { 0 }\n#[test_case]\nfn t() {}", "tampering", "test_case"),
        ("total", "fn other() {}", "no_answer", "no_entry"),
        ("total", "x" * 200_000, "no_answer", "too_long"),
        ("first", "pub fn first(bytes: &[u8]) -> u8 { trusted!(*bytes.as_ptr()) }", "", ""),
        ("raised", "impl Level { pub fn raised(self, by: i64) -> Level { self } }", "", ""),
        ("raised", "pub fn raised(&self, by: i64) -> Level { *self }", "compile_error", "signature"),
    ],
)  # fmt: skip
def test_what_an_answer_may_be(name, text, status, reason):
    result = found(name, text)
    assert (result.status, reason in result.reason) == (status, True), result
    assert (result.form is None) == bool(status)


def test_helpers_go_inside_and_parameters_keep_the_answers_names():
    form = found(
        "total",
        "use std::iter::Sum;\nfn one() -> i64 { 1 }\nfn total(mut v: &[i64]) -> i64 { v = &v[1..]; one() }",
    ).form
    assert form is not None
    assert form.text.startswith(
        "pub fn total(values: &[i64]) -> i64 {use std::iter::Sum;\nfn one() -> i64 { 1 }"
    )
    assert "let mut v = values;" in form.text
    assert SOURCE[form.start : form.end].decode() == task("total")["reference"]


def test_macros_with_unsafe_code_or_files_are_found(tmp_path):
    (tmp_path / "lib.rs").write_text(LIBRARY + "macro_rules! plain { () => { 1 } }\n// unsafe\n")
    assert risky_macros(tmp_path) == {"trusted", "text_of"}


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        (Ended(f"{NONCE}\n3:passed P:failed 0:passed\n\n".encode(), 0, None, 1, "", ""), "passed"),
        (Ended(f"{NONCE}\n3:passed P:failed 0:failed\n0 left\n".encode(), 0, None, 1, "", ""), "failed"),
        (Ended(f"{NONCE}\n3:passed P:passed 0:passed\n\n".encode(), 0, None, 1, "", ""), "tampering"),
        (Ended(f"{NONCE}\n3:passed P:failed\n\n".encode(), 0, None, 1, "", ""), "tampering"),
        (
            Ended(f"{NONCE}\n3:passed P:failed 0:passed 3:passed\n\n".encode(), 0, None, 1, "", ""),
            "tampering",
        ),
        (Ended(f"{'f' * 32}\n3:passed P:failed 0:passed\n\n".encode(), 0, None, 1, "", ""), "tampering"),
        (Ended(b"", 0, None, 1, "", "test result: ok. 2 passed"), "tampering"),
        (Ended(b"", 101, None, 1, "", ""), "failed"),
        (Ended(b"", None, 6, 1, "", ""), "signal"),
        (Ended(f"{NONCE}\n3:passed P:failed 0:passed\n\n".encode(), None, 9, 1, "cpu", ""), "timeout"),
    ],
)
def test_only_a_whole_report_with_the_nonce_counts(ended, status):
    ran: Ran = verdict(ended, NONCE, [3, 0])
    assert ran.status == status
    assert ran.passed == ({3, 0} if status == "passed" else {3} if b"0:failed" in ended.report else set())


def test_difficulty_figures():
    body = b"fn f(x: Option<u8>) -> Option<u8> { let y = x?; for _ in 0..y { if y > 1 {} } match y { 1 => None, _ => x } }"
    assert branches_of(body) == 5
    assert lines_of("\n    let a = 1;\n    // no code\n\n    a\n") == 2


def test_kinds_come_from_the_samples():
    assert kind_of(dict(_task_type="error_fixing", _kind="behaviour")) == "behaviour"
    assert kind_of(dict(_task_type="transformations", _kind=None)) == "rewrite"
    assert kind_of(dict(_task_type="explanations", _kind="code")) == ""


def test_a_completion_shows_the_first_half_of_the_statements():
    code = "pub fn f(x: u32) -> u32 {\n    let a = x + 1;\n    let b = a * 2;\n    b\n}"
    chunk = dict(code=code, start=100, body=100 + code.index("{"), name="f")
    prompt = "Write it.\n\n```rust\nstruct S;\n\npub fn f(x: u32) -> u32 {\n    todo!()\n}\n```\n\nJust the function."
    cut = completion_of(chunk, prompt)
    assert cut is not None
    assert cut["prefix"] == "pub fn f(x: u32) -> u32 {\n    let a = x + 1;\n"
    assert cut["prefix"] + "    let b = a * 2;\n    b" + cut["suffix"] == code
    assert "struct S;\n\npub fn f(x: u32) -> u32 {\n    let a = x + 1;\n    // ...\n}\n```" in cut["prompt"]
    assert completion_of(chunk | dict(code="fn f() { 1 }", start=0, body=7), prompt) is None
    assert completion_of(chunk, "no code") is None


def row(name: str, crate: str, repository: str = "", **more):
    return task(name, crate=crate, repository=repository, **more) | {"id": f"{crate}-{name}"}


def collected(tmp_path, rows, settings):
    listed = []
    for crate in sorted({one["crate"] for one in rows}):
        folder = tmp_path / "crates" / f"{crate}@0.1.0"
        (folder / "source").mkdir(parents=True)
        write_json(folder / "crate.json", dict(status="ok", name=crate, version="0.1.0"))
        write_json(
            folder / "proofs.json",
            dict(covered=2, functions=2, outcomes=dict(strong=2), set_aside={}, reason=""),
        )
        write_json(folder / "tasks_dropped.json", dict(stub_passes=1))
        write_rows(folder / "tasks.parquet", [one for one in rows if one["crate"] == crate], TASKS)
        listed.append(f"{crate}@0.1.0\t")
    (tmp_path / "list.txt").write_text("\n".join(listed))
    run_here(
        "collect_tasks",
        "--crates", tmp_path / "crates", "--list", tmp_path / "list.txt",
        "--folder", tmp_path / "tasks", "--config", settings,
    )  # fmt: skip
    return list(read_rows(tmp_path / "tasks/tasks.parquet", TASKS))


def test_a_repository_is_on_one_side_and_copies_are_not_held_out(tmp_path):
    rows = [row("total", f"c{n}", f"https://example.org/r{n // 2}", split="") for n in range(8)]
    rows += [row("counted", "c8", "https://example.org/r8", split="")]
    tasks = collected(tmp_path, rows, '{"executable": {"heldout": 0.5}}')
    sides = {}
    for one in tasks:
        assert sides.setdefault(one["repository"], one["split"]) == one["split"]
    # All of them have the same function: where train has it, it is not held out.
    assert [one["entry"] for one in tasks if one["split"] == "heldout"] in ([], ["counted"])
    figures = read_json(tmp_path / "tasks/tasks.json")
    assert figures["copies_of_train"] == len(rows) - len(tasks) > 0
    assert (tmp_path / "tasks/crates" / f"{tasks[0]['crate']}@0.1.0/crate.json").is_file()
    held = read_json(tmp_path / "tasks/heldout.json")
    assert set(held["crates"]) == {one["crate"] for one in tasks if one["split"] == "heldout"}


def test_a_fresh_set_is_chosen_by_date(tmp_path):
    rows = [
        row("total", "old", published="2025-01-01", split=""),
        row("counted", "new", published="2026-06-01", split=""),
        row("raised", "unknown", split=""),
    ]
    tasks = collected(tmp_path, rows, '{"executable": {"published_after": "2025-12-31"}}')
    assert {one["crate"]: one["split"] for one in tasks} == {
        "old": "train",
        "new": "heldout",
        "unknown": "train",
    }


def test_copies_are_near_duplicates_only():
    rows = [
        row("total", "a", split="train"),
        row("counted", "b", split="heldout"),
        row("total", "c", split="heldout"),
    ]
    assert copies_of_train(rows) == {"c-total"}


def test_problems_of_a_split(tmp_path):
    rows = [
        row("total", "a"),
        row("counted", "a", kind="tests", lines=7),
        row("first", "a"),
        row("raised", "b", split="train"),
    ]
    write_rows(tmp_path / "tasks.parquet", rows, TASKS)
    problems = read_crate_tasks(tmp_path / "tasks.parquet")
    assert [problem.id for problem in problems] == ["a-total", "a-counted"]  # `first` has unsafe code
    problem = problems[0]
    assert problem.kind == CRATE_TASK and problem.instruction == "Write `total`."
    assert problem.prompt + problem.reference == rows[0]["reference"]
    assert [p.id for p in read_crate_tasks(tmp_path / "tasks.parquet", kinds=["tests"])] == ["a-counted"]
    assert [p.id for p in read_crate_tasks(tmp_path / "tasks.parquet", max_lines=3)] == ["a-total"]
    rows[1]["messages"][-1]["content"] = "Write this:" + 100 * " one more word"
    write_rows(tmp_path / "tasks.parquet", rows, TASKS)
    assert [p.id for p in read_crate_tasks(tmp_path / "tasks.parquet", max_chars=100)] == ["a-total"]
    assert [p.id for p in read_crate_tasks(tmp_path / "tasks.parquet", split="train")] == ["b-raised"]


def test_rows_of_held_out_repositories_leave_the_dataset(tmp_path):
    write_json(tmp_path / "heldout.json", dict(repositories=["example.org/kept/out"], crates=["alone"]))
    (tmp_path / "problems.jsonl").write_text(
        '{"id": "x", "prompt": "fn q() {", "reference": "}", "tests": "", "entry": "q"}\n'
    )
    blank = dict.fromkeys(SAMPLES.names) | dict(
        prompt="p", gen="fn f() {}", _task_type="code_generation", _source="crates"
    )
    rows = [
        blank | dict(_id="1", _source_crate="a", _repository="https://example.org/kept/out.git"),
        blank | dict(_id="2", _source_crate="alone"),
        blank | dict(_id="3", _source_crate="b", _repository="https://example.org/other"),
    ]
    write_rows(tmp_path / "pool.parquet", rows, SAMPLES)
    benchmark = (
        f'{{"name": "crate_tasks", "path": "{tmp_path}/problems.jsonl", "heldout": "{tmp_path}/heldout.json",'
        ' "fields": {"solution": "reference", "entry_point": "entry"}}'
    )
    done = run_here(
        "decontaminate",
        "--pool", tmp_path / "pool.parquet", "--out", tmp_path / "out.parquet",
        "--dropped", tmp_path / "dropped.parquet", "--report", tmp_path / "report.json",
        "--funnel", tmp_path / "funnel.json",
        "--config", f'{{"decontaminate": {{"benchmarks": [{benchmark}]}}}}',
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [one["_id"] for one in read_rows(tmp_path / "out.parquet", SAMPLES)] == ["3"]
    assert {one["problem"] for one in read_json(tmp_path / "report.json")["dropped"]} == {""}


def test_a_hash_chooses_the_functions_of_a_large_crate():
    covered = [Function(f"{n}", "src/lib.rs", n, n + 1, n) for n in range(50)]
    assert some_of(covered, functions=None, seed=0) == covered == some_of(covered, functions=50, seed=0)
    chosen = some_of(covered, functions=10, seed=0)
    assert len(chosen) == 10 and chosen == sorted(chosen, key=lambda one: one.start)
    assert some_of(covered[::2], functions=10, seed=0) != chosen != some_of(covered, functions=10, seed=1)
    assert set(chosen) < set(some_of(covered, functions=20, seed=0))
