"""The three files of a source: its rows, the dropped ones, and the counts.

with SourceTables("stack", out, dropped, on_error="skip") as tables:
    tables.keep(sample)
    tables.drop(row)
    tables.problem(problem)
write_json(counts, tables.counts())
"""

from __future__ import annotations

import contextlib
import sys
from collections import Counter

import pyarrow as pa

from ferrule.core.row_stream import row_writer
from ferrule.core.schemas import DROPPED, SAMPLES
from ferrule.core.shard_reader import Problem

SOME = 1000  # rows that wait to be written
SAID = 10  # problems that the log names one by one


def drop_row(sample: dict, stage: str, reason: str, detail: str = "") -> dict:
    """The row of DROPPED for a sample of a source."""
    return dict(
        stage=stage,
        reason=reason,
        detail=detail,
        task=sample["_task_type"],
        crate=sample["_source_crate"] or sample["_source"],
        file=sample["_source_file"],
        start=sample["_start"],
        end=sample["_end"],
        id=sample["_id"],
    )


class SourceTables(contextlib.ExitStack):
    def __init__(self, source: str, out: str, dropped: str, on_error: str):
        super().__init__()
        self.source, self.on_error = source, on_error
        self.read = self.problems = 0
        self.kept: Counter[str] = Counter()
        self.fallen: dict[str, Counter[str]] = {}
        self.waiting: dict[str, list[dict]] = {"out": [], "dropped": []}
        self.schemas = {"out": SAMPLES, "dropped": DROPPED}
        # Files appear under their names if the block succeeds, so a run that stops leaves none.
        self.writers = {
            "out": self.enter_context(row_writer(out)),
            "dropped": self.enter_context(row_writer(dropped, DROPPED)),
        }

    def __exit__(self, *raised):
        if raised[0] is None:
            for name in self.writers:
                self.flush(name)
            print(
                f"{self.source}: {self.read} rows read, {self.problems} that cannot be used,"
                f" {self.kept.total()} samples"
            )
        return super().__exit__(*raised)

    def keep(self, sample: dict) -> None:
        self.kept[sample["_task_type"]] += 1
        self.put("out", sample)

    def drop(self, row: dict) -> None:
        """`row` is one of DROPPED."""
        self.fallen.setdefault(row["stage"], Counter())[row["reason"]] += 1
        self.put("dropped", row)

    def problem(self, problem: Problem) -> None:
        """Stop, or note it and go on, as `sources.on_error` says."""
        if self.on_error == "stop":
            sys.exit(f"{self.source}: {problem}\n(`sources.on_error: skip` drops such rows and goes on)")
        self.problems += 1
        if self.problems <= SAID:
            print(f"{self.source}: left out: {problem}")
        self.drop(
            dict(
                stage="source",
                reason=problem.reason,
                detail=str(problem),
                task="",
                crate=self.source,
                file=problem.file,
                start=None,
                end=None,
                id="",
            )
        )

    def put(self, name: str, row: dict) -> None:
        self.waiting[name].append(row)
        if len(self.waiting[name]) >= SOME:
            self.flush(name)

    def flush(self, name: str) -> None:
        rows, self.waiting[name] = self.waiting[name], []
        self.writers[name].write(pa.Table.from_pylist(rows, schema=self.schemas[name]))

    def counts(self) -> dict:
        return dict(
            source=self.source, read=self.read, unusable=self.problems, out=self.kept, dropped=self.fallen
        )
