"""The record of a run: an event a line, JSON by structlog, one file for each of the last runs."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import structlog


class Record:
    """Writes events to a stream."""

    def __init__(self, stream: TextIO, *, owned: bool):
        self.stream, self.owned = stream, owned
        self.broken = False  # nothing more can be written
        self.logger = structlog.wrap_logger(
            structlog.WriteLogger(stream),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.EventRenamer("event"),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )

    def __call__(self, event: str, fields: Mapping[str, Any], times: tuple[float, float]) -> None:
        if self.broken:
            return
        began, ended = times
        log = (
            self.logger.error
            if fields.get("status") == "failed" and event == "job failed"
            else self.logger.info
        )
        try:
            log(event, **fields, seconds=round(ended - began, 2))
        except OSError:
            self.broken = True  # the disk is full: the run says so itself

    def close(self) -> None:
        if self.owned:
            with suppress(OSError):
                self.stream.close()


def stream_of_events(stream: TextIO) -> Record:
    """Events on a stream that belongs to others."""
    return Record(stream, owned=False)


def record_in(folder: Path, keep: int) -> Record:
    """Events in a new file of `folder`; of the files there the `keep` newest stay, the new one among them."""
    folder.mkdir(parents=True, exist_ok=True)
    rotate(folder, keep - 1)
    # The process as well: two runs in one folder may begin in the same second.
    name = time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime()) + f"-{os.getpid()}.jsonl"
    return Record((folder / name).open("a", encoding="utf-8", buffering=1), owned=True)


def rotate(folder: Path, keep: int) -> None:
    """Delete the oldest files until `keep` are left. Their names begin with their time."""
    files = sorted(folder.glob("*.jsonl"))
    for path in files[: max(0, len(files) - keep)]:
        path.unlink(missing_ok=True)
