"""Reading and writing the workflow's files: whole or not at all, and the same bytes every time.

Every writer goes through `atomic`: the data lands under a temporary name beside the target and is
renamed when it is complete, so a killed job never leaves half a file under the real name. What it
leaves under a temporary name, the next writer of the same file removes.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from ferrule.core.errors import UnreadableFile


@contextlib.contextmanager
def atomic(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` if the block succeeds."""
    path = Path(path)
    temporary = _temporary(path)
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; let it take the place of `path` if the block succeeds."""
    path = Path(path)
    temporary = _temporary(path)
    temporary.mkdir()
    try:
        yield temporary
        # A folder cannot take the place of one that is not empty.
        shutil.rmtree(path, ignore_errors=True)
        os.replace(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _temporary(path: Path) -> Path:
    """A new name beside `path`. What killed writers of `path` left there is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        if old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.unlink(missing_ok=True)
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def read_json(path: str | os.PathLike) -> Any:
    try:
        return orjson.loads(Path(path).read_bytes())
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(path, f"not JSON: {error}") from None


def write_json(path: str | os.PathLike, value: Any) -> None:
    """Write `value` as indented UTF-8 JSON with sorted keys and a final newline."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    options |= orjson.OPT_NON_STR_KEYS  # members of an enumeration count as texts
    with atomic(path) as temporary:
        temporary.write_bytes(orjson.dumps(value, option=options))


def write_text(path: str | os.PathLike, text: str) -> None:
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_jsonl(path: str | os.PathLike, rows: Iterable[dict]) -> None:
    """One compact JSON object a line, UTF-8, keys in the order of the row."""
    with atomic(path) as temporary, open(temporary, "wb") as out:
        for row in rows:
            out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


def read_jsonl(path: str | os.PathLike) -> Iterator[dict]:
    """Rows of a JSONL file; a broken line raises ValueError that names file and line."""
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise ValueError(f"{path}:{number}: not a JSON line ({error})") from None


def write_rows(path: str | os.PathLike, rows: list[dict], schema) -> None:
    """Write `rows` as Parquet under `schema` (a pyarrow schema from `ferrule.core.schemas`).

    A row with a column that the schema does not know is an error, not a silent loss.
    """
    import pyarrow as pa

    known = set(schema.names)
    for row in rows:
        if unknown := row.keys() - known:
            raise ValueError(f"{path}: column {sorted(unknown)[0]!r} is not in the schema")
    write_table(path, pa.Table.from_pylist(rows, schema=schema))


def write_table(path: str | os.PathLike, table) -> None:
    """Write a pyarrow table as zstd Parquet; the bytes depend on the rows alone."""
    import pyarrow.parquet as pq

    with atomic(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", store_schema=False)


def read_table(path: str | os.PathLike, schema=None, columns: list[str] | None = None):
    """Read a Parquet file as a pyarrow table, checked against `schema` if one is given."""
    # A plain ParquetFile: the dataset reader would look for `key=value` folders in the path.
    with parquet_file(path) as file:
        table = file.read(columns=columns)
    if schema is not None and columns is None and table.schema.names != schema.names:
        raise ValueError(
            f"{path}: columns {table.schema.names} are not those of this version "
            f"{schema.names}; delete the file and run snakemake again"
        )
    return table


@contextlib.contextmanager
def parquet_file(path: str | os.PathLike) -> Iterator[Any]:
    """A pyarrow ParquetFile; a file that is cut off or damaged raises UnreadableFile."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            yield file
    except pa.ArrowInvalid as error:
        raise UnreadableFile(path, f"not a whole Parquet file: {error}") from None
    except OSError as error:
        if error.errno is not None:
            raise
        # pyarrow's error for pages that cannot be decoded has no number.
        raise UnreadableFile(path, f"not a whole Parquet file: {error}") from None


def read_rows(path: str | os.PathLike, schema=None) -> list[dict]:
    return read_table(path, schema).to_pylist()


def sha256_file(path: str | os.PathLike) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
