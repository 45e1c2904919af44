"""Take from every kind of task as many rows as its share of the dataset says.

    python scripts/curation/mix.py --pool unique.parquet --mix '{"code_generation": 0.7, "explanations": 0.3}' \
        --size 1000 --seed 0 --out mixed.parquet --dropped dropped.parquet --funnel mix.json

Quotas are whole numbers by largest remainder: within one row of share times total, and they add up.
Without --size the total is the largest for which every kind can fill its quota; a kind that has no rows at
all is a deficit, and its share goes to the others in proportion. With --size a kind that has too few
rows leaves a deficit and the total falls short: other kinds are never taken in its place.
Within a kind the crates take turns, and within a crate the error codes or the rewrites: none can flood the set.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter

from ferrule.core.files import write_json
from ferrule.core.row_stream import batches, sift, stage_counts
from ferrule.dataset.quotas import facet, plan_mix, select

COLUMNS = ["_task_type", "_source_crate", "_id", "_error_code", "_variant"]


def main() -> None:
    arguments = parse_arguments()
    kinds, crates, ids, facets = [], [], [], []
    for table in batches(arguments.pool, COLUMNS):
        kinds += table["_task_type"].to_pylist()
        crates += table["_source_crate"].to_pylist()
        ids += table["_id"].to_pylist()
        facets += map(facet, *(table[name].to_pylist() for name in ("_task_type", "_error_code", "_variant")))
    plan = plan_mix(Counter(kinds), arguments.mix, arguments.size)
    quotas = {kind: row["taken"] for kind, row in plan["kinds"].items()}
    taken = select(kinds, crates, ids, quotas, arguments.seed, facets)
    fates = [
        None
        if taken_here
        else ("over_quota" if plan["kinds"].get(kind, {}).get("share") else "not_in_mix", kind)
        for kind, taken_here in zip(kinds, taken, strict=True)
    ]
    sift(arguments.pool, arguments.out, arguments.dropped, "mix", fates)
    write_json(arguments.funnel, stage_counts("mix", kinds, fates) | {"mix": plan})
    for kind, row in plan["kinds"].items():
        print(f"{kind}: {row['taken']} of {row['pool']} rows, quota {row['quota']}, deficit {row['deficit']}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pool", required=True, help="samples")
    parser.add_argument("--mix", required=True, type=json.loads, help="kind: share, as JSON")
    parser.add_argument("--size", help="rows in all; none takes as many as the pool allows")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", required=True, help="the samples taken")
    parser.add_argument("--dropped", required=True, help="the samples not taken")
    parser.add_argument("--funnel", required=True, help="counts")
    arguments = parser.parse_args()
    # Snakemake writes a null of the configuration as None.
    arguments.size = int(arguments.size) if arguments.size not in (None, "", "None") else None
    return arguments


if __name__ == "__main__":
    main()
