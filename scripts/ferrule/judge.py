"""The compiler as judge: which functions it reads, and what it says of replacements in them.

One check answers for a whole crate. rustc reports errors body by body, so a crate with one
replacement in every function gives, in one `cargo check`, the verdict on each of them: an error
belongs to the function whose text it points at. What compiles is believed only from a check that
ended without any error.

    with Judge(folder, package, targets) as judge:
        judge.baseline()                     # the crate as it is; raises CrateDoesNotCompile
        live = judge.liveness(functions)     # which bodies the compiler reads in this configuration
        verdicts = judge.judge(replacements)

Liveness comes first: a body that is switched off (a feature, another platform) takes any text
without an error, so nothing can be said of it.
"""

from __future__ import annotations

import bisect
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from ferrule import sandbox, syntax

# Legal in every body, const ones included, and wrong in each: E0308, reported at the `0u8`.
PROBE = b" let _: () = 0u8;"
INNER_HEAD = re.compile(rb"(?:\s+|//![^\n]*\n|/\*!.*?\*/|#!\s*\[[^\]]*\])*", re.DOTALL)


class CrateDoesNotCompile(Exception):
    """The crate as its authors shipped it has no verdict; `status` is one of the sandbox's."""

    def __init__(self, status: str, reason: str):
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass(frozen=True)
class Function:
    """A function or method: its chunk id and where its text and its body stand in the file (bytes)."""

    id: str
    file: str
    start: int
    end: int
    body: int


@dataclass(frozen=True)
class Replacement:
    """New text for `function`: `text` takes the place of bytes [start, end) of its file."""

    id: str
    function: Function
    start: int
    end: int
    text: bytes


@dataclass(frozen=True)
class Diagnostic:
    """One error: its code (None for syntax errors), text, and where it points, nearest place first.

    `places` are (file inside the package, start, end) of the primary spans, then of the macro calls
    that they come from; offsets are into the text that was compiled.
    """

    code: str | None
    rendered: str
    places: tuple[tuple[str, int, int], ...]
    inside: tuple[int, int] = (-1, -1)  # the place in the replaced function that is blamed, from its start


@dataclass
class Verdict:
    """What the compiler said of one replacement. `compiles` is None where it could not say."""

    id: str
    chunk: str
    live: bool
    compiles: bool | None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    reason: str = ""


