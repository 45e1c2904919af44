"""Which types a device multiplies natively, and what `auto` stands for.

A processor without instructions for bfloat16 emulates its products, which takes some fifty times as long as float32
(docs/decisions/0032-types-the-processor-has.md). torch does so without a word. Hence `auto`: bfloat16 where the device
has it, float32 elsewhere.
"""

from __future__ import annotations

import copy
import os
import sys
import time
from pathlib import Path
from typing import TypedDict

import torch

from ferrule.core.files import read_json

AUTO = "auto"
# oneDNN multiplies matrices of 16 bits on processors. This variable limits the instructions that it uses; the values are
# those that it documents, from the fewest instructions to the most.
LIMIT = "ONEDNN_MAX_CPU_ISA"
LIMITS = (
    "SSE41 AVX AVX2 AVX2_VNNI AVX2_VNNI_2 AVX512_CORE AVX512_CORE_VNNI AVX512_CORE_BF16 AVX512_CORE_FP16"
    " AVX512_CORE_AMX AVX512_CORE_AMX_FP16"
).split()
# By type: names in torch.cpu.get_capabilities(), and the lowest limit with which oneDNN still uses these instructions.
INSTRUCTIONS = {
    torch.bfloat16: (("avx512_bf16", "amx_bf16"), "AVX512_CORE_BF16"),
    torch.float16: (("avx512_fp16", "amx_fp16"), "AVX512_CORE_FP16"),
}
SIDE = 512  # rows and columns of the matrices that `slowdown` multiplies


class Types(TypedDict):
    """The part of a training's metrics.json that says in which types it computed."""

    compute_dtype: str | None  # of products with weights of 4 bits; None with other weights
    bf16: bool  # mixed precision


def is_native(dtype: torch.dtype, device: str) -> bool:
    """Whether the device ("cpu", "cuda", "cuda:1") multiplies matrices of this type without emulation."""
    if dtype not in INSTRUCTIONS:
        return True
    if device.startswith("cuda"):
        return dtype != torch.bfloat16 or torch.cuda.is_bf16_supported(including_emulation=False)
    names, least = INSTRUCTIONS[dtype]
    found = torch.cpu.get_capabilities()
    return any(found.get(name) for name in names) and within_limit(least)


def within_limit(least: str) -> bool:
    """Whether oneDNN may use the instructions of `least`. It ignores values that it does not know, and so does this."""
    limit = os.environ.get(LIMIT, "").upper()
    return limit not in LIMITS or LIMITS.index(limit) >= LIMITS.index(least)


def native_type(device: str) -> torch.dtype:
    """bfloat16 where the device has it, else float32."""
    return torch.bfloat16 if is_native(torch.bfloat16, device) else torch.float32


def this_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def training_settings(settings: dict, device: str) -> dict:
    """The settings of a run with values in place of `auto`. Types that were asked for and are emulated are reported."""
    chosen = copy.deepcopy(settings)
    train, quantization = chosen["train"], chosen["quantization"]
    native = native_type(device)
    if train["bf16"] == AUTO:
        train["bf16"] = native == torch.bfloat16
    elif train["bf16"]:
        report_emulation("train.bf16: true", torch.bfloat16, device)
    if quantization["compute_dtype"] == AUTO:
        quantization["compute_dtype"] = name_of(native)
    elif in_four_bits(settings):
        asked = quantization["compute_dtype"]
        report_emulation(f"quantization.compute_dtype: {asked}", getattr(torch, asked), device)
    return chosen


def in_four_bits(settings: dict) -> bool:
    return settings["lora"] is not None and settings["quantization"]["bits"] == 4


def types_of(chosen: dict) -> Types:
    """The types of a training with these settings, in which nothing is `auto`."""
    compute = chosen["quantization"]["compute_dtype"] if in_four_bits(chosen) else None
    return {"compute_dtype": compute, "bf16": chosen["train"]["bf16"]}


def base_type(chosen: dict, device: str) -> torch.dtype:
    """The type in which a base is loaded for training. Weights of 16 bits are held in 32 where 16 are only emulated."""
    if chosen["quantization"]["bits"] == 16 and not chosen["train"]["bf16"]:
        return native_type(device)
    return torch.bfloat16


def sampling_type(asked: str, model: Path, device: str) -> torch.dtype:
    """The type to sample in. `auto` is the type of the model's files, but float32 where that is emulated."""
    if asked != AUTO:
        dtype = getattr(torch, asked)
        report_emulation(f"sampling.dtype: {asked}", dtype, device)
        return dtype
    config = read_json(model / "config.json")
    own = getattr(torch, config.get("dtype") or config.get("torch_dtype") or "float32")
    return own if is_native(own, device) else torch.float32


def name_of(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def report_emulation(setting: str, dtype: torch.dtype, device: str) -> None:
    """One line on stderr, with the ratio as it is measured here, if the device only emulates the type."""
    if is_native(dtype, device):
        return
    if device.startswith("cuda"):
        cost = "products are slower than in float32"
    else:
        cost = f"a product takes {slowdown(dtype):.0f} times as long as in float32 (measured just now)"
    # One line for a run, not one for each of its devices.
    if os.environ.get("LOCAL_RANK", "0") == "0":
        print(
            f"warning: {setting}: this {'GPU' if device.startswith('cuda') else 'processor'} has no instructions for"
            f" {name_of(dtype)} and emulates them: {cost}; auto takes what it has",
            file=sys.stderr,
        )


def slowdown(dtype: torch.dtype) -> float:
    """How many times as long as in float32 a product of two matrices takes on this processor. Takes up to a second."""
    return seconds_of_product(dtype) / seconds_of_product(torch.float32)


def seconds_of_product(dtype: torch.dtype) -> float:
    """CPU seconds of a product, so that other processes do not matter; the first one is a warm-up."""
    matrix = torch.ones(SIDE, SIDE, dtype=dtype)
    times = []
    for _ in range(3):
        began = time.process_time()
        matrix @ matrix
        times.append(time.process_time() - began)
    return max(min(times[1:]), 1e-6)
