"""Add up the marks that readers gave to rows: shares of the marks with intervals, by kind, and what several readers agree on.

    python scripts/utilities/add_up_reviews.py review-anna.tsv review-ben.tsv

A table has the columns id, kind, mark and why, as the page of `snakemake review` saves it; marks are keep, trivial and
wrong. Rows without a mark are counted and left out. With several readers a row counts as kept if all of them
keep it, and as wrong if one of them says so. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections import Counter, defaultdict

from ferrule.core.command_line import parser_of

MARKS = ("keep", "trivial", "wrong")
COLUMNS = ["id", "kind", "mark", "why"]


def main() -> None:
    arguments = parse_arguments()
    try:
        readers = [read_marks(path) for path in arguments.tables]
    except (ValueError, FileNotFoundError) as error:
        sys.exit(str(error))
    common = [id for id in readers[0] if all(id in reader for reader in readers)]
    if not common:
        sys.exit("no row was read by every reader: were the tables saved from the same page?")
    verdicts = {id: together([reader[id]["mark"] for reader in readers]) for id in common}
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    for id, verdict in verdicts.items():
        by_kind[readers[0][id]["kind"]][verdict] += 1
        by_kind["all"][verdict] += 1
    print(f"{len(common)} rows read by {len(readers)} reader{'s' * (len(readers) > 1)}\n")
    print("| kind | read | keep | trivial | wrong | kept, 95 % |\n|---|---|---|---|---|---|")
    for kind in sorted(by_kind, key=lambda kind: (kind == "all", kind)):
        count, read = by_kind[kind], by_kind[kind].total()
        low, high = wilson(count["keep"], read)
        cells = [kind, read, *(count[mark] for mark in MARKS), f"{low:.0%} to {high:.0%}"]
        print(f"| {' | '.join(map(str, cells))} |")
    if len(readers) > 1:
        agreed = sum(len({reader[id]["mark"] for reader in readers}) == 1 for id in common)
        print(
            f"\nThe readers give the same mark to {agreed} of {len(common)} rows ({agreed / len(common):.0%})."
        )
    said = [(id, reader[id]) for id in common for reader in readers if reader[id]["mark"] != "keep"]
    if said:
        print("\n| row | kind | mark | why |\n|---|---|---|---|")
        for id, row in said:
            print(f"| {id} | {row['kind']} | {row['mark']} | {row['why'].replace('|', '/')} |")


def read_marks(path: str) -> dict[str, dict]:
    """The marked rows of a table by id. ValueError names file and line of what cannot be read."""
    marked: dict[str, dict] = {}
    with open(path, encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        if rows.fieldnames != COLUMNS:
            raise ValueError(f"{path}: expected the columns {', '.join(COLUMNS)}, got {rows.fieldnames}")
        for number, row in enumerate(rows, 2):
            row = {name: (row[name] or "").strip() for name in COLUMNS}
            if row["mark"] and row["mark"] not in MARKS:
                raise ValueError(f"{path}:{number}: the mark {row['mark']!r} is none of {', '.join(MARKS)}")
            if row["mark"]:
                marked[row["id"]] = row
    return marked


def together(marks: list[str]) -> str:
    """The mark of a row by all its readers."""
    if "wrong" in marks:
        return "wrong"
    return "keep" if set(marks) == {"keep"} else "trivial"


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z, share = 1.959964, part / whole
    middle = share + z * z / (2 * whole)
    width = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    return max((middle - width) / scale, 0.0), min((middle + width) / scale, 1.0)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("tables", nargs="+", metavar="TABLE", help="a reader's marks, review-NAME.tsv")
    return parser.parse_args()


if __name__ == "__main__":
    main()
