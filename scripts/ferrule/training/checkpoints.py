"""Checkpoints that are whole, and the newest of them: a job that is killed goes on from there.

transformers writes a checkpoint file by file. `mark` adds, last, a list of the files with their sizes; a checkpoint
without that list, or with a file of another size, was cut off and is not gone on from. `claim` says for which run
the folder is: checkpoints of other settings or other data are not gone on from either.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import orjson

from ferrule.core.files import read_json, write_json

PREFIX = "checkpoint-"
LIST = "complete.json"
CLAIM = "run.json"
# Settings that do not change what is learnt: a run may go on with others.
HARMLESS = {"save_steps", "keep_checkpoints", "logging_steps", "eval_steps", "log_to", "loader_workers"}


def mark(checkpoint: Path) -> None:
    """Say that this checkpoint is whole."""
    files = {path.name: path.stat().st_size for path in sorted(checkpoint.iterdir()) if path.name != LIST}
    write_json(checkpoint / LIST, files)


def is_whole(checkpoint: Path) -> bool:
    try:
        files = read_json(checkpoint / LIST)
        return bool(files) and all((checkpoint / name).stat().st_size == size for name, size in files.items())
    except (OSError, orjson.JSONDecodeError, AttributeError):
        return False


def newest(folder: Path) -> Path | None:
    """The checkpoint with the most steps that is whole; those that are not are told and removed."""
    found = None
    for checkpoint in all_of(folder):
        if is_whole(checkpoint):
            found = checkpoint
        else:
            print(f"{checkpoint}: cut off while it was written, left out", file=sys.stderr)
            shutil.rmtree(checkpoint)
    return found


def keep(folder: Path, number: int) -> None:
    """Remove all but the newest `number`. To be called when the newest is marked: one that is whole always stays."""
    for checkpoint in all_of(folder)[:-number]:
        shutil.rmtree(checkpoint)


def claim(folder: Path, settings: dict, made_of: Iterable[str]) -> None:
    """Make the folder this run's: remove the checkpoints of a run with other settings, or `made_of` something else."""
    train = {name: value for name, value in settings["train"].items() if name not in HARMLESS}
    sections = {name: settings[name] for name in ("sequence", "lora", "quantization")} | {"train": train}
    digest = hashlib.sha256(orjson.dumps(sections, option=orjson.OPT_SORT_KEYS))
    for each in made_of:
        digest.update(each.encode())
    mine = {"run": digest.hexdigest()}
    if all_of(folder) and not is_claimed(folder, mine):
        print(f"{folder}: its checkpoints are of other settings or other data, removed", file=sys.stderr)
        for checkpoint in all_of(folder):
            shutil.rmtree(checkpoint)
    write_json(folder / CLAIM, mine)


def is_claimed(folder: Path, mine: dict) -> bool:
    try:
        return read_json(folder / CLAIM) == mine
    except (OSError, orjson.JSONDecodeError):
        return False


def all_of(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{PREFIX}*"), key=steps)


def steps(checkpoint: Path) -> int:
    number = checkpoint.name.removeprefix(PREFIX)
    return int(number) if number.isdigit() else -1
