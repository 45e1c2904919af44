"""A results folder as far as a run got: what is missing is None, what cannot be read is noted."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from ferrule.core.files import read_json

T = TypeVar("T")


class Results:
    """The files below `folder`. `unreadable` says, a line for each, which of them are damaged."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.unreadable: list[str] = []

    def path(self, name: str) -> Path:
        return self.folder / name

    def has(self, name: str) -> bool:
        return self.path(name).exists()

    def glob(self, pattern: str) -> list[Path]:
        return sorted(self.folder.glob(pattern))

    def read(self, name: str | Path, reader: Callable[[Path], T]) -> T | None:
        """What `reader` makes of a file. None if it is not there, or damaged: then it is noted."""
        path = self.folder / name
        if not path.exists():
            return None
        try:
            return reader(path)
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException, csv.Error) as error:
            what = f"no {error}" if isinstance(error, KeyError) else str(error).splitlines()[0]
            self.unreadable.append(
                f"{path} cannot be read ({what}). Delete it and run the same snakemake command again."
            )
            return None

    def json(self, name: str | Path) -> Any:
        return self.read(name, read_json)

    def table(self, name: str | Path) -> list[dict[str, str]]:
        """The rows of a file with tabs and a head line; none if it is missing or damaged."""
        return self.read(name, read_tsv) or []

    def json_lines(self, name: str | Path) -> list[dict[str, Any]]:
        """The objects of a file with one JSON object per line, without lines that are cut off."""
        return self.read(name, read_whole_lines) or []


def read_tsv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def read_whole_lines(path: Path) -> list[dict[str, Any]]:
    rows = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows
