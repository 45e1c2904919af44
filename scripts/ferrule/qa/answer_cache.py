"""Answers by the hash of their exact request, in a folder that outlives the results.

    with AnswerCache(folder) as cache:          # one process at a time: another one waits
        cache.get(key)                          # a CachedAnswer, or None
        cache.add(key, request, answer)         # on disk when it returns
        cache.give_up([key])                    # ask again, with another seed (snakemake retry)

`answers.jsonl` has a line for each answer and is only ever appended to. A line that a killed process or a full disk cut
off is closed with a line end by the next process, and left out by readers. So is any other line that is not an answer.
Nothing depends on the clock: `at` is only recorded.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import orjson

from ferrule.llm.requests import Answer, Request

ANSWERS, RETRIES, LOCK = "answers.jsonl", "retries.jsonl", "lock"


@dataclass(frozen=True)
class CachedAnswer:
    """What a server gave to one request. `at` is a time such as 2026-01-31T12:00:00Z."""

    key: str
    model: str
    text: str
    finish_reason: str
    prompt_tokens: int | None
    tokens: int | None
    at: str


class CacheError(RuntimeError):
    """The folder cannot be written; the message says what to do."""


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class AnswerCache:
    """The answers in `folder`. Opened for reading, it takes no lock and makes no folder."""

    def __init__(self, folder: str | Path, *, read_only: bool = False):
        self.folder, self.read_only = Path(folder), read_only
        self.known: dict[str, CachedAnswer] = {}
        self.given_up: set[str] = set()
        self.broken = 0  # lines that are not answers

    def __enter__(self) -> Self:
        if not self.read_only:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                self.lock = open(self.folder / LOCK, "a")
                self._take_lock()
                self.answers = _Appender(self.folder / ANSWERS)
                self.retries = _Appender(self.folder / RETRIES)
            except OSError as error:
                raise CacheError(f"qa.cache: {self.folder} cannot be written: {error.strerror}") from None
        for row in self._lines(ANSWERS):
            try:
                answer = CachedAnswer(**row)
            except TypeError:
                self.broken += 1
                continue
            self.known.setdefault(answer.key, answer)  # the first one: what was built with it stays
        self.given_up = {row["key"] for row in self._lines(RETRIES) if "key" in row}
        return self

    def __exit__(self, *error: object) -> None:
        if not self.read_only:
            self.answers.close()
            self.retries.close()
            self.lock.close()

    def get(self, key: str) -> CachedAnswer | None:
        return self.known.get(key)

    def add(self, key: str, request: Request, answer: Answer) -> CachedAnswer:
        # JSON can spell half of a surrogate pair, which is not a character and which no file can hold.
        text = answer.text.encode(errors="replace").decode()
        cached = CachedAnswer(
            key, str(request["model"]), text, answer.finish_reason, answer.prompt_tokens, answer.tokens, now()
        )
        self.answers.write(encoded(asdict(cached)))
        self.known.setdefault(key, cached)
        return cached

    def give_up(self, keys: Iterable[str]) -> None:
        """Mark answers as not usable, so that their questions are asked again with another seed."""
        new = [key for key in keys if key not in self.given_up]
        for key in new:
            self.retries.write(encoded({"key": key, "at": now()}))
        self.given_up.update(new)
        # A line also where nothing is new: the workflow asks again for what failed when the file has grown.
        self.retries.write(encoded({"retry": len(new), "at": now()}))

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(
                f"{self.folder}: another run is asking; waiting until it is done", file=sys.stderr, flush=True
            )
            fcntl.flock(self.lock, fcntl.LOCK_EX)

    def _lines(self, name: str) -> Iterator[dict]:
        path = self.folder / name
        if not path.is_file():
            return
        with open(path, "rb") as lines:
            for line in lines:
                try:
                    row = orjson.loads(line)
                except orjson.JSONDecodeError:
                    self.broken += bool(line.strip())
                    continue
                if isinstance(row, dict):
                    yield row
                else:
                    self.broken += 1


def encoded(row: dict) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


class _Appender:
    """A file to which whole lines are appended; one that an earlier process cut off is closed first."""

    def __init__(self, path: Path):
        self.path = path
        self.file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        size = os.fstat(self.file).st_size
        self.whole = not size or os.pread(self.file, 1, size - 1) == b"\n"

    def write(self, line: bytes) -> None:
        data = line if self.whole else b"\n" + line
        self.whole = False
        try:
            written = os.write(self.file, data)
            if written < len(data):  # the disk is full, or a signal
                os.write(self.file, data[written:])
            os.fdatasync(self.file)  # also a power cut loses no answer
        except OSError as error:
            raise CacheError(
                f"{self.path}: {error.strerror}; free some space, then run again: the answers before this one are kept"
            ) from None
        self.whole = True

    def close(self) -> None:
        os.close(self.file)
