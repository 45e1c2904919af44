"""A journal of finished samples, from which a killed run resumes (`ferrule.core.journal`)."""

from __future__ import annotations

from ferrule.core import journal
from ferrule.sampling.requests import SampleKey, SampleRow


class Journal(journal.Journal):
    """`rows` has the finished samples by (task_id, sample)."""

    kind = "samples"

    @property
    def rows(self) -> dict[SampleKey, SampleRow]:
        return self.entries

    def key(self, entry: SampleRow) -> SampleKey:
        return entry["task_id"], entry["sample"]
