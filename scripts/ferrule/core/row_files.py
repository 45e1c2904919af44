"""Rows of JSONL and Parquet files, ours or others': read with their places, copied unchanged.

What cannot be read is a ValueError that names the file, the line (in Parquet: the row) and what to do.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from ferrule.core.files import atomic
from ferrule.core.row_stream import row_writer

BOM = b"\xef\xbb\xbf"
BATCH = 2_048  # rows of a Parquet file held as Python objects


def is_parquet(path: str | os.PathLike) -> bool:
    """By its name: .parquet, or .jsonl (.ndjson)."""
    suffix = Path(path).suffix.lower()
    if suffix not in (".parquet", ".jsonl", ".ndjson"):
        raise ValueError(f"{path}: expected a file that ends with .jsonl or .parquet")
    return suffix == ".parquet"


def read_objects(path: str | os.PathLike, columns: list[str] | None = None) -> Iterator[tuple[int, dict]]:
    """Place (from 1) and keys of every row; of a Parquet file only `columns`, as far as it has them."""
    if not is_parquet(path):
        for number, line in read_lines(path):
            yield number, parse(path, number, line)
        return
    number = 0
    with open_parquet(path) as file:
        known = [name for name in file.schema_arrow.names if columns is None or name in columns]
        for batch in file.iter_batches(batch_size=BATCH, columns=known):
            for row in batch.to_pylist():
                number += 1
                yield number, row


def read_lines(path: str | os.PathLike) -> Iterator[tuple[int, bytes]]:
    """Lines that hold something, with their numbers; a byte order mark at the start is left out."""
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.removeprefix(BOM) if number == 1 else line
            if text.strip():
                yield number, text


def parse(path: str | os.PathLike, number: int, line: bytes) -> dict:
    if wrong := wrong_line(line):
        raise ValueError(f"{path}:{number}: {wrong}")
    return orjson.loads(line)


def wrong_line(line: bytes) -> str:
    """What keeps a line from being one JSON object in UTF-8; empty for one that is."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as wrong:
            return f"not UTF-8 at byte {wrong.start + 1} of the line; save the file as UTF-8"
        return f"not a JSON line ({error}); one whole object a line is expected"
    if not isinstance(row, dict):
        return f"expected an object, got {type(row).__name__}; one object a line is expected"
    # A key twice would keep its last value only. The count says at once that most lines have none.
    if line.count(b'":') != len(row) and (twice := keys_twice(line)):
        return f"the key {twice!r} is there twice; keep one of them"
    return ""


def keys_twice(line: bytes) -> str:
    """The first key that an object of the line has twice, empty if there is none."""
    found: list[str] = []

    def pairs(items: list[tuple[str, object]]) -> dict:
        found.extend(key for key, count in Counter(key for key, _ in items).items() if count > 1)
        return dict(items)

    json.loads(line, object_pairs_hook=pairs)
    return found[0] if found else ""


@contextlib.contextmanager
def open_parquet(path: str | os.PathLike) -> Iterator[pq.ParquetFile]:
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path}: not a Parquet file ({error})") from None
    with file:
        names = Counter(file.schema_arrow.names)
        if twice := [name for name, count in names.items() if count > 1]:
            raise ValueError(f"{path}: the column {twice[0]!r} is there twice; rename one of them")
        yield file


def copy_rows(source: str | os.PathLike, out: str | os.PathLike, keep: list[bool]) -> None:
    """Copy the rows that `keep` says, one entry a row: lines byte for byte, Parquet with its own schema."""
    if is_parquet(source) != is_parquet(out):
        raise ValueError(f"{out}: expected the type of {source}; scripts/utilities/convert.py converts")
    if not is_parquet(source):
        with atomic(out) as temporary, open(temporary, "wb") as lines:
            for (_, line), wanted in zip(read_lines(source), keep, strict=True):
                if wanted:
                    lines.write(line.rstrip(b"\r\n") + b"\n")
        return
    at = 0
    with open_parquet(source) as file, row_writer(out, file.schema_arrow) as rows:
        for batch in file.iter_batches(batch_size=BATCH):
            mask = pa.array(keep[at : at + batch.num_rows], pa.bool_())
            at += batch.num_rows
            rows.write(pa.Table.from_batches([batch]).filter(mask))
