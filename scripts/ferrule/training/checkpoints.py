"""Complete checkpoints, and the newest of them: a killed job resumes from there.

transformers writes a checkpoint file by file. `mark` adds, last, a list of the files with their sizes. A checkpoint
without that list, or with a file of another size, is incomplete, and no run resumes from it. `claim` records which run
the folder belongs to, so that no run resumes from checkpoints of other settings or other data.

The folder MONITORED has the adapters that are measured. They have no state to resume from, and are never removed to
make room.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import orjson

from ferrule.core.errors import UnreadableFile
from ferrule.core.files import read_json, write_json

PREFIX = "checkpoint-"
LIST = "complete.json"
CLAIM = "run.json"
MONITORED = "monitored"
# Settings that do not affect the adapter: a run may resume with other values.
HARMLESS = {
    "save_steps",
    "keep_checkpoints",
    "logging_steps",
    "eval_steps",
    "log_to",
    "loader_workers",
    "loader_prefetch",
    "loader_persistent",
    "loader_pin_memory",
}


def mark(checkpoint: Path) -> None:
    """Record that this checkpoint is complete."""
    files = {path.name: path.stat().st_size for path in sorted(checkpoint.iterdir()) if path.name != LIST}
    write_json(checkpoint / LIST, files)


def is_whole(checkpoint: Path) -> bool:
    try:
        files = read_json(checkpoint / LIST)
        return bool(files) and all((checkpoint / name).stat().st_size == size for name, size in files.items())
    except (OSError, UnreadableFile, AttributeError):
        return False


def newest(folder: Path) -> Path | None:
    """The complete checkpoint with the most steps. Incomplete ones are removed, with a message."""
    last = None
    for checkpoint in all_of(folder):
        if is_whole(checkpoint):
            last = checkpoint
        else:
            print(f"{checkpoint}: cut off while it was written, removed", file=sys.stderr)
            shutil.rmtree(checkpoint)
    return last


def keep(folder: Path, number: int) -> None:
    """Remove all but the newest `number`. Call it after `mark`, so that a complete checkpoint always remains."""
    for checkpoint in all_of(folder)[:-number]:
        shutil.rmtree(checkpoint)


def claim(folder: Path, settings: dict, inputs: Iterable[str]) -> None:
    """Claim the folder for this run, and remove checkpoints of a run with other settings or other `inputs`.

    `inputs` are checksums of everything else that determines the adapter.
    """
    train = {name: value for name, value in settings["train"].items() if name not in HARMLESS}
    sections = {name: settings[name] for name in ("sequence", "lora", "quantization")} | {"train": train}
    digest = hashlib.sha256(orjson.dumps(sections, option=orjson.OPT_SORT_KEYS))
    for checksum in inputs:
        digest.update(checksum.encode())
    this_run = {"run": digest.hexdigest()}
    old = all_of(folder) + all_of(folder / MONITORED)
    if old and not is_claimed(folder, this_run):
        print(f"{folder}: its checkpoints are of other settings or other data, removed", file=sys.stderr)
        for checkpoint in old:
            shutil.rmtree(checkpoint)
    write_json(folder / CLAIM, this_run)


def hand_over(folder: Path, steps_wanted: Iterable[int], out: Path) -> list[int]:
    """Make `out`, with the monitored adapters of these steps as hard links. Returns the steps that are missing.

    They remain in `folder` as well: a workflow may delete `out`, and a finished run does not train them again.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    missing = []
    for step in steps_wanted:
        checkpoint = folder / MONITORED / f"{PREFIX}{step}"
        if checkpoint.is_dir():
            shutil.copytree(checkpoint, out / checkpoint.name, copy_function=link_or_copy)
        else:
            missing.append(step)
    return missing


def link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(source, target)


def is_claimed(folder: Path, run: dict[str, str]) -> bool:
    try:
        return read_json(folder / CLAIM) == run
    except (OSError, UnreadableFile):
        return False


def all_of(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{PREFIX}*"), key=steps)


def steps(checkpoint: Path) -> int:
    number = checkpoint.name.removeprefix(PREFIX)
    return int(number) if number.isdigit() else -1
