"""Sections of the crates: what is taken, how it is run and looked at, and what is kept of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ferrule.workflow.configuration.base import (
    Positive,
    Section,
    Share,
    SomeDistinct,
    SpdxId,
    Text,
    Texts,
    Whole,
)

DEFAULT_LICENSES = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
]


class Crates(Section):
    list: Text = Field(
        "config/crates.tsv", description="the crates: name, version, source, separated by tabs"
    )
    names: Texts = Field(
        [], description="only these (name or name@version) instead of the whole list; need not be on it"
    )
    limit: Positive | None = Field(None, description="only the first N; null takes all")
    max_unpacked_mb: Positive = Field(200, description="a crate larger than this when unpacked is refused")
    max_files: Positive = Field(20000, description="a crate with more files than this is refused")
    features: Literal["default", "all"] = Field(
        "default", description="cargo features its code is compiled with: default or all"
    )


class Sandbox(Section):
    mode: Literal["bubblewrap", "none"] = Field(
        "bubblewrap", description="bubblewrap, or none: foreign code then runs with your own rights"
    )
    wall_seconds: Positive = Field(600, description="time limit of one step on one crate")
    cpu_seconds: Positive = Field(600, description="processor time limit of one process")
    memory_mb: int = Field(
        4096,
        ge=512,
        description="memory of one process, and of all together with their /tmp; rustc needs 512 to start",
    )
    tmp_mb: int = Field(
        3072, ge=16, description="size of the private /tmp, which also holds cargo's target folder"
    )
    processes: int = Field(
        256, ge=16, description="processes and threads at once; cargo and rustc need a dozen or two"
    )
    file_mb: Positive = Field(1024, description="largest file that may be written")
    output_mb: Positive = Field(128, description="what a tool may print before it is stopped")


class Tools(Section):
    clippy: bool = Field(True, description="lints, in three categories")
    license: bool = Field(
        False,
        description="licences of the dependencies as well (cargo-license); the crate's own are always read",
    )
    geiger: bool = Field(False, description="unsafe code in the crate and its dependencies (cargo-geiger)")
    outdated: bool = Field(False, description="dependencies that have a newer version (cargo-outdated)")
    deny: bool = Field(False, description="advisories, bans and licences among the dependencies (cargo-deny)")
    advisory_db: Text | None = Field(
        None,
        description="folder with a git clone of an advisory database; without one cargo-deny's answer is `unavailable`",
    )


class Gates(Section):
    allowed_licenses: SomeDistinct[SpdxId] = Field(
        DEFAULT_LICENSES, description="SPDX ids; an expression passes when these alone satisfy it"
    )
    license_conflict: Literal["reject", "ignore"] = Field(
        "reject",
        description="when a licence file contradicts the manifest: reject the crate, or ignore it",
    )
    min_edition: Literal[2015, 2018, 2021, 2024] = Field(2021, description="oldest Rust edition")
    min_documented: Share | None = Field(0.5, description="share of public items with a doc comment")
    max_bad_code_warnings: Whole | None = Field(
        0, description="clippy warnings of the category bad code (needs tools.clippy)"
    )
    max_clippy_warnings: Whole | None = Field(
        None, description="clippy warnings of any category (needs tools.clippy)"
    )
    max_unsafe_items: Whole | None = Field(
        None, description="unsafe blocks, functions, impls and traits in the crate's own code"
    )
    max_geiger_unsafe: Whole | None = Field(
        None, description="unsafe items by cargo-geiger, dependencies included (needs tools.geiger)"
    )
    max_outdated_ratio: Share | None = Field(
        None, description="share of direct dependencies that are outdated (needs tools.outdated)"
    )
    max_deny_severity: Literal["low", "medium", "high", "critical"] | None = Field(
        None, description="worst finding that passes: low, medium, high or critical (needs tools.deny)"
    )
    min_live: Share | None = Field(
        0.1, description="share of the crate's functions that the compiler reaches"
    )
    on_unavailable: Literal["reject", "ignore"] = Field(
        "reject", description="when a tool could not be run: reject the crate, or ignore its gate"
    )
    study_refused: bool = Field(
        False,
        description="run every step for refused crates too, as studying the gates needs; they give no rows",
    )


class Files(Section):
    max_average_line: Positive = Field(100, description="characters a line, on average")
    max_line: Positive = Field(500, description="characters in the longest line")
    min_alphabetic: Share = Field(0.3, description="share of letters among the characters")
    max_bytes: Positive = Field(1000000, description="size of the file")


class Chunks(Section):
    max_lines: Positive = Field(200, description="lines of one function, type or module")
    max_chars: Positive = Field(8000, description="characters of one")
