"""Find the replacement that makes the compiler crash, run too long, or print too much.

    for answer in answers(judge, target, batch): ...

A check that succeeds is the answer for its whole batch. Otherwise the batch is checked in halves until the
guilty replacement is alone; the others get their answer from the half in which they were judged. That costs
some dozens of checks, so their number is limited: after that, a batch that is still guilty is given up as a
whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ferrule.compiler.cargo_check import CompilerFell, Diagnostic
from ferrule.compiler.judge import Judge, Replacement
from ferrule.core.reasons import MutateReason

HALVINGS = 40  # two guilty ones among a thousand take about thirty
LOUD = 1 << 18  # bytes; a compiler that finishes prints less about one replacement
REASONS = {
    "crash": MutateReason.COMPILER_CRASH,
    "timeout": MutateReason.COMPILER_TIMEOUT,
    "memory": MutateReason.COMPILER_MEMORY,
    "output": MutateReason.COMPILER_OUTPUT,
}


@dataclass
class Answered:
    """The result of a check of a batch, or the reason why there is none for any of it."""

    batch: list[Replacement]
    blamed: dict[str, list[Diagnostic]] = field(default_factory=dict)
    stray: list[Diagnostic] = field(default_factory=list)
    reason: str = ""  # one of REASONS


def answers(judge: Judge, target: str, batch: list[Replacement], *, stop: bool = False) -> Iterator[Answered]:
    """One answer for the batch, or several if the compiler crashes.

    Raises CrateDoesNotCompile if the compiler crashes on the unchanged crate as well.
    """
    try:
        yield Answered(batch, *judge.blame(target, batch, careful=True, stop=stop))
        return
    except CompilerFell as crash:
        first = crash
    judge.check_unchanged(target)  # the crate itself is not the cause
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
            yield Answered(part, reason=reason_of(fell, len(part)))
            continue
        middle = len(part) // 2
        waiting += [(part[middle:], None), (part[:middle], None)]


def reason_of(fell: CompilerFell, replacements: int) -> str:
    """Why the compiler failed on a part of a batch, the same on a fast and on a slow machine.

    A compiler that prints endlessly may hit the limit on output or the limit on time first, depending on the
    speed of the machine. Whether it printed more than it usually does for so many replacements does not.
    """
    if fell.status == "timeout" and fell.printed > LOUD * replacements:
        return REASONS["output"]
    return REASONS[fell.status]
