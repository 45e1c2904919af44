"""Tables of samples that may not fit in memory: two passes, one that decides and one that copies.

The first pass reads the few columns that a decision needs and keeps some numbers per row. The second
copies whole rows, batch by batch, into what is kept and what is dropped. Row groups have one size
and one chunk each, since Parquet's bytes depend on how the rows arrive.
"""

from __future__ import annotations

import bisect
import contextlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from ferrule.core.files import atomic, parquet_file
from ferrule.core.reasons import check_rows
from ferrule.core.schemas import DROPPED, SAMPLES

GROUP = 16_384  # rows: about 60 MB of samples as they are
PIECE = 100_000  # rows held at once while rows are put into another order

Fate = tuple[str, str] | None  # why a row is dropped (reason, detail), None for a row that is kept


class RowWriter:
    """Takes tables of any size, writes row groups of GROUP rows.

    A row of DROPPED with a reason that its stage does not have raises ValueError.
    """

    def __init__(self, writer: pq.ParquetWriter):
        self.writer, self.rows = writer, 0
        self.dropped = writer.schema == DROPPED
        self.waiting: list[pa.Table] = []

    def write(self, table: pa.Table) -> None:
        if not table.num_rows:
            return
        if self.dropped:
            check_rows(table["stage"].to_pylist(), table["reason"].to_pylist())
        self.waiting.append(table)
        self.rows += table.num_rows
        if self.rows >= GROUP:
            self.flush(GROUP)

    def flush(self, size: int) -> None:
        """Write groups of `size` rows while there are that many."""
        table, at = pa.concat_tables(self.waiting), 0
        while table.num_rows - at >= size:
            self.writer.write_table(table.slice(at, size).combine_chunks(), row_group_size=GROUP)
            at += size
        self.waiting, self.rows = [table.slice(at)], table.num_rows - at


@contextlib.contextmanager
def row_writer(path: str | os.PathLike, schema: pa.Schema = SAMPLES) -> Iterator[RowWriter]:
    """A writer whose file appears under `path` if the block succeeds."""
    with (
        atomic(path) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd", store_schema=False) as writer,
    ):
        rows = RowWriter(writer)
        yield rows
        if rows.rows:
            rows.flush(rows.rows)


def batches(
    path: str | os.PathLike, columns: list[str] | None = None, schema: pa.Schema = SAMPLES
) -> Iterator[pa.Table]:
    """The rows of a file in order, some thousands at a time."""
    with parquet_file(path) as file:
        if file.schema_arrow.names != schema.names:
            raise ValueError(
                f"{path}: its columns are not those of this version ({', '.join(schema.names)}); "
                "delete the file and run snakemake again"
            )
        for batch in file.iter_batches(batch_size=GROUP, columns=columns):
            yield pa.Table.from_batches([batch])


def sift(source, kept, dropped, stage: str, fates: list[Fate]) -> None:
    """Copy the rows of `source` to `kept`, or to `dropped` as rows of DROPPED, as `fates` says."""
    at = 0
    with row_writer(kept) as keep, row_writer(dropped, DROPPED) as drop:
        for table in batches(source):
            here = fates[at : at + table.num_rows]
            at += table.num_rows
            keep.write(table.filter(pa.array([fate is None for fate in here], pa.bool_())))
            out = table.filter(pa.array([fate is not None for fate in here], pa.bool_()))
            reasons = [fate for fate in here if fate]
            drop.write(dropped_rows(out, stage, [r for r, _ in reasons], [d for _, d in reasons]))


def dropped_rows(table: pa.Table, stage: str, reasons: list[str], details: list[str]) -> pa.Table:
    """Samples as rows of the dropped table: where each fell and why, without its text."""
    names, versions = table["_source_crate"].to_pylist(), table["_version"].to_pylist()
    columns = dict(
        stage=pa.array([stage] * table.num_rows, pa.string()),
        reason=pa.array(reasons, pa.string()),
        detail=pa.array(details, pa.string()),
        task=table["_task_type"],
        crate=pa.array([f"{n}@{v}" if v else n for n, v in zip(names, versions, strict=True)], pa.string()),
        file=table["_source_file"],
        start=table["_start"],
        end=table["_end"],
        id=table["_id"],
    )
    return pa.table(columns, schema=DROPPED)


def stage_counts(stage: str, kinds: Iterable[str], fates: Iterable[Fate]) -> dict:
    """The rows in, out and dropped, by task kind: one stage of the funnel."""
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    fallen: dict[str, Counter[str]] = {}
    for kind, fate in zip(kinds, fates, strict=True):
        before[kind] += 1
        if fate is None:
            after[kind] += 1
        else:
            fallen.setdefault(fate[0], Counter())[kind] += 1
    return {"stage": stage, "in": before, "out": after, "dropped": fallen}


def in_order(path: str | os.PathLike, order: list[int]) -> Iterator[pa.Table]:
    """The rows of `path` with these numbers, in this order, PIECE rows at a time.

    Each piece is one pass over the file: memory stays bounded whatever the size of the table.
    """
    for begin in range(0, len(order), PIECE):
        wanted = order[begin : begin + PIECE]
        rising = sorted(wanted)
        found, at = [], 0
        for table in batches(path):
            low = bisect.bisect_left(rising, at)
            high = bisect.bisect_left(rising, at + table.num_rows)
            found.append(table.take(pa.array([row - at for row in rising[low:high]], pa.int64())))
            at += table.num_rows
        place = {row: number for number, row in enumerate(rising)}
        yield (
            pa.concat_tables(found)
            .combine_chunks()
            .take(pa.array([place[row] for row in wanted], pa.int64()))
        )
