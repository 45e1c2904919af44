"""The rows that pass a run's filters, and their order."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Executor
from itertools import islice

from ferrule.core.schemas import choose
from ferrule.rust.code_patterns import Patterns
from ferrule.training.filters import Filters, Verdict, judged
from ferrule.training.interleave import MODES, copies, interleave, order
from ferrule.training.row_spill import Spool
from ferrule.training.sources import Row, Source, SourceError
from ferrule.training.telemetry import Telemetry

VAL_SEED = 0  # independent of shuffle_seed, so that runs with another order measure the same evaluation loss


def check_weights(settings: dict, sources: list[Source]) -> None:
    """Raises SourceError for a mode or a weight that cannot be used."""
    mode = settings.get("interleave", "sequential")
    if mode not in MODES:
        raise SourceError(f"interleave: {mode!r} is not one of {', '.join(MODES)}")
    names = [source.name for source in sources]
    weights = settings.get("source_weights") or {}
    if unknown := sorted(weights.keys() - set(names)):
        raise SourceError(
            f"source_weights: {unknown[0]!r} is no source of this run; there are: {', '.join(names)}"
        )
    if wrong := [name for name, weight in weights.items() if not weight > 0]:
        raise SourceError(f"source_weights: {wrong[0]} is {weights[wrong[0]]}; a weight is more than 0")
    for task, weight in (settings.get("task_weights") or {}).items():
        if not 0 <= weight < 1000:
            raise SourceError(f"task_weights: {task} is {weight}; a number from 0 to 1000 is expected")


class Chosen:
    """The rows that pass the filters, by their number in the spool, with the values that determine their order.

    First `read` every source, then call `train_order` and `val_order`.
    """

    def __init__(self, settings: dict, sources: list[Source], spool: Spool, signs: Patterns):
        self.settings, self.sources, self.spool = settings, sources, spool
        self.filters = Filters.of(settings.get("filters") or {}, signs)
        self.seed = settings.get("shuffle_seed")
        self.weights = settings.get("task_weights") or {}
        self.telemetry = {side: Telemetry(source.label for source in sources) for side in ("train", "val")}
        self.tasks: dict[str, int] = {}  # the number of each kind of task
        # One entry per row of the spool: numbers of its source and task, copies (0 for a row of the evaluation loss) ...
        self.source, self.task, self.times = array("I"), array("I"), array("I")
        # ... its hash for the order, the characters of prompt and answer, and their digest.
        self.place, self.size = array("Q"), array("Q")
        self.digests: list[bytes] = []
        self.seen: dict[str, set[bytes]] = {"train": set(), "val": set()}
        self.val_digests: set[bytes] = set()  # of all val rows, even if filtered out: none may be trained on

    def read(self, number: int, source: Source, pool: Executor | None, workers: int) -> None:
        limit = self.settings.get("max_rows") if source.streamed else None
        taken = 0
        for row, verdict in judged(source.rows(), self.filters, pool, workers):
            taken += self.add(number, source.label, row, verdict)
            if limit and taken >= limit:  # the rest of a stream is never read
                self.telemetry["train"].stopped.add(source.label)
                return

    def add(self, number: int, label: str, row: Row, verdict: Verdict) -> int:
        """Count the row, and add it to the spool unless there is a reason against it.

        Returns how often it will be trained on.
        """
        counts = self.telemetry[row.side]
        counts.count(label, row.task, "read")
        digest = hashlib.blake2b(f"{len(row.prompt)} {row.prompt}{row.gen}".encode(), digest_size=16).digest()
        if row.side == "val":
            self.val_digests.add(digest)
        reason = verdict.reason or ("duplicate" if digest in self.seen[row.side] else "")
        if reason:
            counts.drop(label, row.task, reason)
            return 0
        self.seen[row.side].add(digest)
        times, seed = 0, VAL_SEED  # 0: a row for the evaluation loss
        if row.side == "train":
            seed = self.seed or 0
            times = copies(self.weights.get(row.task, 1) * row.weight, seed, row.id)
            if not times:
                counts.drop(label, row.task, "task_weight")
                return 0
        self.source.append(number)
        self.task.append(self.tasks.setdefault(row.task, len(self.tasks)))
        self.times.append(times)
        self.place.append(choose(seed, "order", row.id))
        self.size.append(len(row.prompt) + len(row.gen))
        self.digests.append(digest)
        self.spool.add(
            (row.prompt, row.gen, row.id, label, row.task, row.file, verdict.documented, verdict.idiomatic)
        )
        return times

    def train_order(self) -> list[int]:
        """The numbers of the rows to train on, in order, with repeats."""
        self.check_tasks()
        rows, tasks = [], list(self.tasks)
        for number, digest in enumerate(self.digests):
            if self.times[number] and digest in self.val_digests:
                label = self.sources[self.source[number]].label
                self.telemetry["train"].drop(label, tasks[self.task[number]], "in_val")
            elif self.times[number]:
                rows.append(number)
        orders = []
        for numbers in self.by_source(rows):
            places = None if self.seed is None else [self.place[n] for n in numbers]
            orders.append([numbers[n] for n in order([self.times[n] for n in numbers], places)])
        weights = self.settings.get("source_weights") or {}
        mode = self.settings.get("interleave", "sequential")
        mixed = interleave(orders, mode, [weights.get(source.name, 1) for source in self.sources])
        return self.first("train", rows, mixed, self.settings.get("max_rows"))

    def val_order(self) -> list[int]:
        """The numbers of the rows for the evaluation loss. The sources take turns, so even a few rows cover them all."""
        rows = [number for number, times in enumerate(self.times) if not times]
        orders = [sorted(numbers, key=lambda n: (self.place[n], n)) for numbers in self.by_source(rows)]
        return self.first("val", rows, interleave(orders, "round_robin"), self.settings.get("max_val_rows"))

    def check_tasks(self) -> None:
        tasks = {task for counts in self.telemetry.values() for _, task in counts.figures}
        if unknown := sorted(self.weights.keys() - tasks):
            raise SourceError(
                f"task_weights: no row is of the kind {unknown[0]!r}; there are: {', '.join(sorted(tasks))}"
            )

    def by_source(self, rows: list[int]) -> list[list[int]]:
        numbers: list[list[int]] = [[] for _ in self.sources]
        for number in rows:
            numbers[self.source[number]].append(number)
        return numbers

    def first(self, side: str, rows: list[int], mixed: Iterable[int], limit: int | None) -> list[int]:
        """The first `limit` of the rows in `mixed`. Counts them, and the rest of `rows` as dropped."""
        taken, counts = list(islice(mixed, limit)), self.telemetry[side]
        tasks = list(self.tasks)
        times = Counter(taken)
        for number in rows:
            names = self.sources[self.source[number]].label, tasks[self.task[number]]
            if number not in times:
                counts.drop(*names, "max_rows")
                continue
            counts.count(*names, "kept")
            counts.count(*names, "rows", times[number])
            counts.count(*names, "characters", self.size[number])
        return taken
