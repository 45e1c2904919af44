"""Functions as clippy would have them: what it suggests and could apply by itself, lint by lint.

    idioms = read_idioms("resources/idioms.tsv")           # the lints that are asked for, and why
    with Judge(folder, package, targets) as judge:
        found = suggestions(judge, functions, idioms)      # one run of clippy over the crate as it is
        stayed_away = gone(judge, found, idioms)           # and again, with the suggested texts in place

A suggestion is taken where clippy calls it machine-applicable, where it lies wholly inside a function
and where no comment is lost by it. Whether it compiles, the judge says; clippy asked again says whether
it did any good: a text is worth having only if its lint is gone from it and no other one has come.

The authors' own `#[allow]` holds: what they looked at and kept is not suggested here.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from ferrule.compiler.judge import CrateDoesNotCompile, Function, Judge, next_batch
from ferrule.rust import syntax
from ferrule.rust.function_tree import COMMENTS
from ferrule.transforms.rewrites.rewrite_catalogue import Edit, Place, apart, apply

# clippy-driver does nothing at all under `allow`. Flags that differ from the judge's own make cargo check
# the dependencies a second time.
RUSTFLAGS = "--cap-lints=warn -Awarnings"

# What clippy puts in place of a closure where a person would import the name first.
SPELT_OUT = re.compile(rb"(?:<.*>::|(?:\w+::){2,})\w+")


class Idiom(NamedTuple):
    """Why a lint is asked for: `advice` is what a reviewer would say, in one imperative sentence."""

    advice: str
    why: str


@dataclass(frozen=True)
class Suggestion:
    """`text` is all of the function, with every place that `lint` complains of mended, `places` of them.

    `reported` names the lints that complain of the function as it is, as often as they do.
    """

    function: Function
    lint: str
    text: bytes
    places: int
    reported: tuple[str, ...] = ()


class Report(NamedTuple):
    """One complaint: where it points, and the edits of its suggestion if clippy could make them itself."""

    lint: str
    file: str
    start: int
    end: int
    edits: Place  # offsets in the file


def read_idioms(path: str) -> dict[str, Idiom]:
    with open(path, encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["lint"]: Idiom(row["advice"], row["why"]) for row in rows}


# --- what clippy suggests -------------------------------------------------------------------------


def suggestions(
    judge: Judge, functions: list[Function], lints: Iterable[str], target: str = "all"
) -> list[Suggestion]:
    """What clippy would make of each function, one suggestion per lint, in order of file, place and lint."""
    lints = set(lints)
    judge.restore()
    reports = clippy(judge, lints, target)
    if reports is None:
        raise CrateDoesNotCompile("failed", "clippy ends with an error")
    found = []
    for function, inside in within(functions, reports):
        reported = tuple(sorted(report.lint for report in inside))
        original = judge.original(function.file)[function.start : function.end]
        for lint in sorted(lints & set(reported)):
            edits = {relative(report, function) for report in inside if report.lint == lint and report.edits}
            places = apart(sorted(place for place in edits if whole(place, len(original))))
            text = apply(original, places)
            if places and comments(text) == comments(original):
                found.append(Suggestion(function, lint, text, len(places), reported))
    return found


def within(functions: list[Function], reports: list[Report]) -> Iterator[tuple[Function, list[Report]]]:
    """Every function that something is said of, with all that is said inside it (nested ones included)."""
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
    edits = (Edit(e.start - function.start, e.end - function.start, e.text) for e in report.edits)
    return tuple(sorted(edits))


def whole(place: Place, length: int) -> bool:
    """Whether all edits lie inside the function's text, none over another."""
    inside = all(edit.start >= 0 and edit.end <= length for edit in place)
    return inside and len(apart([(edit,) for edit in place])) == len(place)


def comments(code: bytes) -> Counter[bytes]:
    """The comments of a function's text: a suggestion that rewrites a block may leave them out."""
    found: Counter[bytes] = Counter()
    stack = [syntax.parse(b"impl X {" + code + b"\n}")]
    while stack:
        node = stack.pop()
        if node.type in COMMENTS:
            found[node.text.strip()] += 1
        stack.extend(node.children)
    return found


