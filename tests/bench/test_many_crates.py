"""What a long list costs Snakemake itself: planning, a list with nothing to do, one crate more, batches, many small jobs.

    make bench ARGS="tests/bench/test_many_crates.py"          # ten minutes

The jobs of crates do not run: their files are copies of those of a fixture crate, and `snakemake --touch` records them
as made. So the figures are those of Snakemake with this workflow. CPU seconds and memory are those of the whole process.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.bench

BASE = Path(__file__).parents[2]
CRATES = 1000
AGGREGATES = ("work", "dataset", "tools")
TRIVIAL = f"""
import sys
sys.path.insert(0, "{BASE / "scripts"}")
from ferrule.workflow import ready_jobs, scheduler_timer
ready_jobs.install()
scheduler_timer.install()
rule all:
    input: expand("out/{{number}}", number=range(int(config["jobs"])))
rule one:
    output: "out/{{number}}"
    shell: "touch {{output}}"
"""


@dataclass
class Used:
    cpu: float  # seconds
    memory: float  # MB of the largest process so far
    output: str

    def __str__(self) -> str:
        return f"{self.cpu:6.1f} CPU s, {self.memory:4.0f} MB"

    def jobs(self, rule: str) -> int:
        """The number of jobs of a rule in the table that a dry run ends with."""
        found = re.findall(rf"^{rule} +(\d+)$", self.output, re.MULTILINE)
        return int(found[-1]) if found else 0


# `snakemake --touch` sleeps for 0.1 s in each job, which for 11,000 jobs is 20 minutes.
TOUCH = """
from snakemake.executors.touch import Executor
Executor.SLEEPING_TIME = 0
from snakemake.cli import main
main()
"""


def snakemake(folder: Path, *arguments: str) -> Used:
    # A process of its own starts it: the memory of children is the maximum of all that ever ran.
    start = ["-c", TOUCH] if "--touch" in arguments else ["-m", "snakemake"]
    command = [sys.executable, *start, "--cores", "2", *arguments]
    measure = (
        "import resource, subprocess, sys\n"
        "code = subprocess.run(sys.argv[1:]).returncode\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print('used', used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)\n"
        "sys.exit(code)"
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-c", measure, *command],
        cwd=folder,
        env=os.environ | {"PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    _, cpu, memory = done.stdout.rstrip().splitlines()[-1].split()
    return Used(float(cpu), float(memory), done.stdout + done.stderr)


def write_list(folder: Path, count: int) -> None:
    lines = "".join(f"crate-{number:05}\t1.0.0\t\n" for number in range(count))
    (folder / "config/crates.tsv").write_text(f"name\tversion\tsource\n{lines}")


@pytest.fixture(scope="module")
def many(built, workflow_in, tmp_path_factory):
    """A workflow with a list of 1,000 crates of which everything is built."""
    workflow = workflow_in(tmp_path_factory.mktemp("many") / "workflow")
    write_list(workflow.path, CRATES)
    results = built.path / "results"
    for name in AGGREGATES:
        shutil.copytree(results / name, workflow.path / "results" / name)
    for number in range(CRATES):
        add_crate(results, workflow.path, number)
    snakemake(workflow.path, "--touch", "--quiet")
    snakemake(workflow.path, "--quiet")  # the report and the metrics
    return workflow.path


def add_crate(results: Path, folder: Path, number: int) -> None:
    crate = folder / f"results/crates/crate-{number:05}@1.0.0"
    shutil.copytree(results / "crates/tidy@0.1.0", crate, copy_function=os.link)
    # A crate of the registry has one file more than a local one.
    (crate / "resolved.json").write_text('{"license": "MIT"}')


def test_planning(workflow_in, tmp_path, capsys):
    workflow = workflow_in(tmp_path / "workflow")
    write_list(workflow.path, CRATES)
    used = snakemake(workflow.path, "-n")
    quiet = snakemake(workflow.path, "-n", "--quiet")
    with capsys.disabled():
        print(
            f"\ndry run, {CRATES} crates, nothing built:  {used}\n    without its list of jobs:            {quiet}"
        )
    assert used.jobs("mutate") == CRATES
    assert used.cpu < 30 and used.memory < 400


def test_nothing_to_do(many, capsys):
    used = snakemake(many)
    with capsys.disabled():
        print(f"\nnothing to do, {CRATES} crates:            {used}")
    assert "Nothing to be done" in used.output
    assert used.cpu < 30


def test_one_crate_more(many, capsys):
    write_list(many, CRATES + 1)
    try:
        used = snakemake(many, "-n")
    finally:
        write_list(many, CRATES)
    with capsys.disabled():
        print(f"\none crate added to {CRATES}, dry run:      {used}")
    assert [used.jobs(rule) for rule in ("download", "judge", "mutate", "make_tasks", "gather")] == [1] * 5
    assert used.cpu < 30


def test_batches(workflow_in, tmp_path, capsys):
    workflow = workflow_in(tmp_path / "workflow")
    write_list(workflow.path, 10 * CRATES)
    used = [snakemake(workflow.path, "-n", "--batch", f"gather={batch}/10") for batch in (1, 5)]
    with capsys.disabled():
        for batch, figures in zip((1, 5), used, strict=True):
            print(f"\nbatch {batch} of 10 of {10 * CRATES} crates, dry run: {figures}")
    for figures in used:
        assert abs(figures.jobs("mutate") - CRATES) <= 1 and figures.jobs("gather") == 0
        assert figures.cpu < 30 and figures.memory < 1000


def test_trivial_jobs(tmp_path, capsys):
    (tmp_path / "Snakefile").write_text(TRIVIAL)
    costs = {}
    for jobs in (1000, 5000):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        shutil.rmtree(tmp_path / ".snakemake", ignore_errors=True)
        # The scheduler of profiles/default: the other one takes five times as long.
        asked = ("--quiet", "--scheduler", "greedy", "--config", f"jobs={jobs}")
        costs[jobs] = snakemake(tmp_path, *asked)
    with capsys.disabled():
        for jobs, used in costs.items():
            print(f"\n{jobs} jobs of `touch`:               {used}")
    assert costs[1000].cpu < 30
    assert costs[5000].cpu < 6 * costs[1000].cpu
