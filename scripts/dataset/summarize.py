"""Say in some fifteen lines what a run made, and save it as text.

    python scripts/dataset/summarize.py --funnel results/dataset/funnel.json \\
        --lock results/dataset/crates.lock.tsv --folder results/dataset --out results/dataset/summary.txt
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_json, write_text
from ferrule.core.markdown import ranked

TOP = 5  # reasons named; the funnel has all
NAMED = 12  # refused crates named; the lock file has all


def main() -> None:
    arguments = parse_arguments()
    text = (
        "\n".join(summary(read_json(arguments.funnel), read_refused(arguments.lock), arguments.folder)) + "\n"
    )
    write_text(arguments.out, text)
    print(text, end="")


def read_refused(lock: Path) -> list[tuple[str, str]]:
    """Name and reason of the crates that the lock file has as not accepted."""
    with lock.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["name"], row["reason"]) for row in rows if row["accepted"] == "no"]


def summary(funnel: dict, refused: list[tuple[str, str]], folder: Path) -> list[str]:
    crates, split, mix = funnel["crates"], funnel["split"], funnel["mix"]
    lines = [f"crates    {crates['accepted']} accepted, {crates['refused']} refused of {crates['listed']}"]
    if crates["refused_by_reason"]:
        lines.append(f"          refused for: {top(crates['refused_by_reason'])}")
    lines += [f"          {name}: {reason[:120]}" for name, reason in refused[:NAMED]]
    if len(refused) > NAMED:
        lines.append(f"          and {len(refused) - NAMED} more, see {folder}/crates.lock.tsv")
    lines.append(f"rows      {split['rows']['train']} train, {split['rows']['val']} val")
    for kind in sorted(set(split["kinds"]["train"]) | set(split["kinds"]["val"])):
        counts = (split["kinds"][side].get(kind, 0) for side in ("train", "val"))
        lines.append("          {:<17}{:>8} train {:>8} val".format(kind, *counts))
    if not sum(split["rows"].values()):
        lines.append("          none: see the reasons above and dropped.parquet")
    for kind, row in mix["kinds"].items():
        if row["deficit"]:
            lines.append(f"deficit   {kind}: {row['deficit']} rows short, limited by {row['limited_by']}")
    if mix["limited_by"]:
        lines.append(
            f"limit     the mix is full with {', '.join(mix['limited_by'])}: more of it, or a smaller share"
        )
    if split["note"]:
        lines.append(
            f"split     {split['note']} (asked {split['val_ratio']['asked']}, got {split['val_ratio']['got']})"
        )
    if split["unlike"]:
        lines.append(f"val       not like train: {'; '.join(split['unlike'][:TOP])}")
    lines += [
        f"files     {folder}/train.jsonl, val.jsonl (also .parquet): to train with",
        f"          {folder}/provenance.parquet: the same rows with where they come from",
        f"          {folder}/dropped.parquet, funnel.json: what was left out and why",
        f"          {folder}/README.md: the dataset card",
        f"next      python scripts/utilities/trace.py --all --dataset {folder}",
        "          snakemake --cores 1 analyse_failures: why crates and functions were left out, and a list to try next",
    ]
    return lines


def top(counts: dict[str, int]) -> str:
    ordered = ranked(counts)
    more = f" and {len(ordered) - TOP} other reasons" if len(ordered) > TOP else ""
    return ", ".join(f"{reason} ({count})" for reason, count in ordered[:TOP]) + more


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, "out", funnel="funnel.json")
    parser.add_argument("--lock", required=True, type=Path, help="crates.lock.tsv")
    parser.add_argument("--folder", required=True, type=Path, help="the dataset's files")
    return parser.parse_args()


if __name__ == "__main__":
    main()
