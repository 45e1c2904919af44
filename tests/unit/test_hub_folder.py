"""The folder for a hub: tables, card, licences and manifest agree with the dataset and with each other."""

import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from dataset_samples import build, run, sample, write_crate
from steps import config

from ferrule.core.files import read_json, read_rows, sha256_file, write_rows
from ferrule.core.schemas import SAMPLES
from ferrule.core.yaml_files import parse_yaml
from ferrule.dataset import hub_folder
from ferrule.dataset.hub_folder import CONFIGS, card_metadata, write_config, write_questions
from publish import upload_dataset, write_hub_folder

RESOURCES = Path(__file__).parents[2] / "resources"


def write(dataset: Path, out: Path) -> Path:
    templates = [
        "--template",
        RESOURCES / "hub_card.md",
        "--licences-template",
        RESOURCES / "hub_licences.md",
    ]
    run(write_hub_folder, "--dataset", dataset, *templates, "--out", out)
    return out


def add_broken(dataset: Path) -> None:
    """Rows of error fixing, which the made-up crates do not have."""
    broken = dict(
        task="error_fixing", _before="fn f() { 1 }", _error_code="E0308", _diagnostic="error[E0308]: no"
    )
    rows = read_rows(dataset / "provenance.parquet", SAMPLES)
    rows += [
        sample(split=side, id=f"{side}{n}", **broken)
        for side, count in (("train", 3), ("val", 1))
        for n in range(count)
    ]
    write_rows(dataset / "provenance.parquet", rows, SAMPLES)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dataset")
    for name in ("alpha", "beta"):
        write_crate(folder / "crates", name, 9)
    dataset = build(folder, ["alpha@1.0.0", "beta@1.0.0"], '{"code_generation": 0.8, "explanations": 0.2}')
    add_broken(dataset)
    return dataset


@pytest.fixture(scope="module")
def hub(dataset, tmp_path_factory):
    return write(dataset, tmp_path_factory.mktemp("hub") / "hub")


def test_every_row_is_in_it_once(dataset, hub):
    rows = read_rows(dataset / "provenance.parquet", SAMPLES)
    for ours, theirs in (("train", "train"), ("val", "validation")):
        found = pq.read_table(hub / f"sft/{theirs}-00000-of-00001.parquet").to_pylist()
        assert found == [
            {name: value for name, value in row.items() if name != "split"}
            for row in rows
            if row["split"] == ours
        ]
    pairs = pq.read_table(hub / "error_fixing/train-00000-of-00001.parquet").to_pylist()
    assert len(pairs) == 3
    assert (pairs[0]["broken"], pairs[0]["fixed"], pairs[0]["error_code"]) == (
        "fn f() { 1 }",
        "fn f() {}",
        "E0308",
    )


def test_the_manifest_names_every_file(hub):
    listed = {file["path"]: file for file in read_json(hub / "manifest.json")["files"]}
    there = {path.relative_to(hub).as_posix() for path in hub.rglob("*") if path.is_file()}
    assert set(listed) == there - {"manifest.json"}
    for name, file in listed.items():
        assert file["sha256"] == sha256_file(hub / name) and file["bytes"] == (hub / name).stat().st_size
        if name.endswith(".parquet"):
            assert file["rows"] == pq.read_metadata(hub / name).num_rows


def test_the_card_says_what_the_tables_have(hub):
    head = parse_yaml((hub / "README.md").read_text().split("---\n")[1])
    assert (head["license"], head["license_link"]) == ("other", "LICENSES.md") and (
        hub / "LICENSES.md"
    ).exists()
    assert [each["config_name"] for each in head["configs"] if each.get("default")] == ["sft"]
    for info in head["dataset_info"]:
        for split in info["splits"]:
            files = sorted((hub / info["config_name"]).glob(f"{split['name']}-*.parquet"))
            assert split["num_examples"] == sum(pq.read_metadata(file).num_rows for file in files)
            assert [feature["name"] for feature in info["features"]] == pq.read_schema(files[0]).names
        assert info["download_size"] == sum(
            file.stat().st_size for file in (hub / info["config_name"]).iterdir()
        )
    assert "| MIT OR Apache-2.0 |" in (hub / "LICENSES.md").read_text()


