"""`--sdm conda`: every rule of the demonstration runs where it can import what its environment has, and nothing else.

conda is a stand-in (tests/helpers/conda_stand_in.py says what that shows, and what not).
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dataset_run import GOOD, SMALL, checksums

HELPERS = Path(__file__).parents[1] / "helpers"


@pytest.fixture
def conda(tmp_path) -> dict[str, str]:
    """The environment in which `conda` is found."""
    subprocess.run([sys.executable, HELPERS / "conda_stand_in.py", "install", tmp_path / "conda"], check=True)
    return {
        "PATH": os.pathsep.join(
            [str(tmp_path / "conda/bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        )
    }


@pytest.mark.slow
def test_the_demonstration_in_environments_of_its_rules(workflow, conda, workflow_in, tmp_path):
    pytest.importorskip(
        "datasets", reason="what the environment `base` has besides requirements/base.txt: make train"
    )
    run = workflow.run("all", crates=GOOD[1:2], config=SMALL, args=["--sdm", "conda"], env=conda)
    assert run.returncode == 0, run.output
    assert len(list((workflow.path / ".snakemake/conda").glob("*/bin/python"))) == 2
    without = workflow_in(tmp_path / "without")
    assert without.run("all", crates=GOOD[1:2], config=SMALL).returncode == 0
    assert checksums(without) == checksums(workflow)


def test_an_environment_that_cannot_be_solved_stops_the_run_before_its_first_job(workflow, conda):
    # In both files: which environment is made first is Snakemake's affair.
    for name in ("base.yaml", "rust.yaml"):
        file = workflow.path / "envs" / name
        file.write_text(re.sub(r"orjson =\S+", "orjson =0.0.1", file.read_text()))
    run = workflow.run("all", crates=GOOD[1:2], config=SMALL, args=["--sdm", "conda"], env=conda)
    assert run.returncode == 1
    assert re.search(r"envs/(base|rust)\.yaml", run.output), run.output
    assert "orjson=0.0.1 is not in the channel" in run.output, run.output
    assert not (workflow.path / "results/tools").exists()
