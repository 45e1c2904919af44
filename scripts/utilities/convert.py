"""Convert a dataset from JSONL to Parquet or from Parquet to JSONL, without a change to what it says.

    python scripts/utilities/convert.py rows.jsonl rows.parquet
    python scripts/utilities/convert.py rows.parquet rows.jsonl
    python scripts/utilities/convert.py rows.jsonl rows.parquet --variant training
    python scripts/utilities/convert.py rows.jsonl rows.parquet --like others.parquet

The names of the files say which way. `--variant training` keeps prompt, gen and split; `provenance`, as
without it, all columns. Types of a JSONL file: those of `--like`, or of our own tables if it has exactly
their columns, or what its values are (whole numbers become 64 bits). A value that the other file could not
hold stops the run, with file and line, and writes nothing. A key that a row lacks becomes null; the
number of such keys is printed. Keys get the order of their first appearance. Rows are read some thousands at a time.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import orjson
import pyarrow as pa

from ferrule.core import json_types, schemas
from ferrule.core.files import atomic
from ferrule.core.row_files import BATCH, is_parquet, open_parquet, read_objects
from ferrule.core.row_stream import row_writer

TRAINING = ("prompt", "gen", "split")
PUBLISHED = "_split"  # the split in rows of published pipelines: without it, rows of val would be trained on
TEXT = pa.string()


def main() -> None:
    arguments = parse_arguments()
    source, target = arguments.source, arguments.target
    try:
        if is_parquet(source) == is_parquet(target):
            raise ValueError(
                f"{target}: expected {'.jsonl' if is_parquet(source) else '.parquet'} as its end"
            )
        if is_parquet(source):
            if arguments.like:
                raise ValueError("--like: only for JSONL to Parquet; JSONL has no types")
            number = to_jsonl(source, target, arguments.variant)
        else:
            number = to_parquet(source, target, arguments.variant, arguments.like)
    except (ValueError, OSError) as error:
        sys.exit(f"convert: {error}")
    print(f"{source} -> {target}: {number} rows")


def wanted(names: list[str], variant: str, source: Path) -> list[str]:
    """The columns to keep, in the order that the file has them."""
    if variant != "training":
        return names
    if missing := {"prompt", "gen"} - set(names):
        raise ValueError(
            f"{source}: no column {sorted(missing)[0]!r}; without it there is nothing to train with"
        )
    kept = TRAINING if "split" in names else (*TRAINING, PUBLISHED)
    return [name for name in names if name in kept]


# Parquet to JSONL


def to_jsonl(source: Path, target: Path, variant: str) -> int:
    """Write the rows as lines; gives their number."""
    with open_parquet(source) as file:
        schema = file.schema_arrow
    columns = wanted(schema.names, variant, source)
    for name in columns:
        if not json_types.has_json(kind := schema.field(name).type):
            raise ValueError(
                f"{source}: column {name!r} is {kind}, JSON has no such values; leave it out or cast it"
            )
    floats = any("float" in str(kind) or "double" in str(kind) for kind in schema.types)
    number = 0
    with atomic(target) as temporary, open(temporary, "wb") as out:
        for number, row in read_objects(source, columns):
            if floats and (name := next((name for name in columns if not finite(row[name])), None)):
                raise ValueError(
                    f"{source}: row {number}: {name!r} is not a number or infinite, JSON has neither"
                )
            out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    return number


def finite(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    if isinstance(value, list):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)


# JSONL to Parquet


def to_parquet(source: Path, target: Path, variant: str, like: Path | None) -> int:
    """Write the lines as rows; gives their number."""
    schema = schema_like(like) if like else find_schema(source, variant)
    columns = wanted(schema.names, variant, source)
    schema = pa.schema([schema.field(name) for name in columns])
    lacking: Counter = Counter()
    lines, number = read_objects(source), 0
    with row_writer(target, schema) as out:
        while part := list(islice(lines, BATCH)):
            out.write(as_table(source, part, schema, whole=variant != "training"))
            for _, row in part:
                if len(row) < len(schema):
                    lacking.update(name for name in columns if name not in row)
            number += len(part)
    for name in columns:
        if lacking[name]:
            print(
                f"{source}: {lacking[name]} of {number} rows have no {name!r}: null in {target}",
                file=sys.stderr,
            )
    return number


def schema_like(path: Path) -> pa.Schema:
    with open_parquet(path) as file:
        return file.schema_arrow


def find_schema(source: Path, variant: str) -> pa.Schema:
    """The columns in order of their first appearance, with types that hold every value."""
    everything = variant != "training"
    types: dict[str, pa.DataType] = {}
    for number, row in read_objects(source):
        for name, value in row.items():
            known = types.get(name, json_types.NULL)
            if (type(value) is str and known == TEXT) or not (everything or name in (*TRAINING, PUBLISHED)):
                continue  # the first: nearly all values, and by far the quickest way
            try:
                types[name] = json_types.together(known, json_types.type_of(value))
            except json_types.Mixed as error:
                raise ValueError(f"{source}:{number}: {name!r}: {error}; make them one type") from None
    if not types:
        raise ValueError(
            f"{source}: no rows, so no columns; --like TABLE.parquet names a table that has them"
        )
    names = list(types)
    ours = [
        table for table in vars(schemas).values() if isinstance(table, pa.Schema) and table.names == names
    ]
    return ours[0] if ours else pa.schema(types.items())


def as_table(source: Path, part: list[tuple[int, dict]], schema: pa.Schema, whole: bool) -> pa.Table:
    """Rows under a schema; `whole`: every key of theirs must be in it. A value that does not fit is named."""
    known = set(schema.names)
    for number, row in part:
        if whole and len(row.keys() & known) < len(row):
            extra = sorted(row.keys() - known)[0]
            raise ValueError(
                f"{source}:{number}: the key {extra!r} is no column of the table; take it out or add it"
            )
    try:
        return pa.Table.from_pylist([row for _, row in part], schema=schema)
    except (pa.ArrowException, TypeError, OverflowError):
        for number, row in part:
            for field in schema:
                try:
                    pa.array([row.get(field.name)], field.type)
                except (pa.ArrowException, TypeError, OverflowError) as error:
                    raise ValueError(
                        f"{source}:{number}: {field.name!r} is not {field.type} ({error})"
                    ) from None
        raise


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0],
        epilog=__doc__.split("\n\n", 2)[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, help="a .jsonl or .parquet file")
    parser.add_argument("target", type=Path, help="the file to write, of the other type")
    parser.add_argument(
        "--variant",
        choices=["training", "provenance"],
        default="provenance",
        help="training: prompt, gen and split; provenance: all columns (default)",
    )
    parser.add_argument("--like", type=Path, metavar="PARQUET", help="take columns and types from this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
