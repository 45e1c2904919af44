"""What the rules of crates ask about: the files of a local crate, and whether a licence is refused."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ferrule.core.files import read_json

SKIPPED = {"target", ".git"}


def source_files(source: str) -> list[str]:
    """The files of a local crate, a folder or a `.crate` file; none for a crate of the registry ("")."""
    if not source or Path(source).is_file():
        return [source] if source else []
    files: list[str] = []
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        paths = [Path(folder, name) for name in sorted(names)]
        files += [str(path) for path in paths if path.is_file() and not path.is_symlink()]
    return files


def licence_refusal(resolved: Path, allowed: list[str]) -> str | None:
    """Why the licence that `resolve` found is not allowed, "" if it is; None before it has run.

    As a parameter of `download`: Snakemake evaluates it again once its input is there, and a changed allow-list
    reruns the crates whose answer has changed and no others.
    """
    if not resolved.is_file():
        return None
    licence = read_json(resolved).get("license")
    # A crate that declares a licence file alone goes on: the gate decides on what the file says.
    if not isinstance(licence, str):
        return ""
    from ferrule.crates import spdx  # slow to load

    accepted, reason = spdx.check(licence, allowed)
    return "" if accepted else reason


def git_commit(folder: str | None) -> str:
    """The commit of a git clone, such as an advisory database: a newer one reruns the rule. Empty if there is no clone."""
    if not folder:
        return ""
    head = ["git", "-c", "safe.directory=*", "-C", str(Path(folder).expanduser()), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(head, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
