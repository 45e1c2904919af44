"""One crate and the compiler: a private copy, a sandbox around it, checks, and what rustc says.

with Compiler(folder, package, targets) as compiler:
    compiler.write({"src/lib.rs": [(start, end, text)]})
    outcome, errors = compiler.check("lib")
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import orjson

from ferrule.sandbox import session

LIBRARIES = frozenset(("lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"))
PATIENCE = 20  # seconds of CPU time that a careful check has at least
FIRST_PATIENCE = 45  # the same, as long as no check came to an end
STALL = (
    10  # times as much wall time ends a check that sleeps; a busy machine gives a check less than its share
)
# Runs a command with at most $0 bytes of its output, and ends with its exit code.
CAPPED = """{ code=$({ { "$@" 3>&- 4>&-; echo $? >&3; } | head -c "$0" >&4; } 3>&1); } 4>&1; exit $code"""
# What a compiler says when it crashes. A quoted line of source cannot be this: its quotes are escaped.
CRASH = re.compile(
    rb'"level":"error: internal compiler error"|^(?:thread \'rustc\'|error: internal compiler error)'
    rb"|^error: (?:the compiler unexpectedly panicked|rustc interrupted by SIG)",
    re.MULTILINE,
)


class CrateDoesNotCompile(Exception):
    """The crate as its authors shipped it has no verdict; `status` is one of the sandbox's."""

    def __init__(self, status: str, reason: str):
        super().__init__(reason)
        self.status, self.reason = status, reason


class CompilerFell(CrateDoesNotCompile):
    """The compiler itself came to no end in a check: `status` is crash, timeout, memory or output.

    `printed` is the number of bytes that it had printed by then.
    """

    def __init__(self, status: str, reason: str, printed: int = 0):
        super().__init__(status, reason)
        self.printed = printed


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
    mentions: tuple[tuple[str, int, int], ...] = ()  # places that labels and notes point at
    touches: frozenset[str] = frozenset()  # replacements in whose functions `mentions` lie


