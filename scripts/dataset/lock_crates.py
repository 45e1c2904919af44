"""List the crates that were used, with their versions: a table that can be used as the crate list.

    python scripts/dataset/lock_crates.py --crates-dir results/crates --list crates.txt --out crates.lock.tsv

The first three columns are those of config/crates.tsv. A crate of the registry has an empty source; one from
a local folder or file has its path as the list has it, and its checksum is over the folder's files.
"""

from __future__ import annotations

import argparse

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import write_text
from ferrule.crates.crate_records import CrateRecord, read_records

COLUMNS = [
    "name",
    "version",
    "source",
    "sha256",
    "license",
    "repository",
    "commit",
    "edition",
    "status",
    "accepted",
    "reason",
]


def main() -> None:
    arguments = parse_arguments()
    records = read_records(arguments.crates_dir, arguments.list)
    # A crate that the list names twice is one line here: the list may name a version once only.
    lines = [COLUMNS] + [line(record) for record in records if not record.twin]
    write_text(arguments.out, "".join("\t".join(cells) + "\n" for cells in lines))


def line(record: CrateRecord) -> list[str]:
    accepted = "yes" if record.accepted else "no"
    reason = record.why
    row = record.crate | dict(source=record.source, accepted=accepted, reason=reason)
    return [cell(row.get(column)) for column in COLUMNS]


def cell(value: object) -> str:
    """One line without tabs, and without a `#` after a blank, which would start a comment in the list."""
    return " ".join(str("" if value is None else value).split()).replace(" #", " no. ")


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--crates-dir", required=True, help="folder with one folder per crate")
    add_files(parser, "out", list="the crates of the run: spec, tab, source")
    return parser.parse_args()


if __name__ == "__main__":
    main()
