"""Write a page of random rows for a person to read, with boxes for a mark and the reason, and a table to fill in.

    python scripts/dataset/write_review.py --provenance results/dataset/provenance.parquet \\
        --template resources/review.html --config config/config.yaml --page review.html --table review.tsv

The rows are a plain random sample of the whole dataset, drawn by a hash of `review.seed` and the row's id, so the shares
of the marks are estimates for the dataset. On the page they are ordered by kind of task. The page saves the marks as a
table; who prefers an editor fills in the empty one. `scripts/utilities/add_up_reviews.py` adds tables up.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import atomic, write_text
from ferrule.core.row_stream import batches
from ferrule.core.schemas import choose, identity
from ferrule.core.templates import html_template

COLUMNS = [
    "prompt",
    "gen",
    "split",
    "_id",
    "_task_type",
    "_kind",
    "_variant",
    "_source_crate",
    "_version",
    "_source_file",
    "_verdict",
    "_error_code",
]


def main() -> None:
    arguments = parse_arguments()
    settings = arguments.config["review"]
    seed, size = settings.get("seed", 0), settings.get("rows", 60)
    ids = [id for table in batches(arguments.provenance, ["_id"]) for id in table["_id"].to_pylist()]
    chosen = set(sorted(ids, key=lambda id: (choose(seed, "review", id), id))[:size])
    rows = [
        row
        for table in batches(arguments.provenance, COLUMNS)
        for row in table.to_pylist()
        if row["_id"] in chosen
    ]
    rows.sort(key=lambda row: (kind_of(row), row["_id"]))
    by_kind: dict[str, list[dict]] = defaultdict(list)
    for number, row in enumerate(rows, 1):
        by_kind[kind_of(row)].append(
            dict(id=row["_id"], number=number, facts=facts(row), prompt=row["prompt"], gen=row["gen"])
        )
    page = html_template(arguments.template).render(
        title=f"{len(rows)} rows to read",
        kinds=list(by_kind.items()),
        total=len(rows),
        sample=identity("review", seed, *sorted(chosen)),
    )
    write_text(arguments.page, page)
    with atomic(arguments.table) as temporary, open(temporary, "w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, delimiter="\t", lineterminator="\n")
        lines.writerow(["id", "kind", "mark", "why"])
        lines.writerows([row["_id"], kind_of(row), "", ""] for row in rows)


def kind_of(row: dict) -> str:
    return f"{row['_task_type']}: {row['_kind']}" if row["_kind"] else row["_task_type"]


def facts(row: dict) -> str:
    crate = f"{row['_source_crate']} {row['_version']}" if row["_source_crate"] else "no crate"
    return " · ".join(
        filter(
            None,
            (crate, row["_source_file"], row["_variant"], row["_error_code"], row["_verdict"], row["split"]),
        )
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(
        parser,
        provenance="the dataset with all its columns",
        template="the page, a Jinja2 template",
        page="the page to read and mark",
        table="the same rows as a table to fill in",
    )
    add_config(parser, "review")
    return parser.parse_args()


if __name__ == "__main__":
    main()
