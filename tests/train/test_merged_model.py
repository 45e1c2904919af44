"""The merged model has the adapter's loss, also when an update is smaller than its 16 bits can hold."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from script_runs import Job, Result
from steps import config

from ferrule.core.files import read_json, sha256_file
from ferrule.training.models import load_model
from ferrule.training.stochastic_rounding import rounded

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("made")


@pytest.fixture
def adapter(call, made, tiny_model, packed, settings) -> Path:
    """An adapter of some steps in four bits, made by the first test: it gains a good part of a nat."""
    done = Job(call, made, tiny_model, packed, settings)
    if not (made / "adapter").exists():
        settings["quantization"]["bits"] = 4
        settings["train"].update(save_steps=100, eval_steps=0)
        assert done.run().code == 0
    return made / "adapter"


@pytest.fixture
def merge(call, tmp_path, tiny_model, packed):
    def run(adapter, dtype: str = "bfloat16", *more, model=tiny_model, rows="val") -> Result:
        return call(
            "merge_adapter",
            "--model",
            model,
            "--adapter",
            adapter,
            "--rows",
            packed[rows],
            "--fallback-rows",
            packed["train"],
            *config(run={"merge": {"dtype": dtype}}),
            "--out",
            tmp_path / "merged",
            "--record",
            tmp_path / "merge.json",
            *more,
        )

    return run


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_the_merged_model_has_the_adapters_loss(merge, adapter, tmp_path, dtype):
    done = merge(adapter, dtype)
    assert done.code == 0, done.output
    record = read_json(tmp_path / "merge.json")
    loss = record["loss"]
    assert abs(loss["merged"] - loss["adapter"]) < 1e-3
    assert loss["base"] - loss["adapter"] > 0.1  # the adapter does something
    weights = load_file(tmp_path / "merged/model.safetensors")
    assert {str(weight.dtype) for weight in weights.values()} == {f"torch.{dtype}"}
    assert read_json(tmp_path / "merged/config.json")["dtype"] == dtype
    assert record["files"] == {
        path.name: sha256_file(path) for path in sorted((tmp_path / "merged").iterdir())
    }
    assert {"tokenizer.json", "generation_config.json"} <= record["files"].keys()


def test_the_same_bytes_again(merge, adapter, tmp_path):
    assert merge(adapter).code == 0
    first = read_json(tmp_path / "merge.json")
    assert merge(adapter).code == 0
    assert read_json(tmp_path / "merge.json") == first


def test_a_small_update_survives_rounding():
    """Rounded to the nearest, an update of a tenth of the last bit is gone; on the average it must stay."""
    torch.manual_seed(0)
    base = torch.randn(400, 400).bfloat16().float()
    update = base * 2**-8 * 0.1
    assert torch.equal((base + update).bfloat16().float(), base)
    after = rounded(base + update, torch.bfloat16, "w").float()
    kept = ((after - base) / base).mean() / (0.1 * 2**-8)
    assert kept == pytest.approx(1, abs=0.05)
    # What 16 bits hold stays as it is; in float16 too.
    assert torch.equal(rounded(base, torch.bfloat16, "w").float(), base)
    assert torch.equal(rounded(base, torch.float16, "w").float(), base.half().float())
    assert torch.equal(rounded(base, torch.float32, "w"), base)
    # Up or down to a neighbour, never further.
    assert (after - base - update).abs().max() <= (base.abs() * 2**-7).max()


def test_into_16_bits_and_never_into_4(merge, adapter, tmp_path, tiny_model):
    """A base that was loaded in 4 bits would give its quantised weights to the merged model."""
    assert merge(adapter, "float32").code == 0
    base, merged = (load_file(folder / "model.safetensors") for folder in (tiny_model, tmp_path / "merged"))
    for name, weight in base.items():
        if "proj" not in name:
            assert torch.equal(weight.float(), merged[name])
    pairs = load_file(adapter / "adapter_model.safetensors")
    name = "model.layers.1.mlp.up_proj"
    a, b = (pairs[f"base_model.model.{name}.lora_{side}.weight"] for side in "AB")
    expected = base[f"{name}.weight"].float() + 2.0 * b @ a  # alpha 16, rank 8
    assert torch.allclose(merged[f"{name}.weight"], expected, atol=1e-6)
    assert load_model(tmp_path / "merged").dtype == torch.bfloat16  # as asked for, and it loads


def test_a_difference_over_the_limit(merge, adapter, tmp_path):
    done = merge(adapter, "bfloat16", "--most", "0.0000001")
    last = done.output.strip().split("\n")[-1]
    assert done.code == 1 and "Traceback" not in done.output
    assert "nothing was written; merge.dtype: float32 keeps the adapter exactly" in last
    assert not list(tmp_path.glob("*merged*")) and not (tmp_path / "merge.json").exists()


def test_a_poisoned_adapter(merge, adapter, tmp_path):
    broken = shutil.copytree(adapter, tmp_path / "broken")
    weights = load_file(broken / "adapter_model.safetensors")
    next(iter(weights.values()))[0] = float("nan")
    save_file(weights, broken / "adapter_model.safetensors")
    done = merge(broken)
    assert done.code == 1 and "nothing was written" in done.output and "Traceback" not in done.output
    assert not list(tmp_path.glob("*merged*"))


def test_an_adapter_for_another_base(merge, adapter, tmp_path, tokenizer_folder, save_model):
    wider = save_model(tmp_path / "wider", tokenizer_folder("chatml"), hidden=128)
    done = merge(adapter, model=wider)
    assert done.code == 1 and "was made for another model than" in done.output.strip().split("\n")[-1]
    twin = save_model(tmp_path / "twin", tokenizer_folder("chatml"), seed=2)
    done = merge(adapter, model=twin)
    assert done.code == 1 and "was made for tiny, not for twin" in done.output.strip().split("\n")[-1]
    assert not (tmp_path / "merged").exists()


def test_where_rows_for_evaluation_are_few_those_of_training_are_measured_too(merge, adapter, tmp_path):
    base = {}
    for rows in ("none", "val"):
        assert merge(adapter, "float32", rows=rows).code == 0
        record = read_json(tmp_path / "merge.json")
        assert record["sequences"] == 8
        base[rows] = record["loss"]["base"]
    assert base["none"] != base["val"]  # two of them are of the evaluation
