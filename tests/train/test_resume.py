"""A job that is killed and run again gives the unbroken run's adapter, byte for byte, and its losses."""

from __future__ import annotations

import copy
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from script_runs import (
    Job,
    kill_after_step,
    kill_before_adapter,
    kill_in_checkpoint,
    kill_in_step,
    write_down_what_is_seen,
)

from ferrule.core.files import read_json, read_rows
from ferrule.training.checkpoints import all_of, is_whole

pytestmark = pytest.mark.train
ROOT = Path(__file__).parents[2]
FOUR_BITS = {"bits": 4}


@pytest.fixture
def settings(settings):
    settings["train"]["logging_steps"] = 3  # so that checkpoints fall between two lines of the log
    return settings


@pytest.fixture
def job(call, tmp_path, tiny_model, packed):
    """job(name, settings) is train_adapter.py with a folder of its own."""

    def make(name: str, settings: dict, *more, model: Path = tiny_model) -> Job:
        return Job(call, tmp_path / name, model, packed, settings, *more)

    return make


@pytest.fixture(scope="session")
def unbroken() -> dict[int, tuple[str, dict]]:
    """By bits: the adapter's checksum and the metrics of the run that nothing stopped, made by the first test."""
    return {}


def in_one_go(unbroken, job, settings) -> tuple[str, dict]:
    bits = settings["quantization"]["bits"]
    if bits not in unbroken:
        whole = job("whole", settings)
        done = whole.run()
        assert done.code == 0, done.output
        unbroken[bits] = whole.adapter, whole.metrics
    return unbroken[bits]


def assert_same(broken: Job, whole: tuple[str, dict]) -> None:
    adapter, metrics = whole
    assert broken.adapter == adapter
    assert len(broken.metrics["history"]) == len(metrics["history"]) == 5
    for mine, theirs in zip(broken.metrics["history"], metrics["history"], strict=True):
        assert mine == pytest.approx(theirs, abs=1e-6)
    for name in ("loss", "eval_loss"):
        assert broken.metrics[name] == pytest.approx(metrics[name], abs=1e-6)


@pytest.mark.parametrize(
    ("bits", "kill", "goes_on_from"),
    [
        (16, partial(kill_in_step, 1), None),
        (16, partial(kill_in_step, 4), 2),
        (16, partial(kill_in_checkpoint, 4), 2),
        (16, partial(kill_after_step, 7), 6),
        (4, partial(kill_after_step, 3), 2),
        (4, partial(kill_in_step, 5), 4),
        (8, partial(kill_after_step, 3), 2),
        (8, partial(kill_in_step, 5), 4),
    ],
)
def test_a_killed_run_gives_the_unbroken_ones_adapter(job, settings, unbroken, bits, kill, goes_on_from):
    settings["quantization"]["bits"] = bits
    whole = in_one_go(unbroken, job, settings)
    broken = job("broken", settings)
    assert broken.run(before=kill).code == -signal.SIGKILL
    assert not (broken.folder / "adapter").exists() and not (broken.folder / "metrics.json").exists()
    again = broken.run()
    assert again.code == 0, again.output
    assert (f"resuming from {broken.work}/checkpoint-{goes_on_from}\n" in again.output) == bool(goes_on_from)
    assert_same(broken, whole)


def test_killed_again_and_again(job, settings, unbroken):
    whole = in_one_go(unbroken, job, settings)
    broken = job("broken", settings)
    for kill in (partial(kill_in_step, 3), partial(kill_in_checkpoint, 4), partial(kill_in_checkpoint, 8)):
        assert broken.run(before=kill).code == -signal.SIGKILL
    assert broken.run().code == 0
    assert_same(broken, whole)


def test_monitored_adapters_outlive_a_kill_and_change_nothing(job, settings, unbroken, tmp_path):
    """The run keeps its checkpoints of steps 6 and 8; the adapter of step 3 was written before the kill."""
    whole = in_one_go(unbroken, job, settings)
    handed_over = tmp_path / "monitored"
    broken = job("broken", settings, "--monitor-every", 3, "--monitored", handed_over)
    assert broken.run(before=partial(kill_after_step, 7)).code == -signal.SIGKILL
    assert not handed_over.exists()
    again = broken.run()
    assert again.code == 0, again.output
    assert f"resuming from {broken.work}/checkpoint-6\n" in again.output
    assert_same(broken, whole)
    assert sorted(path.name for path in handed_over.iterdir()) == ["checkpoint-3", "checkpoint-6"]
    assert [path.name for path in all_of(broken.work)] == ["checkpoint-6", "checkpoint-8"]
    weights = [folder / "checkpoint-6/adapter_model.safetensors" for folder in (handed_over, broken.work)]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    assert {path.name for path in (handed_over / "checkpoint-3").iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
    }


