"""Rows of files that others wrote: Parquet, JSONL (also .gz) or a dataset of the hub, one after the other.

    for one in read(source, {"content": ("content", "text")}, required=("content",)):
        ...   # a Row, or a Problem that names file and line

Whatever the type of file, the same row comes out. What cannot be read is a Problem, never silently less: a file
that is missing or of another kind is one, a line that is broken, incomplete or of the wrong type is one each.
"""

from __future__ import annotations

import glob
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ferrule.core.reasons import SourceReason

BATCH = 1000  # rows of a Parquet file held at once
SUFFIXES = {
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jsonl.gz": "jsonl",
    ".ndjson.gz": "jsonl",
}
MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PAR1": "Parquet", b"\x1f\x8b": "gzip"}

Names = dict[
    str, tuple[str, ...]
]  # our name of a column: what it may be called in the file, the first one wins


@dataclass(frozen=True)
class Row:
    file: str
    line: int  # from 1; in Parquet the number of the row
    values: dict[str, Any]  # by our names, None for what is not there

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Problem:
    """Something that could not be read. `line` is 0 where the whole file is meant."""

    reason: str  # a SourceReason
    file: str
    line: int
    detail: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.detail}" if self.line else f"{self.file}: {self.detail}"


@dataclass(frozen=True)
class Columns:
    """Which columns are wanted, and those without which a row is of no use."""

    names: Names
    required: frozenset[str]
    types: dict[str, type]  # of a value that is not text

    def wrong(self, values: dict) -> str:
        """What is wrong with the type of a value; empty for nothing."""
        for name, value in values.items():
            wanted = self.types.get(name, str)
            fits = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
            if value is not None and not fits:
                return f"{name} is not {wanted.__name__} but {type(value).__name__}"
            if isinstance(value, int) and not -(2**31) <= value < 2**31:
                return f"{name} is {value}"
            if isinstance(value, list) and not all(isinstance(item, str) for item in value):
                return f"{name} is not a list of texts"
        return ""

    def pick(self, row: dict) -> dict[str, Any]:
        """The row under our names."""
        return {
            ours: next((row[t] for t in theirs if row.get(t) is not None), None)
            for ours, theirs in self.names.items()
        }

    def missing(self, present: Any) -> list[str]:
        """What is required and not there, in the file's own words."""
        return [
            " or ".join(self.names[ours])
            for ours in sorted(self.required)
            if not any(name in present for name in self.names[ours])
        ]


def columns_of(
    source: dict, names: Names, required: tuple[str, ...], types: dict[str, type] | None = None
) -> Columns:
    """The columns of a source: its own `columns` come before the usual names, and then have to be there."""
    own = {ours: (theirs,) for ours, theirs in (source.get("columns") or {}).items()}
    if unknown := sorted(own.keys() - names.keys()):
        raise SystemExit(f"columns: {unknown[0]} is not one of {', '.join(names)}")
    return Columns(names | own, frozenset(required) | own.keys(), types or {})


def read(
    source: dict, names: Names, required: tuple[str, ...], types: dict[str, type] | None = None
) -> Iterator[Row | Problem]:
    """All rows of a source (a section below `sources` of the configuration)."""
    columns = columns_of(source, names, required, types)
    if source.get("hub"):
        yield from read_hub(source["hub"], columns)
        return
    for pattern in source.get("files") or []:
        paths = files_of(pattern)
        if not paths:
            yield Problem(SourceReason.NO_SUCH_FILE, shown(pattern), 0, "there is no such file")
        for path in paths:
            yield from read_file(path, source.get("format"), columns)


def files_of(pattern: str) -> list[Path]:
    """The files that a path or a pattern (`data/*.parquet`, `**` for any folders) stands for, sorted."""
    if Path(pattern).is_file():
        return [Path(pattern)]
    found = glob.glob(pattern, recursive=True)  # noqa: PTH207  Path.glob takes no absolute pattern
    return [Path(path) for path in sorted(found) if Path(path).is_file()]


def shown(path: str | Path) -> str:
    """A file's name for data files: a path of this machine has no place there."""
    return Path(path).name if Path(path).is_absolute() else Path(path).as_posix()


