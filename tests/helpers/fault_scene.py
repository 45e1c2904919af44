"""A finished run of one small crate, of which a test takes files away, to harm the run that makes them again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from dataset_run import GOOD, KINDS, SMALL, checksums
from script_runs import NOT_POSSIBLE

HELPERS = Path(__file__).parent
ROOT = HELPERS.parents[1]
COUNTER = GOOD[1]
# Two kinds of rows, of which one needs the compiler: a run of these rules takes seconds.
LIGHT = SMALL | {
    "tasks": {
        "min_doc_chars": 20,
        "kinds": ["code_generation", "error_fixing"],
        "blocks": {"impls": 0.0, "modules": 0.0},
    },
    "mix": dict.fromkeys(KINDS, 0.0) | {"code_generation": 0.7, "error_fixing": 0.3},
    "behaviour": {"run": False},
}
CRATE = f"crates/{COUNTER[0]}@{COUNTER[1]}"
# The rules of the dataset in an order in which they can run, and the files of each, below results/.
CRATE_RULES = {
    "download": ["crate.json", "archive.crate", "source"],
    "chunk": ["chunks.parquet", "files.parquet", "figures.json"],
    "license": ["license.json"],
    "judge": ["verdicts.parquet", "calls.parquet", "judge.json"],
    "clippy": ["clippy.json"],
    "mutate": ["broken.parquet", "mutate.json"],
    "make_tasks": ["candidates.parquet", "dropped.parquet"],
    "apply_gates": ["verdict.json"],
}
STAGES = ["gather", "merge", "candidates", "deduplicate", "near_duplicates", "decontaminate", "scrub", "mix"]
RULES = {rule: [f"{CRATE}/{name}" for name in names] for rule, names in CRATE_RULES.items()}
RULES |= {stage: [f"work/{stage}.*"] for stage in STAGES}
RULES |= {
    "split": ["work/split.*", "dataset/*.parquet", "dataset/*.jsonl"],
    "pages": [f"dataset/{name}" for name in ("*.json", "*.tsv", "*.md", "*.txt", "NOTICE")],
}
FILLER = "filler"


@dataclass(frozen=True)
class Ended:
    """How a run ended, and which data files it left with other bytes than those of the unbroken run."""

    code: int
    output: str
    not_whole: set[str]


class Scene:
    """A copy of a finished workflow. `whole` has the checksums of its data files."""

    def __init__(self, workflow):
        self.workflow, self.path = workflow, workflow.path
        self.results = self.path / "results"
        self.whole = checksums(workflow)
        shutil.copyfile(HELPERS / "faulty_start.py", self.path / "scripts/sitecustomize.py")

    def file(self, name: str) -> Path:
        return self.results / (name if "/" in name else f"{CRATE}/{name}")

    def take_away(self, since: str) -> None:
        """What this rule and those after it have made."""
        names = list(RULES)
        for name in [name for rule in names[names.index(since) :] for name in RULES[rule]]:
            for path in self.results.glob(name):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def run(self, fault: str = "", args: Iterable[str] = (), env: dict | None = None, **more):
        return self.workflow.run(
            "dataset", config=LIGHT, args=args, env={"FERRULE_FAULT": fault} | (env or {}), **more
        )

    def command(self, fault: str = "") -> tuple[list[str], dict[str, str]]:
        """The same as a command line and its environment, to be started by other means."""
        return self.workflow.command("dataset", config=LIGHT, env={"FERRULE_FAULT": fault})

    def on_a_small_disk(self, fault: str, free_mb: int = 20) -> tuple[Ended, Ended]:
        """Run with a file system of its own at results/, and again when it has room and can be written to."""
        size = sum(path.stat().st_size // 1024 + 4 for path in self.results.rglob("*"))
        self.results.rename(self.path / "before")
        for name in ("results", "harmed", "repaired"):
            (self.path / name).mkdir()
        command, environment = self.command(fault)
        done = subprocess.run(
            [sys.executable, HELPERS / "small_disk.py", str(size + free_mb * 1024), json.dumps(command)],
            cwd=self.path,
            env=environment,
            capture_output=True,
            text=True,
        )
        if done.returncode == NOT_POSSIBLE:
            pytest.skip("this user may not mount a file system of his own")
        assert done.returncode == 0, done.stderr
        told = json.loads((self.path / "small_disk.json").read_text())
        ended = []
        for name, run in zip(("harmed", "repaired"), told, strict=True):
            self.results.rmdir() if not ended else shutil.rmtree(self.results)
            (self.path / name).rename(self.results)
            ended.append(Ended(run["code"], run["output"], self.not_whole()))
        return ended[0], ended[1]

    def unlock(self) -> None:
        assert self.run(args=["--unlock"]).returncode == 0

    def not_whole(self) -> set[str]:
        """Data files that are not those of the unbroken run. A hidden file is no result, and its name says so."""
        found = checksums(self.workflow)
        hidden = {name for name in found if any(part.startswith(".") for part in Path(name).parts)}
        return {name for name in found.keys() - hidden - {FILLER} if self.whole.get(name) != found[name]}

    def different(self) -> set[str]:
        """Data files that this run has and the unbroken one has not, or the other way round, or with other bytes."""
        found = checksums(self.workflow)
        return {name for name in self.whole.keys() | found.keys() if self.whole.get(name) != found.get(name)}


def cut(path: Path, part: float = 0.5) -> None:
    """Cut a file off, with its time of modification as it was: nothing but the content says so."""
    stat = path.stat()
    os.truncate(path, int(stat.st_size * part))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def dated(folder: Path, move: Callable[[float], float]) -> None:
    """Every file of a folder, as if a clock that goes wrong had dated it."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            when = move(path.stat().st_mtime)
            os.utime(path, (when, when))
