"""Folders of models and adapters: finding the right one, and hashing its files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ferrule.core.files import sha256_file
from ferrule.sampling.requests import SamplingError
from ferrule.training import checkpoints

ADAPTER = "adapter_config.json"
MODEL = "config.json"
# The adapter itself. Its folder may also have the state of the training and a card, which do not change the samples.
ADAPTER_FILES = (ADAPTER, "adapter_model.safetensors")


def model_folder(path: str | Path) -> Path:
    """A model's folder: this one, or its newest checkpoint. SamplingError for a folder with only an adapter."""
    folder = Path(path)
    if not folder.is_dir():
        raise SamplingError(f"{path}: there is no such folder; --model expects a model's folder")
    if (folder / ADAPTER).is_file() and not (folder / MODEL).is_file():
        raise SamplingError(f"{path} is an adapter: give it with --adapter, and its base model with --model")
    return folder_with(MODEL, folder, kind="model")


def adapter_folder(path: str | Path) -> Path:
    """An adapter's folder: this one, or the newest checkpoint of a training."""
    folder = Path(path)
    if not folder.is_dir():
        raise SamplingError(f"{path}: there is no such folder; --adapter expects an adapter's folder")
    return folder_with(ADAPTER, folder, kind="adapter")


def folder_with(file: str, folder: Path, *, kind: str) -> Path:
    """The folder if it has the file, otherwise its newest complete checkpoint with the file."""
    if (folder / file).is_file():
        return folder
    candidates = [path for path in folder.glob(f"{checkpoints.PREFIX}*") if (path / file).is_file()]
    # An incomplete checkpoint may be one that a running job is writing.
    whole = [path for path in candidates if checkpoints.is_whole(path)]
    if not whole:
        incomplete = f", and {len(candidates)} checkpoints that are not whole" if candidates else ""
        raise SamplingError(f"{folder}: no {kind} in it (no {file}){incomplete}")
    return max(whole, key=checkpoints.steps)


def folder_hash(folder: Path, names: tuple[str, ...] = ()) -> str:
    """sha256 over the names and contents of the files `names`, or of all files directly in the folder.

    Hidden files and missing `names` are skipped.
    """
    files = [folder / name for name in names] or [
        path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")
    ]
    lines = [f"{sha256_file(path)}  {path.name}\n" for path in sorted(files) if path.is_file()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
