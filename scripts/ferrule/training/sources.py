"""The sources of a run's rows, and how each kind is read.

    dataset                    the workflow's own: train.parquet and val.parquet, with the ids of provenance.parquet
    local:FILE.jsonl           prompt and gen, or whole files as text or content
    parquet:FILE               the same as Parquet
    hub:OWNER/NAME@REVISION    a dataset of the hub, from a copy on disk or streamed
    experts:ROUND              the rows that a round of expert iteration kept
    experts:ROUND/code_only    their code alone

Rows with `split` val are for the evaluation loss and never trained on. A row that cannot be read, or whose split is
neither train nor val, stops the run with an error that names file and line: one broken line may be one of many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from ferrule.core import shard_reader
from ferrule.core.schemas import identity
from ferrule.core.splits import given_side

KINDS = "dataset, local:FILE.jsonl, parquet:FILE, hub:OWNER/NAME@REVISION or experts:ROUND"
HUB = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)@(?P<revision>[\w./-]+)")
NAMES = {
    "prompt": ("prompt",),
    "gen": ("gen",),
    "whole": ("text", "content"),
    "id": ("_id",),
    "task": ("_task_type",),
    "file": ("_source_file", "_file_path", "path", "max_stars_repo_path", "file_name"),
    "split": ("split",),
    "published_split": ("_split",),  # as the published pipelines write it
    "weight": ("_weight",),
}
TYPES: dict[str, type] = {"weight": Real}
PROVENANCE = ["prompt", "gen", "_id", "_task_type", "_source_file"]
UNNAMED, WHOLE = "unnamed", "modules"  # the kinds of task of rows without one: pairs, and whole files
BATCH = 1000  # rows of a Parquet file held as Python objects


class SourceError(ValueError):
    """A source cannot be read; the message says where and what to do."""


class Row(NamedTuple):
    """A row of any source."""

    prompt: str
    gen: str
    id: str
    task: str
    file: str | None
    side: str  # train or val
    weight: float  # copies of this row; multiplied by the weight of its kind of task


@dataclass(frozen=True)
class Files:
    """The files from the command line: those of the workflow's dataset, and of rounds of expert iteration."""

    train: str | None = None
    val: str | None = None
    provenance: str | None = None
    experts: dict[str, str] = field(default_factory=dict)  # by round


@dataclass(frozen=True)
class Source:
    """One entry of `sources`."""

    name: str  # as in the settings
    label: str  # for data files: without the folders of this machine
    streamed: bool
    files: Files
    whole_prompt: str  # the prompt of rows that are whole files

    def rows(self) -> Iterator[Row]:
        kind, _, location = self.name.partition(":")
        if kind == "dataset":
            yield from dataset_rows(self.files)
        else:
            yield from pairs(self.name, read(kind, location, self), self.whole_prompt)


def open_sources(settings: dict, files: Files, whole_prompt: str) -> list[Source]:
    """The sources of a run. Their names are checked; their files are not read yet.

    `whole_prompt` is the prompt of rows that are whole files. Raises SourceError for a name that cannot be used.
    """
    names: list[str] = settings.get("sources") or []
    labels: list[str] = []
    if not names:
        raise SourceError(f"sources: the list is empty; give {KINDS}")
    for name in names:
        check_name(name, files)
        if names.count(name) > 1:
            raise SourceError(
                f"sources: {name} is there twice; use task_weights or source_weights to take more of it"
            )
        label = label_of(name)
        # Files from two folders may have the same name.
        labels.append(label if label not in labels else f"{label}#{len(labels) + 1}")
    streamed = bool(settings.get("streaming"))
    return [
        Source(name, label, streamed and name.startswith("hub:"), files, whole_prompt)
        for name, label in zip(names, labels, strict=True)
    ]


def check_name(name: str, files: Files) -> None:
    """Raises SourceError for a source of an unknown kind, or one whose files the command line does not give."""
    kind, _, location = name.partition(":")
    if kind == "dataset" and not location:
        needed = {
            "--dataset-train": files.train,
            "--dataset-val": files.val,
            "--provenance": files.provenance,
        }
        if missing := [option for option, file in needed.items() if not file]:
            raise SourceError(f"sources: dataset needs {', '.join(missing)}")
    elif kind == "hub" and not HUB.fullmatch(location):
        raise SourceError(
            f"sources: {name} is not hub:OWNER/NAME@REVISION; use a commit as revision, so that its rows cannot change"
        )
    elif kind == "experts" and location not in files.experts:
        rounds = ", ".join(sorted(files.experts)) or "none"
        raise SourceError(f"sources: {name}: no such round; there are: {rounds} (--experts {location}=FILE)")
    elif kind not in ("dataset", "local", "parquet", "hub", "experts") or (kind == "dataset") == bool(
        location
    ):
        raise SourceError(f"sources: {name!r} is not one of {KINDS}")


def label_of(name: str) -> str:
    kind, _, location = name.partition(":")
    return f"{kind}:{shard_reader.shown(location)}" if kind in ("local", "parquet") else name


