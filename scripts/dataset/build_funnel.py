"""Add up what every stage took in, let through and dropped, and check that nothing got lost.

    python scripts/dataset/build_funnel.py --stages gather.json deduplicate.json mix.json split.json \\
        --dropped dropped.parquet --provenance provenance.parquet --out funnel.json

The stages come in the order of the flow, gather first and split last. A candidate is in the dataset or
among the dropped, once: counts that do not add up stop the run.
"""

from __future__ import annotations

import argparse
from collections import Counter

import pyarrow.compute as pc

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_json, write_json
from ferrule.core.row_stream import batches
from ferrule.core.schemas import DROPPED


def main() -> None:
    arguments = parse_arguments()
    first, *others = [read_json(path) for path in arguments.stages]
    split = others.pop()
    stages = [first, *others]
    problems = check_chain(stages, split)
    dropped = count_dropped(arguments.dropped)
    problems += check_tables(stages, dropped, split, arguments.provenance)
    if problems:
        raise SystemExit("funnel: the counts do not add up, this is a bug:\n" + "\n".join(problems))
    write_json(arguments.out, merge(stages, split, dropped))
    print(f"{sum(first['in'].values())} candidates, {sum(split['rows'].values())} rows")


def check_chain(stages: list[dict], split: dict) -> list[str]:
    """Every kind: what goes into a stage comes out or falls, and what comes out goes into the next one."""
    problems = []
    for stage in stages:
        fallen = Counter()
        for by_kind in stage["dropped"].values():
            fallen.update(by_kind)
        if Counter(stage["in"]) != Counter(stage["out"]) + fallen:
            problems.append(f"{stage['stage']}: in {stage['in']}, out {stage['out']}, dropped {dict(fallen)}")
    sides = Counter(split["kinds"]["train"]) + Counter(split["kinds"]["val"])
    inputs = [stage["in"] for stage in stages[1:]] + [dict(sides)]
    names = [stage["stage"] for stage in stages[1:]] + ["split"]
    for before, name, after in zip(stages, names, inputs, strict=True):
        if Counter(before["out"]) != Counter(after):
            problems.append(f"{before['stage']} gives {before['out']}, {name} gets {after}")
    return problems


def count_dropped(path: str) -> dict[str, Counter]:
    """Rows of the dropped table by stage and reason."""
    counts: dict[str, Counter] = {}
    for table in batches(path, ["stage", "reason"], DROPPED):
        groups = table.group_by(["stage", "reason"]).aggregate([([], "count_all")])
        for row in groups.to_pylist():
            counts.setdefault(row["stage"], Counter())[row["reason"]] += row["count_all"]
    return counts


def check_tables(stages: list[dict], dropped: dict, split: dict, provenance: str) -> list[str]:
    """The tables hold what the stages say they wrote."""
    expected = {stage: Counter(reasons) for stage, reasons in stages[0]["dropped_earlier"].items()}
    for stage in stages:
        for reason, by_kind in stage["dropped"].items():
            expected.setdefault(stage["stage"], Counter())[reason] += sum(by_kind.values())
    problems = [
        f"dropped by {stage}: counted {dict(expected.get(stage, {}))}, in the table {dict(dropped.get(stage, {}))}"
        for stage in sorted(set(expected) | set(dropped))
        if expected.get(stage, Counter()) != dropped.get(stage, Counter())
    ]
    rows = Counter()
    for table in batches(provenance, ["split"]):
        counts = pc.value_counts(table["split"].combine_chunks()).to_pylist()
        rows.update({row["values"]: row["counts"] for row in counts})
    if rows != Counter(split["rows"]):
        problems.append(f"split: counted {split['rows']}, in the table {dict(rows)}")
    return problems


def merge(stages: list[dict], split: dict, dropped: dict) -> dict:
    first = stages[0]
    mix = next((stage["mix"] for stage in stages if "mix" in stage), None)
    scrub = next(
        ({key: stage[key] for key in ("found", "masked")} for stage in stages if "found" in stage), None
    )
    keys = ("crates", "files", "chunks", "functions", "judge", "rustc", "error_codes", "rewrites", "tests")
    return {key: first[key] for key in keys} | dict(
        candidates=first["in"],
        sources=first.get("sources", {}),
        stages=[{key: stage[key] for key in ("stage", "in", "out", "dropped")} for stage in stages],
        dropped=dropped,
        scrub=scrub,
        compared=next((stage["compared"] for stage in stages if "compared" in stage), []),
        mix=mix,
        split={key: value for key, value in split.items() if key != "stage"},
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument(
        "--stages", nargs="+", required=True, help="counts of the stages, gather first, split last"
    )
    add_files(parser, "out", dropped="what all stages dropped", provenance="the dataset")
    return parser.parse_args()


if __name__ == "__main__":
    main()
