"""Break many functions of a crate at once and collect the compiler's errors for each.

A round puts one mutation into each of many functions and checks the crate once. rustc reports errors body by
body, so each function gets its own diagnostics. Which faults may share a round depends on their phase:

bodies     any number, one per function
signature  causes errors in the functions that mention this one, so not with faults in those functions
imports    an unresolved import hides unresolved names, so not with faults that cause those
paths      an unresolved trait or module keeps rustc from checking any body, so only with each other
syntax     hides the rest of its file, so one per file; the check stops once all files are parsed
tokens     an unclosed bracket or quote stops the whole check, so one per round

A fault without an error is judged once more, together with other faults, because one of the first round may
have hidden it. If the compiler itself crashes, `ferrule.compiler.bisect` finds the fault that causes it.
"""

from __future__ import annotations

import bisect
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ferrule.compiler.bisect import Answered, answers
from ferrule.compiler.judge import Diagnostic, Function, Judge, Replacement
from ferrule.core.reasons import MutateReason
from ferrule.rust.signatures import WORD

ROUNDS = (("imports", "signature", "bodies"), ("paths",), ("syntax",), ("tokens",))
LIMITED = ("signature", "paths", "imports", "syntax", "tokens")

# A signature that more functions than this mention is not changed: none of them could share the round.
MENTIONS = 6
# A round with less than this share of the largest round is not worth its check.
SMALL = 0.15
# Faults without an error get a round of their own if they are at least this share of those judged: then
# something probably hides their errors. If there are fewer, most of them simply compile, and they only fill
# later rounds.
SILENT = 0.03
# Errors of name resolution.
NAMES = frozenset(
    "E0401 E0403 E0404 E0405 E0408 E0411 E0412 E0415 E0416 E0422 E0423 E0424 E0425 E0426 E0428 E0433"
    " E0434 E0435 E0531 E0532 E0573 E0574 E0576 E0767".split()
)
CALLED = re.compile(r"\b(\w+)\s*(?:\(|::<)|(?:::|\.)\s*(\w+)")


@dataclass(frozen=True)
class Fault:
    """One mutation of one function. `phase` decides which faults it may share a round with."""

    replacement: Replacement
    operator: str
    name: str  # the function's name, with a dot before it for a method
    words: frozenset[str]  # see `words_of`
    phase: str = "bodies"
    resolves: bool = True  # does not aim at an error of name resolution
    again: bool = False  # a first round has reported no error for it


def words_of(code: str) -> frozenset[str]:
    """The words of a function's text.

    Those that are called or part of a path are in it with a dot as well.
    """
    dotted = (f".{called or member}" for called, member in CALLED.findall(code))
    return frozenset(WORD.findall(code)).union(dotted)


@dataclass
class Finding:
    """The result of a fault: its diagnostics in the order reported, or the reason why there are none."""

    fault: Fault
    diagnostics: list[Diagnostic]
    reason: str = ""  # no_error, error_elsewhere, time_limit, round_limit, compiler_crash ...


class Clock:
    """The time limit of all rounds. Searching for a fault that crashes the compiler may double it."""

    def __init__(self, seconds: float) -> None:
        self.end, self.spare = time.monotonic() + seconds, seconds

    def is_over(self) -> bool:
        return time.monotonic() > self.end

    def excuse(self, seconds: float) -> None:
        """Add the seconds to the limit, as long as there are spare ones."""
        granted = min(seconds, self.spare)
        self.spare -= granted
        self.end += granted


def judge_faults(judge: Judge, faults: list[Fault], seconds: float, rounds: int) -> Iterator[Finding]:
    """A finding per fault. No round starts after `seconds`; faults that are left then have `time_limit`.

    Every phase except `bodies` has at most `rounds` rounds, and small rounds are not run; faults that are
    left then have `round_limit`.
    """
    clock = Clock(seconds)
    words_by_function = {fault.replacement.function.id: fault.words for fault in faults}
    mentions = Counter(word for words in words_by_function.values() for word in words)
    too_well_known = [f for f in faults if f.phase == "signature" and mentions[f.name] > MENTIONS]
    yield from (Finding(fault, [], MutateReason.ROUND_LIMIT) for fault in too_well_known)
    dropped = {id(fault) for fault in too_well_known}
    faults = [fault for fault in faults if id(fault) not in dropped]
    for target in sorted({judge.live_in[fault.replacement.function.id] for fault in faults}):
        in_target = [fault for fault in faults if judge.live_in[fault.replacement.function.id] == target]
        for phases in ROUNDS:
            waiting = [fault for phase in phases for fault in in_target if fault.phase == phase]
            # Functions that mention a changed signature cannot join its round, so the least mentioned come
            # first.
            waiting.sort(
                key=lambda f: (phases.index(f.phase), mentions[f.name] if f.phase == "signature" else 0)
            )
            yield from in_rounds(judge, target, waiting, clock, rounds)
    judge.restore()


