"""The `workflow` fixture: run the real workflow in a folder of its own.

def test_it(workflow):
    run = workflow.run("dataset", crates=[("counter", "", "tests/data/crates/counter")])
    assert run.returncode == 0, run.stderr
    assert run.jobs["clippy"] == 1
    assert (workflow.path / "results/dataset/train.jsonl").exists()
"""

from __future__ import annotations

import atexit
import fcntl
import functools
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import hypothesis
import pytest
from forked_runs import ForkedRun
from snakemake_server import Snakemake

ROOT = Path(__file__).parents[1]
COPIED = ["Snakefile", "rules", "scripts", "config", "resources", "profiles", "envs"]
# The files that take longest, the longest first: begun last, one of them would run alone while the other processors wait.
LONGEST = [
    "faults/test_killed_again_and_again.py",  # in `make test-all`
    "hostile/test_crates.py",
    "workflow/test_rebuilt.py",
    "hostile/test_crate_answers.py",
    "workflow/test_reruns.py",
    "hostile/test_answers.py",
    "toolchain/test_grader.py",
    "faults/test_surroundings.py",
    "workflow/test_evaluate.py",
    "toolchain/test_test_coverage.py",
    "faults/test_broken_files.py",
    "hostile/test_crate_tests.py",
    "faults/test_disks.py",
    "workflow/test_display.py",
    "faults/test_kills_at_rules.py",
    "browser/test_report_in_browser.py",
    "toolchain/test_judge_answers_killed.py",
    "workflow/test_qa.py",
    "docs/test_commands.py",
    "workflow/test_tasks.py",
    "toolchain/test_crate_grader.py",
    "toolchain/test_other_harnesses.py",
    "hostile/test_fault_limits.py",
    "toolchain/test_answer_batches.py",
    "workflow/test_dependencies_once.py",
    "toolchain/test_answer_room.py",
    "docs/test_site.py",
    # With the training packages.
    "train/test_resume.py",
    "train/test_memory.py",
    "train/test_sampling_models.py",
    "train/test_training.py",
    "train/test_starts.py",
    "train/test_loop.py",
    "train/test_every_key.py",
    "train/test_rounds.py",
    "train/test_monitoring.py",
]


# No example has a time limit: a busy machine would fail it. `make test-all` takes the profile with more examples.
hypothesis.settings.register_profile("ferrule", deadline=None, max_examples=15)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=400)
hypothesis.settings.load_profile("ferrule")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {ROOT / "tests" / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@dataclass
class Run:
    """What one call of snakemake said. `jobs` counts the jobs per rule that ran, or that -n would run."""

    returncode: int
    stdout: str
    stderr: str
    jobs: Counter = field(default_factory=Counter)
    crates: dict[str, list[str]] = field(default_factory=dict)  # rule: the crates it ran for, sorted

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


@functools.cache
def snakemake() -> Snakemake:
    """One for each of pytest's processes."""
    server = Snakemake()
    atexit.register(server.close)
    return server


class Workflow:
    """A copy of the checkout's workflow in `path`; a test may change any file of it."""

    # Folders with the rules' `python`, which has to be the one that runs the tests.
    pythons: ClassVar[list[Path]] = [Path(sys.executable).parent]

    def __init__(self, path: Path, built: Path | None = None):
        """`built`: a workflow that was run already; the copy has its results, and there is nothing left to do."""
        self.path = path
        path.mkdir(parents=True)
        if built:
            # With the times of modification, by which Snakemake decides what to run again.
            subprocess.run(["cp", "-a", f"{built}/.", path], check=True)
            return
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, path / name)
            elif source.exists():
                shutil.copy2(source, path / name)
        # One of the usual problem sets is downloaded, and tests have no network.
        settings = path / "config/config.yaml"
        text = settings.read_text()
        offline = re.sub(r"(?m)^(decontaminate:.*\n  benchmarks:) auto", r"\1 []", text)
        assert offline != text, "config.yaml has no decontaminate.benchmarks: auto"
        settings.write_text(offline)

    def run(
        self,
        *targets: str,
        cores: int = 2,
        config: dict | None = None,
        crates: Iterable[tuple] | None = None,
        args: Iterable[str] = (),
        env: dict[str, str] | None = None,
    ) -> Run:
        """Run snakemake. `config` is laid over config.yaml as a file of the user's would be; `crates` becomes
        the list: (name,), (name, version) or (name, version, source), a source relative to the checkout."""
        if crates is not None:
            self.write_crates(crates)
        arguments, environment = self.arguments(*targets, cores=cores, config=config, args=args, env=env)
        known = set(self.logs())
        done = snakemake().run(arguments, cwd=self.path, env=environment)
        # Snakemake's log file has its own full format whatever the display shows; -n prints the same.
        told = "".join(log.read_text() for log in self.logs() if log not in known) or done.stdout
        return Run(done.returncode, done.stdout, done.stderr, *parse_jobs(told))

    def arguments(
        self,
        *targets: str,
        cores: int = 2,
        config: dict | None = None,
        args: Iterable[str] = (),
        env: dict[str, str] | None = None,
    ) -> tuple[list[str], dict[str, str]]:
        """What `run` gives to Snakemake, and the environment."""
        arguments = ["--cores", str(cores), *args]
        if config is not None:
            (self.path / "overlay.json").write_text(json.dumps(config))
            arguments += ["--configfile", "overlay.json"]
        path = os.pathsep.join([*map(str, self.pythons), os.environ["PATH"]])
        environment = os.environ | {"PATH": path, "XDG_CACHE_HOME": str(self.path / ".cache")} | (env or {})
        # Targets come last and after --, since --configfile takes any number of values.
        return [*arguments, "--", *targets], environment

    def command(self, *targets: str, **how) -> tuple[list[str], dict[str, str]]:
        """The same as a command line, for a process of its own."""
        arguments, environment = self.arguments(*targets, **how)
        return [sys.executable, "-m", "snakemake", *arguments], environment

    def start(self, *targets: str, **how) -> ForkedRun:
        """As `run`, in a group of processes of its own, and not waited for."""
        arguments, environment = self.arguments(*targets, **how)
        return snakemake().start(arguments, cwd=self.path, env=environment)

    def logs(self) -> list[Path]:
        return sorted(self.path.glob(".snakemake/log/*.log"))

    def write_crates(self, crates: Iterable[tuple]) -> None:
        lines = ["name\tversion\tsource"]
        for name, *rest in crates:
            version, source = (*rest, "", "")[:2]
            lines.append(f"{name}\t{version}\t{ROOT / source if source else ''}")
        (self.path / "config/crates.tsv").write_text("\n".join(lines) + "\n")


