"""Folders of models and adapters: which one is meant, and a hash that stands for what it gives."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ferrule.core.files import sha256_file
from ferrule.sampling.requests import SamplingError
from ferrule.training import checkpoints

ADAPTER = "adapter_config.json"
MODEL = "config.json"
# What a folder of an adapter has besides the adapter: the state of its training, a card.
ADAPTER_FILES = (ADAPTER, "adapter_model.safetensors")


def model_folder(path: str | Path) -> Path:
    """A model's folder: this one, or its newest checkpoint. An adapter is no model of its own."""
    folder = Path(path)
    if not folder.is_dir():
        raise SamplingError(f"{path}: there is no such folder; --model wants a model's folder")
    if (folder / ADAPTER).is_file() and not (folder / MODEL).is_file():
        raise SamplingError(f"{path} is an adapter: give it with --adapter, and its base model with --model")
    return holding(folder, MODEL, "model")


def adapter_folder(path: str | Path) -> Path:
    """An adapter's folder: this one, or the newest checkpoint of a training."""
    folder = Path(path)
    if not folder.is_dir():
        raise SamplingError(f"{path}: there is no such folder; --adapter wants an adapter's folder")
    return holding(folder, ADAPTER, "adapter")


def holding(folder: Path, file: str, what: str) -> Path:
    if (folder / file).is_file():
        return folder
    found = [path for path in folder.glob(f"{checkpoints.PREFIX}*") if (path / file).is_file()]
    # A checkpoint that is being written at this moment is left alone.
    whole = [path for path in found if checkpoints.is_whole(path)]
    if not whole:
        cut = f", and {len(found)} checkpoints that are not whole" if found else ""
        raise SamplingError(f"{folder}: no {what} in it (no {file}){cut}")
    return max(whole, key=checkpoints.steps)


def folder_hash(folder: Path, names: tuple[str, ...] = ()) -> str:
    """sha256 over names and contents of the folder's own files; `names` are those that count, or else all."""
    files = [folder / name for name in names] or [
        path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")
    ]
    lines = [f"{sha256_file(path)}  {path.name}\n" for path in sorted(files) if path.is_file()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
