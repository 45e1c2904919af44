"""What a list of real crates costs, with everything on: CPU seconds per accepted crate, Snakemake's share, idle cores.

    make bench ARGS="tests/bench/test_crates_cost.py"                       # the first 20 crates of config/crates-100.tsv
    FERRULE_CRATES=100 make bench ARGS="tests/bench/test_crates_cost.py"    # more of them: half an hour on 2 cores

Downloads are done before the measured run.
"""

import os
import shutil

import pytest
from dataset_run import loaded

from ferrule.workflow.run_costs import job_costs, run_costs

pytestmark = pytest.mark.bench

CRATES = int(os.environ.get("FERRULE_CRATES", "20"))
CORES = 2


def test_cost(workflow, capsys):
    config = {"crates": {"list": "config/crates-100.tsv", "limit": CRATES}}
    results = workflow.path / "results"
    fetched = workflow.run("analysis", config=config, cores=CORES, args=["--until", "download"])
    assert fetched.returncode == 0, fetched.output
    shutil.rmtree(results)
    run = workflow.run("dataset", config=config, cores=CORES)
    assert run.returncode == 0, run.output

    costs = [job.cost for job in job_costs(results / "logs") if job.cost]
    [snakemake] = run_costs(results / "logs")
    jobs = sum(cost.cpu for cost in costs)
    accepted = loaded(workflow, "dataset/funnel.json")["crates"]["accepted"]
    own = snakemake.own_cpu / (snakemake.own_cpu + jobs)
    idle = 1 - sum(cost.wall for cost in costs) / (CORES * snakemake.wall)
    with capsys.disabled():
        print(f"\n{CRATES} crates, {accepted} accepted, {snakemake.wall:.0f} s, {jobs:.0f} CPU s of jobs")
        print(f"{jobs / accepted:6.1f} CPU s per accepted crate, refused ones and the dataset included")
        print(f"{own:6.1%} of all CPU time is Snakemake's own")
        print(f"{idle:6.1%} of the time of {CORES} cores no job ran")
    assert jobs / accepted <= 35
    assert own <= 0.03
    assert idle <= 0.1