def parse_jobs(told: str) -> tuple[Counter, dict[str, list[str]]]:
    """Rules and crates of the blocks `rule clippy:` ... `wildcards: crate=serde@1.0.228`."""
    jobs, crates = Counter(), {}
    for block in re.split(r"^(?=(?:local)?(?:rule|checkpoint) \w+:$)", told, flags=re.MULTILINE)[1:]:
        rule = re.match(r"\w+ (\w+):", block)[1]
        jobs[rule] += 1
        # The block ends with the first line that is not indented.
        lines = re.match(r".*\n((?:    .*\n?)*)", block)[1]
        if crate := re.search(r"^    wildcards: (?:.*, )?crate=([^,\s]+)", lines, re.MULTILINE):
            crates.setdefault(rule, []).append(crate[1])
    return jobs, {rule: sorted(names) for rule, names in crates.items()}


@pytest.fixture
def workflow(tmp_path) -> Workflow:
    return Workflow(tmp_path / "workflow")


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Callable[[str, Callable[[Path], object]], Path]:
    """`shared(name, make)`: a folder that `make(folder)` makes once, whichever of pytest's processes needs it first.

    Nobody may change it afterwards.
    """
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent

    def folder(name: str, make: Callable[[Path], object]) -> Path:
        place, done = base / f"shared-{name}" / "folder", base / f"shared-{name}" / "done"
        place.parent.mkdir(exist_ok=True)
        with open(place.parent / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                assert not place.exists(), f"{name} could not be made: the first test that needed it says why"
                make(place)
                done.touch()
        return place

    return folder


@pytest.fixture(scope="session")
def built(shared, tmp_path_factory) -> Workflow:
    """The workflow after `snakemake` on all fixture crates: a copy for each of pytest's processes.

    A test that changes a file of it changes it back.
    """
    from dataset_run import BAD, GOOD, SMALL

    def make(folder: Path) -> None:
        run = Workflow(folder).run(crates=GOOD + BAD, config=SMALL)
        assert run.returncode == 0, run.output

    return Workflow(tmp_path_factory.mktemp("built") / "workflow", built=shared("dataset", make))


@pytest.fixture(scope="session")
def snakemake_command() -> str:
    """What a shell types to run Snakemake without loading it first."""
    return snakemake().command


@pytest.fixture(scope="session")
def workflow_in() -> type[Workflow]:
    """`workflow_in(folder)`: a workflow in a folder of one's choice, for fixtures that live longer than a test."""
    return Workflow