def test_a_finished_run_hands_over_what_it_has_and_names_the_rest(job, settings, unbroken, tmp_path):
    whole = in_one_go(unbroken, job, settings)
    handed_over = tmp_path / "monitored"
    first = job("run", settings, "--monitor-every", 4, "--monitored", handed_over)
    assert first.run().code == 0
    later = job("run", settings, "--monitor-every", 2, "--monitored", handed_over)
    done = later.run()
    assert (
        done.code == 0 and "without the adapters of the steps 2, 6, which were trained before" in done.output
    )
    assert [path.name for path in handed_over.iterdir()] == ["checkpoint-4"]
    assert_same(later, whole)


def test_a_run_that_is_over_is_not_trained_further(job, settings, unbroken):
    """Killed while the adapter was written, or its files deleted: what is missing is made, and nothing learnt."""
    whole = in_one_go(unbroken, job, settings)
    done = job("over", settings)
    assert done.run(before=kill_before_adapter).code == -signal.SIGKILL
    assert done.run().code == 0
    assert_same(done, whole)
    shutil.rmtree(done.folder / "adapter")
    assert done.run().code == 0
    assert_same(done, whole)
    assert done.metrics["steps"] == 8 and len(all_of(done.work)) == 2


def test_sequences_come_in_the_order_in_which_the_rows_were_chosen(job, settings, packed):
    settings["train"]["eval_steps"] = 0
    done = job("order", settings)
    assert done.run(before=write_down_what_is_seen).code == 0
    seen = [tuple(ids) for ids in read_json(done.folder / "seen.json")]
    rows = [tuple(row["input_ids"]) for row in read_rows(packed["train"])]
    assert len(rows) == 11
    # Steps of 2, the last one of an epoch with what is left; the second epoch is like the first.
    assert seen[:15] == [*rows, *rows[:4]]


