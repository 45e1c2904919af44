"""A folder that a hub of datasets loads as it is: a Parquet table per configuration and split, under the hub's names.

    records = [write_config(folder, config, "results/dataset/provenance.parquet") for config in CONFIGS]
    records.append(write_questions(folder, "results/qa/qa.sqlite"))
    records += write_tasks(folder, "results/tasks", "results/task_exports")

A further configuration is one more entry of CONFIGS, or a function like `write_questions` where it has another source.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ferrule.core.files import sha256_file
from ferrule.core.row_stream import batches

GROUP_BYTES = 100_000_000  # of a row group, uncompressed: what the hub's viewer reads at once
SHARD_BYTES = 500_000_000  # of a file, uncompressed
MOST_ROW_BYTES = 2_000_000  # the viewer shows no larger row
PIECE = 2_000  # conversations that are held at once
SPLITS = {"train": "train", "val": "validation"}  # ours: the hub's
TASK_SPLITS = {"train": "train", "heldout": "test"}

QUESTIONS = pa.schema(
    {
        "messages": pa.list_(pa.struct({"role": pa.string(), "content": pa.string()})),
        "source": pa.string(),
        "model": pa.string(),
        "quality": pa.float64(),
    }
)


@dataclass(frozen=True)
class HubConfig:
    """One configuration of the dataset: a name, and which rows and columns it has."""

    name: str
    meaning: str
    rows: Callable[[pa.Table], pa.Table]  # of a batch of provenance.parquet, with its column `split`
    default: bool = False


@dataclass
class HubFile:
    path: str  # inside the folder
    config: str
    split: str
    rows: int
    bytes: int
    sha256: str


@dataclass
class HubSplit:
    name: str
    rows: int = 0
    bytes: int = 0  # in memory
    files: list[HubFile] = field(default_factory=list)


@dataclass
class HubRecord:
    """What was written of one configuration."""

    name: str
    meaning: str
    default: bool
    schema: pa.Schema
    splits: list[HubSplit]  # those with rows


def all_rows(table: pa.Table) -> pa.Table:
    return table


def broken_and_fixed(table: pa.Table) -> pa.Table:
    """Pairs of a broken item and the author's, with rustc's diagnostic."""
    table = table.filter(pc.equal(table["_task_type"], "error_fixing"))
    names = {
        "broken": "_before",
        "fixed": "gen",
        "error_code": "_error_code",
        "diagnostic": "_diagnostic",
        "error_start": "_error_start",
        "error_end": "_error_end",
        "mutation": "_variant",
        "id": "_id",
        "crate": "_source_crate",
        "version": "_version",
        "file": "_source_file",
        "license": "_license",
        "rustc": "_rustc",
        "tests": "_tests",
        "split": "split",
    }
    return pa.table({name: table[column] for name, column in names.items()})


CONFIGS = (
    HubConfig("sft", "every row: prompt and answer, with where it comes from", all_rows, default=True),
    HubConfig(
        "error_fixing", "a broken function, rustc's diagnostic, and the author's function", broken_and_fixed
    ),
)


def write_config(folder: Path, config: HubConfig, source: Path) -> HubRecord:
    """Write the splits of a configuration below `folder`. Raises ValueError for a row that is too large."""
    record = HubRecord(config.name, config.meaning, config.default, pa.schema([]), [])
    for ours, name in SPLITS.items():
        tables = (
            config.rows(batch.filter(pc.equal(batch["split"], ours))).drop_columns(["split"])
            for batch in batches(source)
        )
        _write_split(folder, record, name, tables)
    return record


def write_questions(folder: Path, database: Path) -> HubRecord:
    """Write the conversations of qa.sqlite as the split `train` of a configuration `qa`, in the order of their ids."""
    meaning = "questions about files of repositories, with a model's answers: not judged by a compiler"
    record = HubRecord("qa", meaning, False, QUESTIONS, [])
    _write_split(folder, record, "train", _conversations(database))
    return record


def write_tasks(folder: Path, tasks: Path, exports: Path) -> list[HubRecord]:
    """Write executable tasks as configuration `tasks`, and as Harbor folders in `task_binary`."""
    rows = HubRecord(
        "tasks", "functions to write, with the tests that grade an answer", False, pa.schema([]), []
    )
    meaning = "the same tasks as Harbor folders: `path`, and a tar.gz in `task_binary`"
    packed = HubRecord("task_binary", meaning, False, pa.schema([]), [])
    table, folders = pq.read_table(tasks / "tasks.parquet"), pq.ParquetFile(exports / "harbor_tasks.parquet")
    for ours, name in TASK_SPLITS.items():
        chosen = table.filter(pc.equal(table["split"], ours)).drop_columns(["split"])
        _write_split(folder, rows, name, [chosen])
        ids = chosen["id"].combine_chunks()
        found = (pa.Table.from_batches([batch]) for batch in folders.iter_batches(PIECE))
        _write_split(folder, packed, name, (each.filter(pc.is_in(each["path"], ids)) for each in found))
    return [rows, packed]


def _conversations(database: Path) -> Iterator[pa.Table]:
    query = (
        "SELECT s.sample_id, s.dataset_source, s.model_type_intended, s.sample_quality_score, t.role, t.content"
        " FROM TrainingSamples s JOIN ConversationTurns t USING (sample_id) ORDER BY s.sample_id, t.turn_index"
    )
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        rows: list[dict[str, Any]] = []
        for (_, *sample), turns in groupby(connection.execute(query), key=lambda row: row[:4]):
            messages = [{"role": role, "content": content} for *_, role, content in turns]
            rows.append(
                dict(zip(("source", "model", "quality"), sample, strict=True)) | {"messages": messages}
            )
            if len(rows) == PIECE:
                yield pa.Table.from_pylist(rows, schema=QUESTIONS)
                rows = []
        yield pa.Table.from_pylist(rows, schema=QUESTIONS)


def _write_split(folder: Path, record: HubRecord, name: str, tables: Iterable[pa.Table]) -> None:
    """Write the tables as the files of one split, and note it in the record if it has rows."""
    split, shards = HubSplit(name), _Shards(folder, record.name, name)
    for table in tables:
        record.schema = table.schema
        if table.num_rows:
            _check_sizes(table, f"{record.name}, {name}")
            shards.write(table.combine_chunks())
            split.rows += table.num_rows
            split.bytes += table.nbytes
    split.files = shards.close()
    if split.rows:
        record.splits.append(split)


class _Shards:
    """Files of one split. Their names say how many there are, so they get them at the end."""

    def __init__(self, folder: Path, config: str, split: str):
        self.folder, self.config, self.split = folder, config, split
        self.files: list[tuple[Path, int]] = []  # temporary name, rows
        self.writer: pq.ParquetWriter | None = None
        self.rows = self.bytes = 0

    def write(self, table: pa.Table) -> None:
        if self.writer and self.bytes + table.nbytes > SHARD_BYTES:
            self._end()
        if self.writer is None:
            path = self.folder / self.config / f".{self.split}-{len(self.files)}.tmp"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.writer = pq.ParquetWriter(
                path,
                table.schema,
                compression="zstd",
                # A version that differs by some rows shares most of its chunks with the one before.
                use_content_defined_chunking=True,
                write_page_index=True,
                store_schema=False,
            )
            self.files.append((path, 0))
        group = max(1, GROUP_BYTES * table.num_rows // max(1, table.nbytes))
        self.writer.write_table(table, row_group_size=group)
        self.rows += table.num_rows
        self.bytes += table.nbytes

    def _end(self) -> None:
        if self.writer:
            self.writer.close()
            self.files[-1] = self.files[-1][0], self.rows
        self.writer, self.rows, self.bytes = None, 0, 0

    def close(self) -> list[HubFile]:
        self._end()
        found = []
        for number, (path, rows) in enumerate(self.files):
            name = f"{self.config}/{self.split}-{number:05}-of-{len(self.files):05}.parquet"
            path.rename(self.folder / name)
            size = (self.folder / name).stat().st_size
            found.append(HubFile(name, self.config, self.split, rows, size, sha256_file(self.folder / name)))
        return found


def _check_sizes(table: pa.Table, where: str) -> None:
    size = 0
    for column in table.columns:
        if pa.types.is_string(column.type):
            size = pc.add(size, pc.fill_null(pc.binary_length(column), 0))
        elif pa.types.is_list(column.type) and pa.types.is_struct(column.type.value_type):
            texts = [
                sum(len(turn["content"].encode()) for turn in turns or ()) for turns in column.to_pylist()
            ]
            size = pc.add(size, pa.array(texts, pa.int32()))
    largest = pc.max(size).as_py()
    if largest > MOST_ROW_BYTES:
        raise ValueError(
            f"{where}: a row has {largest:,} bytes, the hub's viewer shows {MOST_ROW_BYTES:,}:"
            " lower chunks.max_chars or tasks.max_context_chars"
        )


def card_metadata(records: list[HubRecord]) -> dict[str, Any]:
    """`configs` and `dataset_info` of the card's head."""
    return {
        "configs": [
            {"config_name": record.name}
            | ({"default": True} if record.default else {})
            | {
                "data_files": [
                    {"split": split.name, "path": f"{record.name}/{split.name}-*.parquet"}
                    for split in record.splits
                ]
            }
            for record in records
        ],
        "dataset_info": [
            {
                "config_name": record.name,
                "features": list(_features(record.schema)),
                "splits": [
                    {"name": split.name, "num_bytes": split.bytes, "num_examples": split.rows}
                    for split in record.splits
                ],
                "download_size": sum(file.bytes for split in record.splits for file in split.files),
                "dataset_size": sum(split.bytes for split in record.splits),
            }
            for record in records
        ],
    }


def _features(columns: Iterable[pa.Field]) -> Iterator[dict[str, Any]]:
    for column in columns:
        kind = column.type
        if not pa.types.is_list(kind):
            yield {"name": column.name, "dtype": "float64" if pa.types.is_floating(kind) else str(kind)}
        elif pa.types.is_struct(kind.value_type):
            yield {"name": column.name, "list": list(_features(kind.value_type.fields))}
        else:
            yield {"name": column.name, "list": str(kind.value_type)}
