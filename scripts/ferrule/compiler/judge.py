"""The compiler as judge: which functions it reads, and what it reports about replacements in them.

One check judges a whole crate. rustc reports errors body by body. So one `cargo check` of a crate with one
replacement in every function gives a verdict on each of them: an error belongs to the function whose text it
points at. A replacement counts as compiling only after a check without any error.

    with Judge(folder, package, targets) as judge:
        judge.baseline()                     # the crate as it is; raises CrateDoesNotCompile
        live = judge.liveness(functions)     # which bodies the compiler reads in this configuration
        verdicts = judge.judge(replacements)

Liveness comes first. A body that is compiled out (a disabled feature, another platform) accepts any text
without an error, so it has no verdict.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, TypeVar, Unpack

from ferrule.compiler.cargo_check import (
    LIBRARIES,
    Compiler,
    CompilerOptions,
    CrateDoesNotCompile,
    Diagnostic,
    FileEdit,
    FileSpan,
    first_line,
)
from ferrule.compiler.cargo_messages import RustcMessage, compiler_messages, is_of_lint
from ferrule.core.reasons import JudgeReason
from ferrule.crates.manifest import Target
from ferrule.rust import syntax
from ferrule.rust.item_text import STUB

# Legal in every body, const ones included, and wrong in each: E0308, reported at the `0u8`.
PROBE = b" let _: () = 0u8;"
# The same, after an item that has no body.
ITEM_PROBE = b" const _: () = 0u8;"
# At the end of a target's root file it stops the check once every file is parsed: macros expand after that.
STOP = b"\nmacro_rules! stop { () => { stop!(); } }\nstop!();\n"
CUT_CHECKS = 5  # checks of a target with functions cut; after that the rest has no answer
CONST_FN = re.compile(rb"\bconst\s+(?:(?:async|unsafe|safe|extern|\"[^\"]*\")\s+)*fn\b")
INNER_HEAD = re.compile(rb"(?:\s+|//![^\n]*\n|/\*!.*?\*/|#!\s*\[[^\]]*\])*", re.DOTALL)


@dataclass(frozen=True)
class Function:
    """A function or method: its chunk id, and the byte offsets of its text and its body in the file.

    A type can be judged as well; its `body` is -1.
    """

    id: str
    file: str
    start: int
    end: int
    body: int


@dataclass(frozen=True)
class Replacement:
    """New text for `function`: `text` replaces bytes [start, end) of its file."""

    id: str
    function: Function
    start: int
    end: int
    text: bytes


@dataclass
class Verdict:
    """What the compiler reported about one replacement.

    `compiles` is None if it gave no verdict, for `reason`.
    """

    id: str
    chunk: str
    live: bool
    compiles: bool | None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    reason: str = ""


class Judge(Compiler):
    """Judges replacements in many functions of one crate at once."""

    def __init__(
        self, source: Path, package: str, targets: list[Target], **options: Unpack[CompilerOptions]
    ) -> None:
        super().__init__(source, package, targets, **options)
        self.live_in: dict[str, str] = {}  # chunk id -> "lib" or "bins"

    # --- the crate as it is -----------------------------------------------------------------------

    def baseline(self, lint: str = "") -> list[RustcMessage]:
        """Check the unchanged crate; raises CrateDoesNotCompile if it fails. Returns what `lint` reports of the library."""
        if not (self.has_lib or self.has_bins):
            raise CrateDoesNotCompile("failed", "it has neither a library nor a binary")
        outcome = self.check_unchanged("all", lint)
        return [
            entry["message"]
            for entry in compiler_messages(outcome.stdout)
            if LIBRARIES & set(entry["target"]["kind"]) and is_of_lint(entry["message"], lint)
        ]

    def liveness(self, functions: list[Function]) -> set[str]:
        """Ids of the functions whose body the compiler reads: it must report an error inserted into the body.

        For a type the error is inserted after it, so a `cfg` on the type itself goes unnoticed.
        """
        for target in (["lib"] if self.has_lib else []) + (["bins"] if self.has_bins else []):
            # A library that fails hides its binaries, so only the rest of the functions is probed there.
            probed = [f for f in functions if f.id not in self.live_in]
            for function in self._probe(probed, target):
                self.live_in[function.id] = target
        self.restore()
        return {f.id for f in functions if f.id in self.live_in}

    def _probe(self, functions: list[Function], target: str) -> list[Function]:
        by_file: dict[str, list[tuple[int, Function]]] = defaultdict(list)
        for function in functions:
            by_file[function.file].append((self._probe_offset(function), function))
        patched: dict[str, list[tuple[int, int, Function]]] = {}
        edits: dict[str, list[FileEdit]] = {}
        for file, offsets in by_file.items():
            offsets.sort(key=lambda entry: entry[0])
            edits[file], patched[file], shift = [], [], 0
            for at, function in offsets:
                text = PROBE if function.body >= 0 else ITEM_PROBE
                edits[file].append((at, at, text))
                patched[file].append((at + shift, at + shift + len(text), function))
                shift += len(text)
        if not edits:
            return []
        self.write(edits)
        outcome, errors = self.check(target)
        if outcome.status != "ok" and not errors:
            raise CrateDoesNotCompile("failed", first_line([], outcome))  # the compiler itself crashed
        hit = []
        for error in errors:
            for file, start, _ in error.places:
                probes = patched.get(file, [])
                at = bisect.bisect_right(probes, start, key=lambda probe: probe[0]) - 1
                if at >= 0 and start < probes[at][1]:
                    hit.append(probes[at][2])
        return hit

    def _probe_offset(self, function: Function) -> int:
        if function.body < 0:
            return function.end
        return first_statement(self.original(function.file), function)

    # --- signatures -------------------------------------------------------------------------------

    def cut(self, functions: list[Function]) -> dict[str, bool]:
        """By id, whether the crate still checks with the function's body cut away: with STUB in its place.

        All bodies are cut at once. Those that errors point at are put back, until a check has no error. Call
        `liveness` first; none of the functions may stand inside another one. One without an answer is not in
        the result: it is not live, or after CUT_CHECKS checks of its target there were still errors.
        """
        answers: dict[str, bool] = {}
        for target in sorted({self.live_in[f.id] for f in functions if f.id in self.live_in}):
            batch = [
                Replacement(f.id, f, f.body, f.end, STUB)
                for f in functions
                if self.live_in.get(f.id) == target
            ]
            for _ in range(CUT_CHECKS):
                blamed, stray = self.blame(target, batch, careful=True)
                if not blamed and not stray:
                    answers.update((replacement.id, True) for replacement in batch)
                    break
                # A constant that calls a function without a body: the error is there, a note names the function.
                guilty = set(blamed).union(*(error.touches for error in stray))
                guilty = guilty or {
                    r.id for r in batch if is_const(self.original(r.function.file), r.function)
                }
                if not guilty:
                    break
                answers.update(dict.fromkeys(guilty, False))
                batch = [replacement for replacement in batch if replacement.id not in guilty]
        self.restore()
        return answers

    # --- replacements -----------------------------------------------------------------------------

    def judge(self, replacements: list[Replacement]) -> list[Verdict]:
        """A verdict per replacement, in the same order. Call `liveness` for their functions first."""
        verdicts: dict[str, Verdict] = {}
        queues: dict[tuple[str, str], list[Replacement]] = defaultdict(list)
        for replacement in replacements:
            function = replacement.function
            if function.id not in self.live_in:
                verdicts[replacement.id] = Verdict(
                    replacement.id, function.id, False, None, [], JudgeReason.NOT_LIVE
                )
                continue
            # A syntax error hides the rest of its file, so such a text is the only one of its file in a
            # check.
            alone = breaks_syntax(self.original(function.file), replacement)
            queues[self.live_in[function.id], f"syntax {function.file}" if alone else function.id].append(
                replacement
            )
        while queues:
            for target in sorted({target for target, _ in queues}):
                for syntax_round in (False, True):
                    batch = next_batch(
                        queue
                        for (queue_target, key), queue in queues.items()
                        if queue_target == target and key.startswith("syntax ") == syntax_round
                    )
                    if batch:
                        self._round(target, batch, verdicts)
            queues = defaultdict(list, {key: queue for key, queue in queues.items() if queue})
        self.restore()
        return [verdicts[replacement.id] for replacement in replacements]

    def _round(self, target: str, batch: list[Replacement], verdicts: dict[str, Verdict]) -> None:
        """Judge replacements in different functions together; repeat without the blamed ones until all is clean."""
        while batch:
            blamed, stray = self.blame(target, batch)
            if not blamed and not stray:
                for replacement in batch:
                    verdicts[replacement.id] = Verdict(replacement.id, replacement.function.id, True, True)
                return
            if not blamed and len(batch) > 1:
                # The errors point at none of them: halve the batch until the culprit is alone.
                middle = len(batch) // 2
                self._round(target, batch[:middle], verdicts)
                self._round(target, batch[middle:], verdicts)
                return
            for replacement in batch:
                if replacement.id in blamed or not blamed:
                    verdicts[replacement.id] = Verdict(
                        replacement.id,
                        replacement.function.id,
                        True,
                        False,
                        blamed.get(replacement.id) or stray,
                        "" if blamed else JudgeReason.ERROR_ELSEWHERE,
                    )
            batch = [replacement for replacement in batch if replacement.id not in verdicts]

    def blame(
        self, target: str, batch: list[Replacement], *, careful: bool = False, stop: bool = False
    ) -> tuple[dict[str, list[Diagnostic]], list[Diagnostic]]:
        """One check: errors by the id of the replacement whose function they point into, and stray errors.

        `careful` is as in `Compiler.check`. With `stop` the check finds syntax errors only.
        """
        edits: dict[str, list[FileEdit]] = defaultdict(list)
        spans: dict[str, list[tuple[int, int, Replacement]]] = {}
        by_file = defaultdict(list)
        for replacement in batch:
            by_file[replacement.function.file].append(replacement)
        for file, replacements in by_file.items():
            replacements.sort(key=lambda r: r.start)
            shift, spans[file] = 0, []
            for r in replacements:
                grown = len(r.text) - (r.end - r.start)
                spans[file].append((r.function.start + shift, r.function.end + shift + grown, r))
                edits[file].append((r.start, r.end, r.text))
                shift += grown
        for file in self.roots[target] if stop else ():
            end = len(self.original(file))
            edits[file].append((end, end, STOP))
        self.write(edits)
        outcome, errors = self.check(target, careful=careful)
        blamed: dict[str, list[Diagnostic]] = defaultdict(list)
        stray = []
        for error in errors:
            for place in error.places:
                if begin_and_owner := _owner(spans, place):
                    begin, owner = begin_and_owner
                    inside = (place[1] - begin, place[2] - begin)
                    blamed[owner.id].append(replace(error, inside=inside))
                    break
            else:
                owners = (_owner(spans, place) for place in error.mentions)
                stray.append(replace(error, touches=frozenset(owner[1].id for owner in owners if owner)))
        if outcome.status != "ok" and not errors:
            stray.append(Diagnostic(None, first_line([], outcome), ()))  # the compiler itself crashed
        return blamed, stray


class OfFunction(Protocol):
    """A replacement, or a suggestion: something that changes one function."""

    @property
    def function(self) -> Function: ...


Change = TypeVar("Change", bound=OfFunction)


def next_batch(queues: Iterable[list[Change]]) -> list[Change]:
    """Take one change from each queue, but none whose function overlaps with one already taken."""
    batch: list[Change] = []
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for queue in queues:
        function = queue[0].function
        spans = taken[function.file]
        at = bisect.bisect(spans, (function.start, function.end))
        before_overlaps = at > 0 and spans[at - 1][1] > function.start
        after_overlaps = at < len(spans) and spans[at][0] < function.end
        if not before_overlaps and not after_overlaps:
            spans.insert(at, (function.start, function.end))
            batch.append(queue.pop(0))
    return batch


def _owner(
    spans: dict[str, list[tuple[int, int, Replacement]]], place: FileSpan
) -> tuple[int, Replacement] | None:
    """Where the innermost replaced function around a place begins, and its replacement."""
    file, start, _ = place
    around = [span for span in spans.get(file, ()) if span[0] <= start < max(span[1], span[0] + 1)]
    if not around:
        return None
    begin, _, replacement = min(around, key=lambda span: span[1] - span[0])
    return begin, replacement


def is_const(source: bytes, function: Function) -> bool:
    """Whether a function of the file `source` is a const one."""
    return bool(CONST_FN.search(source, function.start, function.body))


def first_statement(text: bytes, function: Function) -> int:
    """Where a first statement may stand: after the brace and after inner attributes and docs."""
    at = function.body + 1
    head = INNER_HEAD.match(text, at, function.end)
    return head.end() if head and b"!" in head[0] else at


def breaks_syntax(source: bytes, replacement: Replacement) -> bool:
    """Whether the function does not parse with the replacement in it."""
    function = replacement.function
    text = source[function.start : replacement.start] + replacement.text
    text += source[replacement.end : function.end]
    # A method's header is legal only inside an impl.
    root = syntax.parse(b"impl X {" + text + b"\n}")
    return root.has_error
