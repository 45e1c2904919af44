"""Find the replacement that makes the compiler crash, run without end, or print without end.

    for answer in answers(judge, target, batch): ...

A check that ends well is the answer for its whole batch. Otherwise the batch is checked in halves until
the guilty replacement stands alone; the others get their answer from the half in which they were judged.
That costs some dozens of checks, so their number is limited: a batch that is still guilty then is given
up as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ferrule.compiler.cargo_check import CompilerFell, Diagnostic
from ferrule.compiler.judge import Judge, Replacement

HALVINGS = 40  # two guilty ones among a thousand take about thirty
REASONS = {
    "crash": "compiler_crash",
    "timeout": "compiler_timeout",
    "memory": "compiler_memory",
    "output": "compiler_output",
}


@dataclass
class Answered:
    """What a check said of a batch, or why there is no answer for any of it."""

    batch: list[Replacement]
    blamed: dict[str, list[Diagnostic]] = field(default_factory=dict)
    stray: list[Diagnostic] = field(default_factory=list)
    reason: str = ""  # one of REASONS


def answers(judge: Judge, target: str, batch: list[Replacement], *, stop: bool = False) -> Iterator[Answered]:
    """One answer, or several where the compiler fell over; raises CrateDoesNotCompile if it always does."""
    try:
        yield Answered(batch, *judge.blame(target, batch, careful=True, stop=stop))
        return
    except CompilerFell as fell:
        first = fell
    judge.check_unchanged(target)  # the crate as it is does not do this
    left = HALVINGS
    waiting: list[tuple[list[Replacement], CompilerFell | None]] = [(batch, first)]
    while waiting:
        part, fell = waiting.pop()
        if fell is None:
            left -= 1
            try:
                yield Answered(part, *judge.blame(target, part, careful=True, stop=stop))
                continue
            except CompilerFell as again:
                fell = again
        if len(part) == 1 or left <= 0:
            yield Answered(part, reason=REASONS[fell.status])
            continue
        middle = len(part) // 2
        waiting += [(part[middle:], None), (part[:middle], None)]