def read_file(path: Path, kind: str | None, columns: Columns) -> Iterator[Row | Problem]:
    import pyarrow as pa  # not with the module: the workflow imports it while it is parsed, for `files_of`

    file = shown(path)
    kind = kind or next((SUFFIXES[end] for end in SUFFIXES if path.name.endswith(end)), None)
    try:
        if kind == "parquet":
            yield from read_parquet(path, file, columns)
        elif kind == "jsonl":
            yield from read_jsonl(path, file, columns)
        else:
            yield Problem(
                SourceReason.UNKNOWN_FORMAT,
                file,
                0,
                f"its name ends in none of {', '.join(SUFFIXES)}; say `format`",
            )
    except (OSError, EOFError, zlib.error, pa.ArrowException) as error:
        yield Problem(
            SourceReason.UNREADABLE_FILE, file, 0, f"not a {kind} file that can be read: {first_line(error)}"
        )


def read_parquet(path: Path, file: str, columns: Columns) -> Iterator[Row | Problem]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as table:
        present = table.schema_arrow.names
        if missing := columns.missing(present):
            yield Problem(
                SourceReason.MISSING_COLUMN, file, 0, f"no column {missing[0]}; it has {', '.join(present)}"
            )
            return
        wanted = [name for name in present if any(name in theirs for theirs in columns.names.values())]
        line = 0
        for batch in table.iter_batches(batch_size=BATCH, columns=wanted):
            for row in batch.to_pylist():
                line += 1
                yield checked(file, line, row, columns)


def read_jsonl(path: Path, file: str, columns: Columns) -> Iterator[Row | Problem]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for line, text in enumerate(lines, 1):
            if line == 1:
                if kind := next((kind for mark, kind in MARKS.items() if text.startswith(mark)), None):
                    yield Problem(SourceReason.OTHER_ENCODING, file, 0, f"not UTF-8 text but {kind}")
                    return
                text = text.removeprefix(b"\xef\xbb\xbf")
            if not text.strip():
                continue
            try:
                row = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                yield Problem(*why_not_json(text, error, file, line))
                continue
            if not isinstance(row, dict):
                yield Problem(
                    SourceReason.BROKEN_LINE, file, line, f"not a JSON object but {json.dumps(row)[:40]}"
                )
                continue
            yield checked(file, line, row, columns)


def why_not_json(text: bytes, error: Exception, file: str, line: int) -> tuple[str, str, int, str]:
    try:
        text.decode()
    except UnicodeDecodeError as wrong:
        return SourceReason.OTHER_ENCODING, file, line, f"not UTF-8: byte {wrong.start} of the line"
    return SourceReason.BROKEN_LINE, file, line, f"not a JSON line ({error})"


def checked(file: str, line: int, row: dict, columns: Columns) -> Row | Problem:
    """The row under our names, or what is wrong with it."""
    if missing := columns.missing({name for name, value in row.items() if value is not None}):
        has = ", ".join(sorted(name for name in row if row[name] is not None)) or "nothing"
        return Problem(SourceReason.MISSING_FIELD, file, line, f"no {missing[0]}; it has {has}")
    values = columns.pick(row)
    for name in values:
        if isinstance(values[name], bytes):
            try:
                values[name] = values[name].decode()
            except UnicodeDecodeError as error:
                return Problem(
                    SourceReason.OTHER_ENCODING, file, line, f"{name} is not UTF-8: byte {error.start}"
                )
        # One text or a list of them: both are reported the same way.
        if columns.types.get(name) is list and isinstance(values[name], str):
            values[name] = [values[name]]
    if wrong := columns.wrong(values):
        return Problem(SourceReason.WRONG_TYPE, file, line, wrong)
    return Row(file, line, values)


def read_hub(hub: dict, columns: Columns) -> Iterator[Row | Problem]:
    """Rows of a dataset of the hub, streamed. `revision` fixes its bytes."""
    name = f"{hub['repo']}@{hub['revision']}/{hub['split']}"
    try:
        import datasets
    except ImportError:
        yield Problem(
            SourceReason.HUB_UNAVAILABLE,
            name,
            0,
            "the package `datasets` is not installed: pip install datasets",
        )
        return
    try:
        rows = datasets.load_dataset(
            hub["repo"], split=hub["split"], revision=hub["revision"], streaming=hub.get("streaming", True)
        )
        for line, row in enumerate(rows, 1):
            yield checked(name, line, row, columns)
    except Exception as error:  # whatever its many layers raise: no network, no such dataset, a broken shard
        cause = behind(error)
        yield Problem(SourceReason.HUB_UNAVAILABLE, name, 0, f"{type(cause).__name__}: {first_line(cause)}")


def behind(error: BaseException) -> BaseException:
    """What an error comes from: `datasets` says only that it failed, and keeps the full disk for itself."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200]
