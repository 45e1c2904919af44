"""Break many functions of a crate at once and keep what the compiler says of each.

A round puts one mutation into each of many functions and checks the crate once; rustc reports errors
body by body, so each function gets its own diagnostics. Which faults may share a round, by phase:

bodies     any number, one per function
signature  shows in the functions that mention this one: in a round without them, but with other bodies
imports    an unresolved import hides unresolved names: in a round without those
paths      a trait or module that does not resolve keeps rustc from looking at any body: only each other
syntax     hides the rest of its file: one per file; the check ends once all files are read
tokens     brackets and quotes that do not close end the whole check: one per round

What gives no error is judged once more, in another company: another fault may have hidden it. Where the
compiler itself falls over, `ferrule.compiler.bisect` finds whose fault that is.
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
from ferrule.rust.signatures import WORD

ROUNDS = (("imports", "signature", "bodies"), ("paths",), ("syntax",), ("tokens",))
LIMITED = ("signature", "paths", "imports", "syntax", "tokens")


# A signature that more functions than this mention is not changed: none of them could share the round.
MENTIONS = 6
# A round that has less than this share of the largest one costs more than it gives.
SMALL = 0.15
# Silent ones get a check for themselves alone if they are at least this share of what was judged: then
# something hides them. Otherwise most of them compile, and they only fill rounds that have room.
SILENT = 0.03
NAMES = frozenset(
    "E0401 E0403 E0404 E0405 E0408 E0411 E0412 E0415 E0416 E0422 E0423 E0424 E0425 E0426 E0428 E0433"
    " E0434 E0435 E0531 E0532 E0573 E0574 E0576 E0767".split()
)
CALLED = re.compile(r"\b(\w+)\s*(?:\(|::<)|(?:::|\.)\s*(\w+)")


@dataclass(frozen=True)
class Fault:
    """One mutation of one function, as the judge takes it; `phase` says what it may share a round with."""

    replacement: Replacement
    operator: str
    name: str  # the function's, of a method with a dot before it
    words: frozenset[str]  # of the function's text; what is called or stands in a path also with a dot
    phase: str = "bodies"
    resolves: bool = True  # aims at no error of name resolution
    again: bool = False  # it was in a round in which nothing was said of it


def words_of(code: str) -> frozenset[str]:
    called = (f".{one or other}" for one, other in CALLED.findall(code))
    return frozenset(WORD.findall(code)).union(called)


@dataclass
class Finding:
    """What became of a fault: `diagnostics` in the order reported, or the reason why there are none."""

    fault: Fault
    diagnostics: list[Diagnostic]
    reason: str = ""  # no_error, error_elsewhere, time_limit, round_limit, compiler_crash ...


class Clock:
    """Time for rounds. Looking for what made the compiler fall over has as much again."""

    def __init__(self, seconds: float):
        self.end, self.spare = time.monotonic() + seconds, seconds

    def is_over(self) -> bool:
        return time.monotonic() > self.end

    def excuse(self, seconds: float) -> None:
        granted = min(seconds, self.spare)
        self.spare -= granted
        self.end += granted


def judge_faults(judge: Judge, faults: list[Fault], seconds: float, rounds: int) -> Iterator[Finding]:
    """A finding per fault. After `seconds` no further round is begun: what is left has `time_limit`.

    Of every phase but `bodies` there are at most `rounds` rounds, and none that would be small; what is left
    has `round_limit`.
    """
    clock = Clock(seconds)
    words = {fault.replacement.function.id: fault.words for fault in faults}
    mentions = Counter(word for its in words.values() for word in its)
    known = [f for f in faults if f.phase == "signature" and mentions[f.name] > MENTIONS]
    yield from (Finding(fault, [], "round_limit") for fault in known)
    dropped = {id(fault) for fault in known}
    faults = [fault for fault in faults if id(fault) not in dropped]
    for target in sorted({judge.live_in[fault.replacement.function.id] for fault in faults}):
        own = [fault for fault in faults if judge.live_in[fault.replacement.function.id] == target]
        for phases in ROUNDS:
            waiting = [fault for phase in phases for fault in own if fault.phase == phase]
            # A signature keeps those who mention it out of its round: first those that few mention.
            waiting.sort(
                key=lambda f: (phases.index(f.phase), mentions[f.name] if f.phase == "signature" else 0)
            )
            yield from in_rounds(judge, target, waiting, clock, rounds)
    judge.restore()


def in_rounds(
    judge: Judge, target: str, waiting: list[Fault], clock: Clock, rounds: int
) -> Iterator[Finding]:
    """Round after round until nothing waits. What stays silent waits once more, among those that do not hide it."""
    silent: list[Fault] = []
    number, judged, largest, last = 0, 0, 0, False
    while waiting and not clock.is_over():
        batch = next_round(waiting)
        largest = max(largest, len(batch))
        if batch[0].phase == "bodies" and len(batch) < SMALL * largest:
            yield from (Finding(f, [], "no_error" if f.again else "round_limit") for f in waiting + silent)
            return
        taken = {id(fault) for fault in batch}
        waiting = [fault for fault in waiting if id(fault) not in taken]
        for finding in one_round(judge, target, batch, clock):
            if finding.reason == "no_error" and len(batch) > 1 and not finding.fault.again:
                silent.append(replace(finding.fault, again=True))
            else:
                yield finding
        number, judged = number + 1, judged + len(batch)
        if number == rounds:
            over = [fault for fault in waiting if fault.phase in LIMITED]
            waiting = [fault for fault in waiting if fault.phase not in LIMITED]
            yield from (Finding(fault, [], "round_limit") for fault in over)
        if last:
            yield from (Finding(fault, [], "no_error") for fault in waiting)
            return
        if not any(fault.phase in LIMITED for fault in waiting):
            # With room in a round to come they cost nothing; if there is none, one check is for them alone.
            if not waiting and len(silent) < SILENT * judged:
                yield from (Finding(fault, [], "no_error") for fault in silent)
                return
            last = not waiting
            waiting, silent = waiting + silent, []
    yield from (Finding(fault, [], "time_limit") for fault in waiting + silent)


def next_round(waiting: list[Fault]) -> list[Fault]:
    """The faults that can share a check: one per function, and none that could show in another's text."""
    batch: list[Fault] = []
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    words: set[str] = set()
    changed: set[str] = set()  # names of functions whose signature changes
    imports = names = False
    for fault in waiting:
        function = fault.replacement.function
        if fault.phase == "tokens" and batch:
            break
        if fault.phase == "syntax" and function.file in taken:
            continue
        if not changed.isdisjoint(fault.words) or (fault.phase == "signature" and fault.name in words):
            continue
        if (imports and not fault.resolves) or (names and fault.phase == "imports"):
            continue
        if not take(taken[function.file], function):
            continue
        batch.append(fault)
        words |= fault.words
        imports = imports or fault.phase == "imports"
        names = names or not fault.resolves
        if fault.phase == "signature":
            changed.add(fault.name)
    return batch


