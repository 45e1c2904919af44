"""Sections of the dataset: other sources of rows, copies, benchmarks, secrets, size and split."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator

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
    section,
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


def auto_or_checked(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    return value if value == "auto" else check(value)


def or_auto(schema: dict[str, Any]) -> None:
    """What an editor accepts: the word `auto` as well."""
    schema["type"] = ["array", "string"]


class Decontaminate(Section):
    benchmarks: Annotated[list[KeptOut], WrapValidator(auto_or_checked), Field(json_schema_extra=or_auto)] = (
        Field(
            "auto",  # type: ignore[arg-type]
            description=(
                "auto: every problem set that is measured with (evaluate.benchmarks, samples, monitors);\n"
                "or name, path and, if need be, fields of each file (JSONL, also .gz, or Parquet)"
            ),
        )
    )


class CodeKinds(Section):
    docs: Share = Field(0.34, description="documentation gives the function")
    tests: Share = Field(0.3, description="its tests give the function")
    impl: Share = Field(0.06, description="documentation gives a whole impl block")
    module: Share = Field(0.02, description="documentation gives a whole module")
    impl_tests: Share = Field(0.05, description="its tests give a whole impl block")
    test: Share = Field(0.15, description="the function gives a test of it")
    api: Share = Field(0.08, description="documentation gives an example of use that runs")


class ErrorKinds(Section):
    compile_error: Share = Field(0.6, description="rustc's diagnostic gives the fix")
    behaviour: Share = Field(0.4, description="a failing test gives the fix")


class ExplanationKinds(Section):
    code: Share = Field(0.6, description="the item gives its author's doc comment")
    output: Share = Field(0.4, description="code gives the value that it computes")


class Kinds(Section):
    code_generation: CodeKinds = section(CodeKinds, "shares within code_generation")
    error_fixing: ErrorKinds = section(ErrorKinds, "shares within error_fixing")
    explanations: ExplanationKinds = section(ExplanationKinds, "shares within explanations")


class Choice(Section):
    crate_share: Share = Field(
        0.08, description="most of all rows that one crate gives; more where the list is too short for that"
    )
    one_line: Share = Field(0.15, description="most of a kind's rows whose function has a body of one line")
    prints_fix: Share = Field(0.05, description="most of the error rows whose fix rustc's help prints")
    twins: Positive | None = Field(
        2, description="rows whose answers differ in names only; null for any number"
    )
    same_answer: Positive | None = Field(2, description="rows with the same answer; null for any number")
    siblings: Jaccard | None = Field(
        0.6,
        description="Jaccard of token runs at which two answers of a crate are too alike; null switches it off",
    )
    proven: Share = Field(
        0.5,
        description=(
            "share of rows with a test that notices a wrong form: for it up to 15 % of the others are left out,\n"
            "where that is enough; 0 switches it off"
        ),
    )
    kinds: Kinds = section(Kinds, "shares of `_kind` within a task; what one cannot fill goes to the others")


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
    unlike_val: Literal["note", "stop"] = Field(
        "note", description="val that is from few repositories or unlike train: say so in the card, or stop"
    )
    seed: Whole = Field(0, description="a different seed gives another choice, order and split")
    pieces_mb: Positive = Field(11, description="size of one piece when a file is cut into pieces")


class Review(Section):
    rows: Positive = Field(60, description="rows on the page")
    seed: Whole = Field(0, description="a different seed gives other rows")
