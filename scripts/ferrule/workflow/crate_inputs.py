"""What the rules of crates ask about: the files of a local crate, and whether a crate is refused already."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

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


class Refusals:
    """The gates against a crate, as far as its files tell: parameters of the rules that a refused crate need not run.

    Such a parameter is a function of the wildcards alone, which reads files that are inputs of the job. Snakemake
    evaluates it again once these are there, records it, and compares it in the next run: after a changed threshold
    only the crates whose answer has changed run again. (A file with the answer would rerun every crate: behind a job
    that runs, everything runs. Functions of `input` are not compared between runs.)
    """

    def __init__(self, crate_file: str, gates: dict, tools: list[str]):
        """`crate_file`: the pattern of a crate's files, with {crate} and {name}. `tools`: what the verdict reads."""
        self.crate_file, self.gates, self.tools = crate_file, gates, tools
        self.known: dict[tuple, list[str]] = {}

    def early(self, wildcards: Any) -> str | None:
        """The failed gates that need no compiler, separated by commas; None before the files are there."""
        return self._refused(wildcards.crate, ["crate", "figures", "license"], early=True)

    def late(self, wildcards: Any) -> str | None:
        """All failed gates."""
        return self._refused(wildcards.crate, ["crate", "figures", "judge", *self.tools], early=False)

    def _refused(self, crate: str, names: list[str], *, early: bool) -> str | None:
        if self.gates["study_refused"]:
            return "''"
        files = {name: Path(self.crate_file.format(crate=crate, name=f"{name}.json")) for name in names}
        try:
            # The same files are asked about by several rules.
            key = (early, *((str(f), (stat := f.stat()).st_mtime_ns, stat.st_size) for f in files.values()))
        except OSError:
            return None
        if key not in self.known:
            self.known[key] = self._failed(files, early)
        return shlex.quote(",".join(self.known[key]))

    def _failed(self, files: dict[str, Path], early: bool) -> list[str]:
        from ferrule.crates import gates  # slow to load

        facts = gates.read_facts(files)
        # What was not fetched has its reason in every step already.
        if facts.crate["status"] != "ok":
            return []
        return gates.failed_early(facts, self.gates) if early else gates.decide(facts, self.gates)["failed"]


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
