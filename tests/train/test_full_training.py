"""Training all weights: what is written, a run that is killed, and one that takes another further."""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path

import pytest
from safetensors.torch import load_file
from script_runs import (
    WholeJob,
    kill_after_step,
    kill_before_model,
    kill_in_checkpoint,
    kill_in_step,
    out_of_memory,
    poison_update,
)

from ferrule.core.files import read_json, sha256_file
from ferrule.training.checkpoints import all_of

pytestmark = pytest.mark.train


@pytest.fixture
def settings(settings) -> dict:
    settings["train"].update(learning_rate=2e-3, logging_steps=3)
    return settings | {"lora": None}


@pytest.fixture
def job(call, tmp_path, tiny_model, packed):
    def make(name: str, settings: dict, *more, model: Path = tiny_model) -> WholeJob:
        return WholeJob(call, tmp_path / name, model, packed, settings, *more)

    return make


@pytest.fixture(scope="module")
def unbroken() -> dict:
    """What the run that nothing stopped left, made by the first test."""
    return {}


def in_one_go(unbroken: dict, job, settings) -> dict:
    if not unbroken:
        whole = job("whole", settings)
        done = whole.run()
        assert done.code == 0, done.output
        unbroken.update(folder=whole.folder, record=whole.record, metrics=whole.metrics)
    return unbroken


def assert_same(broken: WholeJob, whole: dict) -> None:
    assert broken.record["files"] == whole["record"]["files"]
    assert broken.record["loss"] == pytest.approx(whole["record"]["loss"], abs=1e-6)
    for mine, theirs in zip(broken.metrics["history"], whole["metrics"]["history"], strict=True):
        assert mine == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("optimizer", ["adamw_torch", "paged_adamw_8bit"])
def test_one_step_changes_all_weights(job, settings, tiny_model, optimizer):
    settings["train"].update(
        steps=1, warmup_steps=0, eval_steps=0, save_steps=1, gradient_checkpointing=True, optimizer=optimizer
    )
    done = job("one", settings | {"merge": {"dtype": "float32"}})
    ended = done.run()
    assert ended.code == 0, ended.output
    before, after = (
        load_file(tiny_model / "model.safetensors"),
        load_file(done.folder / "merged/model.safetensors"),
    )
    assert before.keys() == after.keys()
    assert all(not before[name].float().equal(after[name]) for name in before)
    # A step of Adam moves a weight by the learning rate; an update in 16 bits would be lost in most of them.
    assert {str(tensor.dtype) for tensor in after.values()} == {"torch.float32"}
    assert done.metrics["trained_weights"] == sum(tensor.numel() for tensor in before.values())


def test_the_written_model_has_the_loss_of_the_trained_one(job, settings, unbroken):
    whole = in_one_go(unbroken, job, settings)
    folder, record = whole["folder"], whole["record"]
    loss = record["loss"]
    assert loss["base"] - loss["trained"] > 0.3 and abs(loss["merged"] - loss["trained"]) < 1e-3
    assert (record["rank"], record["adapter"], record["base"]) == (None, None, "tiny")
    assert record["files"] == {path.name: sha256_file(path) for path in sorted((folder / "merged").iterdir())}
    assert {"tokenizer.json", "generation_config.json", "config.json"} <= record["files"].keys()
    config = read_json(folder / "merged/config.json")
    assert config["dtype"] == "bfloat16" and config["use_cache"]
    assert not (folder / "adapter").exists()


@pytest.mark.parametrize(
    ("kill", "goes_on_from"),
    [
        (partial(kill_in_step, 1), None),
        (partial(kill_after_step, 3), 2),
        (partial(kill_in_step, 5), 4),
        (partial(kill_in_checkpoint, 6), 4),
        (kill_before_model, 8),
    ],
)
def test_a_killed_run_gives_the_unbroken_ones_model(job, settings, unbroken, kill, goes_on_from):
    whole = in_one_go(unbroken, job, settings)
    broken = job("broken", settings)
    assert broken.run(before=kill).code == -signal.SIGKILL
    assert not (broken.folder / "merged").exists() and not (broken.folder / "metrics.json").exists()
    again = broken.run()
    assert again.code == 0, again.output
    assert (f"resuming from {broken.work}/checkpoint-{goes_on_from}\n" in again.output) == bool(goes_on_from)
    assert_same(broken, whole)
    assert [path.name for path in all_of(broken.work)] == ["checkpoint-6", "checkpoint-8"]


def test_a_run_takes_the_model_of_another_further(job, settings, unbroken):
    whole = in_one_go(unbroken, job, settings)
    further = job("further", settings, model=whole["folder"] / "merged")
    assert further.run().code == 0
    assert further.record["base"] == whole["folder"].name
    assert further.record["loss"]["base"] == pytest.approx(whole["record"]["loss"]["merged"], abs=1e-6)
    assert further.record["loss"]["trained"] < whole["record"]["loss"]["trained"]


def test_checkpoints_on_another_model_of_the_same_shape_are_not_gone_on_from(
    job, settings, unbroken, tmp_path
):
    """Of a run's model merge.json says which one it is: config.json is the same after more steps."""
    whole = in_one_go(unbroken, job, settings)
    broken = job("broken", settings, model=whole["folder"] / "merged")
    assert broken.run(before=partial(kill_after_step, 3)).code == -signal.SIGKILL
    assert broken.run(before=kill_before_model).code == -signal.SIGKILL
    other = job("other", settings | {"train": settings["train"] | {"seed": 8, "learning_rate": 1e-3}})
    assert other.run().code == 0
    again = job("broken", settings, model=other.folder / "merged").run()
    assert "its checkpoints are of other settings or other data, removed" in again.output


def test_a_checkpoint_is_a_model_that_can_be_sampled(job, settings, unbroken):
    from ferrule.sampling.model_folders import model_folder
    from ferrule.training.models import load_model

    whole = in_one_go(unbroken, job, settings)
    work = whole["folder"] / "work"
    assert model_folder(work) == work / "checkpoint-8"
    assert load_model(work / "checkpoint-8", device="cpu").num_parameters() > 0


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (partial(poison_update, 2), "a weight of the model (model.embed_tokens.weight) is nan at step 2"),
        (out_of_memory, "out of memory on the GPU: lower train.micro_batch_size"),
    ],
)
def test_what_cannot_go_on_ends_with_one_message(job, settings, harm, says):
    broken = job("broken", settings)
    ended = broken.run(before=harm)
    assert ended.code == 1 and "Traceback" not in ended.output
    assert says in ended.output.splitlines()[-1]
    assert not (broken.folder / "merged").exists() and not (broken.folder / "merge.json").exists()


def test_a_model_that_rounding_changes_too_much_is_not_written(job, settings):
    settings["train"].update(steps=1, save_steps=1)
    done = job("strict", settings, "--most", "-1")
    ended = done.run()
    assert ended.code == 1 and "they differ by more than -1.0, so nothing was written" in ended.output
    assert not (done.folder / "merged").exists() and not list(done.folder.glob(".merged*"))
