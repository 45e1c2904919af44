"""Take from every kind of task as many rows as its share of the dataset says.

    python scripts/curation/mix.py --pool unique.parquet --config config/config.yaml \\
        --out mixed.parquet --dropped dropped.parquet --funnel mix.json

Quotas are whole numbers by largest remainder: within one row of share times total, and they add up.
Without `dataset.size` the total is the largest for which every kind can fill its quota; a kind that has no rows at
all is a deficit, and its share goes to the others in proportion. With a size a kind that has too few
rows leaves a deficit and the total falls short: other kinds are never taken in its place.
`ferrule.dataset.choice` decides which rows fill a quota, and which never do: compile errors by their groups
(`--groups`), the crates in turn, and limits on one-line bodies, near-copies and what one crate may give.
"""

from __future__ import annotations

import argparse

import ferrule.core.without_numpy  # noqa: F401

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import write_json
from ferrule.core.row_stream import batches, sift, stage_counts
from ferrule.dataset.choice import Limits, choose_rows
from ferrule.dataset.row_facts import COLUMNS, facts_of, read_groups


def main() -> None:
    arguments = parse_arguments()
    settings = arguments.config["dataset"]
    groups = read_groups(arguments.groups)
    rows = [facts_of(row, groups) for table in batches(arguments.pool, COLUMNS) for row in table.to_pylist()]
    chosen = choose_rows(
        rows,
        arguments.config["mix"],
        settings.get("size"),
        settings.get("seed", 0),
        Limits(**arguments.config.get("choice", {})),
        groups,
    )
    fates = [
        None if taken else (reason, row.task)
        for row, taken, reason in zip(rows, chosen.taken, chosen.reasons, strict=True)
    ]
    kinds, plan = [row.task for row in rows], chosen.plan
    sift(arguments.pool, arguments.out, arguments.dropped, "mix", fates)
    write_json(arguments.funnel, stage_counts("mix", kinds, fates) | {"mix": plan})
    for kind, row in plan["kinds"].items():
        print(f"{kind}: {row['taken']} of {row['pool']} rows, quota {row['quota']}, deficit {row['deficit']}")
        for part, of_part in row["parts"].items():
            print(f"  {part}: {of_part['taken']} of {of_part['pool']}, wanted {of_part['wanted']}")


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, pool="samples", out="samples that stay", dropped="what fell and why", funnel="counts")
    parser.add_argument(
        "--groups", default="resources/error_groups.yaml", help="groups of compile errors, with their shares"
    )
    add_config(parser, "mix", "dataset", "choice")
    return parser.parse_args()


if __name__ == "__main__":
    main()
