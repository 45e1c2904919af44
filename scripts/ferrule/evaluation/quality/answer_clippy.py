"""Clippy's warnings on answers: many answers in one run, each as a module of one library crate.

    findings = lint([Source(code, "2021"), ...], options)     # one per source, in their order

Every lint of `clippy::all` is on, and `#[allow]` has no effect: otherwise an answer could hide its own warnings. Lints
of the compiler (dead code, unused imports) are off, as an answer has no caller. Modules with errors are taken out of
the batch, and the rest runs again. If clippy crashes or hits a limit, the batch is halved until the answer that is the
cause is alone.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self, TypeVar

import orjson

from ferrule.compiler.cargo_messages import RustcMessage, RustcSpan
from ferrule.core.files import read_json
from ferrule.sandbox.session import Limits, Outcome, Session
from ferrule.sandbox.setup import Unavailable

ROOT = "#![allow(dead_code, unused, non_snake_case, non_camel_case_types)]\n"
CRATES = "/crates"  # the folder of external crates inside the sandbox
# Only diagnostics are printed. They go to stdout because a session keeps only the end of stderr.
TO_STDOUT = ["sh", "-c", 'exec "$@" 2>&1', "sh"]
GROUP = re.compile(r"^\s*clippy::(\w+)\s+(clippy::\S.*)$", re.MULTILINE)

T = TypeVar("T")


@dataclass(frozen=True)
class Options:
    """How to measure the quality of answers. `crates` is the folder of external crates."""

    mode: str = "bubblewrap"
    limits: Limits = field(default_factory=Limits)
    threads: int = 1
    batch: int = 50  # answers in one run of clippy
    cpu_seconds: int = 60  # CPU time of one run
    crates: Path | None = None


@dataclass(frozen=True)
class Source:
    code: str
    edition: str = "2021"
    crates: tuple[str, ...] = ()


@dataclass(frozen=True)
class LintWarning:
    lint: str  # without `clippy::`
    start: int  # bytes of the source
    end: int


@dataclass(frozen=True)
class Finding:
    """The result for one source. `warnings` is None if clippy has no result, for `reason`."""

    compiles: bool = True
    warnings: tuple[LintWarning, ...] | None = None
    reason: str = ""


def lint(sources: Sequence[Source], options: Options) -> list[Finding]:
    """One finding per source. The findings do not depend on the batches."""
    findings: dict[int, Finding] = {}
    shares = [part for part in split(batches(sources, options.batch), options.threads) if part]
    with ThreadPoolExecutor(max(1, len(shares))) as pool:
        for part in pool.map(lambda share: lint_share(sources, share, options), shares):
            findings |= part
    return [findings[number] for number in range(len(sources))]


def lint_share(sources: Sequence[Source], share: list[list[int]], options: Options) -> dict[int, Finding]:
    """The findings on the batches of one thread, which share a sandbox."""
    findings: dict[int, Finding] = {}
    with Clippy(options) as clippy:
        for batch in share:
            findings |= lint_batch(clippy, sources, batch)
    return findings


def lint_batch(clippy: Clippy, sources: Sequence[Source], batch: list[int]) -> dict[int, Finding]:
    """The findings on a batch, by the number of the source."""
    findings: dict[int, Finding] = {}
    todo = [batch]
    while todo:
        numbers = todo.pop()
        run = clippy.run([sources[number] for number in numbers])
        if run.ok:
            warnings = (
                tuple(sorted(run.warnings[at], key=lambda w: (w.start, w.end, w.lint)))
                for at in range(len(numbers))
            )
            findings |= {number: Finding(True, each) for number, each in zip(numbers, warnings, strict=True)}
        elif run.errors:
            findings |= {numbers[at]: Finding(False, None, run.errors[at]) for at in run.errors}
            if rest := [number for at, number in enumerate(numbers) if at not in run.errors]:
                todo.append(rest)
        elif len(numbers) == 1:
            findings[numbers[0]] = Finding(True, None, f"clippy: {run.reason}")
        else:
            todo += [numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]]
    return findings


def batches(sources: Sequence[Source], size: int) -> list[list[int]]:
    """Batches of numbers of sources. All sources of a batch have the same edition, as they share a crate."""
    by_edition: dict[str, list[int]] = {}
    for number, source in enumerate(sources):
        by_edition.setdefault(source.edition, []).append(number)
    return [
        numbers[at : at + size]
        for _, numbers in sorted(by_edition.items())
        for at in range(0, len(numbers), size)
    ]


def split(things: list[T], parts: int) -> Iterator[list[T]]:
    """The things distributed round-robin over `parts` lists."""
    return (things[part :: max(1, parts)] for part in range(max(1, parts)))


@dataclass(frozen=True)
class ClippyRun:
    """The result of one run, by the number of the source in the batch. `reason` says why a run failed."""

    ok: bool
    warnings: dict[int, set[LintWarning]]
    errors: dict[int, str]  # the first error of each source that does not compile
    reason: str = ""


class Clippy:
    """clippy-driver in a sandbox that several runs share."""

    def __init__(self, options: Options):
        self.options = options
        self.limits = replace(
            options.limits,
            cpu_seconds=min(options.cpu_seconds, options.limits.cpu_seconds),
            wall_seconds=min(5 * options.cpu_seconds, options.limits.wall_seconds),
        )
        self.readonly: dict[Path, str] = {options.crates: CRATES} if options.crates else {}
        self.crates: dict[str, dict[str, str]] = (
            read_json(options.crates / "crates.json") if options.crates else {}
        )
        self.session: Session | None = None

    def __enter__(self) -> Self:
        self.temporary = tempfile.TemporaryDirectory(prefix="ferrule-clippy-")
        self.folder = Path(self.temporary.name) / "source"
        self.folder.mkdir()
        self.folder.chmod(0o755)  # the sandbox reads it as another user
        return self

    def __exit__(self, *error: object) -> None:
        if self.session:
            self.session.__exit__()
        self.temporary.cleanup()

    def groups(self) -> dict[str, str]:
        """The group of every lint of this toolchain."""
        done = self.command(["clippy-driver", "-W", "help"])
        if done.status != "ok":
            raise Unavailable(f"clippy does not run ({done.reason}); install it: rustup component add clippy")
        return read_groups(done.stdout.decode(errors="replace"))

    def run(self, batch: list[Source]) -> ClippyRun:
        """Run clippy once on a batch of one edition. Raises Unavailable if clippy is not installed."""
        for number, source in enumerate(batch):
            self.write(f"a{number}.rs", source.code)
        self.write("lib.rs", ROOT + "".join(f"mod a{number};\n" for number in range(len(batch))))
        crates = sorted({name for source in batch for name in source.crates})
        done = self.command([*self.driver(batch[0].edition), *self.externs(crates)])
        if done.status == "unavailable":
            raise Unavailable(f"clippy does not run ({done.reason}); install it: rustup component add clippy")
        warnings, errors = read(done.stdout, len(batch))
        return ClippyRun(done.status == "ok", warnings, errors, done.reason)

    def driver(self, edition: str) -> list[str]:
        # A shell expands $TMPDIR, which is where the output goes: the source is read-only inside.
        return [
            "sh",
            "-c",
            'exec "$@" -o "$TMPDIR/answers.rmeta"',
            "sh",
            "clippy-driver",
            "lib.rs",
            "--crate-name=answers",
            "--crate-type=lib",
            "--emit=metadata",
            f"--edition={edition}",
            "--cap-lints=warn",
            "--force-warn=clippy::all",
            "--error-format=json",
        ]

    def externs(self, names: list[str]) -> list[str]:
        """The options that make external crates available. Crates that are not in the folder are left out."""
        if not (known := {name: self.crates[name] for name in names if name in self.crates}):
            return []
        assert self.options.crates is not None, "crates without a folder"
        folder = self.running_session().inside(self.options.crates)
        options = ["-L", f"dependency={folder}/deps"]
        for name, crate in known.items():
            options += ["--extern", f"{name.replace('-', '_')}={folder}/{crate['file']}"]
        return options

    def command(self, argv: list[str]) -> Outcome:
        return self.running_session().run([*TO_STDOUT, *argv])

    def running_session(self) -> Session:
        """The session, or a new one if a limit has ended the last one."""
        if self.session and self.session.ended:
            self.session.__exit__()
            self.session = None
        if not self.session:
            session = Session(self.folder, limits=self.limits, mode=self.options.mode, readonly=self.readonly)
            self.session = session.__enter__()
        return self.session

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.write_bytes(text.encode(errors="replace"))
        file.chmod(0o644)


def read(stdout: bytes, count: int) -> tuple[dict[int, set[LintWarning]], dict[int, str]]:
    """Clippy's warnings, and first errors, by the number of the file that they point at."""
    warnings: dict[int, set[LintWarning]] = {number: set() for number in range(count)}
    errors: dict[int, str] = {}
    files = {f"a{number}.rs": number for number in range(count)}
    for line in stdout.splitlines():
        if not line.startswith(b'{"$message_type":"diagnostic"'):
            continue
        message: RustcMessage = orjson.loads(line)
        place = first_place(message["spans"], files)
        if place is None:
            continue
        number, span = place
        code = message["code"]["code"] if message["code"] else ""
        if code.startswith("clippy::"):
            warning = LintWarning(code.removeprefix("clippy::"), span["byte_start"], span["byte_end"])
            warnings[number].add(warning)
        elif message["level"] == "error":  # a crash has another level, and is not an error of the answer
            errors.setdefault(number, " ".join(message["message"].split())[:200])
    return warnings, errors


def first_place(spans: list[RustcSpan], files: dict[str, int]) -> tuple[int, RustcSpan] | None:
    """(number of the file, span) of the first primary span in one of the files.

    If the code comes from a macro that is defined elsewhere, the span is that of the macro call.
    """
    for primary in (span for span in spans if span["is_primary"]):
        span: RustcSpan | None = primary
        while span:
            if span["file_name"] in files:
                return files[span["file_name"]], span
            expansion = span.get("expansion")
            span = expansion["span"] if expansion else None
    return None


def read_groups(text: str) -> dict[str, str]:
    """The group of each lint, from the output of `clippy-driver -W help`."""
    groups = {}
    for group, lints in GROUP.findall(text):
        if group != "all":  # `all` is five groups together
            for name in re.findall(r"clippy::([\w-]+)", lints):
                groups[name.replace("-", "_")] = group
    return groups
