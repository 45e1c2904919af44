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

ALONE_SECONDS = 20  # CPU time for one answer
FILE_MB = 64  # the largest file that a compilation may write, its messages among them
FLAGS = [
    "--cap-lints=warn",
    "-Awarnings",
    "--error-format=json",
    "--json=diagnostic-short",
    "-Copt-level=0",
    "-Ccodegen-units=1",
    "-Cprefer-dynamic",
]
# The messages first, then what was made, behind a byte that is in no message.
SCRIPT = """rustc -o "$TMPDIR/made" "$@" 2>"$TMPDIR/said" >/dev/null; code=$?
cat "$TMPDIR/said"; [ $code = 0 ] && printf '\\0' && cat "$TMPDIR/made"
rm -rf "$TMPDIR/made" "$TMPDIR/said" "$TMPDIR"/rustc*; exit $code"""


class Infrastructure(RuntimeError):
    """The machine failed; nothing follows for any answer."""


class Rustc:
    """`crates` are external crates that were built before, `suites` the folder of our own. Not for several threads."""

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
            {name: one["file"] for name, one in read_json(crates / "crates.json").items()} if crates else {}
        )

    def __enter__(self) -> Rustc:
        self._temporary = tempfile.TemporaryDirectory(prefix="ferrule-rustc-")
        self.folder = Path(self._temporary.name) / "source"
        self.folder.mkdir()
        for folder in (self.folder.parent, self.folder):
            folder.chmod(0o755)  # the sandbox reads it as another user
        self._open()
        return self

    def __exit__(self, *error) -> None:
        self.session.__exit__(*error)
        self._temporary.cleanup()

    def _open(self) -> None:
        readonly = {self.crates: "/crates", self.suites: "/suites"}
        readonly = {host: inside for host, inside in readonly.items() if host}
        self.session = Session(self.folder, limits=self.limits, mode=self.mode, readonly=readonly)
        self.session.__enter__()

    def compile(self, arguments: list[str], seconds: int = ALONE_SECONDS) -> tuple[Outcome, bytes, bytes]:
        """How it ended, its messages as lines of JSON, and what was made.

        A sandbox that failed by itself gets one more chance; then it is Infrastructure.
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
        messages, _, made = outcome.stdout.partition(b"\0")
        return outcome, messages, made

    def extern(self, crates: tuple[str, ...]) -> list[str]:
        """The arguments with which a program may use external crates."""
        if missing := [name for name in crates if name not in self.files]:
            raise Infrastructure(f"the crate {missing[0]} has not been built for the evaluation")
        if not crates:
            return []
        inside = self.session.inside(self.crates)
        return [f"-Ldependency={inside}/deps", *(f"--extern={n}={inside}/{self.files[n]}" for n in crates)]

    def library(self, crate: str) -> str:
        """Where one of our own libraries is for the compiler."""
        return f"{self.session.inside(self.suites)}/lib{crate}.rlib"

    def sound(self) -> None:
        """Raise Infrastructure where not even an empty program can be compiled."""
        (self.folder / "sound.rs").write_text("fn main() {}\n")
        outcome, messages, _ = self.compile(["sound.rs"])
        if outcome.status != "ok":
            said = messages.decode(errors="replace").strip() or outcome.reason
            raise Infrastructure(f"not even an empty program can be compiled: {said[-500:]}")


def limit_of(outcome: Outcome) -> str:
    """The limit that ended a compilation, as a status of an answer."""
    if outcome.status in ("timeout", "memory", "output"):
        return outcome.status
    return "output" if outcome.reason.startswith(("file size:", "disk:")) else ""


def _trouble(outcome: Outcome) -> str:
    """What is wrong with the machine, if anything is."""
    if outcome.status == "unavailable":
        return outcome.reason
    gone = outcome.reason.startswith(("the sandbox ended", "processes:", "memory: killed by signal"))
    if gone or outcome.code in (126, 127):
        return f"{outcome.reason} {outcome.stderr.decode(errors='replace')[-300:].strip()}".strip()
    return ""
