"""What became of every row that a run's sources have: counts by side, source and kind of task.

    read        rows that were read
    kept        rows that are in the table, once or more
    rows        how often they are in it: `task_weights` repeats some
    characters  of prompts and answers of the kept rows, each counted once
    reasons     rows that are not in the table, by reason: read is kept and these together

Reasons are those of ferrule.training.filters, and these:

    duplicate    prompt and answer are those of a row before
    in_val       prompt and answer are those of a row for the evaluation loss
    other_split  a row of a split that is neither train nor val
    task_weight  taken by no copy: its weight is below 1
    max_rows     not needed any more: max_rows, or max_val_rows
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

FIGURES = ("read", "kept", "rows", "characters")


class Telemetry:
    """Counts of one side, train or val, as they come in."""

    def __init__(self, sources: Iterable[str]):
        self.sources = list(sources)
        self.stopped: set[str] = set()  # streams that were left before their end
        self.figures: dict[tuple[str, str], Counter] = {}  # by source and kind of task
        self.reasons: dict[tuple[str, str], Counter] = {}

    def count(self, source: str, task: str, figure: str, number: int = 1) -> None:
        self.figures.setdefault((source, task), Counter())[figure] += number

    def drop(self, source: str, task: str, reason: str) -> None:
        self.reasons.setdefault((source, task), Counter())[reason] += 1

    def summary(self) -> dict:
        return {
            "sources": {s: self._part(s) | {"read_to_the_end": s not in self.stopped} for s in self.sources},
            "total": self._part(None),
        }

    def _part(self, source: str | None) -> dict:
        pairs = [pair for pair in self.figures if source is None or pair[0] == source]
        tasks = sorted({task for _, task in pairs})
        of_task = {task: self._sum([pair for pair in pairs if pair[1] == task]) for task in tasks}
        return self._sum(pairs) | {"tasks": of_task}

    def _sum(self, pairs: list[tuple[str, str]]) -> dict:
        figures = sum((self.figures[pair] for pair in pairs), Counter())
        reasons = sum((self.reasons.get(pair, Counter()) for pair in pairs), Counter())
        return {name: figures[name] for name in FIGURES} | {"reasons": dict(sorted(reasons.items()))}


def flat(summary: dict[str, dict]) -> str:
    """The same figures as a table of tab-separated values: a line for each, reasons as `left_out:reason`."""
    lines = ["\t".join(("side", "source", "task_type", "figure", "count"))]
    for side, parts in summary.items():
        for source, part in parts["sources"].items():
            for task, figures in part["tasks"].items():
                counts = {name: figures[name] for name in FIGURES}
                counts |= {f"left_out:{reason}": count for reason, count in figures["reasons"].items()}
                lines += ["\t".join((side, source, task, name, str(n))) for name, n in counts.items()]
    return "\n".join(lines) + "\n"


def reasons_table(part: dict) -> str:
    """Source by source, what its rows were left out for: for a message."""
    lines = []
    for source, figures in part["sources"].items():
        lines.append(f"  {source}: {figures['read']} rows read")
        lines += [f"    {count:>9}  {reason}" for reason, count in figures["reasons"].items()]
    return "\n".join(lines)
