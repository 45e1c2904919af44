"""Functions with clippy's machine-applicable suggestions applied, one lint at a time.

    idioms = read_idioms("resources/idioms.tsv")           # the lints to enable, and why
    with Judge(folder, package, targets) as judge:
        offers = suggestions(judge, functions, idioms)     # one run of clippy over the unchanged crate
        fixed = gone(judge, offers, idioms)                # and more runs, with the suggested texts in place

A suggestion is used if clippy calls it machine-applicable, if it lies inside one function, and if it loses no
comment. The judge decides whether it compiles. A second run of clippy decides whether it is an improvement:
its lint must be gone, and no other lint may be new.

An `#[allow]` of the crate's authors stays in force: clippy suggests nothing that they chose to allow.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ferrule.compiler.cargo_check import FileEdit
from ferrule.compiler.cargo_messages import RustcMessage, RustcSpan, compiler_messages
from ferrule.compiler.judge import CrateDoesNotCompile, Function, Judge, next_batch
from ferrule.rust import syntax
from ferrule.rust.function_tree import COMMENTS
from ferrule.rust.nodes import descendants
from ferrule.transforms.rewrites.rewrite_catalogue import Edit, Place, apart, apply

# A full path in place of a closure, as clippy writes it. An author would import the name instead.
FULL_PATH = re.compile(rb"(?:<.*>::|(?:\w+::){2,})\w+")


class Idiom(NamedTuple):
    """Why a lint is enabled. `advice` is a reviewer's comment in one imperative sentence."""

    advice: str
    why: str


@dataclass(frozen=True)
class Suggestion:
    """`text` is the whole function with all `places` that `lint` reports fixed.

    `reported` names the lint of every report about the unchanged function.
    """

    function: Function
    lint: str
    text: bytes
    places: int
    reported: tuple[str, ...] = ()


class Report(NamedTuple):
    """One report of a lint: its span, and the edits of its suggestion if that is machine-applicable."""

    lint: str
    file: str
    start: int
    end: int
    edits: Place  # offsets in the file, not in a function


def read_idioms(path: str) -> dict[str, Idiom]:
    """The idioms by lint, from a table with the columns lint, advice and why."""
    with open(path, encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["lint"]: Idiom(row["advice"], row["why"]) for row in rows}


# --- suggestions ----------------------------------------------------------------------------------


def suggestions(
    judge: Judge, functions: list[Function], lints: Iterable[str], target: str = "all"
) -> list[Suggestion]:
    """clippy's suggestions, one per function and lint, in the order of file, place and lint."""
    enabled = set(lints)
    judge.restore()
    reports = clippy(judge, enabled, target)
    if reports is None:
        raise CrateDoesNotCompile("failed", "clippy ends with an error")
    offers = []
    for function, inside in within(functions, reports):
        reported = tuple(sorted(report.lint for report in inside))
        original = judge.original(function.file)[function.start : function.end]
        for lint in sorted(enabled & set(reported)):
            edits = {relative(report, function) for report in inside if report.lint == lint and report.edits}
            places = apart(sorted(place for place in edits if whole(place, len(original))))
            text = apply(original, places)
            if places and comments(text) == comments(original):
                offers.append(Suggestion(function, lint, text, len(places), reported))
    return offers


def within(functions: list[Function], reports: list[Report]) -> Iterator[tuple[Function, list[Report]]]:
    """Every function with reports, and all reports inside it (those of nested functions included)."""
    of_file: dict[str, list[Report]] = defaultdict(list)
    for report in reports:
        of_file[report.file].append(report)
    for function in sorted(functions, key=lambda f: (f.file, f.start, f.end)):
        inside = [
            report
            for report in of_file.get(function.file, ())
            if function.start <= report.start and report.end <= function.end
        ]
        if inside:
            yield function, inside


def relative(report: Report, function: Function) -> Place:
    """The report's edits, with offsets from the start of the function."""
    edits = (Edit(e.start - function.start, e.end - function.start, e.text) for e in report.edits)
    return tuple(sorted(edits))


def whole(place: Place, length: int) -> bool:
    """Whether all edits lie inside the function's text, and none overlaps with another."""
    inside = all(edit.start >= 0 and edit.end <= length for edit in place)
    return inside and len(apart([(edit,) for edit in place])) == len(place)


def comments(code: bytes) -> Counter[bytes]:
    """The comments of a function's text. A suggestion that rewrites a block may lose them."""
    source = b"impl X {" + code + b"\n}"
    return Counter(
        source[node.start_byte : node.end_byte].strip()
        for node in descendants(syntax.parse(source))
        if node.type in COMMENTS
    )


# --- checking the suggestions ---------------------------------------------------------------------