def read(kind: str, location: str, source: Source) -> Iterator[shard_reader.Row | shard_reader.Problem]:
    if kind == "hub":
        columns = shard_reader.columns_of({}, NAMES, (), TYPES)
        parts = HUB.fullmatch(location)
        assert parts is not None, "check_name refuses other names"
        hub = dict(repo=parts["repo"], revision=parts["revision"], split="train", streaming=source.streamed)
        return shard_reader.read_hub(hub, columns)
    if kind == "experts":
        return shard_reader.read({"files": [source.files.experts[location]]}, NAMES, (), TYPES)
    return shard_reader.read(
        {"files": [location], "format": {"local": "jsonl"}.get(kind, kind)}, NAMES, (), TYPES
    )


def pairs(
    name: str, records: Iterator[shard_reader.Row | shard_reader.Problem], whole_prompt: str
) -> Iterator[Row]:
    """The records as pairs of prompt and answer. Raises SourceError for the first that is not one."""
    for record in records:
        if isinstance(record, shard_reader.Problem):
            raise SourceError(f"{name}: {record}{next_step(record)}")
        values = record.values
        try:
            side = given_side(values["split"], values["published_split"]) or "train"
        except ValueError as error:
            raise SourceError(f"{name}: {record.place}: {error}") from None
        weight = 1.0 if values["weight"] is None else float(values["weight"])
        if not 0 <= weight < 1000:
            raise SourceError(
                f"{name}: {record.place}: _weight is {weight}; a number from 0 to 1000 is expected"
            )
        if values["prompt"] is not None and values["gen"] is not None:
            yield row_of(values["prompt"], values["gen"], values, values["task"] or UNNAMED, side, weight)
        elif values["whole"] is not None:
            yield row_of(whole_prompt, values["whole"], values, values["task"] or WHOLE, side, weight)
        else:
            missing = "gen" if values["prompt"] is not None else "prompt"
            raise SourceError(
                f"{name}: {record.place}: no {missing}; a row has prompt and gen, or text, or content"
            )


def row_of(prompt: str, gen: str, values: dict[str, Any], task: str, side: str, weight: float = 1.0) -> Row:
    return Row(prompt, gen, values["id"] or identity(prompt, gen), task, values["file"], side, weight)


def next_step(problem: shard_reader.Problem) -> str:
    if problem.reason != "hub_unavailable":
        return ""
    if re.search(r"No space left|Disk quota", problem.detail):
        return "\nFree some space in the cache of the hub (HF_HOME), or set streaming: true."
    if re.search(r"gated|401|403|unauthori[sz]ed|authenticat|log in|access", problem.detail, re.IGNORECASE):
        return (
            "\nCheck owner, name and revision. If access is granted on request: ask for it on the dataset's page, then"
            " log in with `hf auth login` or set HF_TOKEN."
        )
    return (
        "\nCheck the network, owner, name and revision, and that HF_HUB_OFFLINE is not set; or download the files in"
        " another way and give them as parquet:FILE."
    )


def dataset_rows(files: Files) -> Iterator[Row]:
    """Rows of train.parquet and val.parquet, with ids and kinds of task from provenance.parquet.

    provenance.parquet has the same rows in the same order: train, then val.
    """
    assert files.provenance and files.train and files.val, "check_name requires all three"
    origins = parquet_rows(files.provenance, PROVENANCE)
    for side, file in (("train", files.train), ("val", files.val)):
        for number, row in enumerate(parquet_rows(file, ["prompt", "gen", "split"]), 1):
            origin = next(origins, None)
            if origin is None or (origin["prompt"], origin["gen"]) != (row["prompt"], row["gen"]):
                raise SourceError(
                    f"dataset: {file}:{number}: this row differs from the one in its place in {files.provenance}; make"
                    " both again (snakemake dataset), or give a changed file as parquet:FILE"
                )
            values = dict(id=origin["_id"], file=origin["_source_file"])
            yield row_of(
                row["prompt"], row["gen"], values, origin["_task_type"] or UNNAMED, row["split"] or side
            )
    if next(origins, None) is not None:
        raise SourceError(f"dataset: {files.provenance} has more rows than {files.train} and {files.val}")


def parquet_rows(path: str, columns: list[str]) -> Iterator[dict[str, Any]]:
    try:
        with pq.ParquetFile(path) as file:
            if missing := [name for name in columns if name not in file.schema_arrow.names]:
                raise SourceError(
                    f"dataset: {path}: no column {missing[0]}; it has {', '.join(file.schema_arrow.names)}"
                )
            for batch in file.iter_batches(batch_size=BATCH, columns=columns):
                yield from batch.to_pylist()
    except FileNotFoundError:
        raise SourceError(
            f"dataset: {path}: there is no such file; make it with `snakemake dataset`"
        ) from None
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"dataset: {path}: not a Parquet file that can be read: {error}") from None
