"""Counts, lengths and a choice of the dataset's rows, batch by batch: the table need not fit in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from ferrule.core.row_stream import batches
from ferrule.core.schemas import choose

COUNTED = ("_task_type", "split", "_verdict", "_license", "_edition", "_error_code", "_source", "_clippy")
SHOWN = (
    "prompt gen split _id _task_type _source _source_crate _source_file _version _sha256 _license _repository"
    " _commit _edition _start _end _verdict _rustc _tests _variant _error_code _diagnostic _before _clippy"
    " _documented _idiomatic _unsafe"
).split()
MOST_BYTES = 12_000_000  # of the texts of the rows that a page holds: 2 to 3 MB when they are compressed
MOST_TESTS = 12  # of one row
SHARES = ("_documented", "_idiomatic", "_unsafe")


@dataclass
class RowFigures:
    """Of all rows of a dataset."""

    total: int = 0
    counts: dict[str, Counter] = field(default_factory=lambda: {name: Counter() for name in COUNTED})
    kinds_and_splits: Counter = field(default_factory=Counter)  # (kind, split)
    kinds_and_verdicts: Counter = field(default_factory=Counter)  # (kind, verdict)
    variants: Counter = field(default_factory=Counter)  # (kind, variant)
    crates: Counter = field(default_factory=Counter)  # name@version
    shares: Counter = field(default_factory=Counter)  # rows that are documented, idiomatic, with unsafe code
    tests_per_row: Counter = field(default_factory=Counter)  # of rows that are tested
    prompt_lengths: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))  # characters
    answer_lengths: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    compilers: Counter = field(default_factory=Counter)


def row_figures(path: Path) -> RowFigures:
    """Count the rows of provenance.parquet. Raises ValueError for columns of another version."""
    found = RowFigures()
    prompts, answers = [], []
    columns = [
        *COUNTED,
        *SHARES,
        "prompt",
        "gen",
        "_source_crate",
        "_version",
        "_variant",
        "_tests",
        "_rustc",
    ]
    for table in batches(path, columns):
        found.total += table.num_rows
        values = {
            name: table[name].to_pylist()
            for name in (*COUNTED, "_source_crate", "_version", "_variant", "_rustc")
        }
        for name in COUNTED:
            found.counts[name].update("" if value is None else value for value in values[name])
        kinds = values["_task_type"]
        found.kinds_and_splits.update(zip(kinds, values["split"], strict=True))
        found.kinds_and_verdicts.update(zip(kinds, values["_verdict"], strict=True))
        found.variants.update(zip(kinds, values["_variant"], strict=True))
        found.compilers.update(value or "" for value in values["_rustc"])
        found.crates.update(
            f"{name}@{version}" if version else name
            for name, version in zip(values["_source_crate"], values["_version"], strict=True)
            if name
        )
        for name in SHARES:
            found.shares[name] += pc.sum(table[name]).as_py() or 0
        lengths = pc.fill_null(pc.list_value_length(table["_tests"]), 0).to_pylist()
        found.tests_per_row.update(length for length in lengths if length)
        prompts.append(pc.utf8_length(table["prompt"]).to_numpy())
        answers.append(pc.utf8_length(table["gen"]).to_numpy())
    if prompts:
        found.prompt_lengths, found.answer_lengths = np.concatenate(prompts), np.concatenate(answers)
    return found


def chosen_rows(path: Path, most: int) -> list[dict[str, Any]]:
    """At most `most` rows for reading, in the order of the file: all, or a choice by a hash of their ids.

    The choice takes rows of every kind, mutation, rewrite and error code in turn, so that rare ones are seen.
    """
    wanted = _chosen_ids(path, most)
    rows: dict[str, dict[str, Any]] = {}
    for table in batches(path, SHOWN):
        kept = table.filter(pc.is_in(table["_id"], value_set=pc.cast(list(wanted), "string")))
        rows |= {row["_id"]: row for row in kept.to_pylist()}
    size = 0
    chosen: set[str] = set()
    for id in sorted(rows, key=wanted.__getitem__):
        size += sum(len(rows[id][name] or "") for name in ("prompt", "gen", "_diagnostic", "_before"))
        if size > MOST_BYTES and chosen:
            break
        chosen.add(id)
    return [_readable(row) for id, row in rows.items() if id in chosen]


def _chosen_ids(path: Path, most: int) -> dict[str, int]:
    """The ids of the chosen rows, with their rank."""
    strata: dict[tuple, list[tuple[int, str]]] = {}
    for table in batches(path, ["_id", "_task_type", "_variant", "_error_code"]):
        for row in table.to_pylist():
            key = row["_task_type"], row["_variant"], row["_error_code"]
            strata.setdefault(key, []).append((choose(0, "report", row["_id"]), row["_id"]))
    ranked = [
        (place, number, id) for rows in strata.values() for place, (number, id) in enumerate(sorted(rows))
    ]
    return {id: rank for rank, (_, _, id) in enumerate(sorted(ranked)[:most])}


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """A row without the underscores of its columns, without empty values, with some of its tests."""
    row = {name.lstrip("_"): value for name, value in row.items() if value not in (None, "", [])}
    if tests := row.get("tests"):
        row |= {"tests": tests[:MOST_TESTS], "test_count": len(tests)}
    return row


def quantiles(lengths: np.ndarray) -> dict[str, int]:
    """The shortest, median, 90th percentile and longest; empty where there are no rows."""
    if not len(lengths):
        return {}
    shares = {"shortest": 0, "median": 50, "90 % at most": 90, "longest": 100}
    return {name: int(np.percentile(lengths, share, method="lower")) for name, share in shares.items()}


def histogram(lengths: np.ndarray, bins: int = 24) -> list[tuple[int, int, int]]:
    """(from, to, rows) of bins whose width doubles with every third, from 8 characters on."""
    if not len(lengths):
        return []
    edges = [0] + [round(8 * 2 ** (step / 2)) for step in range(bins)]
    edges = [edge for edge in edges if edge <= max(lengths)] + [int(max(lengths)) + 1]
    counts, _ = np.histogram(lengths, edges)
    return [(low, high, int(count)) for low, high, count in zip(edges, edges[1:], counts, strict=False)]
