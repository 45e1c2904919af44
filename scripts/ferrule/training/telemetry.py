"""Counts of the rows of a run's sources, kept and left out, by side (train, val), source and kind of task.

    read        rows that were read
    kept        rows that are in the table, once or more often
    rows        rows of the table: `task_weights` repeats some
    characters  of prompts and answers of the kept rows, each counted once
    reasons     rows that are not in the table, by reason; read is the sum of kept and these

Reasons are those of ferrule.training.filters, and these:

    duplicate    an earlier row has the same prompt and answer
    in_val       a row for the evaluation loss has the same prompt and answer
    task_weight  the row's weight is below 1, and it got no copy
    max_rows     the limit max_rows or max_val_rows was reached
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from ferrule.training.run_records import SideSummary, SourceFigures, SourceSummary, TaskFigures

Figure = Literal["read", "kept", "rows", "characters"]
FIGURES: tuple[Figure, ...] = ("read", "kept", "rows", "characters")


class Telemetry:
    """Running counts of one side, train or val."""

    def __init__(self, sources: Iterable[str]):
        self.sources = list(sources)
        self.stopped: set[str] = set()  # streams that were not read to the end
        self.figures: dict[tuple[str, str], Counter[Figure]] = {}  # by source and kind of task
        self.reasons: dict[tuple[str, str], Counter[str]] = {}

    def count(self, source: str, task: str, figure: Figure, number: int = 1) -> None:
        self.figures.setdefault((source, task), Counter())[figure] += number

    def drop(self, source: str, task: str, reason: str) -> None:
        self.reasons.setdefault((source, task), Counter())[reason] += 1

    def summary(self) -> SideSummary:
        return {
            "sources": {source: self._source_summary(source) for source in self.sources},
            "total": self._source_figures(None),
        }

    def _source_summary(self, source: str) -> SourceSummary:
        return {**self._source_figures(source), "read_to_the_end": source not in self.stopped}

    def _source_figures(self, source: str | None) -> SourceFigures:
        """The figures of one source, or of all of them."""
        pairs = [pair for pair in self.figures if source is None or pair[0] == source]
        tasks = sorted({task for _, task in pairs})
        by_task = {task: self._sum([pair for pair in pairs if pair[1] == task]) for task in tasks}
        return {**self._sum(pairs), "tasks": by_task}

    def _sum(self, pairs: list[tuple[str, str]]) -> TaskFigures:
        figures: Counter[Figure] = sum((self.figures[pair] for pair in pairs), Counter())
        reasons: Counter[str] = sum((self.reasons.get(pair, Counter()) for pair in pairs), Counter())
        return {
            "read": figures["read"],
            "kept": figures["kept"],
            "rows": figures["rows"],
            "characters": figures["characters"],
            "reasons": dict(sorted(reasons.items())),
        }


def flat(summary: dict[str, SideSummary]) -> str:
    """The summaries of both sides as tab-separated values: one line per figure, reasons as `left_out:reason`."""
    lines = ["\t".join(("side", "source", "task_type", "figure", "count"))]
    for side, parts in summary.items():
        for source, part in parts["sources"].items():
            for task, figures in part["tasks"].items():
                counts: dict[str, int] = {name: figures[name] for name in FIGURES}
                counts |= {f"left_out:{reason}": count for reason, count in figures["reasons"].items()}
                lines += ["\t".join((side, source, task, name, str(n))) for name, n in counts.items()]
    return "\n".join(lines) + "\n"


def reasons_table(side: SideSummary) -> str:
    """For a message: the rows of each source that were left out, by reason."""
    lines = []
    for source, figures in side["sources"].items():
        lines.append(f"  {source}: {figures['read']} rows read")
        lines += [f"    {count:>9}  {reason}" for reason, count in figures["reasons"].items()]
    return "\n".join(lines)
