"""What starts a compiler or a sandbox is caught: in this process by an audit hook, in its children by stand-ins on PATH.

The tests of tests/unit run under it (tests/unit/conftest.py), so that `make check` needs neither and stays fast.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

COMPILERS = {"cargo", "cargo-clippy", "cargo-fmt", "clippy-driver", "rustc", "rustdoc", "rustfmt", "rustup"}
LINKERS = {"c++", "cc", "clang", "g++", "gcc", "ld"}
SANDBOXES = {"bwrap", "unshare"}
GUARDED = COMPILERS | LINKERS | SANDBOXES
STAND_IN = """#!/bin/sh
echo "${0##*/} $*" >> '%s'
echo "${0##*/}: tests/unit starts no compiler and no sandbox" >&2
exit 1
"""


class Started(BaseException):
    """A guarded program was about to start. No code under test may take it for an error of its own."""


class Guard:
    """Between `arm` and `disarm` guarded programs do not start; `disarm` tells which were tried.

    A test's own stand-in, a file below `free`, may start: it is no compiler.
    """

    def __init__(self, folder: Path, free: Path):
        self.free, self.told, self.armed = free.resolve(), folder / "started", False
        self.started: list[str] = []
        self.folder = folder / "bin"
        self.folder.mkdir(parents=True)
        for name in GUARDED:
            (self.folder / name).write_text(STAND_IN % self.told)
            (self.folder / name).chmod(0o755)
        sys.addaudithook(self.look)

    def arm(self) -> None:
        self.path = os.environ["PATH"]
        os.environ["PATH"] = f"{self.folder}{os.pathsep}{self.path}"
        self.started, self.armed = [], True

    def disarm(self) -> list[str]:
        self.armed = False
        os.environ["PATH"] = self.path
        if self.told.exists():
            self.started += self.told.read_text().splitlines()
            self.told.unlink()
        return self.started

    def look(self, event: str, arguments: tuple) -> None:
        if not self.armed or event not in ("subprocess.Popen", "os.posix_spawn", "os.exec"):
            return
        executable, words = arguments[0], arguments[1]
        first = executable or (words[0] if isinstance(words, (list, tuple)) else str(words).split()[0])
        program = Path(os.fsdecode(first))
        if program.name not in GUARDED:
            return
        environment = arguments[3] if event == "subprocess.Popen" else arguments[2]
        path = os.fsdecode((environment or os.environ).get("PATH", os.defpath))
        found = Path(shutil.which(str(program), path=path) or program).resolve()
        if found.parent != self.folder.resolve() and found.is_relative_to(self.free):
            return
        self.started.append(str(program))
        raise Started(f"{program} is a compiler or a sandbox")
