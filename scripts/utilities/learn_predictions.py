"""Learn from judged mutations which diagnostics can be predicted: resources/predictions.tsv.

    python scripts/utilities/learn_predictions.py --crates results/crates --table resources/predictions.tsv

Of each operator the most frequent code, message and place are taken. It is kept if at least ROWS mutations
were judged and each of the three, and all of them together, hold for the share SHARE of them.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter, defaultdict
from pathlib import Path

from ferrule.core.files import read_rows
from ferrule.core.schemas import BROKEN, CHUNKS
from ferrule.transforms.mutations import mutation_catalogue
from ferrule.transforms.predictions import PLACES, words

ROWS, SHARE = 40, 0.95


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--crates", required=True, help="the folder `crates` of a finished run")
    parser.add_argument("--table", required=True)
    arguments = parser.parse_args()
    seen = defaultdict(list)
    for path in sorted(Path(arguments.crates).glob("*/broken.parquet")):
        chunks = {row["id"]: row for row in read_rows(path.parent / "chunks.parquet", CHUNKS)}
        for broken in read_rows(path, BROKEN):
            if not broken.get("simulated") and broken["reason"] in ("", "no_error", "error_elsewhere"):
                seen[broken["operator"]].append(observed(broken, chunks[broken["chunk"]]))
    with Path(arguments.table).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, escapechar="\\")
        table.writerow(["operator", "code", "message", "place", "rows", "share"])
        for operator, rows in sorted(seen.items()):
            if (
                len(rows) >= ROWS
                and operator in mutation_catalogue.OPERATORS
                and (found := regular(operator, rows))
            ):
                table.writerow([operator, *found])


def observed(broken: dict, chunk: dict) -> tuple[str, str, frozenset[str]]:
    """(code, message with placeholders, the names of the places that rustc's span is)."""
    start, end = broken["start"] - chunk["start"], broken["end"] - chunk["start"]
    said, places = words(chunk["code"].encode(), start, end, broken["text"].encode(), chunk["name"])
    message = broken["diagnostic"].split("\n")[0].removeprefix(f"error[{broken['code']}]: ")

    def placeholder(match: re.Match) -> str:
        for key in ("new", "next", "previous", "old", "name"):
            if match[1] == said[key]:
                return f"`{{{key}}}`"
        return match[0]

    span = (broken["error_start"], broken["error_end"])
    return (
        broken["code"],
        re.sub(r"`([^`]*)`", placeholder, message),
        frozenset(place for place in PLACES if places.get(place) == span),
    )


def regular(operator: str, rows: list[tuple[str, str, frozenset[str]]]) -> tuple | None:
    """(code, message, place, rows, share) if the operator's diagnostics are alike."""
    (code, message), _ = Counter((code, message) for code, message, _ in rows).most_common(1)[0]
    counted = Counter(place for _, _, places in rows for place in places)
    if not code or code != mutation_catalogue.OPERATORS[operator].aims[0] or not counted:
        return None
    place = max(PLACES, key=lambda place: (counted[place], -PLACES.index(place)))
    alike = sum(row[0] == code and row[1] == message and place in row[2] for row in rows)
    share = alike / len(rows)
    return (code, message, place, len(rows), f"{share:.3f}") if share >= SHARE else None


if __name__ == "__main__":
    main()
