"""Break many functions of a crate at once and keep what the compiler says of each.

A round puts one mutation into each of many functions and checks the crate once; rustc reports errors
body by body, so each function gets its own diagnostics. A round holds faults of one phase of the
compiler: a path that does not resolve can keep the borrow checker from running at all. What changes a
signature can show in other functions: such mutations share a round only with functions that do not
mention each other, and are dropped where an error lies outside. What breaks the syntax hides the rest
of its file: one per file. These two need many small rounds, so their number is limited.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ferrule.excerpts import WORD
from ferrule.judge import Diagnostic, Function, Judge, Replacement

LIMITED = ("signature", "syntax")
NAMES = frozenset(
    "E0401 E0403 E0404 E0405 E0408 E0411 E0412 E0415 E0416 E0422 E0423 E0424 E0425 E0426 E0428 E0432 E0433"
    " E0434 E0435 E0531 E0532 E0573 E0574 E0576 E0767".split()
)
BORROWS = frozenset(
    "E0133 E0373 E0381 E0382 E0384 E0492 E0493 E0499 E0502 E0503 E0505 E0506 E0507 E0508 E0509 E0510 E0515 E0521"
    " E0594 E0596 E0597 E0621 E0700 E0713 E0716 E0004 E0005 E0310 E0309".split()
)


def phase_of(aims: tuple[str, ...], signature: bool, syntax: bool) -> str:
    """In which phase rustc meets a fault that aims at these codes."""
    if syntax or signature:
        return "syntax" if syntax else "signature"
    if aims and aims[0] in NAMES:
        return "names"
    return "borrows" if aims and aims[0] in BORROWS else "types"


@dataclass(frozen=True)
class Fault:
    """One mutation of one function, as the judge takes it; `phase` says what it may share a round with."""

    replacement: Replacement
    operator: str
    name: str  # the function's
    words: frozenset[str]  # of the function's text
    phase: str = "types"  # names, types, borrows; or signature, syntax


@dataclass
class Finding:
    """What became of a fault: `diagnostics` in the order reported, or the reason why there are none."""

    fault: Fault
    diagnostics: list[Diagnostic]
    reason: str = ""  # no_error, error_elsewhere, time_limit, round_limit


def judge_faults(judge: Judge, faults: list[Fault], seconds: float, rounds: int) -> Iterator[Finding]:
    """A finding per fault. After `seconds` no further round is begun: what is left has `time_limit`.

    Of the phases `signature` and `syntax` there are at most `rounds` rounds; what is left has `round_limit`.
    """
    end = time.monotonic() + seconds
    by_kind: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    for fault in faults:
        by_kind[judge.live_in[fault.replacement.function.id], fault.phase].append(fault)
    for (target, phase), waiting in sorted(by_kind.items()):
        left = rounds if phase in LIMITED else len(faults)
        while waiting:
            left -= 1
            if left < 0:
                yield from (Finding(fault, [], "round_limit") for fault in waiting)
                break
            if time.monotonic() > end:
                yield from (Finding(fault, [], "time_limit") for fault in waiting)
                break
            batch = next_round(waiting, phase)
            taken = {id(fault) for fault in batch}
            waiting = [fault for fault in waiting if id(fault) not in taken]
            yield from one_round(judge, target, batch)
    judge.restore()


def next_round(waiting: list[Fault], phase: str) -> list[Fault]:
    """The faults that can share a check: one per function, and none that could show in another's text."""
    batch, functions, files, names = [], [], set(), set()
    words: set[str] = set()
    for fault in waiting:
        function = fault.replacement.function
        if phase == "syntax" and function.file in files:
            continue
        if phase == "signature" and (fault.name in words or names & fault.words):
            continue
        if any(overlap(function, other) for other in functions[-1:]) or function.id in names:
            continue
        batch.append(fault)
        functions.append(function)
        files.add(function.file)
        names |= {function.id, fault.name}
        words |= fault.words
    return batch


def overlap(one: Function, other: Function) -> bool:
    return one.file == other.file and one.start < other.end and other.start < one.end


def one_round(judge: Judge, target: str, batch: list[Fault]) -> Iterator[Finding]:
    for _ in range(4):
        blamed, stray = judge.blame(target, [fault.replacement for fault in batch])
        if not stray:
            break
        # Errors outside every broken function: whoever they speak of caused them.
        said = set(WORD.findall("\n".join(diagnostic.rendered for diagnostic in stray)))
        causes = [fault for fault in batch if fault.name in said]
        causes = causes or [fault for fault in batch if fault.phase == "signature"]
        if not causes:
            break  # a body cannot do this to others; what it says of itself stands
        yield from (Finding(fault, [], "error_elsewhere") for fault in causes)
        dropped = {id(fault) for fault in causes}
        batch = [fault for fault in batch if id(fault) not in dropped]
        if not batch:
            return
    for fault in batch:
        diagnostics = blamed.get(fault.replacement.id, [])
        yield Finding(fault, diagnostics, "" if diagnostics else "no_error")
