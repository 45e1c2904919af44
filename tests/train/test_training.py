"""What a run of training leaves behind; and what cannot go on ends with one clear message."""

from __future__ import annotations

import copy
import json
from functools import partial

import pytest
from script_runs import (
    NOT_POSSIBLE,
    Job,
    check_on_small_disk,
    fill_disk,
    out_of_memory,
    poison_last_update,
    poison_update,
    without_eight_bits,
)
from steps import config

from ferrule.core.files import read_json, read_rows, write_rows
from ferrule.training.checkpoints import all_of, is_whole

pytestmark = pytest.mark.train


def changed(settings: dict, section: str, key: str, value) -> dict:
    other = copy.deepcopy(settings)
    other[section][key] = value
    return other


# Settings whose effect is seen in what a run leaves: the figure is (metrics, its folder).
LEFT = {
    "scheduler": ("constant", lambda metrics: [line.get("learning_rate") for line in metrics["history"]]),
    "weight_decay": (0.9, lambda metrics: metrics["loss"]),
    "max_grad_norm": (0.01, lambda metrics: metrics["loss"]),
    "optimizer": ("sgd", lambda metrics: metrics["loss"]),
    "gradient_accumulation": (1, lambda metrics: metrics["loss"]),
    "seed": (8, lambda metrics: metrics["loss"]),
    "bf16": ("the other", lambda metrics: metrics["loss"]),
}


@pytest.fixture(scope="module")
def made() -> dict:
    """The metrics of a run with the settings as they are, made by the first test."""
    return {}


@pytest.fixture
def job(call, tmp_path, tiny_model, packed):
    def make(settings: dict, *more, model=tiny_model, name: str = "run") -> Job:
        return Job(call, tmp_path / name, model, packed, settings, *more)

    return make


@pytest.mark.parametrize("key", list(LEFT))
def test_what_a_run_leaves_differs(job, settings, made, key):
    value, look = LEFT[key]
    settings["train"].update(steps=4, save_steps=4)
    if not made:
        whole = job(settings, name="whole")
        assert whole.run().code == 0
        made.update(whole.metrics)
    if key == "bf16":
        value = not made["bf16"]  # auto is true or false, by the processor
    other = job(changed(settings, "train", key, value))
    assert other.run().code == 0
    assert look(other.metrics) != look(made)


def test_tensorboard_gradient_checkpointing_and_workers(job, settings):
    """Logs land where they are asked for; recomputing and reading ahead change no loss."""
    settings["train"].update(steps=4, save_steps=4)
    plain = job(settings, name="plain")
    assert plain.run().code == 0 and not list((plain.folder / "logs").glob("*"))
    settings["train"].update(log_to="tensorboard", gradient_checkpointing=True, loader_workers=2)
    done = job(settings)
    ended = done.run()
    assert ended.code == 0, ended.output
    assert [path.name.split(".")[0] for path in (done.folder / "logs").rglob("events*")] == ["events"]
    assert not list(done.work.rglob("events*"))
    for mine, other in zip(done.metrics["history"], plain.metrics["history"], strict=True):
        assert mine == pytest.approx(other, abs=1e-5)


@pytest.mark.parametrize("bits", [4, 8])
def test_loss_falls_in_few_bits_and_the_adapter_is_clean(job, settings, tiny_model, bits):
    from safetensors.torch import load_file

    settings["quantization"]["bits"] = bits
    done = job(settings)
    ended = done.run()
    assert ended.code == 0, ended.output
    assert "will be cast" not in ended.output  # bitsandbytes reports it in every product
    losses = [line["loss"] for line in done.metrics["history"] if "loss" in line]
    assert losses[-1] < losses[0] - 0.3
    weights = load_file(done.folder / "adapter/adapter_model.safetensors")
    # In bfloat16, which TRL takes for 4-bit models, a small update is lost in the rounding.
    assert {str(tensor.dtype) for tensor in weights.values()} == {"torch.float32"}
    text = (done.folder / "adapter/adapter_config.json").read_text()
    assert str(tiny_model.parent) not in text and json.loads(text)["base_model_name_or_path"] == "tiny"


def test_an_evaluation_leaves_a_base_of_four_bits_as_it_is(tiny_model, defaults):
    """On processors with AVX512-BF16 one repacks the weights, with scales that are rounded for good."""
    import torch

    from ferrule.training.models import load_model

    model = load_model(tiny_model, quantization=defaults["quantization"], device="cpu")
    ids = torch.arange(40).reshape(1, 40)
    before = model.train()(input_ids=ids).logits
    with torch.no_grad():
        model.eval()(input_ids=ids)
    layer = model.model.layers[0].mlp.up_proj
    assert not getattr(layer.weight.quant_state, "packing_format_for_cpu", False)
    assert torch.equal(model.train()(input_ids=ids).logits, before)


