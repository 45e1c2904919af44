"""`snakemake tasks` and the set `crate_tasks` on fixture crates, with the real compiler and the real answer room."""

import json
import os
import subprocess
import sys

import pytest
from dataset_run import BAD, GOOD, SMALL, loaded, rows

from ferrule.core.files import write_rows
from ferrule.core.schemas import TASKS as TASK_ROWS
from ferrule.report.page import html, read_page
from ferrule.report.task_figures import executable_tasks

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


def test_the_report_has_the_figures_of_tasks(made):
    page, made_tasks = read_page(made.path / "results"), rows(made, "tasks/tasks.parquet")
    shown = executable_tasks(page.results)
    assert ("tasks", len(made_tasks)) in shown.counts
    crates = {spec: numbers for spec, *numbers in shown.crates}
    assert sum(tasks for *_, tasks, _ in crates.values()) == len(made_tasks)
    covered, proved, strong, _, why = crates["{crate}@{version}".format(**made_tasks[0])]
    assert covered >= proved >= max(strong, 1) and why == ""
    assert "Tasks by crate" in html(page, made.path / "resources/report/page.html")


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


def checked(made, tasks):
    """What cargo alone says of a file of tasks."""
    command = [
        "scripts/utilities/check_tasks.py",
        "--tasks",
        tasks,
        "--number",
        "4",
        "--config",
        "config/config.yaml",
    ]
    environment = os.environ | {"PYTHONPATH": str(made.path / "scripts")}
    return subprocess.run(
        [sys.executable, *map(str, command)], cwd=made.path, env=environment, capture_output=True, text=True
    )


def test_cargo_alone_agrees_and_notices_a_wrong_task(made, tmp_path):
    done = checked(made, "results/tasks/tasks.parquet")
    assert done.returncode == 0 and "4 of 4 tasks are as cargo has them" in done.stdout, (
        done.stdout + done.stderr
    )
    wrong = [
        task | dict(fail_to_pass=task["pass_to_pass"], pass_to_pass=[])
        for task in rows(made, "tasks/tasks.parquet")
    ]
    write_rows(tmp_path / "wrong.parquet", wrong[:4], TASK_ROWS)
    done = checked(made, tmp_path / "wrong.parquet")
    assert done.returncode == 1 and "0 of 4" in done.stdout, done.stdout + done.stderr
