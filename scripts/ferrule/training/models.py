"""A base model's folder: its tokenizer, the tokens that end a generation, and the model itself in 16 or 4 bits."""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from ferrule.core.files import read_json


class ModelError(ValueError):
    """A base model that cannot be had or used; the message names it and the next step."""


def load_tokenizer(folder: str | Path):
    """The tokenizer, with a token for padding: the end-of-text where it has none of its own."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def save_tokenizer(tokenizer, out: Path) -> None:
    """The tokenizer's files, without how it was loaded on this machine, which is written there as well."""
    tokenizer.save_pretrained(out)
    file = out / "tokenizer_config.json"
    settings = read_json(file)
    for key in ("is_local", "local_files_only"):
        settings.pop(key, None)
    file.write_bytes(orjson.dumps(settings, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def end_ids(folder: str | Path) -> set[int]:
    """What ends a generation, as the model's own settings for generation say."""
    for name in ("generation_config.json", "config.json"):
        file = Path(folder) / name
        if file.is_file() and (found := read_json(file).get("eos_token_id")) is not None:
            return set(found) if isinstance(found, list) else {found}
    return set()


def attention_of(asked: str, cuda: bool) -> str:
    """The attention to use: for "auto" flash attention where a GPU and its package are there, otherwise sdpa."""
    if asked != "auto":
        return asked
    import importlib.util

    return "flash_attention_2" if cuda and importlib.util.find_spec("flash_attn") else "sdpa"


def load_model(
    folder: str | Path,
    *,
    quantization: dict | None = None,
    attention: str = "sdpa",
    device: str | None = None,
    dtype=None,
):
    """The model on `device` ("cpu", "cuda", by default what there is), in `dtype` (bfloat16), or in 4 bits.

    `dtype` is one of torch's, or "auto" for that of the files. `quantization` has the keys of a run's section: bits,
    type, double, compute_dtype. ModelError where a weight is missing.
    """
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # one line of some thousand characters in a log

    # With several GPUs each process has one of its own, told by `accelerate launch`.
    device = device or (f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if torch.cuda.is_available() else "cpu")
    options: dict = {"dtype": dtype or torch.bfloat16}
    if quantization and quantization["bits"] == 4:
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type=quantization["type"],
            bnb_4bit_use_double_quant=quantization["double"],
            bnb_4bit_compute_dtype=getattr(torch, quantization["compute_dtype"]),
        )
    model, report = AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation=attention, device_map={"": device}, output_loading_info=True, **options
    )
    if missing := sorted(report["missing_keys"]):
        # transformers puts random numbers in their place, and warns.
        raise ModelError(
            f"{folder}: its files lack {missing[0]} and {len(missing) - 1} more weights of the model; delete the folder"
            " and run again"
        )
    for module in model.modules():
        # On some processors an evaluation would repack the 4-bit weights and round their scales, for good: what is
        # trained after it would have another base, and a run that goes on from a checkpoint would not.
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    return model