class Judge:
    """A private copy of a crate, a sandbox around it, and the original text of its files."""

    def __init__(
        self,
        source: Path,
        package: str,
        targets: list[dict],
        *,
        features: str = "default",
        limits: sandbox.Limits | None = None,
        mode: str = "bubblewrap",
        jobs: int = 1,
    ):
        kinds = {kind for target in targets for kind in target["kind"]}
        self.has_lib = bool(kinds & {"lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"})
        self.has_bins = "bin" in kinds
        self.package, self.features = package, features
        self._temporary = tempfile.TemporaryDirectory(prefix="ferrule-judge-")
        self.folder = Path(self._temporary.name) / "source"
        shutil.copytree(source, self.folder, copy_function=shutil.copyfile)
        self.originals: dict[str, bytes] = {}
        self.changed: set[str] = set()
        self.live_in: dict[str, str] = {}  # chunk id -> "lib" or "bins"
        self.checks = 0
        self.session = sandbox.Session(
            self.folder, package=package, limits=limits or sandbox.Limits(), mode=mode,
            # Lints say nothing about whether code compiles, and `deny` would make them errors.
            environment={"RUSTFLAGS": "--cap-lints=allow", "CARGO_BUILD_JOBS": str(jobs)},
        )  # fmt: skip

    def __enter__(self) -> Judge:
        self.session.__enter__()
        return self

    def __exit__(self, *error) -> None:
        self.session.__exit__(*error)
        self._temporary.cleanup()

    # --- one check --------------------------------------------------------------------------------

    def check(self, target: str) -> tuple[sandbox.Outcome, list[Diagnostic]]:
        """One `cargo check` of "lib", "bins" or "all" with the files as they now stand."""
        wanted = {"lib": ["--lib"], "bins": ["--bins"]}.get(target) or [
            *(["--lib"] if self.has_lib else []), *(["--bins"] if self.has_bins else [])
        ]  # fmt: skip
        features = ["--all-features"] if self.features == "all" else []
        self.checks += 1
        outcome = self.session.run(
            ["cargo", "check", *wanted, *features, "--keep-going", "--quiet", "--locked", "--offline",
             "--message-format=json"]
        )  # fmt: skip
        if outcome.status not in ("ok", "failed"):
            raise CrateDoesNotCompile(outcome.status, outcome.reason)
        return outcome, list(self._errors(outcome.stdout))

    def _errors(self, stdout: bytes) -> Iterable[Diagnostic]:
        seen = set()
        for line in stdout.splitlines():
            if not line.startswith(b'{"reason":"compiler-message"'):
                continue
            message = orjson.loads(line)["message"]
            if not message["level"].startswith("error") or message["message"].startswith("aborting due to"):
                continue
            code = (message["code"] or {}).get("code")
            primary = [span for span in message["spans"] if span["is_primary"]]
            places = tuple(place for span in primary for place in self._places(span))
            key = (code, message["message"], places)
            if key not in seen:  # a library's file that a binary includes too
                seen.add(key)
                yield Diagnostic(code, portable(message["rendered"] or message["message"]), places)

    def _places(self, span: dict | None) -> Iterable[tuple[str, int, int]]:
        """The span and the macro calls around it, in files of the package."""
        while span:
            name = span["file_name"]
            if self.package != ".":
                name = name.removeprefix(f"{self.package}/")
            if not name.startswith("/"):
                yield name, span["byte_start"], span["byte_end"]
            span = (span.get("expansion") or {}).get("span")

    # --- the crate as it is -----------------------------------------------------------------------

    def baseline(self) -> None:
        """Check the crate as it is; what depends on it being right raises CrateDoesNotCompile."""
        if not (self.has_lib or self.has_bins):
            raise CrateDoesNotCompile("failed", "it has neither a library nor a binary")
        outcome, errors = self.check("all")
        if outcome.status != "ok":
            raise CrateDoesNotCompile("failed", first_line(errors, outcome))

    def liveness(self, functions: list[Function]) -> set[str]:
        """Ids of the functions whose body the compiler reads: a fault put into each must be reported."""
        for target in (["lib"] if self.has_lib else []) + (["bins"] if self.has_bins else []):
            # A library that fails hides its binaries: only what it did not reach is probed there.
            probed = [f for f in functions if f.id not in self.live_in]
            for function in self._probe(probed, target):
                self.live_in[function.id] = target
        self.restore()
        return {f.id for f in functions if f.id in self.live_in}

    def _probe(self, functions: list[Function], target: str) -> list[Function]:
        by_file = defaultdict(list)
        for function in functions:
            by_file[function.file].append((self._probe_offset(function), function))
        patched: dict[str, list[tuple[int, Function]]] = {}
        edits = {}
        for file, probes in by_file.items():
            probes.sort(key=lambda probe: probe[0])
            edits[file] = [(at, at, PROBE) for at, _ in probes]
            patched[file] = [(at + i * len(PROBE), f) for i, (at, f) in enumerate(probes)]
        if not edits:
            return []
        self.write(edits)
        outcome, errors = self.check(target)
        if outcome.status != "ok" and not errors:
            raise CrateDoesNotCompile("failed", first_line([], outcome))  # the compiler itself fell over
        hit = []
        for error in errors:
            for file, start, _ in error.places:
                probes = patched.get(file, [])
                at = bisect.bisect_right(probes, start, key=lambda probe: probe[0]) - 1
                if at >= 0 and start < probes[at][0] + len(PROBE):
                    hit.append(probes[at][1])
        return hit

    def _probe_offset(self, function: Function) -> int:
        """Where a first statement may stand: after the brace and after inner attributes and docs."""
        text = self.original(function.file)
        at = function.body + 1
        head = INNER_HEAD.match(text, at, function.end)
        return head.end() if head and b"!" in head[0] else at

    # --- replacements -----------------------------------------------------------------------------

    def judge(self, replacements: list[Replacement]) -> list[Verdict]:
        """A verdict per replacement, in their order; functions must have gone through `liveness`."""
        verdicts: dict[str, Verdict] = {}
        queues: dict[tuple[str, str], list[Replacement]] = defaultdict(list)
        for replacement in replacements:
            function = replacement.function
            if function.id not in self.live_in:
                verdicts[replacement.id] = Verdict(replacement.id, function.id, False, None, [], "not_live")
                continue
            # Broken syntax hides the rest of its file: such a text shares a check with no other there.
            alone = breaks_syntax(self.original(function.file), replacement)
            queues[self.live_in[function.id], f"syntax {function.file}" if alone else function.id].append(
                replacement
            )
        while queues:
            for target in sorted({target for target, _ in queues}):
                for syntax_round in (False, True):
                    batch = next_batch(
                        queue
                        for (its_target, key), queue in queues.items()
                        if its_target == target and key.startswith("syntax ") == syntax_round
                    )
                    if batch:
                        self._round(target, batch, verdicts)
            queues = defaultdict(list, {key: queue for key, queue in queues.items() if queue})
        self.restore()
        return [verdicts[replacement.id] for replacement in replacements]

    def _round(self, target: str, batch: list[Replacement], verdicts: dict[str, Verdict]) -> None:
        """Judge replacements in different functions together; repeat with those not blamed until clean."""
        while batch:
            blamed, stray = self.blame(target, batch)
            if not blamed and not stray:
                for replacement in batch:
                    verdicts[replacement.id] = Verdict(replacement.id, replacement.function.id, True, True)
                return
            if not blamed and len(batch) > 1:
                # Errors that point at none of them: halve until the one that causes them stands alone.
                middle = len(batch) // 2
                self._round(target, batch[:middle], verdicts)
                self._round(target, batch[middle:], verdicts)
                return
            for replacement in batch:
                if replacement.id in blamed or not blamed:
                    verdicts[replacement.id] = Verdict(
                        replacement.id, replacement.function.id, True, False,
                        blamed.get(replacement.id) or stray, "" if blamed else "error_elsewhere",
                    )  # fmt: skip
            batch = [replacement for replacement in batch if replacement.id not in verdicts]

    def blame(
        self, target: str, batch: list[Replacement]
    ) -> tuple[dict[str, list[Diagnostic]], list[Diagnostic]]:
        """Check once; errors by the replacement whose function they point into, and the others."""
        edits: dict[str, list[tuple[int, int, bytes]]] = defaultdict(list)
        spans: dict[str, list[tuple[int, int, Replacement]]] = {}
        by_file = defaultdict(list)
        for replacement in batch:
            by_file[replacement.function.file].append(replacement)
        for file, inside in by_file.items():
            inside.sort(key=lambda r: r.start)
            shift, spans[file] = 0, []
            for r in inside:
                grown = len(r.text) - (r.end - r.start)
                spans[file].append((r.function.start + shift, r.function.end + shift + grown, r))
                edits[file].append((r.start, r.end, r.text))
                shift += grown
        self.write(edits)
        outcome, errors = self.check(target)
        blamed: dict[str, list[Diagnostic]] = defaultdict(list)
        stray = []
        for error in errors:
            for place in error.places:
                if found := _owner(spans, place):
                    begin, owner = found
                    inside = (place[1] - begin, place[2] - begin)
                    blamed[owner.id].append(replace(error, inside=inside))
                    break
            else:
                stray.append(error)
        if outcome.status != "ok" and not errors:
            stray.append(Diagnostic(None, first_line([], outcome), ()))  # the compiler itself fell over
        return blamed, stray

    # --- files ------------------------------------------------------------------------------------

    def original(self, file: str) -> bytes:
        if file not in self.originals:
            self.originals[file] = (self.folder / self.package / file).read_bytes()
        return self.originals[file]

    def write(self, edits: dict[str, list[tuple[int, int, bytes]]]) -> None:
        """Put edits (start, end, text), sorted and apart, into files; files changed before are restored."""
        for file in self.changed - edits.keys():
            (self.folder / self.package / file).write_bytes(self.original(file))
        for file, changes in edits.items():
            text, parts, last = self.original(file), [], 0
            for start, end, new in changes:
                parts += [text[last:start], new]
                last = end
            parts.append(text[last:])
            (self.folder / self.package / file).write_bytes(b"".join(parts))
        self.changed = set(edits)

    def restore(self) -> None:
        self.write({})


