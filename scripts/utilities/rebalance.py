"""Take rows out of a dataset so that the kinds of task have the shares asked for, and report on it.

    python scripts/utilities/rebalance.py provenance.parquet balanced.parquet \\
        --target-mix code_generation=0.5,error_fixing=0.25,transformations=0.15,explanations=0.10
    python scripts/utilities/rebalance.py all.jsonl balanced.jsonl --target-mix code_generation=7,explanations=3 \\
        --size 5000 --seed 1 --report balanced.report.json

Reads JSONL or Parquet with `_task_type` and writes the same type; rows keep their order and stay as they
are. Shares are taken in proportion. Without --size the result is the largest that has this mix within a row; with
it, a kind of too few rows leaves a deficit and no other takes its place: no row is ever repeated. Which rows stay
depends on the rows and the seed alone: crates take turns, and within a crate error codes and rewrites
(`_source_crate`, `_error_code`, `_variant`, where the file has them).
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from pathlib import Path

from ferrule.core.files import write_json
from ferrule.core.markdown import table
from ferrule.core.row_files import copy_rows, is_parquet, open_parquet, read_objects
from ferrule.core.schemas import identity
from ferrule.dataset.quotas import facet, plan_mix, select

COLUMNS = ["prompt", "gen", "_task_type", "_source_crate", "_id", "_error_code", "_variant"]
NONE = "(none)"  # rows without a kind: counted, never taken


def main() -> None:
    arguments = parse_arguments()
    try:
        report = rebalance(arguments)
    except (ValueError, OSError) as error:
        sys.exit(f"rebalance: {error}")
    write_json(arguments.report or f"{arguments.out}.report.json", report)
    print(as_text(report))


def rebalance(arguments: argparse.Namespace) -> dict:
    """Write the rows taken; gives the report."""
    source, out = arguments.source, arguments.out
    if is_parquet(source) != is_parquet(out):
        raise ValueError(f"{out}: expected the type of {source}; scripts/utilities/convert.py converts")
    kinds, crates, ids, facets = read_rows(source)
    if not set(kinds) - {NONE}:
        raise ValueError(
            f"{source}: no row has a `_task_type`; take the file that has the provenance columns"
        )
    plan = plan_mix(Counter(kinds), arguments.target_mix, arguments.size)
    quotas = {kind: row["taken"] for kind, row in plan["kinds"].items()}
    taken = select(kinds, crates, ids, quotas, arguments.seed, facets)
    copy_rows(source, out, taken)
    after = Counter(kind for kind, stays in zip(kinds, taken, strict=True) if stays)
    return dict(
        source=source.name,
        out=out.name,
        seed=arguments.seed,
        size=arguments.size,
        limited_by=plan["limited_by"],
        rows=dict(before=len(kinds), after=after.total()),
        kinds={
            kind: dict(
                before=row["pool"],
                before_share=share(row["pool"], len(kinds)),
                target=row["share"],
                quota=row["quota"],
                after=after[kind],
                after_share=share(after[kind], after.total()),
                deficit=row["deficit"],
                limited_by=row["limited_by"],
            )
            for kind, row in plan["kinds"].items()
        },
    )


def read_rows(source: Path) -> tuple[list[str], list[str], list[str], list[str]]:
    """Per row its kind, crate, id and what else it is spread over."""
    columns = COLUMNS
    if is_parquet(source):
        with open_parquet(source) as file:
            if "_id" in file.schema_arrow.names:
                columns = COLUMNS[2:]  # the texts are needed for an id alone
    kinds, crates, ids, facets = [], [], [], []
    for _, row in read_objects(source, columns):
        kind = str(row.get("_task_type") or NONE)
        kinds.append(sys.intern(kind))
        crates.append(sys.intern(str(row.get("_source_crate") or "")))
        ids.append(str(row.get("_id") or identity(kind, row.get("prompt"), row.get("gen"))))
        facets.append(sys.intern(facet(kind, row.get("_error_code"), row.get("_variant"))))
    return kinds, crates, ids, facets


def share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def as_text(report: dict) -> str:
    """The report as a table, and in words what limits it."""
    names = ["kind", "before", "share", "target", "quota", "after", "share", "deficit"]
    lines = [
        [
            kind,
            row["before"],
            percent(row["before_share"]),
            percent(row["target"]),
            row["quota"],
            row["after"],
            percent(row["after_share"]),
            row["deficit"],
        ]
        for kind, row in report["kinds"].items()
    ]
    rows = report["rows"]
    lines.append(["all", rows["before"], "", "", "", rows["after"], "", sum(line[-1] for line in lines)])
    said = [
        f"{kind}: {row['deficit']} rows short, limited by {row['limited_by']}"
        for kind, row in report["kinds"].items()
        if row["deficit"]
    ]
    if report["limited_by"]:
        said.append(
            f"full with {', '.join(report['limited_by'])}: more of it, or a smaller share, gives more rows"
        )
    return "\n".join([table(names, lines), *said])


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def target_mix(text: str) -> dict[str, float]:
    """`a=0.7,b=0.3`; the shares are made to add up to 1."""
    shares: dict[str, float] = {}
    for part in text.split(","):
        kind, equals, value = (piece.strip() for piece in part.partition("="))
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not kind or not equals or not math.isfinite(number) or number < 0:
            raise argparse.ArgumentTypeError(
                f"{part!r}: expected kind=share, as in code_generation=0.7, not below 0"
            )
        if kind in shares:
            raise argparse.ArgumentTypeError(f"{kind} is there twice")
        shares[kind] = number
    total = math.fsum(shares.values())
    if not total:
        raise argparse.ArgumentTypeError("all shares are 0: nothing would be taken")
    return shares if abs(total - 1) < 1e-6 else {kind: value / total for kind, value in shares.items()}


def whole_number(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number above 0")
    return int(text)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0],
        epilog=__doc__.split("\n\n", 2)[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, help="a .jsonl or .parquet file with `_task_type`")
    parser.add_argument("out", type=Path, help="the file to write, of the same type")
    parser.add_argument("--target-mix", required=True, type=target_mix, metavar="KIND=SHARE,...")
    parser.add_argument("--size", type=whole_number, help="rows in all; none takes as many as there are")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", type=Path, help="JSON; OUT.report.json if not given")
    return parser.parse_args()


if __name__ == "__main__":
    main()