def in_rounds(
    judge: Judge, target: str, waiting: list[Fault], clock: Clock, rounds: int
) -> Iterator[Finding]:
    """Run rounds until no fault waits.

    A fault without an error is tried once more, with other faults beside it.
    """
    silent: list[Fault] = []
    number, judged, largest, last = 0, 0, 0, False
    while waiting and not clock.is_over():
        batch = next_round(waiting)
        largest = max(largest, len(batch))
        if batch[0].phase == "bodies" and len(batch) < SMALL * largest:
            yield from (
                Finding(f, [], MutateReason.NO_ERROR if f.again else MutateReason.ROUND_LIMIT)
                for f in waiting + silent
            )
            return
        taken = {id(fault) for fault in batch}
        waiting = [fault for fault in waiting if id(fault) not in taken]
        for finding in one_round(judge, target, batch, clock):
            if finding.reason == MutateReason.NO_ERROR and len(batch) > 1 and not finding.fault.again:
                silent.append(replace(finding.fault, again=True))
            else:
                yield finding
        number, judged = number + 1, judged + len(batch)
        if number == rounds:
            over = [fault for fault in waiting if fault.phase in LIMITED]
            waiting = [fault for fault in waiting if fault.phase not in LIMITED]
            yield from (Finding(fault, [], MutateReason.ROUND_LIMIT) for fault in over)
        if last:
            yield from (Finding(fault, [], MutateReason.NO_ERROR) for fault in waiting)
            return
        if not any(fault.phase in LIMITED for fault in waiting):
            # In a later round with room, the silent faults cost nothing. Without one they need a round of
            # their own.
            if not waiting and len(silent) < SILENT * judged:
                yield from (Finding(fault, [], MutateReason.NO_ERROR) for fault in silent)
                return
            last = not waiting
            waiting, silent = waiting + silent, []
    yield from (Finding(fault, [], MutateReason.TIME_LIMIT) for fault in waiting + silent)


def next_round(waiting: list[Fault]) -> list[Fault]:
    """The faults that can share the next check: one per function, none that could affect another's errors."""
    batch: list[Fault] = []
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    words: set[str] = set()
    changed: set[str] = set()  # names of functions whose signature changes
    has_imports = has_names = False
    for fault in waiting:
        function = fault.replacement.function
        if fault.phase == "tokens" and batch:
            break
        if fault.phase == "syntax" and function.file in taken:
            continue
        if not changed.isdisjoint(fault.words) or (fault.phase == "signature" and fault.name in words):
            continue
        if (has_imports and not fault.resolves) or (has_names and fault.phase == "imports"):
            continue
        if not take(taken[function.file], function):
            continue
        batch.append(fault)
        words |= fault.words
        has_imports = has_imports or fault.phase == "imports"
        has_names = has_names or not fault.resolves
        if fault.phase == "signature":
            changed.add(fault.name)
    return batch


def take(spans: list[tuple[int, int]], function: Function) -> bool:
    """Insert a function into the sorted spans of its file; returns False if it overlaps with one of them."""
    at = bisect.bisect(spans, (function.start, function.end))
    if (at and spans[at - 1][1] > function.start) or (at < len(spans) and spans[at][0] < function.end):
        return False
    spans.insert(at, (function.start, function.end))
    return True


def one_round(judge: Judge, target: str, batch: list[Fault], clock: Clock) -> Iterator[Finding]:
    """Judge one batch; more checks than one are needed if the compiler crashes."""
    by_id = {fault.replacement.id: fault for fault in batch}
    started = time.monotonic()
    stop = batch[0].phase == "syntax"
    parts = list(answers(judge, target, [fault.replacement for fault in batch], stop=stop))
    if len(parts) > 1:
        clock.excuse(time.monotonic() - started)
    for answer in parts:
        if answer.reason:
            yield from (Finding(by_id[replacement.id], [], answer.reason) for replacement in answer.batch)
        else:
            yield from findings([by_id[replacement.id] for replacement in answer.batch], answer)


def findings(batch: list[Fault], answer: Answered) -> Iterator[Finding]:
    """A finding per fault of a batch that was checked as a whole."""
    caused: set[int] = set()
    for diagnostic in answer.stray:
        caused |= {id(fault) for fault in causes(batch, diagnostic)}
    for fault in batch:
        diagnostics = answer.blamed.get(fault.replacement.id, [])
        if id(fault) in caused:
            yield Finding(fault, [], MutateReason.ERROR_ELSEWHERE)
        else:
            yield Finding(fault, diagnostics, "" if diagnostics else MutateReason.NO_ERROR)


def causes(batch: list[Fault], stray: Diagnostic) -> list[Fault]:
    """The faults behind an error outside all of them: it points at their text, or mentions their name."""
    if stray.touches:
        return [fault for fault in batch if fault.replacement.id in stray.touches]
    changed = [fault for fault in batch if fault.phase == "signature"]  # a body cannot break other functions
    words = set(WORD.findall(stray.rendered))
    files = {file for file, _, _ in stray.places}
    return (
        [fault for fault in changed if fault.name.lstrip(".") in words]
        or [fault for fault in changed if fault.replacement.function.file in files]
        or changed
    )
