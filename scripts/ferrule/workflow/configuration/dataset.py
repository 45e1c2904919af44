"""Sections of the dataset: other sources of rows, copies, benchmarks, secrets, size and split."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from ferrule.workflow.configuration.base import (
    Kind,
    Positive,
    PositiveNumber,
    Section,
    Share,
    SnakeName,
    SomeDistinct,
    Text,
    Whole,
    optional,
)


class Hub(Section):
    repo: Text = Field(description="name of the dataset, OWNER/NAME")
    revision: Text = Field(description="its commit, so that the same rows come every time")
    split: Text = Field(description="which of its splits")
    streaming: bool = optional(True, description="read it without a copy on disk")


class Source(Section):
    kind: Literal["stack", "samples", "qa"] = Field(
        description="stack: whole Rust files; samples: pairs of prompt and answer; qa: answers about repositories"
    )
    files: Annotated[list[Text], Field(min_length=1)] = optional(
        description="files, or patterns of them such as data/*.parquet"
    )
    hub: Hub = optional(description="instead of files: a dataset of the hub")
    format: Literal["parquet", "jsonl"] = optional(
        description="type of the files where their names do not say it"
    )
    columns: dict[str, Text] = optional({}, description="what its columns are called, by our names")
    license: Text = optional(description="SPDX expression of rows that name none")
    task: Kind = optional("code_generation", description="samples: kind of task of rows that name none")
    min_quality: Share = optional(0, description="qa: answers with a lower quality score are dropped")
    weight: PositiveNumber | None = Field(
        None, description="rows it may have for each row of the crates; null for any number"
    )


class Sources(Section):
    model_config = ConfigDict(extra="allow")
    named: ClassVar[type[Section]] = Source  # the type under every other key, which is a name
    __pydantic_extra__: dict[SnakeName, Source]

    on_error: Literal["stop", "skip"] = Field(
        "stop", description="a row or a file that cannot be used: stop, or skip it and count it"
    )


Jaccard = Annotated[float, Field(ge=0.3, le=1)]


class NearDuplicates(Section):
    text: Jaccard | None = Field(0.7, description="all tokens, without comments and layout")
    locals: Jaccard | None = Field(
        0.85, description="the item's own name, parameters and variables all alike"
    )
    nameless: Jaccard | None = Field(0.95, description="all names alike; items of 60 tokens or more")


class BenchmarkFields(Section):
    id: str = optional(description="the field with a problem's name")
    prompt: str = optional(description="the field with what is asked")
    declaration: str = optional(description="the field with the declarations before a solution")
    solution: str = optional(description="the field with the solution")
    tests: str = optional(description="the field with the tests")
    entry_point: str = optional(description="the field with the name of the function")


class KeptOut(Section):
    name: Text = Field(description="what reports call it")
    path: Text = Field(description="the file")
    fields: BenchmarkFields = optional(description="its fields, where their names are not the usual ones")


class Decontaminate(Section):
    benchmarks: list[KeptOut] = Field(
        [], description="name, path and, if need be, fields of each file (JSONL, also .gz, or Parquet)"
    )


class Scrub(Section):
    secrets: Literal["drop", "mask", "keep"] = Field(
        "drop",
        description="rows with keys, tokens and passwords: drop, mask or keep; a masked row cannot be traced",
    )
    personal: Literal["drop", "mask", "keep"] = Field(
        "drop",
        description="rows with e-mail and IP addresses, telephone numbers, home folders: drop, mask or keep",
    )
    opt_out: Text | None = Field(
        None,
        description="file of those who opted out: crate, repository or author, tab, value",
    )


class Dataset(Section):
    size: Positive | None = Field(None, description="rows; null takes as many as the mix allows")
    verdicts: SomeDistinct[Literal["tested", "compiles", "parses", "unjudged"]] = Field(
        ["tested", "compiles", "parses", "unjudged"],
        description="rows with another verdict are dropped",
    )
    same_prompt: Literal["drop", "keep"] = Field(
        "drop", description="rows with the prompt of another one: drop, or keep where prompts are fixed"
    )
    val_ratio: float = Field(0.1, ge=0, lt=1, description="share of the rows in the validation split")
    seed: Whole = Field(0, description="a different seed gives another choice, order and split")
    pieces_mb: Positive = Field(11, description="size of one piece when a file is cut into pieces")
