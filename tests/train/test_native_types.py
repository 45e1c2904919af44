"""Which types a device multiplies natively, and what `auto` stands for there. The capabilities are stood in for, since a
machine has only one processor; one run has the real ones, limited to AVX2 by oneDNN's own variable."""

from __future__ import annotations

import functools

import pytest
import torch
from script_runs import Job, set_variable

from ferrule.core.files import write_json
from ferrule.sampling.transformers_engine import Local
from ferrule.training import native_types
from ferrule.training.models import load_model
from ferrule.training.native_types import (
    LIMIT,
    base_type,
    is_native,
    native_type,
    sampling_type,
    training_settings,
    types_of,
)

pytestmark = pytest.mark.train
OLD = {"avx2": True, "avx512_f": True, "avx512_bf16": False, "amx_bf16": False}


@pytest.fixture
def processor(monkeypatch):
    """processor("amx_bf16", limit="AVX2"): one with these instructions, and oneDNN's variable."""

    def stand_in(*names: str, limit: str | None = None) -> None:
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: OLD | dict.fromkeys(names, True))
        monkeypatch.delenv(LIMIT, raising=False)
        if limit:
            monkeypatch.setenv(LIMIT, limit)

    monkeypatch.setattr(native_types, "slowdown", lambda dtype: 48.6)
    return stand_in


@pytest.mark.parametrize(
    ("names", "limit", "bfloat16", "float16"),
    [
        ([], None, False, False),
        (["avx512_bf16"], None, True, False),
        (["amx_bf16"], None, True, False),
        (["avx512_fp16"], None, False, True),
        (["avx512_bf16", "amx_bf16", "avx512_fp16"], "AVX2", False, False),
        (["avx512_bf16", "amx_bf16", "avx512_fp16"], "avx512_core", False, False),
        (["avx512_bf16", "amx_bf16", "avx512_fp16"], "AVX512_CORE_BF16", True, False),
        (["avx512_bf16", "amx_bf16", "avx512_fp16"], "AVX512_CORE_AMX", True, True),
        (["avx512_bf16"], "no such name", True, False),
    ],
)
def test_the_types_of_a_processor(processor, names, limit, bfloat16, float16):
    processor(*names, limit=limit)
    assert is_native(torch.float32, "cpu")
    assert (is_native(torch.bfloat16, "cpu"), is_native(torch.float16, "cpu")) == (bfloat16, float16)
    assert native_type("cpu") == (torch.bfloat16 if bfloat16 else torch.float32)


@pytest.mark.parametrize("has", [True, False])
def test_the_types_of_a_gpu(monkeypatch, has):
    """The GPU is stood in for by torch's answer, in which emulation must not count."""
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation=True: has or including_emulation
    )
    assert native_type("cuda:1") == (torch.bfloat16 if has else torch.float32)
    assert is_native(torch.float16, "cuda")


@pytest.mark.parametrize("bits", [4, 8, 16])
def test_auto_is_what_the_processor_has(processor, settings, capsys, bits):
    settings["quantization"]["bits"] = bits
    assert (settings["train"]["bf16"], settings["quantization"]["compute_dtype"]) == ("auto", "auto")
    processor("amx_bf16")
    chosen = training_settings(settings, "cpu")
    assert types_of(chosen) == {"compute_dtype": "bfloat16" if bits == 4 else None, "bf16": True}
    assert base_type(chosen, "cpu") == torch.bfloat16
    processor()
    chosen = training_settings(settings, "cpu")
    assert types_of(chosen) == {"compute_dtype": "float32" if bits == 4 else None, "bf16": False}
    assert base_type(chosen, "cpu") == (torch.float32 if bits == 16 else torch.bfloat16)
    assert settings["train"]["bf16"] == "auto" and capsys.readouterr().err == ""


