"""The folder for a hub, as `datasets` and huggingface_hub read it."""

import io
import os
import tarfile

import pytest
from dataset_samples import build, sample, write_crate
from exported_tasks import export

from ferrule.core.files import read_json, read_rows, write_rows
from ferrule.core.schemas import SAMPLES
from publish import upload_dataset

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    from steps import run_script

    folder = tmp_path_factory.mktemp("hub")
    write_crate(folder / "crates", "alpha", 9)
    write_crate(folder / "crates", "beta", 9)
    dataset = build(folder, ["alpha@1.0.0", "beta@1.0.0"], '{"code_generation": 0.8, "explanations": 0.2}')
    rows = read_rows(dataset / "provenance.parquet", SAMPLES)
    rows += [
        sample(split=side, id=side, task="error_fixing", _before="b", _tests=["--lib t"])
        for side in ("train", "val")
    ]
    write_rows(dataset / "provenance.parquet", rows, SAMPLES)
    templates = ["--template=resources/hub_card.md", "--licences-template=resources/hub_licences.md"]
    exports = export(folder / "exported")
    tasks = [f"--tasks={exports.parent / 'tasks'}", f"--task-exports={exports}"]
    done = run_script(
        "write_hub_folder", f"--dataset={dataset}", *templates, *tasks, f"--out={folder / 'hub'}"
    )
    assert done.returncode == 0, done.stderr
    return folder / "hub"


def test_every_configuration_loads(hub, tmp_path, monkeypatch):
    import datasets

    listed = read_json(hub / "manifest.json")["files"]
    for name in {file["config"] for file in listed if "config" in file}:
        # Checks the numbers of rows in the card as well, and raises where they differ.
        loaded = datasets.load_dataset(
            str(hub), name, cache_dir=str(tmp_path), verification_mode="all_checks"
        )
        for split, rows in loaded.items():
            assert rows.num_rows == sum(
                file["rows"] for file in listed if file.get("config") == name and file["split"] == split
            )
    assert loaded["train"].num_rows
    assert datasets.load_dataset(str(hub), cache_dir=str(tmp_path))["train"].column_names[:2] == [
        "prompt",
        "gen",
    ]


def test_the_card_by_the_hubs_own_classes(hub):
    from datasets import DatasetInfo
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCard

    card = DatasetCard.load(hub / "README.md")
    assert card.data.license == "other" and card.data.license_link == "LICENSES.md"
    infos = DatasetInfosDict.from_dataset_card_data(card.data)
    assert set(infos) == {"sft", "error_fixing", "tasks", "task_binary"} and all(
        isinstance(info, DatasetInfo) for info in infos.values()
    )
    assert infos["sft"].features["_tests"].feature.dtype == "string"


def test_executable_tasks(hub, tmp_path):
    """As rows and as Harbor folders, split by repository, and named as a benchmark."""
    import datasets
    import yaml

    rows = datasets.load_dataset(str(hub), "tasks", cache_dir=str(tmp_path))
    assert {split: set(found["crate"]) for split, found in rows.items()} == {
        "train": {"tidy"},
        "test": {"covered"},
    }
    assert rows["train"][0]["fail_to_pass"] == ["--lib tests::pieces_cover_the_span"]
    folders = datasets.load_dataset(str(hub), "task_binary", cache_dir=str(tmp_path))
    for split, found in folders.items():
        assert found["path"] == rows[split]["id"]
        for packed in found["task_binary"]:
            with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
                assert "task.toml" in tar.getnames()
    listed = yaml.safe_load((hub / "eval.yaml").read_text())
    assert [(task["config"], task["split"]) for task in listed["tasks"]] == [("tasks", "test")]
    assert "covered" in (hub / "LICENSES.md").read_text()


def test_the_upload_says_in_one_line_what_is_wrong(hub, tmp_path):
    from steps import run_script

    environment = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": "hf_none"}
    arguments = [
        f"--folder={hub}",
        f"--record={tmp_path / 'up.json'}",
        '--config={"hub": {"repository": "me/mine"}}',
    ]
    done = run_script("upload_dataset", *arguments, env=os.environ | environment, timeout=600)
    assert done.returncode == 1 and "me/mine: the hub did not take it" in done.stderr
    assert "Traceback" not in done.stderr and upload_dataset
