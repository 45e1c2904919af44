"""A journal of verdicts, so that a killed run can resume (`ferrule.core.journal`)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ferrule.core import journal
from ferrule.evaluation.judging.submission import Verdict


class Journal(journal.Journal):
    """Verdicts by the key of the answer."""

    @property
    def verdicts(self) -> dict[str, Verdict]:
        return self.entries

    def key(self, entry: Verdict) -> str:
        return entry.key

    def pack(self, entry: Verdict) -> dict[str, Any]:
        return asdict(entry)

    def unpack(self, row: dict[str, Any]) -> Verdict:
        return Verdict(**row)


def row_of(verdict: Verdict) -> dict[str, Any]:
    """A verdict as it is in the result: without times, which differ from run to run."""
    values = asdict(verdict)
    del values["cpu_ms"]
    return values
