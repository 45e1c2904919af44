"""Split the samples into train and val by whole groups of crates, and write the dataset's files.

    python scripts/dataset/split.py --pool mixed.parquet --config config/config.yaml --folder results/dataset \\
        --dropped gather.parquet deduplicate.parquet mix.parquet --funnel split.json

Crates of one repository and versions of one crate form a group, and a group is on one side. `val_ratio`
is one of samples. Val has some groups, five where there are many, and is chosen to be like train in kinds of task,
tested and unsafe code and length. With two groups or more there is at least one on each side; a single group is
all train.

Writes {train,val}.jsonl and .parquet (prompt, gen, split), provenance.parquet (all columns, train then
val) and dropped.parquet (what all stages dropped). Rows are in the order of a hash, so that a trainer
that reads them one after the other sees a mix.
"""

from __future__ import annotations

import argparse
import contextlib
from collections import Counter
from pathlib import Path

import orjson
import pyarrow as pa

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import atomic, write_json
from ferrule.core.row_stream import batches, in_order, row_writer
from ferrule.core.schemas import DROPPED, SAMPLES, choose
from ferrule.dataset.matched_val import LEAST_GROUPS, choose_matched_val, comparison
from ferrule.dataset.repositories import Groups, repository_key

TRAINING = pa.schema([SAMPLES.field(name) for name in ("prompt", "gen", "split", "messages")])
SIDES = ("train", "val")
COLUMNS = [
    "prompt",
    "gen",
    "_id",
    "_task_type",
    "_source_crate",
    "_version",
    "_repository",
    "_sha256",
    "_verdict",
    "_unsafe",
]
LENGTHS = (600, 1200, 2400)  # characters of prompt and answer: the bounds of the bands that val is matched in


def main() -> None:
    arguments = parse_arguments()
    settings = arguments.config["dataset"]
    val_ratio, seed = settings.get("val_ratio", 0.1), settings.get("seed", 0)
    groups, ids, kinds, crates, features = read_groups(arguments.pool)
    val, note = choose_matched_val(groups, features, val_ratio, seed)
    sides = ["val" if group in val else "train" for group in groups]
    check(groups, sides)
    order = sorted(range(len(ids)), key=lambda i: (sides[i], choose(seed, "order", ids[i]), ids[i]))
    write_dataset(arguments.pool, arguments.folder, order, sides)
    with row_writer(arguments.folder / "dropped.parquet", DROPPED) as out:
        for path in arguments.dropped:
            for table in batches(path, schema=DROPPED):
                out.write(table)
    summary = summarise(sides, groups, kinds, crates, val_ratio, note)
    summary["features"] = comparison(val, groups, features)
    summary["unlike"] = unlike(summary, val_ratio)
    if summary["unlike"] and settings.get("unlike_val", "note") == "stop":
        raise SystemExit(
            f"split: val is not like train: {'; '.join(summary['unlike'])}. Add crates to the list, try another"
            " dataset.seed, or set dataset.unlike_val to note"
        )
    write_json(arguments.funnel, summary)
    print(f"train {summary['rows']['train']}, val {summary['rows']['val']} rows; {note or 'no remarks'}")


def unlike(summary: dict, ratio: float) -> list[str]:
    """What is wrong with val, as sentences; nothing where none is asked for."""
    if ratio <= 0 or not sum(summary["rows"].values()):
        return []
    wrong = [
        f"{one['feature']}: {one['val']:.0%} of val and {one['train']:.0%} of train"
        for one in summary["features"]
        if one["unlike"]
    ]
    if summary["groups"]["val"] < LEAST_GROUPS:
        wrong.insert(0, f"it is from {summary['groups']['val']} repositories, fewer than {LEAST_GROUPS}")
    return wrong


