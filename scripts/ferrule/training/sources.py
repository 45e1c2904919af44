"""Where a run's rows come from, and how each kind of source is read.

    dataset                    the workflow's own: train.parquet and val.parquet, with the ids of provenance.parquet
    local:FILE.jsonl           prompt and gen, or whole files as text or content
    parquet:FILE               the same as Parquet
    hub:OWNER/NAME@REVISION    a dataset of the hub, from a copy on disk or streamed
    experts:ROUND              the rows that a round of expert iteration kept

Rows of `split` val are for the evaluation loss and never trained on; rows of another split than these two are for
neither. What cannot be read stops the run and is named with file and line: a broken line may be one of many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from numbers import Real
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from ferrule.core import shard_reader
from ferrule.core.schemas import identity

KINDS = "dataset, local:FILE.jsonl, parquet:FILE, hub:OWNER/NAME@REVISION or experts:ROUND"
HUB = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)@(?P<revision>[\w./-]+)")
NAMES = {
    "prompt": ("prompt",),
    "gen": ("gen",),
    "whole": ("text", "content"),
    "id": ("_id",),
    "task": ("_task_type",),
    "file": ("_source_file", "path", "max_stars_repo_path", "file_name"),
    "split": ("split",),
    "published_split": ("_split",),  # as the published pipelines write it
    "weight": ("_weight",),
}
TYPES = {"weight": Real}
PROVENANCE = ["prompt", "gen", "_id", "_task_type", "_source_file"]
UNNAMED, WHOLE = "unnamed", "modules"  # kinds of task of rows that name none: pairs, and whole files
SIDES = {"": "train", "train": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val"}
BATCH = 1000  # rows of a Parquet file held as Python objects


class SourceError(ValueError):
    """A source that cannot be read; the message says where and what to do."""


class Row(NamedTuple):
    prompt: str
    gen: str
    id: str
    task: str
    file: str | None
    side: str  # train, val, or "" for a row of neither
    weight: float  # how often it is wanted, by itself


@dataclass(frozen=True)
class Files:
    """The files that the command line gives: those of the workflow's dataset, and of rounds of experts."""

    train: str | None = None
    val: str | None = None
    provenance: str | None = None
    experts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    name: str  # as the settings have it
    label: str  # for data files: without folders of this machine
    streamed: bool
    files: Files
    whole_prompt: str  # of a whole file

    def rows(self) -> Iterator[Row]:
        kind, _, rest = self.name.partition(":")
        if kind == "dataset":
            yield from dataset_rows(self.files)
        else:
            yield from pairs(self.name, read(kind, rest, self), self.whole_prompt)


def open_sources(settings: dict, files: Files, whole_prompt: str) -> list[Source]:
    """The sources of a run, checked as far as that goes without reading them.

    `whole_prompt` is the prompt of rows that are whole files. SourceError says which source cannot be read.
    """
    names, labels = settings.get("sources") or [], []
    if not names:
        raise SourceError(f"sources: there is none; give {KINDS}")
    for name in names:
        check(name, files)
        if names.count(name) > 1:
            raise SourceError(
                f"sources: {name} is there twice; task_weights and source_weights give more of it"
            )
        label = label_of(name)
        # Two files of one name from two folders.
        labels.append(label if label not in labels else f"{label}#{len(labels) + 1}")
    streamed = bool(settings.get("streaming"))
    return [
        Source(n, label, streamed and n.startswith("hub:"), files, whole_prompt)
        for n, label in zip(names, labels, strict=True)
    ]


def check(name: str, files: Files) -> None:
    kind, _, rest = name.partition(":")
    if kind == "dataset" and not rest:
        needed = {
            "--dataset-train": files.train,
            "--dataset-val": files.val,
            "--provenance": files.provenance,
        }
        if missing := [option for option, file in needed.items() if not file]:
            raise SourceError(f"sources: dataset needs {', '.join(missing)}")
    elif kind == "hub" and not HUB.fullmatch(rest):
        raise SourceError(
            f"sources: {name} is not hub:OWNER/NAME@REVISION; a commit as revision fixes its rows"
        )
    elif kind == "experts" and rest not in files.experts:
        there = ", ".join(sorted(files.experts)) or "none"
        raise SourceError(f"sources: {name}: no such round; there are: {there} (--experts {rest}=FILE)")
    elif kind not in ("dataset", "local", "parquet", "hub", "experts") or (kind == "dataset") == bool(rest):
        raise SourceError(f"sources: {name!r} is none of {KINDS}")


