"""A crate's dependencies, compiled once: the step that compiles them leaves a copy for the later steps of the same crate.

    prepared = Prepared(Path("results/prepared/semver@1.0.28.tar"), source, "default")
    with Session(source, readonly=prepared.readonly()) as session:
        prepared.unpack(session)      # before the first command
        ...
        prepared.save(session)        # after the first build; does nothing where there is a copy

The copy is a tar file of cargo's target folder, without what belongs to the crate itself. It is packed and unpacked
inside the sandbox, so nothing outside ever reads what foreign code has written. A step that finds no copy, a damaged
one, or one of another toolchain compiles the dependencies itself. See docs/sandbox.md.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import orjson

from ferrule.compiler.cargo_messages import Artifact
from ferrule.crates import cargo
from ferrule.sandbox.session import Session

# The same for every step: cargo compiles a dependency again where one of these differs. Without debug information and
# optimisation the build is fastest.
ENVIRONMENT = {
    "CARGO_INCREMENTAL": "0",  # rustc keeps nothing of a failed check, so there is nothing to gain
    **{
        f"CARGO_PROFILE_{profile}_{key}": "0" for profile in ("DEV", "TEST") for key in ("DEBUG", "OPT_LEVEL")
    },
}
MOST_MB = 512  # a larger target folder is not copied
INSIDE = "/prepared"
HEADER = 128  # bytes before the tar file: what the copy depends on, and the checksum of the tar file, in hex
# Apparent sizes, because tar writes the holes of a file.
PACK = """cd "$TMPDIR" && size=$(du -sm --apparent-size target | cut -f1) && [ "$size" -le "$1" ] || exit 1
shift; exec tar -c "$@" target"""
UNPACK = f'tail -c +{HEADER + 1} "$1" | tar -x -C "$TMPDIR" || {{ rm -rf "$TMPDIR/target"; exit 1; }}'


class Prepared:
    """The copy of one crate's compiled dependencies. `file` is None where no copy is kept."""

    def __init__(self, file: Path | None, source: Path, features: str, mode: str = "bubblewrap") -> None:
        """`source` is the crate's folder with its Cargo.lock, `features` default or all."""
        lock = source / "Cargo.lock"
        packages = (
            tomllib.loads(lock.read_text(encoding="utf-8")).get("package", []) if lock.is_file() else []
        )
        self.own = [package["name"] for package in packages if "source" not in package]
        # Without a sandbox every session has folders of its own, and a copy fits none of them.
        keeps = bool(file) and mode == "bubblewrap" and len(packages) > len(self.own)
        self.file = file if keeps else None
        locked = lock.read_text(encoding="utf-8") if keeps else ""
        facts = orjson.dumps([cargo.toolchain(), locked, features, ENVIRONMENT])
        self.key = hashlib.sha256(facts).hexdigest()
        self.used = False  # whether the copy was unpacked
        self.built = 0  # targets of dependencies that were compiled here

    def readonly(self) -> dict[Path, str]:
        """What a session has to show, as its `readonly`: the copy, if there is one that fits and is whole."""
        if not self.file or not self.file.is_file():
            return {}
        with open(self.file, "rb") as data:
            header = data.read(HEADER).decode("ascii", errors="replace")
            whole = hashlib.file_digest(data, "sha256").hexdigest() == header[64:]
        if whole and header[:64] == self.key:
            return {self.file: INSIDE}
        why = "of another toolchain or lock file" if whole else "damaged"
        print(f"{self.file}: {why}, so the dependencies are compiled again", file=sys.stderr)
        self.file.unlink(missing_ok=True)
        return {}

    def unpack(self, session: Session) -> None:
        """Put the copy in its place, if the session shows one."""
        if self.file and self.file in session.readonly:
            outcome = session.run(["sh", "-c", UNPACK, "sh", session.inside(self.file)])
            self.used = outcome.status == "ok"

    def save(self, session: Session) -> None:
        """Keep a copy of what cargo has built, unless there is one already."""
        if not self.file or self.used or self.file.is_file() or session.ended:
            return
        hashes = "?" * 16
        without = [f"--exclude=*/{name}-{hashes}" for name in self.own]
        self.file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.file.with_name(f".{self.file.name}.{os.getpid()}.tmp")
        try:
            with open(temporary, "w+b") as out:
                out.write(b" " * HEADER)
                done = session.run(["sh", "-c", PACK, "sh", str(MOST_MB), *without], stdout=out)
                out.seek(HEADER)
                checksum = hashlib.file_digest(out, "sha256").hexdigest()
                out.seek(0)
                out.write(f"{self.key}{checksum}".encode())
            if done.status == "ok":
                temporary.replace(self.file)
            else:
                print(f"{self.file}: not written: {done.reason}", file=sys.stderr)
        except OSError as error:  # a full disk: the later steps compile for themselves
            print(f"{self.file}: not written: {error}", file=sys.stderr)
        finally:
            temporary.unlink(missing_ok=True)

    def count(self, artifacts: Iterable[Artifact]) -> None:
        """Count the dependencies' targets among cargo's messages that were compiled and not found ready."""
        self.built += sum(
            not found["fresh"] and not found["package_id"].startswith("path+") for found in artifacts
        )

    def report(self) -> None:
        """Say in the log what was compiled."""
        ready = "from the copy of an earlier step" if self.used else "none found ready"
        print(f"dependencies: {self.built} targets compiled, {ready}", file=sys.stderr)