def test_an_evaluation_leaves_a_base_of_eight_bits_as_it_is(tiny_model, defaults):
    """And the base is that of the files, to within what 8 bits can say."""
    import bitsandbytes
    import torch

    from ferrule.training.models import load_model

    model = load_model(tiny_model, quantization=defaults["quantization"] | {"bits": 8}, device="cpu")
    exact = load_model(tiny_model, device="cpu")
    layer = model.model.layers[0].mlp.up_proj
    assert isinstance(layer, bitsandbytes.nn.Linear8bitLt) and layer.weight.dtype == torch.int8
    assert not isinstance(model.lm_head, bitsandbytes.nn.Linear8bitLt)
    ids = torch.arange(40).reshape(1, 40)
    before = model.train()(input_ids=ids).logits
    with torch.no_grad():
        model.eval()(input_ids=ids)
        assert torch.equal(model.train()(input_ids=ids).logits, before)
        wanted = exact(input_ids=ids).logits.float()
    assert torch.nn.functional.cosine_similarity(before.float(), wanted, dim=-1).min() > 0.99


# --- what cannot go on ---


def test_eight_bits_where_there_are_none(job, settings):
    """A stand-in: a device without these kernels is not at hand; a kernel that fails as theirs would is."""
    settings["quantization"]["bits"] = 8
    done = job(settings)
    ended = done.run(before=without_eight_bits)
    assert ended.code == 1 and "Traceback" not in ended.output
    line = ended.output.strip().splitlines()[-1]
    assert line.startswith(
        "quantization.bits: 8: bitsandbytes cannot multiply in 8 bits on this machine's cpu (no kernel"
    )
    assert line.endswith("; set quantization.bits to 4 or 16")
    assert not (done.folder / "adapter").exists()


def ends_with(result, *says: str) -> None:
    """Exit status 1 and one message, without a traceback."""
    assert result.code == 1, result.output
    assert "Traceback" not in result.output
    assert all(words in result.output.strip().split("\n")[-1] for words in says), result.output


def left_nothing(done: Job) -> bool:
    return not any((done.folder / name).exists() for name in ("adapter", "metrics.json"))


def test_a_learning_rate_that_breaks_the_model(job, settings):
    settings["train"].update(learning_rate=1e30, max_grad_norm=0.0, bf16=False, logging_steps=100)
    done = job(settings)
    ends_with(done.run(), "loss is ", "at step 3", "lower train.learning_rate")
    assert left_nothing(done)
    # No checkpoint has the broken weights: what is gone on from is older.
    ends_with(done.run(), "loss is ", "at step 3")


def test_a_last_update_that_breaks_the_adapter(job, settings, packed):
    """No later loss shows it: there is no evaluation, and the run is over."""
    done = job(settings)
    done.arguments[done.arguments.index("--val") + 1] = packed["none"]
    ends_with(done.run(before=poison_last_update), "is nan at step 8", "lower train.learning_rate")
    assert left_nothing(done)


def test_no_checkpoint_that_is_whole_has_a_broken_adapter(job, settings):
    """Step 4 is saved, and the log would have told of it at step 5 at the earliest."""
    settings["train"].update(logging_steps=100, eval_steps=0)
    done = job(settings)
    ends_with(done.run(before=partial(poison_update, 4)), "is nan at step 4", "lower train.learning_rate")
    assert [path.name for path in all_of(done.work) if is_whole(path)] == ["checkpoint-2"]
    # What broke it was ours alone: the run goes on from there.
    assert done.run().code == 0 and done.metrics["steps"] == 8


def test_a_base_with_a_poisoned_weight(job, settings, tmp_path, tiny_model):
    import shutil

    from safetensors.torch import load_file, save_file

    poisoned = shutil.copytree(tiny_model, tmp_path / "poisoned")
    weights = load_file(poisoned / "model.safetensors")
    weights["model.norm.weight"][0] = float("nan")
    save_file(weights, poisoned / "model.safetensors", metadata={"format": "pt"})
    done = job(settings, model=poisoned)
    ends_with(done.run(), "loss is nan at step 1")
    assert left_nothing(done)


def test_a_base_that_lacks_a_weight(job, settings, tmp_path, tiny_model):
    """transformers would put random numbers in its place."""
    import shutil

    from safetensors.torch import load_file, save_file

    lacking = shutil.copytree(tiny_model, tmp_path / "lacking")
    weights = load_file(lacking / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, lacking / "model.safetensors", metadata={"format": "pt"})
    done = job(settings, model=lacking)
    ends_with(done.run(), "its files lack model.layers.1.mlp.up_proj.weight and 0 more weights")
    assert left_nothing(done)