# --- whether it did any good ----------------------------------------------------------------------


def gone(
    judge: Judge, found: list[Suggestion], lints: Iterable[str], target: str = "all"
) -> set[tuple[str, str]]:
    """(function id, lint) of the suggestions whose lint is silent in the text, and no other one louder.

    Texts are taken as they are given. They must compile: what does not, hides the others' lints.
    """
    lints, settled = set(lints), set()
    queues: dict[str, list[Suggestion]] = defaultdict(list)
    for suggestion in found:
        queues[suggestion.function.id].append(suggestion)
    while any(queues.values()):
        batch = next_batch(queue for queue in queues.values() if queue)
        settled |= _settled(judge, batch, lints, target)
    judge.restore()
    return settled


def _settled(judge: Judge, batch: list[Suggestion], lints: set[str], target: str) -> set[tuple[str, str]]:
    placed = put(judge, batch)
    reports = clippy(judge, lints, target)
    if reports is None:  # one of them does not compile: halve until it stands alone
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
    """Write the suggested texts into the crate; the functions as they then stand, in the batch's order."""
    edits: dict[str, list[tuple[int, int, bytes]]] = defaultdict(list)
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
    """What these lints and rustc say of the crate with its files as they now stand; None if it does not compile."""
    done = judge.session.run(command(judge, lints, target))
    if done.status not in ("ok", "failed"):
        raise CrateDoesNotCompile(done.status, done.reason)
    if done.status == "failed":
        return None
    return sorted(set(_reports(judge, done.stdout, lints)))


def command(judge: Judge, lints: set[str], target: str) -> list[str]:
    library, binaries = judge.has_lib and target != "bins", judge.has_bins and target != "lib"
    chosen = ["--lib"] * library + ["--bins"] * binaries
    return [
        "env",
        f"RUSTFLAGS={RUSTFLAGS}",
        "cargo",
        "clippy",
        *chosen,
        *(["--all-features"] if judge.features == "all" else []),
        "--keep-going",
        "--quiet",
        "--locked",
        "--offline",
        "--message-format=json",
        # Later flags win: of clippy's lints, nothing is said but what is asked for.
        "--",
        "-W",
        "warnings",
        "-A",
        "clippy::all",
        *(word for lint in sorted(lints) for word in ("-W", lint)),
    ]


def _reports(judge: Judge, stdout: bytes, lints: set[str]) -> Iterator[Report]:
    for line in stdout.splitlines():
        if not line.startswith(b'{"reason":"compiler-message"'):
            continue
        message = orjson.loads(line)["message"]
        lint = (message["code"] or {}).get("code")
        # The compiler's own warnings count too: a text that leaves brackets or a `mut` behind is not better.
        if not lint or (lint not in lints and "::" in lint):
            continue
        primary = [span for span in message["spans"] if span["is_primary"]]
        place = next((place for span in primary for place in judge.places(span)), None)
        if place:
            yield Report(lint, *place, _edits(judge, message, place[0]))


def _edits(judge: Judge, message: dict, file: str) -> Place:
    """The suggestion's edits; () where there is none, a choice, or one that no author would write."""
    offers = [
        [span for span in child["spans"] if span["suggested_replacement"] is not None]
        for child in message["children"]
    ]
    offers = [spans for spans in offers if spans]
    if len(offers) != 1:
        return ()
    edits = []
    for span in offers[0]:
        # A text of a foreign macro has no place here: the call is not what the suggestion speaks of.
        at = next(iter(judge.places(span | {"expansion": None})), None)
        text = span["suggested_replacement"].encode()
        if at is None or at[0] != file or SPELT_OUT.fullmatch(text):
            return ()
        if span["suggestion_applicability"] != "MachineApplicable":
            return ()
        edits.append(Edit(at[1], at[2], text))
    return tuple(edits)
