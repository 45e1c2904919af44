"""`snakemake tasks` and the set `crate_tasks` on fixture crates, with the real compiler and the real answer room."""

import json

import pytest
from dataset_run import BAD, GOOD, SMALL, loaded, rows

# One crate of the fixtures has tasks, and all of them are on the side of train.
TASKS = SMALL | {
    "benchmarks": {"crate_tasks": {"tasks": {"split": "train"}}},
    "evaluate": {"benchmarks": ["crate_tasks"]},
}


@pytest.fixture(scope="module")
def made(built, workflow_in, tmp_path_factory):
    """The built dataset, with tasks, and their references evaluated."""
    workflow = workflow_in(tmp_path_factory.mktemp("tasks") / "workflow", built=built.path)
    run = workflow.run("evaluate", "tasks", crates=GOOD + BAD, config=TASKS)
    assert run.returncode == 0, run.output
    return workflow


def test_tasks_are_proved_functions_of_accepted_crates(made):
    tasks = rows(made, "tasks/tasks.parquet")
    assert {task["crate"] for task in tasks} <= {"tidy", "counter", "tool"} and len(tasks) >= 3
    for task in tasks:
        source = (made.path / f"results/tasks/crates/{task['crate']}@{task['version']}/source").rglob(
            task["file"].split("/")[-1]
        )
        texts = [file.read_bytes()[task["start"] : task["end"]].decode() for file in source]
        assert task["reference"] in texts
        assert task["fail_to_pass"] and task["repeats"] == 4 and task["default"] != "passes"
        assert task["messages"][0]["role"] == "user" and task["entry"] in task["messages"][0]["content"]
    figures = loaded(made, "tasks/tasks.json")
    assert figures["tasks"] == len(tasks)
    assert "Executable tasks" in (made.path / "results/tasks/tasks.md").read_text()


def test_a_repository_is_on_one_side(made):
    sides = {}
    for task in rows(made, "tasks/tasks.parquet"):
        assert sides.setdefault(task["crate"], task["split"]) == task["split"]
    assert loaded(made, "tasks/heldout.json") == dict(repositories=[], crates=[])


def test_the_references_pass_and_are_measured(made):
    results = [
        json.loads(line)
        for line in (made.path / "results/evaluate/crate_tasks/references/results.jsonl")
        .read_text()
        .splitlines()
    ]
    held = [task for task in rows(made, "tasks/tasks.parquet") if not task["unsafe"]]
    assert len(results) == len(held) > 0 and {result["status"] for result in results} == {"passed"}
    references = loaded(made, "problems/crate_tasks/references.json")
    assert {row["status"] for row in references.values()} == {"passed"}


def test_nothing_is_left_to_do_and_another_share_moves_no_proof(made):
    run = made.run("evaluate", "tasks", crates=GOOD + BAD, config=TASKS, args=["-n"])
    assert "Nothing to be done" in run.output
    run = made.run("tasks", crates=GOOD + BAD, config=TASKS | {"executable": {"heldout": 0.2}}, args=["-n"])
    assert (
        "collect_tasks" in run.output
        and "prove_functions" not in run.output
        and "write_tasks" not in run.output
    )
