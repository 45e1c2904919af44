"""One crate and the compiler: a private copy, a sandbox around it, checks, and the errors that rustc reports.

with Compiler(folder, package, targets) as compiler:
    compiler.write({"src/lib.rs": [(start, end, text)]})
    outcome, errors = compiler.check("lib")
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, TypedDict

from ferrule.compiler.cargo_messages import RustcMessage, RustcSpan, artifacts, compiler_messages
from ferrule.compiler.prepared_dependencies import ENVIRONMENT, Prepared
from ferrule.crates.manifest import Target
from ferrule.sandbox import session

LIBRARIES = frozenset(("lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"))
PATIENCE = 20  # seconds of CPU time that a careful check has at least
FIRST_PATIENCE = 45  # the same, before any check has finished
# A check that sleeps ends after this many times as much wall time: a busy machine gives a check less than its share.
STALL = 10
# cargo runs this in place of rustc for the crate itself and not for its dependencies, which so are the same in every
# step. Lints do not decide whether code compiles, but `deny` makes them errors. A file beside it names the crates that
# may use unstable features. In the environment of cargo, RUSTC_BOOTSTRAP would have it build each dependency again
# whose build script reads it (proc-macro2, anyhow), and all that need those. Another file names a lint to report.
WORKSPACE_RUSTC = """#!/bin/sh
if read -r names 2>/dev/null <"${0%/*}/unstable"; then export RUSTC_BOOTSTRAP="$names"; fi
if read -r lint 2>/dev/null <"${0%/*}/lint"; then set -- "$@" --force-warn "$lint"; fi
exec "$@" --cap-lints=warn -Awarnings
"""
# Runs a command with at most $0 bytes of its output, and ends with its exit code.
CAPPED = """{ code=$({ { "$@" 3>&- 4>&-; echo $? >&3; } | head -c "$0" >&4; } 3>&1); } 4>&1; exit $code"""
# The messages of a compiler that crashes. A quoted line of source cannot match: its quotes are escaped.
CRASH = re.compile(
    rb'"level":"error: internal compiler error"|^(?:thread \'rustc\'|error: internal compiler error)'
    rb"|^error: (?:the compiler unexpectedly panicked|rustc interrupted by SIG)",
    re.MULTILINE,
)


class CrateDoesNotCompile(Exception):
    """The unchanged crate does not compile, or a limit stopped its check.

    `status` is as in `session.Outcome`.
    """

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class CompilerFell(CrateDoesNotCompile):
    """The compiler itself failed in a check: `status` is crash, timeout, memory or output.

    `printed` is the number of bytes that it had printed by then.
    """

    def __init__(self, status: str, reason: str, printed: int = 0):
        super().__init__(status, reason)
        self.printed = printed


# A file inside the package, and a byte range of it. In a diagnostic the offsets are into the compiled text.
FileSpan = tuple[str, int, int]
# Bytes [start, end) of a file's original text, and the text that replaces them.
FileEdit = tuple[int, int, bytes]


@dataclass(frozen=True)
class Diagnostic:
    """One error: its code (None for syntax errors), text, and where it points, nearest place first.

    `places` are the primary spans, each followed by the macro calls that it comes from.
    """

    code: str | None
    rendered: str
    places: tuple[FileSpan, ...]
    inside: tuple[int, int] = (-1, -1)  # its span relative to the start of the blamed function
    mentions: tuple[FileSpan, ...] = ()  # spans of labels and notes
    touches: frozenset[str] = frozenset()  # ids of the replacements in whose functions `mentions` lie


class CompilerOptions(TypedDict, total=False):
    """Options of a `Compiler`: cargo features ("default" or "all"), the sandbox's limits and mode, jobs, and the
    file with the compiled dependencies.
    """

    features: str
    limits: session.Limits | None
    mode: str
    jobs: int
    prepared: Path | None


class Compiler:
    """A private copy of a crate, a sandbox around it, and the original text of its files."""

    def __init__(
        self,
        source: Path,
        package: str,
        targets: list[Target],
        *,
        features: str = "default",
        limits: session.Limits | None = None,
        mode: str = "bubblewrap",
        jobs: int = 1,
        prepared: Path | None = None,
    ) -> None:
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
        self.tools = self.folder.with_name("tools")
        self.tools.mkdir()
        self.add_tool("workspace-rustc", WORKSPACE_RUSTC)
        self.prepared = Prepared(prepared, Path(source), features, mode)
        self.originals: dict[str, bytes] = {}
        self.changed: set[str] = set()
        self.checks = 0
        self.usual = 0.0  # seconds of the longest finished check, except the one that built the dependencies
        self.fresh = True  # the dependencies are not built yet
        self.limits = limits or session.Limits()
        self._mode = mode
        self._jobs = jobs
        self.session = self._new_session()

    def add_tool(self, name: str, text: str) -> None:
        """A script that commands inside the sandbox can run."""
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)

    def allow_unstable(self, allowed: bool) -> None:
        """Whether the crate itself may use unstable features from the next build on. Its dependencies may not."""
        names = {target["name"].replace("-", "_") for target in self.targets}
        if allowed:
            (self.tools / "unstable").write_text(",".join(sorted(names)) + "\n")
        else:
            (self.tools / "unstable").unlink(missing_ok=True)

    def _new_session(self) -> session.Session:
        inside = "/tools" if self._mode == "bubblewrap" else self.tools
        return session.Session(
            self.folder,
            package=self.package,
            limits=self.limits,
            mode=self._mode,
            environment=ENVIRONMENT
            | {"RUSTC_WORKSPACE_WRAPPER": f"{inside}/workspace-rustc", "CARGO_BUILD_JOBS": str(self._jobs)},
            readonly={self.tools: "/tools"} | self.prepared.readonly(),
        )

    def _start(self) -> None:
        self.session.__enter__()
        self.prepared.unpack(self.session)

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *error: object) -> None:
        self.session.__exit__(*error)
        self.prepared.report()
        self._temporary.cleanup()

    # --- one check --------------------------------------------------------------------------------

    def check(self, target: str, *, careful: bool = False) -> tuple[session.Outcome, list[Diagnostic]]:
        """One `cargo check` of "lib", "bins" or "all" with the files in their current state.

        `careful` sets a CPU limit of its own, and raises CompilerFell if the compiler crashes or hits a
        limit. The session survives that, with its dependencies built, where possible.
        """
        selected = {"lib": ["--lib"], "bins": ["--bins"]}.get(target) or [
            *(["--lib"] if self.has_lib else []),
            *(["--bins"] if self.has_bins else []),
        ]
        features = ["--all-features"] if self.features == "all" else []
        argv = [
            "cargo",
            "check",
            *selected,
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
        self.prepared.count(artifacts(outcome.stdout))
        if not self.fresh:
            self.usual = max(self.usual, time.monotonic() - started)
        else:
            self.prepared.save(self.session)
        self.fresh = False
        messages = (entry["message"] for entry in compiler_messages(outcome.stdout))
        return outcome, list(self.diagnostics(messages))

    def _run_careful(self, argv: list[str]) -> session.Outcome:
        """Run with limits that stop the command and not the session; CompilerFell if one of them is hit."""
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
        if self.session.ended:  # some limits can only be enforced by killing the whole sandbox
            self.restart()
        if status not in ("ok", "failed", "unavailable"):
            raise CompilerFell(status, outcome.reason, len(outcome.stdout))
        return outcome

    def restart(self) -> None:
        """Open a new sandbox in place of one that a limit has ended."""
        self.session.__exit__()
        self.session = self._new_session()
        self._start()
        self.fresh = True

    def check_unchanged(self, target: str, lint: str = "") -> session.Outcome:
        """Check the unchanged crate; raises CrateDoesNotCompile if it fails.

        Its messages contain all reports of `lint`, even where the crate's attributes allow it.
        """
        self.restore()
        if lint:
            (self.tools / "lint").write_text(f"{lint}\n")
        outcome, errors = self.check(target)
        (self.tools / "lint").unlink(missing_ok=True)
        if outcome.status != "ok":
            raise CrateDoesNotCompile("failed", first_line(errors, outcome))
        return outcome

    def diagnostics(self, messages: Iterable[RustcMessage]) -> Iterator[Diagnostic]:
        """The errors among rustc's messages, each once."""
        seen: set[tuple[str | None, str, tuple[FileSpan, ...]]] = set()
        for message in messages:
            if not message["level"].startswith("error") or message["message"].startswith("aborting due to"):
                continue
            code = message["code"]["code"] if message["code"] else None
            primary = [span for span in message["spans"] if span["is_primary"]]
            places = tuple(place for span in primary for place in self.places(span))
            key = (code, message["message"], places)
            if key not in seen:  # a binary may include a file of the library, which repeats its errors
                seen.add(key)
                others = [span for span in message["spans"] if not span["is_primary"]]
                others += [span for child in message["children"] for span in child["spans"]]
                mentions = tuple(place for span in others for place in self.places(span))
                rendered = portable(message["rendered"] or message["message"])
                yield Diagnostic(code, rendered, places, mentions=mentions)

    def places(self, span: RustcSpan | None) -> Iterator[FileSpan]:
        """The span and the macro calls around it, as far as they are in files of the package."""
        while span:
            name = span["file_name"]
            if self.package != ".":
                name = name.removeprefix(f"{self.package}/")
            if not name.startswith("/"):
                yield name, span["byte_start"], span["byte_end"]
            expansion = span.get("expansion")
            span = expansion.get("span") if expansion else None

    # --- files ------------------------------------------------------------------------------------

    def original(self, file: str) -> bytes:
        if file not in self.originals:
            self.originals[file] = (self.folder / self.package / file).read_bytes()
        return self.originals[file]

    def write(self, edits: dict[str, list[FileEdit]]) -> None:
        """Apply edits to files and restore the other files.

        A file's edits must be sorted and must not overlap.
        """
        for file in self.changed - edits.keys():
            self._write(file, self.original(file))
        for file, changes in edits.items():
            text, last = self.original(file), 0
            parts: list[bytes] = []
            for start, end, new in changes:
                parts += [text[last:start], new]
                last = end
            parts.append(text[last:])
            self._write(file, b"".join(parts))
        self.changed = set(edits)

    def _write(self, file: str, text: bytes) -> None:
        """Write a file, unless it is so already: cargo compiles again what is newer than its result."""
        path = self.folder / self.package / file
        if path.read_bytes() != text:
            path.write_bytes(text)

    def restore(self) -> None:
        self.write({})


