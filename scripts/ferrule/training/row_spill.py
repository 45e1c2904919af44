"""Chosen rows on disk while their order is worked out, and from there in any order to Parquet.

A million rows do not fit into memory, and their order is known only when the last one was read. The texts lie in a
file without a name, which is gone when the process ends; a few numbers for each stay in memory.
"""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Iterable
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from ferrule.core.files import atomic
from ferrule.core.schemas import BOOL, TEXT

# A row as it is trained on, in the order of training.
CHOSEN = pa.schema(
    [
        ("prompt", TEXT),
        ("gen", TEXT),
        ("_id", TEXT),  # the source's own; where it has none, a hash of prompt and answer
        ("_source", TEXT),  # the run's source
        ("_task_type", TEXT),
        ("_source_file", TEXT),
        ("_documented", BOOL),  # as the filters see it
        ("_idiomatic", BOOL),
    ]
)
GROUP_ROWS, GROUP_BYTES = 4096, 64_000_000  # a row group ends with whichever comes first


class Spool:
    """Rows by number, in the order in which they came."""

    def __init__(self, folder: str | os.PathLike):
        Path(folder).mkdir(parents=True, exist_ok=True)
        self.file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  closed by __exit__
        self.ends = array("Q", [0])

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *raised) -> None:
        self.file.close()

    def __len__(self) -> int:
        return len(self.ends) - 1

    def add(self, row: Iterable) -> None:
        """`row` has the values of CHOSEN."""
        line = orjson.dumps(list(row))
        self.file.write(line)
        self.ends.append(self.ends[-1] + len(line))

    def line(self, number: int) -> bytes:
        start, end = self.ends[number], self.ends[number + 1]
        return os.pread(self.file.fileno(), end - start, start)

    def write(self, path: str | os.PathLike, order: Iterable[int]) -> None:
        """The rows with these numbers as Parquet, whole or not at all; a number may come more than once."""
        self.file.flush()
        with (
            atomic(path) as temporary,
            pq.ParquetWriter(temporary, CHOSEN, compression="zstd", store_schema=False) as out,
        ):
            waiting, size = [], 0
            for number in order:
                line = self.line(number)
                waiting.append(orjson.loads(line))
                size += len(line)
                if len(waiting) >= GROUP_ROWS or size >= GROUP_BYTES:
                    out.write_table(table_of(waiting))
                    waiting, size = [], 0
            if waiting:
                out.write_table(table_of(waiting))


def table_of(rows: list[list]) -> pa.Table:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, CHOSEN, strict=True)]
    return pa.Table.from_arrays(arrays, schema=CHOSEN)
