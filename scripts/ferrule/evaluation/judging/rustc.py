"""rustc in a sandbox of its own, with a folder of sources that the caller writes.

with Rustc(mode=..., limits=..., crates=..., suites=...) as rustc:
    (rustc.folder / "main.rs").write_text("fn main() {}")
    outcome, messages, binary = rustc.compile(["--crate-type=bin", "main.rs"], seconds=20)
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from ferrule.core.files import read_json
from ferrule.sandbox.session import Limits, Outcome, Session

ALONE_SECONDS = 20  # CPU time to compile one answer
FILE_MB = 64  # the largest file that a compilation may write, including its messages
FLAGS = [
    "--cap-lints=warn",
    "-Awarnings",
    "--error-format=json",
    "--json=diagnostic-short",
    "-Copt-level=0",
    "-Ccodegen-units=1",
    "-Cprefer-dynamic",
]
# Prints the messages, then a byte that no message contains, then the output file.
SCRIPT = """rustc -o "$TMPDIR/made" "$@" 2>"$TMPDIR/said" >/dev/null; code=$?
cat "$TMPDIR/said"; [ $code = 0 ] && printf '\\0' && cat "$TMPDIR/made"
rm -rf "$TMPDIR/made" "$TMPDIR/said" "$TMPDIR"/rustc*; exit $code"""


class Infrastructure(RuntimeError):
    """The machine failed. This says nothing about any answer."""


class Rustc:
    """A compiler in a sandbox. Not thread-safe.

    `crates` is the folder of external crates that were built before, `suites` the folder of our own libraries.
    """

    def __init__(
        self,
        *,
        mode: str = "bubblewrap",
        limits: Limits | None = None,
        crates: Path | None = None,
        suites: Path | None = None,
    ):
        self.mode, self.crates, self.suites = mode, crates, suites
        limits = limits or Limits()
        self.limits = replace(limits, file_mb=min(limits.file_mb, FILE_MB))
        self.files = (
            {name: row["file"] for name, row in read_json(crates / "crates.json").items()} if crates else {}
        )

    def __enter__(self) -> Rustc:
        self._temporary = tempfile.TemporaryDirectory(prefix="ferrule-rustc-")
        self.folder = Path(self._temporary.name) / "source"
        self.folder.mkdir()
        for folder in (self.folder.parent, self.folder):
            folder.chmod(0o755)  # the sandbox reads it as another user
        self._open()
        return self

    def __exit__(self, *error: object) -> None:
        self.session.__exit__(*error)
        self._temporary.cleanup()

    def _open(self) -> None:
        folders = ((self.crates, "/crates"), (self.suites, "/suites"))
        readonly = {host: inside for host, inside in folders if host}
        self.session = Session(self.folder, limits=self.limits, mode=self.mode, readonly=readonly)
        self.session.__enter__()

    def compile(self, arguments: list[str], seconds: int = ALONE_SECONDS) -> tuple[Outcome, bytes, bytes]:
        """The outcome, rustc's messages as lines of JSON, and the content of its output file.

        `seconds` limits the CPU time. If the sandbox fails, the compilation is repeated once; if it fails again,
        Infrastructure is raised.
        """
        for attempt in (1, 2):
            self.session.limits = replace(self.limits, cpu_seconds=min(seconds, self.limits.cpu_seconds))
            outcome = self.session.run(["sh", "-c", SCRIPT, "sh", *FLAGS, *arguments])
            if self.session.ended:
                self.session.__exit__()
                self._open()
            trouble = _trouble(outcome)
            if not trouble or (attempt == 2 and outcome.status == "memory"):
                break
            if attempt == 2:
                raise Infrastructure(f"the compiler cannot be run: {trouble}")
        messages, _, output = outcome.stdout.partition(b"\0")
        return outcome, messages, output

    def extern(self, crates: tuple[str, ...]) -> list[str]:
        """The arguments that make external crates available to a program."""
        if missing := [name for name in crates if name not in self.files]:
            raise Infrastructure(f"the crate {missing[0]} has not been built for the evaluation")
        if not crates:
            return []
        assert self.crates is not None, "crates without a folder"
        inside = self.session.inside(self.crates)
        return [f"-Ldependency={inside}/deps", *(f"--extern={n}={inside}/{self.files[n]}" for n in crates)]

    def library(self, crate: str) -> str:
        """The path of one of our own libraries inside the sandbox."""
        assert self.suites is not None, "no folder of suites"
        return f"{self.session.inside(self.suites)}/lib{crate}.rlib"

    def sound(self) -> None:
        """Raise Infrastructure if not even an empty program can be compiled."""
        (self.folder / "sound.rs").write_text("fn main() {}\n")
        outcome, messages, _ = self.compile(["sound.rs"])
        if outcome.status != "ok":
            details = messages.decode(errors="replace").strip() or outcome.reason
            raise Infrastructure(f"not even an empty program can be compiled: {details[-500:]}")


def limit_of(outcome: Outcome) -> str:
    """The limit that ended a compilation, as a status of an answer; "" if none did."""
    if outcome.status in ("timeout", "memory", "output"):
        return outcome.status
    return "output" if outcome.reason.startswith(("file size:", "disk:")) else ""


def _trouble(outcome: Outcome) -> str:
    """Why the sandbox could not run the compiler; "" if it could."""
    if outcome.status == "unavailable":
        return outcome.reason
    gone = outcome.reason.startswith(("the sandbox ended", "processes:", "memory: killed by signal"))
    if gone or outcome.code in (126, 127):
        return f"{outcome.reason} {outcome.stderr.decode(errors='replace')[-300:].strip()}".strip()
    return ""
