"""A temporary file for the chosen rows, from which they are written to Parquet in any order.

A million rows do not fit into memory, and their order is known only after the last one was read. The texts are in an
unnamed file, which disappears with the process; a few numbers per row stay in memory.
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
from ferrule.training.run_tables import CHOSEN

# The values of a ChosenRow, in the order of its columns.
ChosenValues = tuple[str, str, str, str, str, str | None, bool, bool]
GROUP_ROWS, GROUP_BYTES = 4096, 64_000_000  # a row group is written when it reaches either


class Spool:
    """Rows on disk, numbered from 0 in the order in which they are added."""

    def __init__(self, folder: str | os.PathLike[str]):
        Path(folder).mkdir(parents=True, exist_ok=True)
        self.file = tempfile.TemporaryFile(dir=os.fspath(folder))  # noqa: SIM115  closed by __exit__
        self.ends = array("Q", [0])

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *raised: object) -> None:
        self.file.close()

    def __len__(self) -> int:
        return len(self.ends) - 1

    def add(self, row: ChosenValues) -> None:
        line = orjson.dumps(list(row))
        self.file.write(line)
        self.ends.append(self.ends[-1] + len(line))

    def line(self, number: int) -> bytes:
        start, end = self.ends[number], self.ends[number + 1]
        return os.pread(self.file.fileno(), end - start, start)

    def write(self, path: str | os.PathLike[str], order: Iterable[int]) -> None:
        """Write the rows with these numbers as Parquet, atomically. A number may occur more than once."""
        self.file.flush()
        with (
            atomic(path) as temporary,
            pq.ParquetWriter(temporary, CHOSEN, compression="zstd", store_schema=False) as out,
        ):
            group: list[ChosenValues] = []
            size = 0  # bytes
            for number in order:
                line = self.line(number)
                group.append(orjson.loads(line))
                size += len(line)
                if len(group) >= GROUP_ROWS or size >= GROUP_BYTES:
                    out.write_table(table_of(group))
                    group, size = [], 0
            if group:
                out.write_table(table_of(group))


def table_of(rows: list[ChosenValues]) -> pa.Table:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, CHOSEN, strict=True)]
    return pa.Table.from_arrays(arrays, schema=CHOSEN)
