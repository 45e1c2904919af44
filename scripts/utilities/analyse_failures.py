"""Say why crates were refused and functions gave no row, and propose a list of crates for the next run.

    python scripts/utilities/analyse_failures.py --crates-dir results/crates --list results/work/crates.txt \\
        --dropped results/dataset/dropped.parquet --out failures.json --report failures.md \\
        --proposed crates.proposed.tsv --near 5

Refused crates by gate, those of the clippy gates by lint, and functions by stage and reason. The proposed list
has the form of config/crates.tsv: the accepted crates with the versions found, and with --near N those that
failed one gate alone and by at most N: warnings, unsafe items, percentage points, years of edition. A comment
says what the gate would have to be. Crates of which something could not be measured (no tool, no time) stay
in. All others are comments with their reasons. No list is overwritten but --proposed.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter, defaultdict
from pathlib import Path

from ferrule.core.files import read_json, write_json, write_text
from ferrule.core.row_stream import batches
from ferrule.core.schemas import DROPPED
from ferrule.crates.crate_proposal import nearness, proposed
from ferrule.crates.crate_records import CrateRecord, read_list, read_records
from ferrule.crates.failure_report import as_markdown


def main() -> None:
    arguments = parse_arguments()
    missing = [
        spec
        for spec in read_list(arguments.list)
        if not (arguments.crates_dir / spec / "verdict.json").exists()
    ]
    if missing:
        raise SystemExit(
            f"failures: {len(missing)} crates have no verdict yet ({', '.join(missing[:5])} ...); "
            "run snakemake to its end first"
        )
    records = read_records(arguments.crates_dir, arguments.list)
    refused = [record for record in records if not record.accepted]
    report = dict(
        crates=dict(listed=len(records), accepted=len(records) - len(refused), refused=len(refused)),
        gates=by_gate(refused),
        lints=by_lint(refused, switched_on(arguments.lints)),
        functions=by_reason(arguments.dropped) if arguments.dropped else [],
        near=[dict(crate=record.spec, **near) for record in refused if (near := nearness(record))],
    )
    write_json(arguments.out, report)
    write_text(arguments.report, as_markdown(report))
    write_text(arguments.proposed, "".join(f"{line}\n" for line in proposed(records, arguments.near)))
    print(f"{len(refused)} of {len(records)} crates refused; see {arguments.report} and {arguments.proposed}")


def by_gate(refused: list[CrateRecord]) -> dict[str, dict]:
    """Per gate the crates that it refuses, with value and threshold; `alone`: no other gate refuses them."""
    found: dict[str, list[dict]] = defaultdict(list)
    for record in refused:
        gates = {row["gate"]: row for row in record.verdict["gates"]}
        against = ["listed_twice"] if record.twin else record.verdict["failed"]
        if record.crate["status"] != "ok" and not record.twin:
            against = [record.refusal[0]]  # what a crate that was not fetched lacks besides says nothing
        for gate in against:
            row = gates.get(gate, {})
            found[gate].append(
                dict(
                    crate=record.spec,
                    alone=len(against) == 1,
                    answer=row.get("answer"),
                    value=row.get("value"),
                    threshold=row.get("threshold"),
                    reason=row.get("reason") or (record.why if row.get("value") is None else ""),
                )
            )
    return {
        gate: dict(
            crates=len(rows),
            alone=sum(row["alone"] for row in rows),
            unavailable=sum(row["answer"] == "unavailable" for row in rows),
            rows=rows,
        )
        for gate, rows in found.items()
    }


def switched_on(lints: Path) -> set[str]:
    """Lints that clippy does not report by itself: the gate `clippy_total` does not count them."""
    with lints.open(encoding="utf-8", newline="") as lines:
        return {row["lint"] for row in csv.DictReader(lines, delimiter="\t") if row["default"] == "allow"}


def by_lint(refused: list[CrateRecord], extra: set[str]) -> list[dict]:
    """Lints of the crates that a clippy gate refused; `alone`: crates in which no other lint counts."""
    findings, crates, alone = Counter(), defaultdict(list), Counter()
    for record in refused:
        failed = {"clippy_bad_code", "clippy_total"}.intersection(record.verdict["failed"])
        path = record.folder / "clippy.json"
        if not failed or not path.exists():
            continue
        here = Counter(
            (row["category"], row["id"])
            for row in read_json(path)["findings"]
            if ("clippy_bad_code" in failed and row["category"] == "bad_code")
            or ("clippy_total" in failed and row["id"] not in extra)
        )
        for key, count in here.items():
            findings[key] += count
            crates[key].append(record.spec)
            alone[key] += len(here) == 1
    ranked = sorted(findings, key=lambda key: (-len(crates[key]), -findings[key], key))
    return [
        dict(category=key[0], lint=key[1], findings=findings[key], alone=alone[key], crates=crates[key])
        for key in ranked
    ]


def by_reason(path: Path) -> list[dict]:
    """What was dropped by stage, reason and task: rows, and functions (one may fall once per task)."""
    rows, places, crates = Counter(), defaultdict(set), defaultdict(set)
    for table in batches(path, ["stage", "reason", "task", "crate", "file", "start"], DROPPED):
        for row in table.to_pylist():
            key = (row["stage"], row["reason"], row["task"] or "")
            rows[key] += 1
            # Names once in memory: there may be millions of rows.
            places[key].add((sys.intern(row["crate"] or ""), sys.intern(row["file"] or ""), row["start"]))
            crates[key].add(row["crate"])
    ranked = sorted(rows, key=lambda key: (-rows[key], key))
    return [
        dict(
            stage=key[0],
            reason=key[1],
            task=key[2],
            rows=rows[key],
            functions=len(places[key]),
            crates=len(crates[key]),
        )
        for key in ranked
    ]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0],
        epilog=__doc__.split("\n\n", 2)[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--crates-dir", type=Path, default=Path("results/crates"), help="a folder per crate")
    parser.add_argument(
        "--list", type=Path, default=Path("results/work/crates.txt"), help="spec, tab, source"
    )
    parser.add_argument("--dropped", type=Path, help="dropped.parquet of the dataset")
    parser.add_argument("--lints", type=Path, default=Path("resources/lints.tsv"), help="categories of lints")
    parser.add_argument("--out", required=True, type=Path, help="JSON")
    parser.add_argument("--report", required=True, type=Path, help="Markdown")
    parser.add_argument("--proposed", required=True, type=Path, help="the list to write")
    parser.add_argument(
        "--near", type=float, metavar="N", help="also list those that failed one gate by at most N"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