class Compiler:
    """A private copy of a crate, a sandbox around it, and the original text of its files."""

    def __init__(
        self,
        source: Path,
        package: str,
        targets: list[dict],
        *,
        features: str = "default",
        limits: session.Limits | None = None,
        mode: str = "bubblewrap",
        jobs: int = 1,
    ):
        kinds = {kind for target in targets for kind in target["kind"]}
        self.roots = {
            "lib": [t["path"] for t in targets if set(t["kind"]) & LIBRARIES],
            "bins": [t["path"] for t in targets if "bin" in t["kind"]],
        }
        self.has_lib = bool(kinds & LIBRARIES)
        self.has_bins = "bin" in kinds
        self.package, self.targets, self.features = package, targets, features
        self._temporary = tempfile.TemporaryDirectory(prefix="ferrule-judge-")
        self.folder = Path(self._temporary.name) / "source"
        shutil.copytree(source, self.folder, copy_function=shutil.copyfile)
        self.originals: dict[str, bytes] = {}
        self.changed: set[str] = set()
        self.checks = 0
        self.usual = 0.0  # seconds of the longest check that came to an end, without its dependencies
        self.fresh = True  # nothing is built yet
        self.limits = limits or session.Limits()
        self._mode = mode
        self._environment = {
            # Lints say nothing about whether code compiles, and `deny` would make them errors.
            "RUSTFLAGS": "--cap-lints=warn -Awarnings",
            "CARGO_BUILD_JOBS": str(jobs),
            "CARGO_INCREMENTAL": "0",  # what fails is not kept, so that there is nothing to gain
        }
        self.session = self._new_session()

    def _new_session(self, readonly: dict[Path, str] | None = None) -> session.Session:
        return session.Session(
            self.folder,
            package=self.package,
            limits=self.limits,
            mode=self._mode,
            environment=self._environment,
            readonly=readonly,
        )

    def __enter__(self) -> Self:
        self.session.__enter__()
        return self

    def __exit__(self, *error) -> None:
        self.session.__exit__(*error)
        self._temporary.cleanup()

    # --- one check --------------------------------------------------------------------------------

    def check(self, target: str, *, careful: bool = False) -> tuple[session.Outcome, list[Diagnostic]]:
        """One `cargo check` of "lib", "bins" or "all" with the files as they now stand.

        `careful` raises CompilerFell where the compiler crashes or hits a limit, and has a limit on CPU
        time of its own; the session goes on, with its dependencies built, wherever that is possible.
        """
        wanted = {"lib": ["--lib"], "bins": ["--bins"]}.get(target) or [
            *(["--lib"] if self.has_lib else []),
            *(["--bins"] if self.has_bins else []),
        ]
        features = ["--all-features"] if self.features == "all" else []
        argv = [
            "cargo",
            "check",
            *wanted,
            *features,
            "--keep-going",
            "--quiet",
            "--locked",
            "--offline",
            "--message-format=json",
        ]
        self.checks += 1
        started = time.monotonic()
        outcome = self._run_careful(argv) if careful else self.session.run(argv)
        if outcome.status not in ("ok", "failed"):
            raise CrateDoesNotCompile(outcome.status, outcome.reason)
        if not self.fresh:
            self.usual = max(self.usual, time.monotonic() - started)
        self.fresh = False
        return outcome, list(self._errors(outcome.stdout))

    def _run_careful(self, argv: list[str]) -> session.Outcome:
        """Run with limits that end the command and not the session; CompilerFell where one was hit."""
        patience = max(PATIENCE, 10 * self.usual) if self.usual else FIRST_PATIENCE
        cap = self.limits.output_mb * session.MB - 65536
        self.session.limits = replace(
            self.limits,
            cpu_seconds=int(min(patience, self.limits.cpu_seconds)),
            wall_seconds=min(STALL * patience, self.limits.wall_seconds),
        )
        outcome = self.session.run(["sh", "-c", CAPPED, str(cap), *argv])
        self.session.limits = self.limits
        status = outcome.status
        if len(outcome.stdout) >= cap:
            status = "output"
        elif status == "failed" and crashed(outcome):
            status = "crash"
        if self.session.ended:  # a limit that only the end of all processes can enforce
            self.session.__exit__()
            self.session = self._new_session()
            self.session.__enter__()
            self.fresh = True
        if status not in ("ok", "failed", "unavailable"):
            raise CompilerFell(status, outcome.reason, len(outcome.stdout))
        return outcome

    def sound(self, target: str) -> None:
        """The crate as it is compiles; otherwise CrateDoesNotCompile."""
        self.restore()
        outcome, errors = self.check(target)
        if outcome.status != "ok":
            raise CrateDoesNotCompile("failed", first_line(errors, outcome))

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
            places = tuple(place for span in primary for place in self.places(span))
            key = (code, message["message"], places)
            if key not in seen:  # a library's file that a binary includes too
                seen.add(key)
                others = [span for span in message["spans"] if not span["is_primary"]]
                others += [span for child in message["children"] for span in child["spans"]]
                mentions = tuple(place for span in others for place in self.places(span))
                rendered = portable(message["rendered"] or message["message"])
                yield Diagnostic(code, rendered, places, mentions=mentions)

    def places(self, span: dict | None) -> Iterable[tuple[str, int, int]]:
        """The span and the macro calls around it, in files of the package."""
        while span:
            name = span["file_name"]
            if self.package != ".":
                name = name.removeprefix(f"{self.package}/")
            if not name.startswith("/"):
                yield name, span["byte_start"], span["byte_end"]
            span = (span.get("expansion") or {}).get("span")

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


def crashed(outcome: session.Outcome) -> bool:
    """Whether the compiler fell over, rather than found errors."""
    by_signal = outcome.reason.startswith(("ended by", "processes:", "disk:", "file size:"))
    return by_signal or bool(CRASH.search(outcome.stdout) or CRASH.search(outcome.stderr))


def first_line(errors: list[Diagnostic], outcome: session.Outcome) -> str:
    """The first error on one line: rustc's, or else the limit that was hit, or else cargo's."""
    if errors:
        where = f" ({errors[0].places[0][0]})" if errors[0].places else ""
        return errors[0].rendered.splitlines()[0][:200] + where
    lines = outcome.stderr.decode(errors="replace").splitlines()
    said = [line for line in lines if line.startswith(("error", "thread"))]
    # Where a limit was hit, that is the reason; what cargo says then is only what came of it.
    return said[0][:300] if said and outcome.reason.startswith("exit code") else outcome.reason