def test_the_same_rows_give_the_same_bytes(dataset, hub, tmp_path):
    (tmp_path / "hub/sft").mkdir(parents=True)
    (tmp_path / "hub/sft/train-00007-of-00008.parquet").write_text("of an earlier run")
    again = write(dataset, tmp_path / "hub")
    assert read_json(again / "manifest.json") == read_json(hub / "manifest.json")


def test_large_tables_are_cut_into_files_and_row_groups(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(hub_folder, "GROUP_BYTES", 2_000)
    monkeypatch.setattr(hub_folder, "SHARD_BYTES", 4_000)
    # Batches of the reader are what a shard takes as a whole.
    monkeypatch.setattr("ferrule.core.row_stream.GROUP", 4)
    record = write_config(tmp_path, CONFIGS[0], dataset / "provenance.parquet")
    (train,) = [split for split in record.splits if split.name == "train"]
    names = [file.path for file in train.files]
    assert len(names) > 1 and names[-1] == f"sft/train-{len(names) - 1:05}-of-{len(names):05}.parquet"
    assert sum(file.rows for file in train.files) == train.rows
    assert pq.read_metadata(tmp_path / names[0]).num_row_groups > 1
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_row_that_the_viewer_would_not_show(tmp_path):
    write_rows(tmp_path / "rows.parquet", [sample(split="train", prompt="x" * 2_000_001)], SAMPLES)
    with pytest.raises(ValueError, match=r"sft, train: a row has 2,000,\d+ bytes.*lower chunks.max_chars"):
        write_config(tmp_path, CONFIGS[0], tmp_path / "rows.parquet")


def test_questions_and_answers(tmp_path, monkeypatch):
    database = tmp_path / "qa.sqlite"
    with sqlite3.connect(database) as connection:
        connection.executescript(
            "CREATE TABLE TrainingSamples (sample_id, dataset_source, model_type_intended, sample_quality_score);"
            "CREATE TABLE ConversationTurns (sample_id, turn_index, role, content);"
            "INSERT INTO TrainingSamples VALUES (1, 'a.rs', 'm', 0.5), (2, 'b.rs', NULL, NULL), (3, 'c.rs', 'm', 1);"
            "INSERT INTO ConversationTurns VALUES (2, 0, 'user', 'Why?'), (1, 1, 'assistant', 'So.'),"
            " (1, 0, 'user', 'What?'), (2, 1, 'assistant', 'Because.'), (3, 0, 'user', 'x');"
        )
    monkeypatch.setattr(hub_folder, "PIECE", 2)
    record = write_questions(tmp_path / "hub", database)
    rows = pq.read_table(tmp_path / "hub/qa/train-00000-of-00001.parquet").to_pylist()
    assert [row["source"] for row in rows] == ["a.rs", "b.rs", "c.rs"] and record.splits[0].rows == 3
    assert rows[0] == {
        "messages": [{"role": "user", "content": "What?"}, {"role": "assistant", "content": "So."}],
        "source": "a.rs",
        "model": "m",
        "quality": 0.5,
    }
    features = card_metadata([record])["dataset_info"][0]["features"]
    assert features[0] == {
        "name": "messages",
        "list": [{"name": "role", "dtype": "string"}, {"name": "content", "dtype": "string"}],
    }


def test_no_rows(dataset, tmp_path):
    empty = tmp_path / "dataset"
    empty.mkdir()
    for name in ("NOTICE", "funnel.json"):
        (empty / name).write_bytes((dataset / name).read_bytes())
    write_rows(empty / "provenance.parquet", [], SAMPLES)
    hub = write(empty, tmp_path / "hub")
    assert parse_yaml((hub / "README.md").read_text().split("---\n")[1])["configs"] == []
    assert "There are no rows." in (hub / "README.md").read_text()


def test_nothing_is_uploaded_without_a_name(hub, tmp_path):
    with pytest.raises(SystemExit, match=r"set hub\.repository: OWNER/NAME"):
        run(
            upload_dataset,
            "--folder",
            hub,
            "--record",
            tmp_path / "up.json",
            *config(hub={"repository": None}),
        )