def take(spans: list[tuple[int, int]], function: Function) -> bool:
    """Enter a function among the sorted spans of its file, unless it overlaps with one of them."""
    at = bisect.bisect(spans, (function.start, function.end))
    if (at and spans[at - 1][1] > function.start) or (at < len(spans) and spans[at][0] < function.end):
        return False
    spans.insert(at, (function.start, function.end))
    return True


def one_round(judge: Judge, target: str, batch: list[Fault], clock: Clock) -> Iterator[Finding]:
    by_id = {fault.replacement.id: fault for fault in batch}
    started = time.monotonic()
    stop = batch[0].phase == "syntax"
    given = list(answers(judge, target, [fault.replacement for fault in batch], stop=stop))
    if len(given) > 1:
        clock.excuse(time.monotonic() - started)
    for answer in given:
        if answer.reason:
            yield from (Finding(by_id[one.id], [], answer.reason) for one in answer.batch)
        else:
            yield from findings([by_id[one.id] for one in answer.batch], answer)


def findings(batch: list[Fault], answer: Answered) -> Iterator[Finding]:
    caused = set()
    for diagnostic in answer.stray:
        caused |= {id(fault) for fault in causes(batch, diagnostic)}
    for fault in batch:
        diagnostics = answer.blamed.get(fault.replacement.id, [])
        if id(fault) in caused:
            yield Finding(fault, [], "error_elsewhere")
        else:
            yield Finding(fault, diagnostics, "" if diagnostics else "no_error")


def causes(batch: list[Fault], stray: Diagnostic) -> list[Fault]:
    """Whose fault an error outside all of them is: whose text it points at, or whose name it says."""
    if stray.touches:
        return [fault for fault in batch if fault.replacement.id in stray.touches]
    changed = [fault for fault in batch if fault.phase == "signature"]  # a body cannot do this to others
    said = set(WORD.findall(stray.rendered))
    files = {file for file, _, _ in stray.places}
    return (
        [fault for fault in changed if fault.name.lstrip(".") in said]
        or [fault for fault in changed if fault.replacement.function.file in files]
        or changed
    )