def test_an_adapter_for_another_base(job, settings, tmp_path, tokenizer_folder, save_model):
    first = job(settings, name="first")
    settings["train"].update(steps=1)
    assert first.run().code == 0
    wider = save_model(tmp_path / "wider", tokenizer_folder("chatml"), hidden=128)
    other = job(settings, "--continue-from", first.folder / "adapter", model=wider, name="other")
    ends_with(other.run(), f"{first.folder / 'adapter'} was made for another model than {wider}")
    assert left_nothing(other)
    # Of the same shape, but not the same model.
    twin = save_model(tmp_path / "twin", tokenizer_folder("chatml"), seed=2)
    other = job(settings, "--continue-from", first.folder / "adapter", model=twin, name="twin_run")
    ends_with(other.run(), f"{first.folder / 'adapter'} was made for tiny, not for twin")
    missing = job(settings, "--continue-from", tmp_path / "nowhere", name="missing")
    ends_with(missing.run(), f"there is no folder {tmp_path / 'nowhere'}")


def test_modules_that_the_model_does_not_have(job, settings):
    settings["lora"]["target_modules"] = ["q_proj", "query_key_value"]
    ends_with(job(settings).run(), "has no modules called query_key_value; see lora.target_modules")


def test_an_empty_table(job, settings, packed):
    done = job(settings)
    done.arguments[done.arguments.index("--train") + 1] = packed["none"]
    ends_with(done.run(), f"{packed['none']}: no sequence in it")
    assert left_nothing(done)


def test_no_rows_for_the_evaluation_loss(job, settings, packed):
    done = job(settings)
    done.arguments[done.arguments.index("--val") + 1] = packed["none"]
    assert done.run().code == 0
    assert done.metrics["eval_loss"] is None


def test_out_of_memory(job, settings):
    """Simulated: the error is torch's own, raised where a forward pass would."""
    done = job(settings)
    ends_with(
        done.run(before=out_of_memory), "out of memory on the GPU: lower train.micro_batch_size", "9.00 GiB"
    )
    assert left_nothing(done)


def test_a_disk_that_is_full_during_a_checkpoint(job, settings):
    """A small tmpfs that only the job sees: no simulation. When there is room again the run goes on."""
    done = job(settings)
    done.work.mkdir()
    ended = done.run(before=partial(check_on_small_disk, str(done.work), str(done.folder / "seen.json")))
    if ended.code == NOT_POSSIBLE:
        pytest.skip("no file system of its own can be mounted for a process here")
    seen = read_json(done.folder / "seen.json")
    assert seen["code"].startswith(f"{done.work}: the disk is full; free some space")
    assert seen["there"][:-1] == seen["whole"] and seen["whole"]
    assert not seen["adapter"]
    assert ended.code == 0 and f"resuming from {done.work}/{seen['whole'][-1]}" in ended.output
    assert (done.folder / "adapter/adapter_model.safetensors").is_file()


def test_every_writers_word_for_a_full_disk(call, tmp_path):
    """torch's has no number of an error, only that it stands elsewhere than it should."""
    (tmp_path / "disk").mkdir()
    ended = call(
        "train_adapter", before=partial(fill_disk, str(tmp_path / "disk"), str(tmp_path / "seen.json"))
    )
    if ended.code == NOT_POSSIBLE:
        pytest.skip("no file system of its own can be mounted for a process here")
    assert read_json(tmp_path / "seen.json") == {"torch": True, "safetensors": True, "system": True}


def test_another_error_of_a_writer_is_no_full_disk(tmp_path):
    from ferrule.training.full_disk import is_disk_full

    assert not is_disk_full(RuntimeError("unexpected pos 576 vs 534"), tmp_path)
    assert not is_disk_full(PermissionError(13, "no"), tmp_path)


def test_without_packing_a_batch_is_as_long_as_its_longest(call, tmp_path, tiny_model, rows, settings):
    import pyarrow as pa

    schema = pa.schema([(name, pa.string()) for name in ("prompt", "gen", "_id")])
    write_rows(tmp_path / "rows.parquet", rows, schema)
    lengths = {}
    for packing in (True, False):
        settings["sequence"]["packing"] = packing
        done = call(
            "pack_rows",
            "--rows",
            tmp_path / "rows.parquet",
            "--model",
            tiny_model,
            *config(run=settings),
            "--out",
            tmp_path / "out.parquet",
            "--record",
            tmp_path / "record.json",
        )
        assert done.code == 0, done.output
        packed = read_rows(tmp_path / "out.parquet")
        lengths[packing] = [len(row["samples"]) for row in packed]
        assert read_json(tmp_path / "record.json")["samples"] == sum(lengths[packing])
    assert set(lengths[False]) == {1} and max(lengths[True]) > 2
    assert sum(lengths[False]) == sum(lengths[True]) == len(rows)