def read_groups(pool: str) -> tuple[list[str], list[str], list[str], list[str], list[tuple[str, ...]]]:
    """Per row its group, id, kind of task, crate, and what val is matched in."""
    groups, keys, ids, kinds, crates, features = Groups(), [], [], [], [], []
    for table in batches(pool, COLUMNS):
        for row in table.to_pylist():
            name, repository = row["_source_crate"] or "", repository_key(row["_repository"])
            names = [f"crate {name}"] * bool(name) + [f"repository {repository}"] * bool(repository)
            # A row of neither a crate nor a repository belongs to its file, or to nothing but itself.
            alone = f"file {row['_sha256']}" if row["_sha256"] else f"row {row['_id']}"
            keys.append(groups.join(names or [alone]))
            ids.append(row["_id"])
            kinds.append(row["_task_type"])
            crates.append(f"{name}@{row['_version']}" if row["_version"] else name)
            features.append(features_of(row))
    return [groups.find(key) for key in keys], ids, kinds, crates, features


def features_of(row: dict) -> tuple[str, ...]:
    size = len(row["prompt"]) + len(row["gen"])
    band = next((f"length below {bound}" for bound in LENGTHS if size < bound), f"length from {LENGTHS[-1]}")
    words = (
        f"kind {row['_task_type']}",
        band,
        "tested" * (row["_verdict"] == "tested"),
        "unsafe" * bool(row["_unsafe"]),
    )
    return tuple(filter(None, words))


def check(groups: list[str], sides: list[str]) -> None:
    """A group on both sides would be a leak: stop rather than write it."""
    side_of: dict[str, str] = {}
    for group, side in zip(groups, sides, strict=True):
        if side_of.setdefault(group, side) != side:
            raise SystemExit(f"split: the group of {group} would be in train and in val; this is a bug")


def write_dataset(pool: str, folder: Path, order: list[int], sides: list[str]) -> None:
    """Train then val, each in the order given; every file is complete or absent."""
    with contextlib.ExitStack() as stack:
        provenance = stack.enter_context(row_writer(folder / "provenance.parquet"))
        tables = {s: stack.enter_context(row_writer(folder / f"{s}.parquet", TRAINING)) for s in SIDES}
        lines = {
            s: stack.enter_context(open(stack.enter_context(atomic(folder / f"{s}.jsonl")), "wb"))
            for s in SIDES
        }
        at, column = 0, SAMPLES.get_field_index("split")
        for piece in in_order(pool, order):
            here = [sides[i] for i in order[at : at + piece.num_rows]]
            at += piece.num_rows
            piece = piece.set_column(column, SAMPLES.field(column), pa.array(here, pa.string()))
            provenance.write(piece)
            for side in SIDES:
                rows = piece.filter(pa.array([s == side for s in here])).select(TRAINING.names)
                tables[side].write(rows)
                for row in rows.to_pylist():
                    lines[side].write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


def summarise(sides, groups, kinds, crates, ratio: float, note: str) -> dict:
    by_kind = {side: Counter() for side in SIDES}
    for side, kind in zip(sides, kinds, strict=True):
        by_kind[side][kind] += 1
    rows = {side: sum(by_kind[side].values()) for side in SIDES}
    pairs = list(zip(sides, groups, crates, strict=True))
    return dict(
        stage="split",
        rows=rows,
        kinds=by_kind,
        groups={side: len({g for s, g, _ in pairs if s == side}) for side in SIDES},
        crates={side: len({c for s, _, c in pairs if s == side}) for side in SIDES},
        val_ratio=dict(asked=ratio, got=round(rows["val"] / len(sides), 6) if sides else 0.0),
        note=note,
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, pool="samples", funnel="counts")
    parser.add_argument("--folder", required=True, type=Path, help="where the dataset goes")
    parser.add_argument(
        "--dropped", nargs="*", default=[], help="tables of what earlier stages dropped, in order"
    )
    add_config(parser, "dataset")
    return parser.parse_args()


if __name__ == "__main__":
    main()
