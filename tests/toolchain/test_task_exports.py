"""Executable tasks in other formats: the columns, the patches, images without hidden code, a verifier that grades."""

import json
import os
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from exported_tasks import contained, export, export_again

from ferrule.grading.task_rows import read_tasks
from ferrule.rewards.known_answers import stub_answer


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    return export(tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="module")
def tasks(exports):
    return {task["id"]: task for task in read_tasks(exports.parent / "tasks/tasks.parquet")}


def table(path):
    return pq.read_table(path).to_pylist()


def test_rows(exports, tasks):
    for split, crate in (("train", "tidy"), ("heldout", "covered")):
        wanted = [task for task in tasks.values() if task["crate"] == crate]
        trl = table(exports / f"trl/{split}.parquet")
        assert [(row["task_id"], row["prompt"]) for row in trl] == [(t["id"], t["messages"]) for t in wanted]
        verl = table(exports / f"verl/{split}.parquet")
        assert [row["reward_model"]["ground_truth"] for row in verl] == [task["id"] for task in wanted]
        assert [row["prompt"] for row in verl] == [task["messages"] for task in wanted]
        lines = (exports / f"nemo_gym/{split}.jsonl").read_text().splitlines()
        assert [json.loads(line)["verifier_metadata"]["task_id"] for line in lines] == [
            t["id"] for t in wanted
        ]
        for text in (str(trl), str(verl), str(lines)):
            assert not any(task["reference"] in text for task in wanted)


def test_patches_apply_and_are_undone(exports, tasks, tmp_path):
    rows = table(exports / "swe_smith.parquet")
    assert [row["FAIL_TO_PASS"] for row in rows] == [task["fail_to_pass"] for task in tasks.values()]
    for number, (row, task) in enumerate(zip(rows, tasks.values(), strict=True)):
        source = exports.parent / f"tasks/crates/{task['crate']}@0.1.0/source"
        folder = tmp_path / str(number)
        subprocess.run(["cp", "-r", source, folder], check=True)
        before = (folder / task["file"]).read_text()
        for options in ([], ["-R"]):
            subprocess.run(["git", "apply", *options], cwd=folder, input=row["patch"], text=True, check=True)
            after = (folder / task["file"]).read_text()
            assert after == (before if options else before.replace(task["reference"], task["stub"]))


def test_images_have_no_hidden_code(exports, tasks, tmp_path):
    images = exports / "harbor/images"
    for spec in ("tidy@0.1.0", "covered@0.1.0"):
        crate = images / spec / "crate"
        text = "".join(path.read_text() for path in sorted(crate.rglob("*.rs")))
        hidden = [task for task in tasks.values() if spec.startswith(task["crate"])]
        assert hidden and all(task["stub"] in text and task["reference"] not in text for task in hidden)
        environment = os.environ | {"CARGO_TARGET_DIR": str(tmp_path / "target")}
        command = ["cargo", "check", "--offline", "--locked", "--quiet"]
        subprocess.run(command, cwd=crate, env=environment, check=True)
        assert "FROM ferrule/base:" in (images / spec / "Dockerfile").read_text()
    assert subprocess.run(["bash", "-n", images / "build.sh"]).returncode == 0


def test_a_verifier_of_its_own(exports, tasks, tmp_path):
    """test.sh in a sandbox gives 1 for the solution, 0 for a stub and for no answer."""
    task = next(task for task in tasks.values() if task["entry"] == "largest")
    expected = {
        "solution": (None, {"reward": 1, "compiles": 1, "tests_passed": 1}),
        "stub": (stub_answer(task), {"reward": 0, "compiles": 1, "tests_passed": 0}),
        "nothing": ("\n", {"reward": 0, "compiles": 0, "tests_passed": 0}),
    }
    for name, (answer, figures) in expected.items():
        (tmp_path / name).mkdir()
        assert contained(exports, task["id"], tmp_path / name, answer) == figures, name


def test_the_same_bytes_again(exports, tmp_path):
    again = export_again(exports.parent / "tasks", tmp_path / "again")
    files = {path.relative_to(exports) for path in exports.rglob("*") if path.is_file()}
    assert files == {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    assert all((exports / path).read_bytes() == (again / path).read_bytes() for path in files)
    assert Path("harbor/tasks") in {path.parents[2] for path in files if path.name == "test.sh"}
