"""The dataset built a second time, whole or after a kill: its files have the same bytes."""

import json
import signal
import subprocess
import sys
import time

import pytest
from dataset_run import BAD, GOOD, SMALL, checksums

# tests/faults/test_kills_at_rules.py does much of it in `make test`, with fewer crates and rules.
pytestmark = pytest.mark.slow


@pytest.fixture
def elsewhere(tmp_path_factory, workflow_in):
    """A workflow in a folder with another, longer name, whose list has the crates in another order."""
    workflow = workflow_in(tmp_path_factory.mktemp("a folder with another, longer name") / "elsewhere")
    workflow.write_crates(reversed(GOOD + BAD))
    return workflow


def assert_same(built, other):
    first, second = checksums(built), checksums(other)
    # The list itself keeps the order in which the user wrote it.
    ours = {name for name in first if name.startswith(("crates/", "dataset/", "tools/"))}
    assert ours == {name for name in second if name.startswith(("crates/", "dataset/", "tools/"))}
    assert {name for name in ours if first[name] != second[name]} == set()


def test_same_bytes_in_another_folder_with_another_number_of_cores(built, elsewhere):
    run = elsewhere.run(config=SMALL, cores=1)
    assert run.returncode == 0, run.output
    assert_same(built, elsewhere)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(built, elsewhere, how):
    """In another folder, with the crates in another order, and after the kill with another number of cores."""
    workflow = elsewhere
    (workflow.path / "overlay.json").write_text(json.dumps(SMALL))
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "overlay.json"]
    running = subprocess.Popen(
        command,
        cwd=workflow.path,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # What a shell starts in the background ignores an interrupt, and so do its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    while not list(workflow.path.glob("results/crates/*/chunks.parquet")):
        assert running.poll() is None, "it ended before it could be killed"
        time.sleep(0.05)
    running.send_signal(how)
    running.wait()
    assert running.returncode != 0
    assert not (workflow.path / "results/dataset/summary.txt").exists(), "it was over before it was killed"
    args = ["--unlock"] if how == signal.SIGKILL else []
    if args:
        workflow.run(config=SMALL, args=args)
    run = workflow.run(config=SMALL, cores=1)
    assert run.returncode == 0, run.output
    assert_same(built, workflow)