def gone(
    judge: Judge, offers: list[Suggestion], lints: Iterable[str], target: str = "all"
) -> set[tuple[str, str]]:
    """(function id, lint) of the suggestions that remove all reports of their lint and add none of another.

    A text that does not compile costs further runs of clippy, because it hides the reports on the others.
    """
    enabled = set(lints)
    settled: set[tuple[str, str]] = set()
    queues: dict[str, list[Suggestion]] = defaultdict(list)
    for suggestion in offers:
        queues[suggestion.function.id].append(suggestion)
    while any(queues.values()):
        batch = next_batch(queue for queue in queues.values() if queue)
        settled |= _settled(judge, batch, enabled, target)
    judge.restore()
    return settled


def _settled(judge: Judge, batch: list[Suggestion], lints: set[str], target: str) -> set[tuple[str, str]]:
    placed = put(judge, batch)
    reports = clippy(judge, lints, target)
    if reports is None:  # one of the texts does not compile: halve the batch until it is alone
        if len(batch) == 1:
            return set()
        middle = len(batch) // 2
        return _settled(judge, batch[:middle], lints, target) | _settled(judge, batch[middle:], lints, target)
    left = dict(within(placed, reports))
    settled = set()
    for function, suggestion in zip(placed, batch, strict=True):
        after = Counter(report.lint for report in left.get(function, ()))
        if not after[suggestion.lint] and after <= Counter(suggestion.reported):
            settled.add((function.id, suggestion.lint))
    return settled


def put(judge: Judge, batch: list[Suggestion]) -> list[Function]:
    """Write the suggested texts into the crate.

    Returns the functions with their new offsets, in the batch's order.
    """
    edits: dict[str, list[FileEdit]] = defaultdict(list)
    placed: dict[str, Function] = {}
    shift: Counter[str] = Counter()
    for suggestion in sorted(batch, key=lambda s: (s.function.file, s.function.start)):
        f, text = suggestion.function, suggestion.text
        edits[f.file].append((f.start, f.end, text))
        start = f.start + shift[f.file]
        placed[f.id] = Function(f.id, f.file, start, start + len(text), f.body + shift[f.file])
        shift[f.file] += len(text) - (f.end - f.start)
    judge.write(edits)
    return [placed[suggestion.function.id] for suggestion in batch]


# --- one run of clippy ----------------------------------------------------------------------------


def clippy(judge: Judge, lints: set[str], target: str) -> list[Report] | None:
    """Reports of these lints and rustc on the crate with its current files; None if it does not compile."""
    done = judge.session.run(command(judge, lints, target))
    if done.status not in ("ok", "failed"):
        raise CrateDoesNotCompile(done.status, done.reason)
    if done.status == "failed":
        return None
    return sorted(set(_reports(judge, done.stdout, lints)))


def command(judge: Judge, lints: set[str], target: str) -> list[str]:
    library, binaries = judge.has_lib and target != "bins", judge.has_bins and target != "lib"
    selected = ["--lib"] * library + ["--bins"] * binaries
    return [
        "cargo",
        "clippy",
        *selected,
        *(["--all-features"] if judge.features == "all" else []),
        "--keep-going",
        "--quiet",
        "--locked",
        "--offline",
        "--message-format=json",
        # Later flags win: of clippy's lints, only the enabled ones report anything.
        "--",
        "--cap-lints",
        "warn",
        "-W",
        "warnings",
        "-A",
        "clippy::all",
        *(word for lint in sorted(lints) for word in ("-W", lint)),
    ]


def _reports(judge: Judge, stdout: bytes, lints: set[str]) -> Iterator[Report]:
    for entry in compiler_messages(stdout):
        message = entry["message"]
        lint = message["code"]["code"] if message["code"] else None
        # rustc's own warnings count as well: a text with needless parentheses or a needless `mut` is not
        # better.
        if not lint or (lint not in lints and "::" in lint):
            continue
        primary = [span for span in message["spans"] if span["is_primary"]]
        place = next((place for span in primary for place in judge.places(span)), None)
        if place:
            yield Report(lint, *place, _edits(judge, message, place[0]))


def _edits(judge: Judge, message: RustcMessage, file: str) -> Place:
    """The suggestion's edits; () if there is none or a choice of several, or if no author would write it."""
    offers = [
        [span for span in child["spans"] if span["suggested_replacement"] is not None]
        for child in message["children"]
    ]
    offers = [spans for spans in offers if spans]
    if len(offers) != 1:
        return ()
    edits = []
    for span in offers[0]:
        # Without its expansion: if the span lies in another crate's macro, the suggestion is not about the
        # macro call.
        at = next(judge.places(RustcSpan({**span, "expansion": None})), None)
        text = (span["suggested_replacement"] or "").encode()
        if at is None or at[0] != file or FULL_PATH.fullmatch(text):
            return ()
        if span["suggestion_applicability"] != "MachineApplicable":
            return ()
        edits.append(Edit(at[1], at[2], text))
    return tuple(edits)
