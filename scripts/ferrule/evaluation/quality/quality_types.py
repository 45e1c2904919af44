"""The types of quality.jsonl; docs/evaluation.md has the definitions."""

from __future__ import annotations

from typing import TypedDict


class Shape(TypedDict):
    """Numbers of definitions, including methods and nested ones; whether there is a `main`, and a test."""

    functions: int
    structs: int
    impls: int
    traits: int
    has_main: bool
    has_tests: bool


class ClippyColumns(TypedDict):
    """Warnings in the answer's own part; `clippy_reason` says why there are none to count."""

    clippy: dict[str, int] | None  # by group; None if clippy has no result
    lints: dict[str, int]
    clippy_warnings: int | None
    clippy_reason: str


class Quality(ClippyColumns, Shape):
    """The quality of an answer."""

    compiles: bool
    idiomatic: float
    idiomatic_syntax: float
    documented: bool
    documented_items: float | None  # None if there is no item to document
    prompt_match: float | None  # None if the prompt has no words
    prefilter: str


class QualityRow(Quality):
    """A row of quality.jsonl."""

    key: str  # of the answer
