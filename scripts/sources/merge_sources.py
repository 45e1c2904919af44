"""Join the crates' samples with those of the other sources, each with at most its weight of rows.

    python scripts/sources/merge_sources.py --pool gather.parquet --gathered gather.json \\
        --folder results/sources --config config/config.yaml --out merge.parquet --dropped merge.dropped.parquet \\
        --candidates candidates.json --funnel merge.json

The crates weigh 1: a source of weight 0.5 has at most half as many rows as they have, one of weight null any
number. Where the crates give no row, the source of the largest weight takes their place. Which rows of a
source stay depends on their hash. Rows whose verdict is not allowed are dropped first, whatever their source.

The order is that of the sources, crates first; `split` puts the rows into the order of a hash at the end.
--candidates gets the counts of `gather` with those of the sources added: what the funnel begins with.
"""

from __future__ import annotations

import argparse
from collections import Counter
from fractions import Fraction
from pathlib import Path

import ferrule.core.without_numpy  # noqa: F401

import pyarrow as pa

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import read_json, write_json
from ferrule.core.reasons import MergeReason
from ferrule.core.row_stream import batches, dropped_rows, row_writer, stage_counts
from ferrule.core.schemas import DROPPED, choose

CRATES = "crates"
Weights = dict[
    str, float | None
]  # rows that a source may have for each row of the crates; None for any number


def main() -> None:
    arguments = parse_arguments()
    verdicts = arguments.config["dataset"]["verdicts"]
    given = arguments.config["sources"].items()
    sources = {name: source.get("weight") for name, source in given if name != "on_error"}
    weights = {CRATES: 1.0} | sources
    tables = {CRATES: Path(arguments.pool)}
    tables |= {name: arguments.folder / f"{name}.parquet" for name in sorted(sources)}
    kinds, ids, fates, counts = [], {}, {}, {}
    for name, path in tables.items():
        ids[name], fates[name] = [], []
        for table in batches(path, ["_id", "_task_type", "_verdict"]):
            kinds += table["_task_type"].to_pylist()
            ids[name] += table["_id"].to_pylist()
            fates[name] += [
                None if verdict in verdicts else (MergeReason.VERDICT_NOT_ALLOWED, verdict or "none")
                for verdict in table["_verdict"].to_pylist()
            ]
    limits = row_limits({name: fates[name].count(None) for name in tables}, weights)
    for name in tables:
        if limits[name] is not None:
            over = left_out(ids[name], fates[name], limits[name], arguments.config["dataset"].get("seed", 0))
            for i in over:
                fates[name][i] = (MergeReason.OVER_WEIGHT, f"{name}: {limits[name]} rows")
        kept = fates[name].count(None)
        counts[name] = dict(weight=weights[name], rows=len(ids[name]), limit=limits[name], taken=kept)
        print(f"{name}: {kept} of {len(ids[name])} rows, weight {weights[name]}, at most {limits[name]}")
    earlier = {name: arguments.folder / f"{name}.dropped.parquet" for name in sorted(sources)}
    write_tables(tables, fates, earlier, arguments.out, arguments.dropped)
    every = [fate for name in tables for fate in fates[name]]
    write_json(arguments.funnel, stage_counts("merge", kinds, every) | {"sources": counts})
    added = {name: read_json(arguments.folder / f"{name}.json") for name in sorted(sources)}
    write_json(arguments.candidates, with_sources(read_json(arguments.gathered), added, counts))


def row_limits(rows: dict[str, int], weights: Weights) -> dict[str, int | None]:
    """How many rows each source may have. The crates are never cut: they are what the others are measured by."""
    for name, weight in weights.items():
        if weight is not None and not weight > 0:
            raise SystemExit(f"sources.{name}.weight: {weight} must be more than 0 (null for all rows)")
    measured = [name for name in rows if weights[name] is not None and rows[name]]
    if not measured:
        return dict.fromkeys(rows)
    # A sort is stable: of equal weights the first by name.
    first = CRATES if CRATES in measured else min(measured, key=lambda name: (-weights[name], name))
    unit = Fraction(rows[first]) / Fraction(str(weights[first]))
    return {
        name: None if weights[name] is None or name == first else int(Fraction(str(weights[name])) * unit)
        for name in rows
    }


def left_out(ids: list[str], fates: list, limit: int, seed: int) -> list[int]:
    """Numbers of the rows beyond the limit, in the order of their hash."""
    there = [i for i in range(len(ids)) if fates[i] is None]
    if len(there) <= limit:
        return []
    return sorted(there, key=lambda i: (choose(seed, "merge", ids[i]), ids[i], i))[limit:]


def write_tables(tables: dict, fates: dict, earlier: dict, out: str, dropped: str) -> None:
    """Copy the rows that stay, and list the dropped ones after those of the sources' own steps."""
    with row_writer(out) as keep, row_writer(dropped, DROPPED) as drop:
        for name, path in tables.items():
            if name in earlier:
                for table in batches(earlier[name], schema=DROPPED):
                    drop.write(table)
            at = 0
            for table in batches(path):
                here = fates[name][at : at + table.num_rows]
                at += table.num_rows
                keep.write(table.filter(pa.array([fate is None for fate in here], pa.bool_())))
                fallen = table.filter(pa.array([fate is not None for fate in here], pa.bool_()))
                reasons = [fate for fate in here if fate]
                drop.write(dropped_rows(fallen, "merge", [r for r, _ in reasons], [d for _, d in reasons]))


def with_sources(gathered: dict, added: dict[str, dict], counts: dict) -> dict:
    """The counts of `gather`, as if the sources' rows had been candidates from the start."""
    total = {side: Counter(gathered[side]) for side in ("in", "out")}
    dropped = {stage: Counter(reasons) for stage, reasons in gathered["dropped_earlier"].items()}
    for found in added.values():
        for side in total:
            total[side].update(found["out"])
        for stage, reasons in found["dropped"].items():
            dropped.setdefault(stage, Counter()).update(reasons)
    per_source = {
        name: counts[name] | {key: found[key] for key in ("read", "unusable", "split_given") if key in found}
        for name, found in added.items()
    }
    return gathered | total | dict(dropped_earlier=dropped, sources={CRATES: counts[CRATES]} | per_source)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--folder", type=Path, default=Path("results/sources"), help="the sources' files")
    add_files(
        parser,
        pool="the crates' samples",
        gathered="the counts of gather",
        out="the samples of all",
        dropped="what the sources and this step dropped",
        candidates="the counts of gather and the sources together",
        funnel="counts of this step",
    )
    add_config(parser, "sources", "dataset")
    return parser.parse_args()


if __name__ == "__main__":
    main()
