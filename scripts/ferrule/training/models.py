"""Loading from a base model's folder: the tokenizer, the end tokens, and the model in 16, 8 or 4 bits."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ferrule.core.files import read_json

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


class ModelError(ValueError):
    """A base model cannot be obtained or used; the message names it and the next step."""


def load_tokenizer(folder: str | Path) -> PreTrainedTokenizerBase:
    """The tokenizer. If it has no padding token, its end-of-text token is used."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def save_tokenizer(tokenizer: PreTrainedTokenizerBase, out: Path) -> None:
    """Write the tokenizer's files, without the settings of its loading on this machine."""
    tokenizer.save_pretrained(out)
    file = out / "tokenizer_config.json"
    settings = read_json(file)
    for key in ("is_local", "local_files_only"):
        settings.pop(key, None)
    file.write_bytes(orjson.dumps(settings, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def end_ids(folder: str | Path) -> set[int]:
    """The ids of the tokens that end a generation, from the model's generation settings."""
    for name in ("generation_config.json", "config.json"):
        file = Path(folder) / name
        if file.is_file() and (ids := read_json(file).get("eos_token_id")) is not None:
            return set(ids) if isinstance(ids, list) else {ids}
    return set()


def attention_of(setting: str, cuda: bool) -> str:
    """The attention to use. "auto" is flash attention with a GPU and the package flash_attn, otherwise sdpa."""
    if setting != "auto":
        return setting
    import importlib.util

    return "flash_attention_2" if cuda and importlib.util.find_spec("flash_attn") else "sdpa"


def load_model(
    folder: str | Path,
    *,
    quantization: dict | None = None,
    attention: str = "sdpa",
    device: str | None = None,
    dtype: torch.dtype | str | None = None,
) -> PreTrainedModel:
    """The model on `device` ("cpu" or "cuda", by default a GPU if there is one), in `dtype` (bfloat16), 8 or 4 bits.

    `dtype` is one of torch's, or "auto" for that of the files. `quantization` is the section of a run's settings, with
    the keys bits, type, double, compute_dtype. Raises ModelError if a weight is missing, or the device has no 8 bits.
    """
    import torch
    from transformers import BitsAndBytesConfig
    from transformers.utils.logging import disable_progress_bar

    from ferrule.training.native_types import AUTO, native_type

    disable_progress_bar()  # in a log it is one line of some thousand characters

    # With several GPUs, `accelerate launch` gives each process one of its own.
    device = device or (f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if torch.cuda.is_available() else "cpu")
    options: dict[str, Any] = {"dtype": dtype or torch.bfloat16}
    if quantization and quantization["bits"] == 8:
        check_eight_bits(device)
        options["quantization_config"] = BitsAndBytesConfig(load_in_8bit=True)
    elif quantization and quantization["bits"] == 4:
        compute = quantization["compute_dtype"]
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type=quantization["type"],
            bnb_4bit_use_double_quant=quantization["double"],
            bnb_4bit_compute_dtype=native_type(device) if compute == AUTO else getattr(torch, compute),
        )
    model, missing = load_pretrained(
        folder, attn_implementation=attention, device_map={"": device}, **options
    )
    if missing:
        raise ModelError(
            f"{folder}: its files lack {missing[0]} and {len(missing) - 1} more weights of the model; delete the folder"
            " and run again"
        )
    modules: Iterable[Any] = (
        model.modules()
    )  # 4-bit layers have an attribute that torch's Module does not declare
    for module in modules:
        # On some processors an evaluation would repack the 4-bit weights and round their scales permanently. The base
        # would then differ from that of a run resumed from a checkpoint.
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    return model


def check_eight_bits(device: str) -> None:
    """Raises ModelError if bitsandbytes cannot train through a layer of 8 bits on this device.

    Its kernels need a GPU of compute capability 7.5 or later, or a processor. Rather than a list of devices, a small
    layer decides: a step through it, forwards and backwards.
    """
    import torch

    # A line for every product in every step: the inputs are bfloat16 here, which is what it reports.
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    try:
        import bitsandbytes

        layer = bitsandbytes.nn.Linear8bitLt(64, 64, bias=False, has_fp16_weights=False, threshold=6.0)
        given = torch.ones(32, 64, dtype=torch.bfloat16, device=device, requires_grad=True)
        gradient = torch.autograd.grad(layer.to(device)(given).float().sum(), given)
        works = bool(torch.isfinite(gradient[0]).all())
        why = "" if works else "its gradient is not finite"
    except Exception as error:  # by device it is one of torch's, of bitsandbytes' or of the import
        works, why = False, " ".join(str(error).split())[:200] or type(error).__name__
    if not works:
        raise ModelError(
            f"quantization.bits: 8: bitsandbytes cannot multiply in 8 bits on {device_name(device)} ({why}); set"
            " quantization.bits to 4 or 16"
        )


def device_name(device: str) -> str:
    import torch

    return torch.cuda.get_device_name(device) if device.startswith("cuda") else f"this machine's {device}"


def load_pretrained(folder: str | Path, **options: Any) -> tuple[PreTrainedModel, list[str]]:
    """The model, and the names of the weights that its files lack. transformers gives those random values."""
    from transformers import AutoModelForCausalLM

    # With output_loading_info the method returns a pair, which its annotation does not say.
    loaded: Any = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True, **options)
    model, report = loaded
    return model, sorted(report["missing_keys"])
