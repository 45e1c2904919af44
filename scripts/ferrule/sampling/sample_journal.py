"""Samples as they are finished, in a file that a killed run continues (`ferrule.core.journal`)."""

from __future__ import annotations

from ferrule.core import journal


class Journal(journal.Journal):
    """`rows` are by (task_id, sample)."""

    kind = "samples"

    @property
    def rows(self) -> dict[tuple[str, int], dict]:
        return self.entries

    def key(self, entry: dict) -> tuple[str, int]:
        return entry["task_id"], entry["sample"]
