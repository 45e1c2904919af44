"""The taskset of verifiers v1, through its own loader, its scoring and its command `vf-validate`."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from task_folder import write_folder

from ferrule.rewards.known_answers import reference_answer, stub_answer

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.rewards


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tasks") / "tasks"
    write_folder(folder)
    return folder


def test_references_and_stubs(folder):
    import verifiers.v1 as vf
    from verifiers.v1.graph import MessageNode

    from ferrule.rewards.grader import default_grader

    taskset = vf.load_taskset(vf.taskset_config_type("ferrule-tasks")(id="ferrule-tasks", folder=folder))
    grader = default_grader(folder)
    tasks = list(taskset)
    assert [task.data.id for task in tasks] == [
        task["id"] for task in grader.tasks.values() if task["split"] == "train"
    ]

    def trace(task, text):
        found = vf.Trace(
            task=vf.TraceTask(type="FerruleTask", data=task.data), agent=vf.AgentInfo(config=vf.AgentConfig())
        )
        message = vf.AssistantMessage(role="assistant", content=text)
        found.nodes.append(MessageNode(parent=None, message=message, sampled=True))
        return found

    async def scored():
        for task in tasks:
            row = grader.tasks[task.data.id]
            for answer, reward in ((reference_answer(row), 1), (stub_answer(row), 0)):
                graded = trace(task, answer)
                await task.score(graded)
                assert graded.reward == reward
                assert graded.metrics == {"compiles": 1, "tests_passed": reward}
            assert row["reference"] not in task.data.model_dump_json()

    asyncio.run(scored())
    grader.close()


def test_validate(folder, tmp_path):
    """What its users run before training: the references are gold, an untouched task has no reward."""
    command = [Path(sys.executable).with_name("vf-validate"), "ferrule-tasks", "--taskset.folder", folder]
    command += ["--taskset.split", "heldout", "-o", tmp_path, "--runtime.type", "subprocess"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (results,) = tmp_path.rglob("results.jsonl")
    rows = [json.loads(line) for line in results.read_text().splitlines()]
    assert len(rows) == 3 and all(row["gold"]["valid"] and row["noop"]["valid"] for row in rows)