def test_what_is_emulated_is_done_as_asked_and_reported(processor, settings, capsys):
    settings["quantization"].update(bits=4, compute_dtype="bfloat16")
    settings["train"]["bf16"] = True
    processor()
    assert types_of(training_settings(settings, "cpu")) == {"compute_dtype": "bfloat16", "bf16": True}
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": this")[0] for line in lines] == [
        "warning: train.bf16: true",
        "warning: quantization.compute_dtype: bfloat16",
    ]
    assert all("takes 49 times as long as in float32" in line for line in lines)
    settings["quantization"]["bits"] = 8  # compute_dtype has no effect
    settings["train"]["bf16"] = False
    training_settings(settings, "cpu")
    processor("avx512_bf16")
    settings["quantization"]["bits"] = 4
    training_settings(settings, "cpu")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("own", "names", "expected"),
    [
        ("bfloat16", [], torch.float32),
        ("bfloat16", ["avx512_bf16"], torch.bfloat16),
        ("float16", ["avx512_bf16"], torch.float32),
        ("float16", ["avx512_fp16"], torch.float16),
        ("float32", ["avx512_bf16"], torch.float32),
    ],
)
@pytest.mark.parametrize("key", ["dtype", "torch_dtype"])
def test_a_model_is_sampled_in_its_own_type_unless_that_is_emulated(
    processor, tmp_path, capsys, key, own, names, expected
):
    processor(*names)
    write_json(tmp_path / "config.json", {key: own})
    assert sampling_type("auto", tmp_path, "cpu") == expected
    assert capsys.readouterr().err == ""
    assert sampling_type(own, tmp_path, "cpu") == getattr(torch, own)  # as asked
    assert ("sampling.dtype" in capsys.readouterr().err) == (expected != getattr(torch, own))


def test_the_engine_has_the_type_that_the_samples_record(processor, tiny_model, defaults):
    sampling = {
        "system": None,
        "temperature": 0,
        "top_p": 1,
        "max_new_tokens": 2,
        "batch": 2,
        "dtype": "auto",
    }
    for names, expected in (((), "float32"), (("avx512_bf16",), "bfloat16")):
        processor(*names)
        local = Local(tiny_model, None, sampling)
        assert (local.dtype, str(local.model.dtype)) == (expected, f"torch.{expected}")
    processor()
    quantization = defaults["quantization"]
    model = load_model(tiny_model, quantization=quantization, device="cpu")
    assert model.get_submodule("model.layers.0.self_attn.q_proj").compute_dtype == torch.float32


@pytest.mark.parametrize("bits", [4, 16])
def test_a_training_records_its_types(call, tmp_path, tiny_model, packed, settings, bits):
    """The real processor, of which oneDNN may use only what every laptop has; and without that limit."""
    settings["quantization"]["bits"] = bits
    settings["train"].update(steps=1, save_steps=1, eval_steps=0)
    limited = Job(call, tmp_path / "limited", tiny_model, packed, settings)
    ended = limited.run(before=functools.partial(set_variable, LIMIT, "AVX2"))
    assert ended.code == 0, ended.output
    compute = "float32" if bits == 4 else None
    assert (limited.metrics["compute_dtype"], limited.metrics["bf16"]) == (compute, False)
    assert "warning: train.bf16" not in ended.output
    whole = Job(call, tmp_path / "whole", tiny_model, packed, settings)
    assert whole.run().code == 0
    native = native_type("cpu")
    assert whole.metrics["bf16"] == (native == torch.bfloat16)
    settings["train"]["bf16"] = True
    asked = Job(call, tmp_path / "asked", tiny_model, packed, settings)
    ended = asked.run(before=functools.partial(set_variable, LIMIT, "AVX2"))
    assert ended.code == 0 and asked.metrics["bf16"]
    assert (
        ended.output.count("warning: train.bf16: true: this processor has no instructions for bfloat16") == 1
    )


def test_the_ratio_is_that_of_the_measured_times(monkeypatch):
    monkeypatch.setattr(
        native_types, "seconds_of_product", {torch.bfloat16: 3.0, torch.float32: 0.5}.__getitem__
    )
    assert native_types.slowdown(torch.bfloat16) == 6
    monkeypatch.undo()
    assert native_types.seconds_of_product(torch.bfloat16) > 0
