"""Uploading a merged model or an adapter, and one line where the hub does not take it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from steps import config, run_script

from ferrule.core.files import read_json, write_json
from publish import upload_model

pytestmark = pytest.mark.train


def command(folder: Path, origin: str = "hub:owner/base", **upload) -> list[str]:
    """The arguments for a folder with an adapter, its card and the record of its base."""
    (folder / "README.md").write_text("# card\n")
    write_json(
        folder / "base.json", {"origin": origin, "revision": "abc" if origin.startswith("hub:") else ""}
    )
    files = [f"--{name}={folder / file}" for name, file in FILES.items()]
    settings = {"repository": "me/mine", "what": "merged", "private": True} | upload
    return [*files, *config(run={"upload": settings})]


FILES = {
    "folder": "model",
    "card": "README.md",
    "model-record": "base.json",
    "record": "uploaded.json",
}


def upload(folder: Path, repository: str) -> subprocess.CompletedProcess:
    # An address of this machine where nothing listens, in the place of the hub.
    environment = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": "hf_none"}
    return run_script("upload_model", *command(folder, repository=repository), env=environment, timeout=600)


@pytest.mark.parametrize(
    ("repository", "says"),
    [
        ("", "set upload.repository: OWNER/NAME in the run's settings"),
        ("me/mine", "me/mine: the hub did not take it"),
    ],
)
def test_what_does_not_work_is_told(tmp_path, repository, says):
    (tmp_path / "model").mkdir()
    done = upload(tmp_path, repository)
    assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "uploaded.json").exists()


class Hub:
    """A stand-in for the hub, which cannot be reached from a test: it keeps what it is given."""

    def __init__(self):
        self.repository: dict = {}
        self.files: dict[str, bytes] = {}

    def create_repo(self, name: str, **options) -> None:
        self.repository = {"name": name} | options

    def upload_folder(self, *, repo_id: str, folder_path: Path, commit_message: str) -> None:
        assert repo_id == self.repository["name"]
        self.files |= {file.name: file.read_bytes() for file in Path(folder_path).iterdir()}

    def upload_file(self, *, path_or_fileobj: str, path_in_repo: str, **more) -> SimpleNamespace:
        self.files[path_in_repo] = Path(path_or_fileobj).read_bytes()
        return SimpleNamespace(oid="c0ffee")


@pytest.fixture
def hub(monkeypatch, tmp_path) -> Hub:
    hub = Hub()
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: hub)
    (tmp_path / "model").mkdir()
    return hub


def take(monkeypatch, folder: Path, *arguments, **more) -> dict:
    monkeypatch.setattr(sys, "argv", ["upload_model.py", *command(folder, *arguments, **more)])
    upload_model.main()
    return read_json(folder / "uploaded.json")


def test_a_merged_model(monkeypatch, tmp_path, hub):
    (tmp_path / "model/model.safetensors").write_bytes(b"weights")
    record = take(monkeypatch, tmp_path)
    assert record == {"repository": "me/mine", "what": "merged", "commit": "c0ffee"}
    assert hub.files == {"model.safetensors": b"weights", "README.md": b"# card\n"}
    assert hub.repository == {"name": "me/mine", "private": True, "exist_ok": True}
    take(monkeypatch, tmp_path, private=False)
    assert hub.repository["private"] is False


@pytest.mark.parametrize(
    ("origin", "base"),
    [
        ("hub:owner/base", {"base_model_name_or_path": "owner/base", "revision": "abc", "r": 8}),
        ("hub:owner/base/checkpoint-4", {"base_model_name_or_path": "tiny", "r": 8}),
        ("pypi:package==1:file", {"base_model_name_or_path": "tiny", "r": 8}),
    ],
)
def test_an_adapter_names_its_base_as_the_hub_does(monkeypatch, tmp_path, hub, origin, base):
    import orjson

    write_json(tmp_path / "model/adapter_config.json", {"base_model_name_or_path": "tiny", "r": 8})
    (tmp_path / "model/adapter_model.safetensors").write_bytes(b"weights")
    before = (tmp_path / "model/adapter_config.json").read_bytes()
    record = take(monkeypatch, tmp_path, origin, what="adapter")
    assert record["what"] == "adapter"
    assert hub.files["adapter_model.safetensors"] == b"weights" and hub.files["README.md"]
    assert orjson.loads(hub.files["adapter_config.json"]) == base
    assert (tmp_path / "model/adapter_config.json").read_bytes() == before
