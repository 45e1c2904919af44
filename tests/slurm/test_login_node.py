"""What Snakemake costs on the login node while a thousand crates wait in the queue: processor time and memory."""

import shutil
import signal
import time

import psutil
import pytest

pytestmark = [pytest.mark.slurm, pytest.mark.slow]
CRATES, SECONDS = 1000, 180


def spent(process: psutil.Process) -> float:
    """CPU seconds, with those of the commands that ask SLURM."""
    times = process.cpu_times()
    return times.user + times.system + times.children_user + times.children_system


def test_waiting_costs_little(cluster, slurm, workflow_in, tmp_path, capsys):
    check = workflow_in(tmp_path / "check").run("results/tools/sandbox.json")
    assert check.returncode == 0, check.output
    for name in ("results", ".snakemake"):
        shutil.copytree(tmp_path / "check" / name, cluster.path / name)
    cluster.workflow.write_crates([(f"crate{number}", "1.0.0") for number in range(CRATES)])
    # A node that takes no jobs: all of them wait.
    slurm.ask("scontrol", "update", "NodeName=c1", "State=DRAIN", "Reason=test")
    running = cluster.start("dataset", config={}, args=["--seconds-between-status-checks", "30"])
    try:
        process = psutil.Process(running.pid)
        until = time.monotonic() + 1800
        while len([job for job in slurm.jobs() if job.state == "PENDING"]) < CRATES // 10:
            assert running.poll() is None and time.monotonic() < until, slurm.jobs()
            time.sleep(5)
        before, began, most = spent(process), time.monotonic(), 0
        while time.monotonic() < began + SECONDS:
            most = max(most, process.memory_info().rss)
            time.sleep(5)
        share = (spent(process) - before) / (time.monotonic() - began)
    finally:
        running.send_signal(signal.SIGINT)
        running.wait()
        slurm.ask("scontrol", "update", "NodeName=c1", "State=RESUME")
    with capsys.disabled():
        print(
            f"\nlogin node: {100 * share:.1f} % of a core, {most / 2**20:.0f} MB with {CRATES} crates in the queue"
        )
    assert share < 0.05 and most < 500 * 2**20
