"""Take from every kind of task as many rows as its share of the dataset says.

    python scripts/curation/mix.py --pool unique.parquet --config config/config.yaml \\
        --out mixed.parquet --dropped dropped.parquet --funnel mix.json

Quotas are whole numbers by largest remainder: within one row of share times total, and they add up.
Without `dataset.size` the total is the largest for which every kind can fill its quota; a kind that has no rows at
all is a deficit, and its share goes to the others in proportion. With a size a kind that has too few
rows leaves a deficit and the total falls short: other kinds are never taken in its place.
Within a kind the crates take turns, and within a crate the error codes or the rewrites: none can flood the set.
"""

from __future__ import annotations

import argparse
from collections import Counter

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import write_json
from ferrule.core.reasons import MixReason
from ferrule.core.row_stream import batches, sift, stage_counts
from ferrule.dataset.quotas import facet, plan_mix, select

COLUMNS = ["_task_type", "_source_crate", "_id", "_error_code", "_variant"]


def main() -> None:
    arguments = parse_arguments()
    settings = arguments.config["dataset"]
    kinds, crates, ids, facets = [], [], [], []
    for table in batches(arguments.pool, COLUMNS):
        kinds += table["_task_type"].to_pylist()
        crates += table["_source_crate"].to_pylist()
        ids += table["_id"].to_pylist()
        facets += map(facet, *(table[name].to_pylist() for name in ("_task_type", "_error_code", "_variant")))
    plan = plan_mix(Counter(kinds), arguments.config["mix"], settings.get("size"))
    quotas = {kind: row["taken"] for kind, row in plan["kinds"].items()}
    taken = select(kinds, crates, ids, quotas, settings.get("seed", 0), facets)
    fates = [
        None
        if taken_here
        else (
            MixReason.OVER_QUOTA if plan["kinds"].get(kind, {}).get("share") else MixReason.NOT_IN_MIX,
            kind,
        )
        for kind, taken_here in zip(kinds, taken, strict=True)
    ]
    sift(arguments.pool, arguments.out, arguments.dropped, "mix", fates)
    write_json(arguments.funnel, stage_counts("mix", kinds, fates) | {"mix": plan})
    for kind, row in plan["kinds"].items():
        print(f"{kind}: {row['taken']} of {row['pool']} rows, quota {row['quota']}, deficit {row['deficit']}")


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, pool="samples", out="samples that stay", dropped="what fell and why", funnel="counts")
    add_config(parser, "mix", "dataset")
    return parser.parse_args()


if __name__ == "__main__":
    main()
