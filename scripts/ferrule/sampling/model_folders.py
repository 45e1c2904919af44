"""Folders of models and adapters: finding the right one, and hashing its files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from ferrule.core.files import sha256_file
from ferrule.sampling.requests import SamplingError
from ferrule.training.model_references import content_of, find
from ferrule.training.models import ModelError


def model_folder(path: str | Path) -> Path:
    """A model's folder: this one, or its newest checkpoint. SamplingError for a folder with only an adapter."""
    if content_of(Path(path)) == "adapter":
        raise SamplingError(f"{path} is an adapter: give it with --adapter, and its base model with --model")
    return found(path, "model")


def adapter_folder(path: str | Path) -> Path:
    """An adapter's folder: this one, or the newest checkpoint of a training."""
    return found(path, "adapter")


def found(path: str | Path, content: Literal["adapter", "model"]) -> Path:
    try:
        return find(path, content)[0]
    except ModelError as error:
        where = ""
        if not Path(path).is_dir():
            where = f"; --{content} expects a folder (scripts/train/import_model.py brings one of the hub)"
        raise SamplingError(f"{error}{where}") from None


def folder_hash(folder: Path, names: tuple[str, ...] = ()) -> str:
    """sha256 over the names and contents of the files `names`, or of all files directly in the folder.

    Hidden files and missing `names` are skipped.
    """
    files = [folder / name for name in names] or [
        path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")
    ]
    lines = [f"{sha256_file(path)}  {path.name}\n" for path in sorted(files) if path.is_file()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
