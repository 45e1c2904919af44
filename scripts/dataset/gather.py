"""Gather the candidates of every accepted crate into one table, and those of the refused among the dropped.

    python scripts/dataset/gather.py --crates-dir results/crates --list crates.txt \\
        --config config/config.yaml --out pool.parquet --dropped dropped.parquet --funnel gather.json

Rows are ordered by crate, file, start, task, variant and id. One crate is in memory at a time.
The counts of the earlier steps (files, chunks, functions) are added up here.
"""

from __future__ import annotations

import argparse
from collections import Counter

import ferrule.core.without_numpy  # noqa: F401

import pyarrow as pa

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import read_json, read_table, write_json
from ferrule.core.row_stream import dropped_rows, row_writer, stage_counts
from ferrule.core.schemas import DROPPED, SAMPLES
from ferrule.crates.crate_records import CrateRecord, read_records

FACETS = ["_task_type", "_error_code", "_variant"]
ORDER = ["_source_file", "_start", "_task_type", "_variant", "_id"]


def main() -> None:
    arguments = parse_arguments()
    records = read_records(arguments.crates_dir, arguments.list)
    totals = Totals(arguments.config["behaviour"].get("run", False))
    with row_writer(arguments.out) as pool, row_writer(arguments.dropped, DROPPED) as dropped:
        for record in records:
            candidates = read_table(record.folder / "candidates.parquet", SAMPLES)
            candidates = candidates.sort_by([(column, "ascending") for column in ORDER])
            earlier = read_table(record.folder / "dropped.parquet", DROPPED)
            if not record.twin:
                dropped.write(earlier)
                totals.add_earlier(record, earlier)
            totals.add_crate(record, candidates)
            if record.accepted:
                pool.write(candidates)
            else:
                reason, detail = record.refusal
                size = candidates.num_rows
                dropped.write(dropped_rows(candidates, "gate", [reason] * size, [detail] * size))
    write_json(arguments.funnel, totals.as_dict())
    print(f"{totals.crates['accepted']} of {len(records)} crates accepted")


class Totals:
    """Counts over all crates."""

    def __init__(self, behaviour: bool) -> None:
        self.behaviour, self.tests = behaviour, Tests()
        self.crates = Counter(listed=0, fetched=0, accepted=0, refused=0)
        self.refused, self.failed_gates = Counter(), Counter()
        self.files_kept, self.files_dropped = 0, Counter()
        self.chunks, self.functions = Counter(), Counter(seen=0, judged=0, live=0)
        self.judge, self.rustc = Counter(), Counter()
        self.earlier: dict[str, Counter] = {}
        self.error_codes, self.rewrites = Counter(), Counter()
        self.kinds, self.fates = [], []

    def add_crate(self, record: CrateRecord, candidates: pa.Table) -> None:
        self.crates["listed"] += 1
        self.crates["fetched"] += record.crate["status"] == "ok"
        self.crates["accepted" if record.accepted else "refused"] += 1
        reason, detail = record.refusal
        if reason:
            self.refused[reason] += 1
            self.failed_gates.update(detail.split(",") if not record.twin else [])
        self.kinds += candidates["_task_type"].to_pylist()
        if record.accepted:
            for kind, code, variant in zip(*(candidates[n].to_pylist() for n in FACETS), strict=True):
                if kind == "error_fixing":
                    self.error_codes[code or "syntax"] += 1
                elif kind == "transformations":
                    self.rewrites[variant] += 1
        self.fates += [(reason, detail) if reason else None] * candidates.num_rows

    def add_earlier(self, record: CrateRecord, dropped: pa.Table) -> None:
        """What chunking and judging counted, and the rows they dropped."""
        figures = read_json(record.folder / "figures.json")
        counts = figures["counts"]
        self.files_kept += counts["files_kept"]
        self.files_dropped.update(counts["files_dropped"])
        self.chunks.update(counts["chunks"])
        self.functions["seen"] += figures["functions"] + figures["methods"]
        judge = read_json(record.folder / "judge.json")
        self.judge[judge["status"]] += 1
        self.functions["judged"] += judge["functions"]
        self.functions["live"] += judge["live"]
        self.rustc[judge["rustc"]] += 1
        if self.behaviour:
            self.tests.add(record.spec, read_json(record.folder / "behaviour.json"))
        for stage, reason in zip(dropped["stage"].to_pylist(), dropped["reason"].to_pylist(), strict=True):
            self.earlier.setdefault(stage, Counter())[reason] += 1

    def as_dict(self) -> dict:
        return {
            "crates": {
                **self.crates,
                "refused_by_reason": self.refused,
                "failed_gates": self.failed_gates,
            },
            "files": {"kept": self.files_kept, "dropped": self.files_dropped},
            "chunks": self.chunks,
            "functions": self.functions,
            "judge": self.judge,
            "rustc": self.rustc,
            "error_codes": self.error_codes,
            "rewrites": self.rewrites,
            "tests": self.tests.as_dict() if self.behaviour else None,
            "dropped_earlier": self.earlier,
        } | stage_counts("gate", self.kinds, self.fates)


class Tests:
    """What the crates' own tests said, over all crates."""

    def __init__(self) -> None:
        self.crates, self.without = Counter(), {}
        self.tests = self.set_aside = 0
        self.functions, self.unknown, self.rewrites = Counter(), Counter(), Counter()

    def add(self, spec: str, found: dict) -> None:
        self.crates[found["status"]] += 1
        if found["status"] not in ("ok", "not_asked"):  # a refused crate is named elsewhere
            self.without[spec] = found["reason"]
        self.tests += found["tests"]
        self.set_aside += len(found["set_aside"])
        for name in ("functions", "covered", "not_covered"):
            self.functions[name] += found[name]
        self.unknown.update(found["unknown"])
        self.rewrites.update(found["rewrites"])

    def as_dict(self) -> dict:
        return {
            "crates": self.crates,
            "without_verdict": self.without,
            "tests": self.tests,
            "set_aside": self.set_aside,
            "functions": {**self.functions, "unknown": self.unknown},
            "rewrites": self.rewrites,
        }


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--crates-dir", required=True, help="folder with one folder per crate")
    add_files(
        parser,
        list="the crates of the run: spec, tab, source",
        out="candidates of the accepted crates",
        dropped="what the crates' own steps and the gates dropped",
        funnel="counts",
    )
    add_config(parser, "behaviour")
    return parser.parse_args()


if __name__ == "__main__":
    main()
