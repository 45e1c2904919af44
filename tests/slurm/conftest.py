"""`cluster`: a workflow whose jobs go to a real SLURM on this machine. Its tests import what stands beside them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from single_node import Slurm, missing_programs

# Answers of SLURM are awaited for seconds here, not for half a minute.
QUICK = [
    "--slurm-init-seconds-before-status-checks",
    "2",
    "--seconds-between-status-checks",
    "2",
    "--latency-wait",
    "10",
]


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    if missing := missing_programs():
        pytest.skip(
            f"SLURM is not installed: {', '.join(missing)} (Debian: slurmctld slurmd slurm-client munge)"
        )
    with Slurm(tmp_path_factory.mktemp("slurm") / "node") as slurm:
        yield slurm


class Cluster:
    """A workflow whose jobs go to SLURM."""

    def __init__(self, workflow, slurm: Slurm):
        self.workflow, self.slurm, self.path = workflow, slurm, workflow.path

    def command(self, *targets, config: dict, args=()) -> tuple[list[str], dict]:
        (self.path / "overlay.json").write_text(json.dumps(config))
        command = [sys.executable, "-m", "snakemake", "--profile", "profiles/slurm", *QUICK, *args]
        path = os.pathsep.join([str(Path(sys.executable).parent), self.slurm.environment["PATH"]])
        environment = os.environ | self.slurm.environment | {"PATH": path}
        return [*command, "--configfile", "overlay.json", "--", *targets], environment

    def run(self, *targets, **how) -> subprocess.CompletedProcess:
        command, environment = self.command(*targets, **how)
        return subprocess.run(
            command, cwd=self.path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )

    def start(self, *targets, **how) -> subprocess.Popen:
        command, environment = self.command(*targets, **how)
        return subprocess.Popen(
            command,
            cwd=self.path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@pytest.fixture
def cluster(workflow, slurm) -> Cluster:
    return Cluster(workflow, slurm)
