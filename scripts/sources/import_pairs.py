"""Take over pairs of prompt and answer that others have made: extra shards in our format or another.

    python scripts/sources/import_pairs.py --name extra --config \\
        '{"sources": {"extra": {"files": ["a.jsonl"], "license": "MIT"}}, "gates": {"allowed_licenses": ["MIT"]}}' \\
        --out extra.parquet --dropped extra.dropped.parquet --counts extra.json

`columns` of the source says what its columns are called, where they are not called as ours. A verdict is taken
over if the file has one; otherwise an answer that parses as Rust is `parses`, another one `unjudged`. A `split`
in the file is set aside, since rows of one crate must be on one side: how many had one is counted and said.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from functools import lru_cache

import pyarrow as pa

from ferrule.core import shard_reader
from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import write_json
from ferrule.core.reasons import SourceReason
from ferrule.core.schemas import SAMPLES, identity
from ferrule.core.splits import given_side
from ferrule.crates import spdx
from ferrule.dataset.source_tables import SourceTables, drop_row
from ferrule.rust import syntax
from ferrule.rust.syntax import KIND_OF
from ferrule.tasks.sample_rows import NOTHING, too_long

VERDICTS = ("tested", "compiles", "parses", "unjudged")
# `_id` and `_source` are ours to give. Columns may be spelt without their underscore in `columns`.
NAMES = {name: (name,) for name in SAMPLES.names if name not in ("_id", "_source", "messages")}
NAMES["_split"] = ("_split",)  # as the published pipelines write it
TYPES = {
    pa.int32(): int,
    pa.bool_(): bool,
    pa.string(): str,
    pa.list_(pa.string()): list,
    pa.list_(pa.int32()): list,
}


def main() -> None:
    arguments = parse_arguments()
    source = arguments.config["sources"][arguments.name]
    source["columns"] = {full_name(name): theirs for name, theirs in (source.get("columns") or {}).items()}
    types = {name: TYPES[SAMPLES.field(name).type] for name in NAMES if name in SAMPLES.names}
    splits: Counter = Counter()
    # Expressions are few and rows are many.
    check = lru_cache(4096)(lambda text: spdx.check(text, arguments.config["gates"]["allowed_licenses"]))
    with SourceTables(
        arguments.name, arguments.out, arguments.dropped, arguments.config["sources"].get("on_error", "stop")
    ) as tables:
        for row in shard_reader.read(source, NAMES, ("prompt", "gen"), types):
            row = row if isinstance(row, shard_reader.Problem) else usable(row)
            if isinstance(row, shard_reader.Problem):
                tables.problem(row)
                continue
            tables.read += 1
            if side := row.values["split"]:
                splits[side] += 1
            sample = sample_of(arguments.name, source, row.values)
            allowed, why = check(sample["_license"])
            if not allowed:
                tables.drop(drop_row(sample, "source", "license", f"{row.place}: {why}"))
            elif long := too_long(sample):
                reason, detail = long
                tables.drop(drop_row(sample, "make", reason, f"{row.place}: {detail}"))
            else:
                tables.keep(sample)
    if splits:
        said = ", ".join(f"{side} {count}" for side, count in sorted(splits.items()))
        print(f"{arguments.name}: rows with a split of their own ({said}): dataset.val_ratio decides instead")
    write_json(arguments.counts, tables.counts() | {"split_given": splits})


def full_name(name: str) -> str:
    """Our column for a name in `columns`: `license` is `_license`, `crate` is `_source_crate`."""
    short = {"crate": "_source_crate", "file": "_source_file", "task": "_task_type"}
    return short.get(name) or (name if name in NAMES or f"_{name}" not in NAMES else f"_{name}")


def usable(row: shard_reader.Row) -> shard_reader.Row | shard_reader.Problem:
    """The row, or what is wrong with its values."""
    for name in ("prompt", "gen"):
        if not row.values[name].strip():
            return shard_reader.Problem(SourceReason.EMPTY_TEXT, row.file, row.line, f"{name} is blank")
    if (verdict := row.values["_verdict"]) and verdict not in VERDICTS:
        return shard_reader.Problem(
            SourceReason.UNKNOWN_VERDICT, row.file, row.line, f"{verdict!r} is none of {', '.join(VERDICTS)}"
        )
    try:
        side = given_side(row.values["split"], row.values["_split"])
    except ValueError as error:
        return shard_reader.Problem(SourceReason.UNKNOWN_SPLIT, row.file, row.line, str(error))
    values = {name: value for name, value in row.values.items() if name != "_split"}
    return replace(row, values=values | {"split": side})


def sample_of(name: str, source: dict, values: dict) -> dict:
    task = values["_task_type"] or source.get("task") or "code_generation"
    around = (values["_prefix"] or "", values["_suffix"] or "")
    sample = NOTHING | values | dict(split="", _source=name, _task_type=task)
    # Of the row's own texts: the same row has the same id, whatever file it comes in.
    sample["_id"] = identity(name, task, sample["prompt"], sample["gen"], *around)
    sample["_license"] = values["_license"] or source.get("license")
    sample["_verdict"] = values["_verdict"] or verdict_of(around[0] + sample["gen"] + around[1])
    for column in ("_source_crate", "_source_file", "_version", "_sha256", "_rustc", "_variant"):
        sample[column] = sample[column] or ""
    sample["_tests"] = sample["_tests"] or []
    if sample["_start"] is None or sample["_end"] is None:
        # Later steps take rows of one place for forms of one item: a row that names none is its own.
        sample["_source_file"] = f"{sample['_source_file']}#{sample['_id']}"
    return sample


def verdict_of(text: str) -> str:
    """`parses` for Rust items without an error, `unjudged` for all else: prose, expressions, other languages."""
    root = syntax.parse(text.encode())
    rust = not root.has_error and any(child.kind_id in KIND_OF for child in root.children)
    return "parses" if rust else "unjudged"


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--name", required=True, help="its name under `sources`")
    add_files(parser, out="samples", dropped="what fell, and why", counts="how many")
    add_config(parser, "sources", "gates")
    return parser.parse_args()


if __name__ == "__main__":
    main()
