"""Verdicts as they come, in a file that a killed run leaves behind and the next one continues.

    with Journal(path, identity) as journal:        # identity: all that a verdict depends on
        journal.verdicts                            # by key: what an earlier run has left
        journal.add(verdict)                        # on disk when it returns, as far as a killed process goes
    journal.remove()                                # once the result is written

The first line says what the verdicts depend on. A journal of something else is set aside as PATH.old.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import orjson

from ferrule.evaluation import Verdict


class Journal:
    def __init__(self, path: str | os.PathLike, identity: str):
        self.path = Path(path)
        self.head = orjson.dumps({"journal": identity}, option=orjson.OPT_APPEND_NEWLINE)
        self.verdicts: dict[str, Verdict] = {}

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

    def add(self, verdict: Verdict) -> None:
        self._write(orjson.dumps(asdict(verdict), option=orjson.OPT_APPEND_NEWLINE))
        self.verdicts[verdict.key] = verdict

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
                verdict = Verdict(**orjson.loads(line))
            except (orjson.JSONDecodeError, TypeError):
                break
            if not line.endswith(b"\n"):
                break
            self.verdicts[verdict.key] = verdict
            size += len(line)
        return size
