"""Verdicts as they come, in a file that a killed run continues (`ferrule.core.journal`)."""

from __future__ import annotations

from dataclasses import asdict

from ferrule.core import journal
from ferrule.evaluation.judging.submission import Verdict


class Journal(journal.Journal):
    """`verdicts` are by the key of the answer."""

    @property
    def verdicts(self) -> dict[str, Verdict]:
        return self.entries

    def key(self, entry: Verdict) -> str:
        return entry.key

    def pack(self, entry: Verdict) -> dict:
        return asdict(entry)

    def unpack(self, row: dict) -> Verdict:
        return Verdict(**row)
