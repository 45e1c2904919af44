"""Harbor's own loader, and that of verifiers, read every exported folder."""

import io
import json
import tarfile
import tomllib

import pytest
from exported_tasks import export

pytestmark = pytest.mark.rewards


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    return export(tmp_path_factory.mktemp("exported"))


def check(folder):
    from harbor.models.task.task import Task
    from harbor.models.task.verifier_mode import resolve_task_verifier_mode

    assert Task.is_valid_dir(folder)
    task = Task(folder)
    assert task.name == f"ferrule/{folder.name}"
    assert resolve_task_verifier_mode(task.config).value == "separate"
    assert task.config.environment.network_mode.value == "no-network"
    assert [getattr(found, "source", found) for found in task.config.artifacts] == ["/app/answer.rs"]
    assert "/app/answer.rs" in task.instruction and task.paths.solve_path.is_file()
    return task


def test_every_folder(exports):
    folders = sorted((exports / "harbor/tasks").iterdir())
    assert len(folders) == 5
    images = {check(folder).config.environment.docker_image for folder in folders}
    assert images == {"ferrule/tidy:0.1.0", "ferrule/covered:0.1.0"}
    for folder in folders:
        metadata = tomllib.loads((folder / "task.toml").read_text())["metadata"]
        assert metadata["strength"] == "strong" and metadata["tried_mutants"] == 4


def test_folders_in_parquet(exports, tmp_path):
    from datasets import load_dataset

    rows = load_dataset(
        "parquet",
        data_files=str(exports / "harbor_tasks.parquet"),
        split="train",
        cache_dir=tmp_path / "cache",
    )
    assert len(rows) == 5
    for row in rows:
        with tarfile.open(fileobj=io.BytesIO(row["task_binary"])) as tar:
            tar.extractall(tmp_path / row["path"], filter="data")
        check(tmp_path / row["path"])
        assert (tmp_path / row["path"] / "tests/test.sh").stat().st_mode & 0o100


@pytest.mark.parametrize("name", ["trl", "verl"])
def test_prompts_load(exports, tmp_path, name):
    from datasets import load_dataset

    files = {split: str(exports / name / f"{split}.parquet") for split in ("train", "heldout")}
    found = load_dataset("parquet", data_files=files, cache_dir=tmp_path)
    assert {split: len(rows) for split, rows in found.items()} == {"train": 2, "heldout": 3}
    assert found["train"][0]["prompt"][0]["role"] == "user"


def test_other_columns_load(exports, tmp_path):
    from datasets import load_dataset

    rows = load_dataset(
        "parquet", data_files=str(exports / "swe_smith.parquet"), split="train", cache_dir=tmp_path
    )
    assert rows[0]["FAIL_TO_PASS"] == ["--lib tests::pieces_cover_the_span"]
    lines = (exports / "nemo_gym/train.jsonl").read_text().splitlines()
    assert all(json.loads(line)["responses_create_params"]["input"] for line in lines)