def test_two_processes(tmp_path, tiny_model, packed, settings, job):
    """As on two GPUs: each process has its own rows, one writes; what is counted is of both.

    A step of two has the sequences and the mean over all tokens of a step of one with twice the micro batches.
    """
    settings["train"].update(steps=4, eval_steps=0)
    settings["lora"]["dropout"] = 0.0  # each process draws its own

    def launch(done: Job) -> str:
        command = [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc_per_node",
            "2",
            "--",
        ]
        ended = subprocess.run(
            [*command, ROOT / "scripts/train/train_adapter.py", *done.all_arguments()],
            env=os.environ | {"PYTHONPATH": str(ROOT / "scripts"), "ACCELERATE_USE_CPU": "true"},
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stderr

    done = job("two", settings)
    launch(done)
    adapter, metrics = done.adapter, done.metrics
    assert metrics["devices"] == 2
    alone = copy.deepcopy(settings)
    alone["train"]["gradient_accumulation"] *= 2
    one = job("one", alone)
    assert one.run().code == 0
    for mine, theirs in zip(copy.deepcopy(metrics["history"]), one.metrics["history"], strict=True):
        norms = mine.pop("grad_norm", 0), theirs.pop("grad_norm", 0)
        assert mine == pytest.approx(theirs, rel=3e-3)
        assert norms[0] == pytest.approx(norms[1], rel=0.05)  # less exact: the base is in 16 bits
    shutil.rmtree(done.work / "checkpoint-4")
    assert launch(done).count("resuming from") == 2
    assert done.adapter == adapter
    for mine, theirs in zip(done.metrics["history"], metrics["history"], strict=True):
        assert mine == pytest.approx(theirs, abs=1e-6)
    assert done.metrics["loss"] == pytest.approx(metrics["loss"], abs=1e-6)
    # Twice the rows in a step: another run than that of one process.
    alone = job("alone", settings)
    assert alone.run().code == 0
    assert alone.metrics["history"][0]["loss"] != pytest.approx(metrics["history"][0]["loss"], abs=1e-3)


def test_killed_from_outside(tmp_path, tiny_model, packed, settings, unbroken, job):
    """The command as it is in the documentation, killed by its number as a scheduler would, wherever it is then."""
    whole = in_one_go(unbroken, job, settings)
    broken = job("broken", settings)
    command = [sys.executable, ROOT / "scripts/train/train_adapter.py", *broken.all_arguments()]
    process = subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")}, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 600
    while not any(map(is_whole, all_of(broken.work))) and time.monotonic() < until and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    message = process.communicate()[1].decode()
    assert process.returncode == -signal.SIGKILL, message
    assert "resuming from" in broken.run().output
    assert_same(broken, whole)


@pytest.mark.parametrize("processes", [1, 2])
def test_asked_to_stop(settings, unbroken, job, processes):
    """SIGTERM, as schedulers send it, between two checkpoints: the step is finished, and one is written for it."""
    settings["train"].update(save_steps=4, keep_checkpoints=3)
    if processes == 2:
        settings["train"].update(steps=6, eval_steps=0, gradient_accumulation=1)
    command = [sys.executable]
    if processes == 2:
        command += ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "--"]
    script = [ROOT / "scripts/train/train_adapter.py"]
    more = {"PYTHONPATH": str(ROOT / "scripts"), "ACCELERATE_USE_CPU": "true"}

    def start(which: Job) -> subprocess.Popen:
        environment = os.environ | (more if processes == 2 else {"PYTHONPATH": more["PYTHONPATH"]})
        # In a group of its own: a scheduler sends the signal to every process of a job.
        return subprocess.Popen(
            [*command, *script, *which.all_arguments()],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    whole = job("unbroken", settings)
    done = start(whole)
    said = done.communicate()[1]
    assert done.returncode == 0, said
    broken = job("broken", settings)
    first = start(broken)
    wait_for_step(broken, first)
    os.killpg(first.pid, signal.SIGTERM)
    said = first.communicate()[1]
    assert first.returncode != 0 and not (broken.folder / "adapter").exists(), said
    stopped = [int(step) for step in re.findall(r"stopped at step (\d+): run again", said)]
    assert len(stopped) == processes and len(set(stopped)) == 1, said
    assert is_whole(broken.work / f"checkpoint-{stopped[0]}")
    again = start(broken)
    said = again.communicate()[1]
    assert again.returncode == 0 and f"resuming from {broken.work}/checkpoint-{stopped[0]}\n" in said, said
    assert broken.adapter == whole.adapter


def wait_for_step(which: Job, process: subprocess.Popen) -> None:
    """Until the first step is over: from then on there is something to stop."""
    until = time.monotonic() + 600
    while time.monotonic() < until and process.poll() is None:
        if (which.work / "rows").exists() and (which.work / "run.json").exists():
            return
        time.sleep(0.02)
    raise AssertionError(f"it did not begin to train: {process.communicate()[1]}")


@pytest.mark.parametrize("harm", ["truncated", "unmarked", "mark cut off"])
def test_a_checkpoint_that_is_cut_off_is_left_out(job, settings, unbroken, harm):
    whole = in_one_go(unbroken, job, settings)
    broken = job("broken", settings)
    assert broken.run(before=partial(kill_after_step, 5)).code == -signal.SIGKILL
    bad = broken.work / "checkpoint-4"
    if harm == "truncated":
        os.truncate(bad / "adapter_model.safetensors", 1000)
    elif harm == "unmarked":
        (bad / "complete.json").unlink()
    else:
        os.truncate(bad / "complete.json", 20)
    again = broken.run()
    assert f"{bad}: cut off while it was written, removed" in again.output
    assert f"resuming from {broken.work}/checkpoint-2\n" in again.output
    assert_same(broken, whole)


def test_the_newest_checkpoints_are_kept(job, settings):
    done = job("kept", settings)
    assert done.run().code == 0
    assert [path.name for path in all_of(done.work)] == ["checkpoint-6", "checkpoint-8"]


def test_a_whole_checkpoint_always_stays(job, settings):
    """Also with keep_checkpoints: 1, when the job is killed before the new one is marked."""
    settings["train"]["keep_checkpoints"] = 1
    broken = job("broken", settings)
    assert broken.run(before=partial(kill_in_checkpoint, 4)).code == -signal.SIGKILL
    assert "resuming from" in broken.run().output


@pytest.mark.parametrize("change", ["learning_rate", "rows"])
def test_checkpoints_of_another_run_are_not_gone_on_from(job, settings, packed, change):
    """The folder of a run stays when its settings or its rows change; its checkpoints are of the old ones."""
    broken = job("broken", settings)
    assert broken.run(before=partial(kill_after_step, 5)).code == -signal.SIGKILL
    other = copy.deepcopy(settings)
    if change == "learning_rate":
        other["train"]["learning_rate"] = 1e-3
    again = job("broken", other)
    if change == "rows":
        again.arguments[again.arguments.index("--train") + 1] = packed["val"]
    output = again.run().output
    assert "its checkpoints are of other settings or other data, removed" in output
    assert "resuming from" not in output
    # What does not change what is learnt is no reason.
    other["train"].update(save_steps=4, keep_checkpoints=3)
    assert "resuming from" in again.run().output


def test_continue_from_trains_another_runs_adapter_further(job, settings):
    import torch
    from safetensors.torch import load_file

    first = job("first", settings)
    assert first.run().code == 0
    settings["train"]["learning_rate"] = 0.0
    same = job("same", settings, "--continue-from", first.folder / "adapter")
    assert same.run().code == 0
    assert same.adapter == first.adapter  # a rate of 0 shows where it began
    settings["train"]["learning_rate"] = 5e-3
    further = job("further", settings, "--continue-from", first.folder / "adapter")
    assert further.run().code == 0
    assert further.metrics["history"][0]["loss"] < first.metrics["history"][0]["loss"] - 0.2
    weights = [load_file(each.folder / "adapter/adapter_model.safetensors") for each in (first, further)]
    assert all(not torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