def label_of(name: str) -> str:
    kind, _, rest = name.partition(":")
    return f"{kind}:{shard_reader.shown(rest)}" if kind in ("local", "parquet") else name


def read(kind: str, rest: str, source: Source) -> Iterator[shard_reader.Row | shard_reader.Problem]:
    if kind == "hub":
        columns = shard_reader.columns_of({}, NAMES, (), TYPES)
        named = HUB.fullmatch(rest)
        hub = dict(repo=named["repo"], revision=named["revision"], split="train", streaming=source.streamed)
        return shard_reader.read_hub(hub, columns)
    if kind == "experts":
        return shard_reader.read({"files": [source.files.experts[rest]]}, NAMES, (), TYPES)
    return shard_reader.read(
        {"files": [rest], "format": {"local": "jsonl"}.get(kind, kind)}, NAMES, (), TYPES
    )


def pairs(
    name: str, found: Iterator[shard_reader.Row | shard_reader.Problem], whole_prompt: str
) -> Iterator[Row]:
    """Rows as pairs of prompt and answer; the first that cannot be one ends the run."""
    for one in found:
        if isinstance(one, shard_reader.Problem):
            raise SourceError(f"{name}: {one}{next_step(one)}")
        values = one.values | {"split": split_of(name, one)}
        weight = 1.0 if values["weight"] is None else float(values["weight"])
        if not 0 <= weight < 1000:
            raise SourceError(
                f"{name}: {one.place}: _weight is {weight}; a number from 0 to 1000 is expected"
            )
        if values["prompt"] is not None and values["gen"] is not None:
            yield row_of(values["prompt"], values["gen"], values, values["task"] or UNNAMED, weight)
        elif values["whole"] is not None:
            yield row_of(whole_prompt, values["whole"], values, values["task"] or WHOLE, weight)
        else:
            lacks = "gen" if values["prompt"] is not None else "prompt"
            raise SourceError(
                f"{name}: {one.place}: no {lacks}; a row has prompt and gen, or text, or content"
            )


def split_of(name: str, row: shard_reader.Row) -> str | None:
    """A row's split: `split`, or `_split`, as the published pipelines name it. Two that differ are a SourceError."""
    ours, published = row.values["split"], row.values["published_split"]
    if ours and published and side_of(ours) != side_of(published):
        raise SourceError(
            f"{name}: {row.place}: split is {ours!r} and _split is {published!r}; keep one of the two columns"
        )
    return ours or published


def side_of(split: str | None) -> str:
    """train, val, or "" for a split that is neither."""
    return SIDES.get((split or "").lower(), "")


def row_of(prompt: str, gen: str, values: dict, task: str, weight: float = 1.0) -> Row:
    side = side_of(values["split"])
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
        "\nCheck the network, owner, name and revision, and that HF_HUB_OFFLINE is not set; or fetch the files another"
        " way and name them as parquet:FILE."
    )


def dataset_rows(files: Files) -> Iterator[Row]:
    """Rows of train.parquet and val.parquet with what provenance.parquet, in the same order, knows of them."""
    known = parquet_rows(files.provenance, PROVENANCE)
    for side, file in (("train", files.train), ("val", files.val)):
        for number, row in enumerate(parquet_rows(file, ["prompt", "gen", "split"]), 1):
            origin = next(known, None)
            if origin is None or (origin["prompt"], origin["gen"]) != (row["prompt"], row["gen"]):
                raise SourceError(
                    f"dataset: {file}:{number}: this row is not the one at its place in {files.provenance}; make both"
                    " anew (snakemake dataset), or name a file that was changed as parquet:FILE"
                )
            values = dict(id=origin["_id"], file=origin["_source_file"], split=row["split"] or side)
            yield row_of(row["prompt"], row["gen"], values, origin["_task_type"] or UNNAMED)
    if next(known, None) is not None:
        raise SourceError(f"dataset: {files.provenance} has more rows than {files.train} and {files.val}")


def parquet_rows(path: str, columns: list[str]) -> Iterator[dict]:
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
