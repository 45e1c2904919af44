"""What clippy says of answers: many in one run, each as a module of one library crate.

    findings = lint([Source(code, "2021"), ...], options)     # one per source, in their order

Every lint of `clippy::all` is on and cannot be switched off by an `#[allow]`: an answer has to be good, not to
say that it is. Lints of the language (dead code, unused imports) say nothing here, as an answer has no caller.
Modules that do not compile, going by their errors, leave the batch and it is run again. Where clippy crashes or
comes to no end, the batch is halved until the answer that does it stands alone.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import orjson

from ferrule.core.files import read_json
from ferrule.sandbox.session import Limits, Outcome, Session
from ferrule.sandbox.setup import Unavailable

ROOT = "#![allow(dead_code, unused, non_snake_case, non_camel_case_types)]\n"
CRATES = "/crates"  # where external crates are inside the sandbox
# Diagnostics are the only thing that is printed, and of stderr a session keeps only the end.
TO_STDOUT = ["sh", "-c", 'exec "$@" 2>&1', "sh"]
GROUP = re.compile(r"^\s*clippy::(\w+)\s+(clippy::\S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Options:
    """How the quality of answers is found out. `crates` is the folder of external crates."""

    mode: str = "bubblewrap"
    limits: Limits = field(default_factory=Limits)
    threads: int = 1
    batch: int = 50  # answers in one run of clippy
    cpu_seconds: int = 60  # of one run
    crates: Path | None = None


@dataclass(frozen=True)
class Source:
    code: str
    edition: str = "2021"
    crates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Warned:
    lint: str  # without `clippy::`
    start: int  # bytes of the source
    end: int


@dataclass(frozen=True)
class Finding:
    """`warnings` is None where clippy has none to give: it does not compile here, or for the reason given."""

    compiles: bool = True
    warnings: tuple[Warned, ...] | None = None
    reason: str = ""


def lint(sources: Sequence[Source], options: Options) -> list[Finding]:
    """One finding per source. They do not depend on how the sources are cut into batches."""
    findings: dict[int, Finding] = {}
    shares = [part for part in split(batches(sources, options.batch), options.threads) if part]
    with ThreadPoolExecutor(max(1, len(shares))) as pool:
        for found in pool.map(lambda share: lint_share(sources, share, options), shares):
            findings |= found
    return [findings[number] for number in range(len(sources))]


def lint_share(sources: Sequence[Source], share: list[list[int]], options: Options) -> dict[int, Finding]:
    """The batches of one thread, in one sandbox."""
    findings: dict[int, Finding] = {}
    with Clippy(options) as clippy:
        for batch in share:
            findings |= lint_batch(clippy, sources, batch)
    return findings


def lint_batch(clippy: Clippy, sources: Sequence[Source], batch: list[int]) -> dict[int, Finding]:
    findings: dict[int, Finding] = {}
    todo = [batch]
    while todo:
        now = todo.pop()
        said = clippy.run([sources[number] for number in now])
        if said.ok:
            warned = (
                tuple(sorted(said.warned[at], key=lambda w: (w.start, w.end, w.lint)))
                for at in range(len(now))
            )
            findings |= {number: Finding(True, each) for number, each in zip(now, warned, strict=True)}
        elif said.broken:
            findings |= {now[at]: Finding(False, None, said.broken[at]) for at in said.broken}
            if rest := [number for at, number in enumerate(now) if at not in said.broken]:
                todo.append(rest)
        elif len(now) == 1:
            findings[now[0]] = Finding(True, None, f"clippy: {said.reason}")
        else:
            todo += [now[: len(now) // 2], now[len(now) // 2 :]]
    return findings


def batches(sources: Sequence[Source], size: int) -> list[list[int]]:
    """Numbers of sources of one edition each: a crate has one."""
    by_edition: dict[str, list[int]] = {}
    for number, source in enumerate(sources):
        by_edition.setdefault(source.edition, []).append(number)
    return [
        numbers[at : at + size]
        for _, numbers in sorted(by_edition.items())
        for at in range(0, len(numbers), size)
    ]


def split(things: list, parts: int) -> Iterator[list]:
    return (things[part :: max(1, parts)] for part in range(max(1, parts)))


@dataclass(frozen=True)
class Said:
    """One run: warnings and errors by the source's number in the batch. Without either, `reason` ended it."""

    ok: bool
    warned: dict[int, set[Warned]]
    broken: dict[int, str]
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
        self.readonly = {options.crates: CRATES} if options.crates else {}
        self.crates = read_json(options.crates / "crates.json") if options.crates else {}
        self.session: Session | None = None

    def __enter__(self) -> Self:
        self.temporary = tempfile.TemporaryDirectory(prefix="ferrule-clippy-")
        self.folder = Path(self.temporary.name) / "source"
        self.folder.mkdir()
        self.folder.chmod(0o755)  # another user reads it
        return self

    def __exit__(self, *error) -> None:
        if self.session:
            self.session.__exit__()
        self.temporary.cleanup()

    def groups(self) -> dict[str, str]:
        """The group of every lint, as this toolchain has them."""
        done = self.command(["clippy-driver", "-W", "help"])
        if done.status != "ok":
            raise Unavailable(f"clippy does not run ({done.reason}); install it: rustup component add clippy")
        return read_groups(done.stdout.decode(errors="replace"))

    def run(self, batch: list[Source]) -> Said:
        for number, source in enumerate(batch):
            self.write(f"a{number}.rs", source.code)
        self.write("lib.rs", ROOT + "".join(f"mod a{number};\n" for number in range(len(batch))))
        crates = sorted({name for source in batch for name in source.crates})
        done = self.command([*self.driver(batch[0].edition), *self.externs(crates)])
        if done.status == "unavailable":
            raise Unavailable(f"clippy does not run ({done.reason}); install it: rustup component add clippy")
        warned, broken = read(done.stdout, len(batch))
        return Said(done.status == "ok", warned, broken, done.reason)

    def driver(self, edition: str) -> list[str]:
        # Shell for the sake of $TMPDIR: the source is read-only inside.
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
        """Options that make external crates known; one that is not in the folder is not named."""
        if not (known := {name: self.crates[name] for name in names if name in self.crates}):
            return []
        folder = self.session_now().inside(self.options.crates)
        words = ["-L", f"dependency={folder}/deps"]
        for name, crate in known.items():
            words += ["--extern", f"{name.replace('-', '_')}={folder}/{crate['file']}"]
        return words

    def command(self, argv: list[str]) -> Outcome:
        return self.session_now().run([*TO_STDOUT, *argv])

    def session_now(self) -> Session:
        """The session, or a new one where a limit has ended the last."""
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


