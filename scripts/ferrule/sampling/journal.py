"""Samples as they are finished, in a file that a killed run leaves behind and the next one continues.

    with Journal(path, identity) as journal:    # identity: all that a sample depends on
        journal.rows                            # by (task_id, sample): what an earlier run has left
        journal.add(row)                        # on disk when it returns, as far as a killed process goes
    journal.remove()                            # once the result is written

The first line says what the samples depend on. A journal of something else is set aside as PATH.old.
"""

from __future__ import annotations

import os
from pathlib import Path

import orjson


class Journal:
    def __init__(self, path: str | os.PathLike, identity: str):
        self.path = Path(path)
        self.head = orjson.dumps({"samples": identity}, option=orjson.OPT_APPEND_NEWLINE)
        self.rows: dict[tuple[str, int], dict] = {}

    def __enter__(self) -> Journal:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        size = self._read()
        self.file = open(self.path, "r+b" if size else "wb")
        self.file.truncate(size)  # a line that was being written when the run was killed
        self.file.seek(size)
        if not size:
            self._write(self.head)
        return self

    def __exit__(self, *error) -> None:
        self.file.close()

    def add(self, row: dict) -> None:
        self._write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        self.rows[row["task_id"], row["sample"]] = row

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)

    def _write(self, line: bytes) -> None:
        self.file.write(line)
        self.file.flush()

    def _read(self) -> int:
        """Take over what is there; how many bytes of it are good."""
        if not self.path.exists():
            return 0
        lines = self.path.read_bytes().splitlines(keepends=True)
        if not lines or lines[0] != self.head:
            os.replace(self.path, self.path.with_name(f"{self.path.name}.old"))
            return 0
        size = len(self.head)
        for line in lines[1:]:
            try:
                row = orjson.loads(line)
                key = row["task_id"], row["sample"]
            except (orjson.JSONDecodeError, TypeError, KeyError):
                break
            if not line.endswith(b"\n"):
                break
            self.rows[key] = row
            size += len(line)
        return size