# Where rustc left a type's full name: a file of the sandbox, with another name in every run.
FULL_TYPE = re.compile(
    r"^ *= note: (?:the full (?:name for the type|type name) has been written to|consider using `--verbose`).*\n",
    re.MULTILINE,
)
# Before a file of a dependency: the folder of cargo, which has the registry's name in it.
REGISTRY = re.compile(r"/tmp/cargo/registry/src/[^/\s]+/|\S*/registry/src/[^/\s]+/")


def portable(rendered: str) -> str:
    """A diagnostic as any machine would print it: files by their place in their crate, no files of this run."""
    return REGISTRY.sub("", FULL_TYPE.sub("", rendered))


def next_batch(queues: Iterable[list[Replacement]]) -> list[Replacement]:
    """Take one replacement from each queue, but none whose function overlaps one already taken."""
    batch: list[Replacement] = []
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


def _owner(spans: dict[str, list[tuple[int, int, Replacement]]], place) -> tuple[int, Replacement] | None:
    """Where the innermost replaced function around a place begins, and its replacement."""
    file, start, _ = place
    around = [
        (end - begin, begin, r)
        for begin, end, r in spans.get(file, ())
        if begin <= start < max(end, begin + 1)
    ]
    return min(around, key=lambda found: found[0])[1:] if around else None


def breaks_syntax(source: bytes, replacement: Replacement) -> bool:
    function = replacement.function
    text = source[function.start : replacement.start] + replacement.text
    text += source[replacement.end : function.end]
    # A method's header is legal only inside an impl.
    root = syntax.parse(b"impl X {" + text + b"\n}")
    return root.has_error


def first_line(errors: list[Diagnostic], outcome: sandbox.Outcome) -> str:
    """The first error on one line: rustc's, or else the limit that was hit, or else cargo's."""
    if errors:
        where = f" ({errors[0].places[0][0]})" if errors[0].places else ""
        return errors[0].rendered.splitlines()[0][:200] + where
    lines = outcome.stderr.decode(errors="replace").splitlines()
    said = [line for line in lines if line.startswith(("error", "thread"))]
    # Where a limit was hit, that is the reason; what cargo says then is only what came of it.
    return said[0][:300] if said and outcome.reason.startswith("exit code") else outcome.reason
