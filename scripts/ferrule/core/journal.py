"""Entries as they are finished, in a file that a killed run leaves behind and the next one continues.

    with SomeJournal(path, identity) as journal:    # identity: all that an entry depends on
        journal.entries                             # by key: what an earlier run has left
        journal.add(entry)                          # on disk when it returns, as far as a killed process goes
    journal.remove()                                # once the result is written

The first line says what the entries depend on. A journal of something else is set aside as PATH.old.
"""

from __future__ import annotations

import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Self

import orjson


class Journal:
    """What a kind of journal adds: what its first line calls the identity, and entries as JSON and back."""

    kind = "journal"

    def key(self, entry: Any) -> Hashable:
        raise NotImplementedError

    def pack(self, entry: Any) -> dict:
        return entry

    def unpack(self, row: Any) -> Any:
        """The entry of a line; TypeError or KeyError if the line is not an entry."""
        return row

    def __init__(self, path: str | os.PathLike, identity: str):
        self.path = Path(path)
        self.head = orjson.dumps({self.kind: identity}, option=orjson.OPT_APPEND_NEWLINE)
        self.entries: dict[Any, Any] = {}

    def __enter__(self) -> Self:
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

    def add(self, entry: Any) -> None:
        self._write(orjson.dumps(self.pack(entry), option=orjson.OPT_APPEND_NEWLINE))
        self.entries[self.key(entry)] = entry

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
                entry = self.unpack(orjson.loads(line))
                key = self.key(entry)
            except (orjson.JSONDecodeError, TypeError, KeyError):
                break
            if not line.endswith(b"\n"):
                break
            self.entries[key] = entry
            size += len(line)
        return size