def read(stdout: bytes, count: int) -> tuple[dict[int, set[Warned]], dict[int, str]]:
    """Warnings of clippy and first errors, by the number of the file they point at."""
    warned: dict[int, set[Warned]] = {number: set() for number in range(count)}
    broken: dict[int, str] = {}
    files = {f"a{number}.rs": number for number in range(count)}
    for line in stdout.splitlines():
        if not line.startswith(b'{"$message_type":"diagnostic"'):
            continue
        message = orjson.loads(line)
        place = first_place(message["spans"], files)
        if place is None:
            continue
        number, span = place
        code = (message["code"] or {}).get("code") or ""
        if code.startswith("clippy::"):
            found = Warned(code.removeprefix("clippy::"), span["byte_start"], span["byte_end"])
            warned[number].add(found)
        elif message["level"] == "error":  # a crash is another level, and no fault of the answer
            broken.setdefault(number, " ".join(message["message"].split())[:200])
    return warned, broken


def first_place(spans: list[dict], files: dict[str, int]) -> tuple[int, dict] | None:
    """The first primary span in one of the files; for code from a foreign macro, the call that made it."""
    for span in (span for span in spans if span["is_primary"]):
        while span:
            if span["file_name"] in files:
                return files[span["file_name"]], span
            span = (span["expansion"] or {}).get("span")
    return None


def read_groups(text: str) -> dict[str, str]:
    """Lint to group out of what `clippy-driver -W help` prints."""
    groups = {}
    for group, lints in GROUP.findall(text):
        if group != "all":  # five groups together
            for name in re.findall(r"clippy::([\w-]+)", lints):
                groups[name.replace("-", "_")] = group
    return groups
