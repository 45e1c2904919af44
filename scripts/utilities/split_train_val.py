"""Split any file of rows into train and val; rows of one crate, repository or file stay together.

    python scripts/utilities/split_train_val.py rows.jsonl train.jsonl val.jsonl --val-ratio 0.1 --seed 0

The ratio is one of rows: of all sets of whole groups, val is one whose number of rows comes nearest to it. Rows
belong together by `_source_crate` and by `_repository`; without either by file (`_sha256`, else
`_source_file`), and a row that has none of them belongs to itself. Rows with the same prompt and answer are on one side too. Rows keep their
keys and their order, and `split` is set. Reads and writes JSONL, or Parquet.

The dataset itself is split by the workflow (scripts/dataset/split.py): this is for files from elsewhere.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pyarrow as pa

from ferrule.core.files import atomic
from ferrule.core.row_files import BATCH, is_parquet, open_parquet, parse, read_lines, read_objects
from ferrule.core.row_stream import row_writer
from ferrule.core.schemas import identity
from ferrule.dataset.group_split import choose_val
from ferrule.dataset.repositories import Groups, repository_key

COLUMNS = ["prompt", "gen", "_source_crate", "_repository", "_source_file", "_sha256"]
SIDES = ("train", "val")
PUBLISHED = "_split"  # the name of the split in published pipelines; what it says is no longer true


def main() -> None:
    arguments = parse_arguments()
    targets = dict(zip(SIDES, (arguments.train, arguments.val), strict=True))
    try:
        if len({is_parquet(path) for path in (arguments.source, *targets.values())}) > 1:
            raise ValueError("the three files must have one type; scripts/utilities/convert.py converts")
        groups = read_groups(arguments.source)
        val, note = choose_val(Counter(groups), arguments.val_ratio, arguments.seed)
        sides = ["val" if group in val else "train" for group in groups]
        (write_parquet if is_parquet(arguments.source) else write_lines)(arguments.source, targets, sides)
    except (ValueError, OSError) as error:
        sys.exit(f"split_train_val: {error}")
    counts = Counter(sides)
    got = counts["val"] / len(sides) if sides else 0.0
    print(
        f"train {counts['train']}, val {counts['val']} rows ({got:.4f}, asked {arguments.val_ratio}),"
        f" {len(set(groups))} groups{'; ' + note if note else ''}"
    )


def read_groups(source: Path) -> list[str]:
    """The group of every row."""
    groups, keys = Groups(), []
    for _, row in read_objects(source, COLUMNS):
        keys.append(groups.join(names(row)))
    return [groups.find(key) for key in keys]


def names(row: dict) -> Iterator[str]:
    """What a row belongs to; rows that share one of these are in one group."""
    crate, repository = row.get("_source_crate"), repository_key(str(row.get("_repository") or ""))
    if crate:
        yield f"crate {crate}"
    if repository:
        yield f"repository {repository}"
    file = row.get("_sha256") or row.get("_source_file")  # of a crate's rows the former is the crate's
    if file and not crate and not repository:
        yield f"file {file}"
    yield f"row {identity(row.get('prompt'), row.get('gen'))}"


def write_lines(source: Path, targets: dict[str, Path], sides: list[str]) -> None:
    with contextlib.ExitStack() as stack:
        out = {s: stack.enter_context(open(stack.enter_context(atomic(targets[s])), "wb")) for s in SIDES}
        for (number, line), side in zip(read_lines(source), sides, strict=True):
            row = parse(source, number, line) | dict(split=side)
            row.pop(PUBLISHED, None)
            out[side].write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


def write_parquet(source: Path, targets: dict[str, Path], sides: list[str]) -> None:
    at, field = 0, pa.field("split", pa.string())
    with open_parquet(source) as file, contextlib.ExitStack() as stack:
        schema = file.schema_arrow
        old = schema.get_field_index(PUBLISHED)
        schema = schema if old < 0 else schema.remove(old)
        place = schema.get_field_index("split")
        schema = schema.append(field) if place < 0 else schema.set(place, field)
        out = {side: stack.enter_context(row_writer(targets[side], schema)) for side in SIDES}
        for batch in file.iter_batches(batch_size=BATCH):
            here = sides[at : at + batch.num_rows]
            at += batch.num_rows
            table, column = pa.Table.from_batches([batch]), pa.array(here, pa.string())
            table = table if old < 0 else table.drop_columns([PUBLISHED])
            table = (
                table.append_column(field, column) if place < 0 else table.set_column(place, field, column)
            )
            for side in SIDES:
                out[side].write(table.filter(pa.array([name == side for name in here], pa.bool_())))


def ratio(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= float(text) < 1:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 0 to below 1")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0],
        epilog=__doc__.split("\n\n", 2)[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, help="a .jsonl or .parquet file")
    parser.add_argument("train", type=Path, help="the file to write, of the same type")
    parser.add_argument("val", type=Path, help="the file to write, of the same type")
    parser.add_argument("--val-ratio", type=ratio, default=0.1, help="share of the rows in val")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