# rustc writes the full name of a long type to a file of the sandbox, whose name differs in every run.
FULL_TYPE = re.compile(
    r"^ *= note: (?:the full (?:name for the type|type name) has been written to|consider using `--verbose`).*\n",
    re.MULTILINE,
)
# The prefix of a dependency's file: cargo's folder, which contains the registry's name.
REGISTRY = re.compile(r"/tmp/cargo/registry/src/[^/\s]+/|\S*/registry/src/[^/\s]+/")


def portable(rendered: str) -> str:
    """A diagnostic as any machine would print it: paths relative to their crate, no files of this run."""
    return REGISTRY.sub("", FULL_TYPE.sub("", rendered))


def crashed(outcome: session.Outcome) -> bool:
    """Whether the compiler crashed, as opposed to reporting errors."""
    by_signal = outcome.reason.startswith(("ended by", "processes:", "disk:", "file size:"))
    return by_signal or bool(CRASH.search(outcome.stdout) or CRASH.search(outcome.stderr))


def first_line(errors: list[Diagnostic], outcome: session.Outcome) -> str:
    """The first error on one line: rustc's, or else the limit that was hit, or else cargo's."""
    if errors:
        where = f" ({errors[0].places[0][0]})" if errors[0].places else ""
        return errors[0].rendered.splitlines()[0][:200] + where
    lines = outcome.stderr.decode(errors="replace").splitlines()
    errors_of_cargo = [line for line in lines if line.startswith(("error", "thread"))]
    # If a limit was hit, that is the reason; what cargo then prints is only a consequence.
    if errors_of_cargo and outcome.reason.startswith("exit code"):
        return errors_of_cargo[0][:300]
    return outcome.reason
