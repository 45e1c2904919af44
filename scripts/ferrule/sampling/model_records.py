"""What the record of an imported model says, from the files of its folder."""

from __future__ import annotations

import hashlib
from collections import Counter
from math import prod
from pathlib import Path

import orjson

from ferrule.core.files import read_json
from ferrule.training import checkpoints
from ferrule.training.adapters import (
    AdapterError,
    base_without_weights,
    check_fits,
    check_name,
    lora_of,
    made_for,
)
from ferrule.training.model_references import ADAPTER, MODEL, run_of
from ferrule.training.models import ModelError

LOSSES = ("loss", "eval_loss")


def about_adapter(folder: Path, state: Path, path: str, base: str, base_folder: str | None) -> dict:
    """What the record of an adapter has besides; ModelError if it was made for another base.

    `state` is the folder that it comes from: a checkpoint has the state of its training beside the adapter. `path` is
    for messages. Without `base_folder` nothing is compared.
    """
    if base_folder:
        try:
            check_fits(base_without_weights(base_folder), folder, base)
            check_name(folder, base_folder)
        except AdapterError as error:
            raise ModelError(str(error).replace(str(folder), path)) from None
    recorded = made_for(folder)
    # OWNER/NAME stays, a path on some machine does not.
    name = recorded if recorded.count("/") == 1 and not recorded.startswith("/") else Path(recorded).name
    about = {"base": base, "made_for": name, "lora": lora_of(folder)}
    file = state / "trainer_state.json"
    if not file.is_file():
        return about
    trained = read_json(file)
    lines = trained.get("log_history", [])
    last = {name: next((line[name] for line in reversed(lines) if name in line), None) for name in LOSSES}
    return about | {"steps": trained.get("global_step"), **last}


def origin_of_folder(folder: Path) -> str:
    """A folder's name, of a checkpoint with that of its run, without the folders of this machine."""
    if run := run_of(str(folder)):
        return f"run:{run}/{folder.name}"
    whole = folder.resolve()
    return (
        f"folder:{whole.parent.name}/{whole.name}"
        if checkpoints.steps(whole) >= 0
        else f"folder:{whole.name}"
    )


def origin_of(path: str) -> str:
    """The path of a package or of a model with random weights, without the folders of this machine."""
    if path.startswith("random:"):
        shape = orjson.loads(path.removeprefix("random:"))
        shape["tokenizer"] = Path(shape["tokenizer"]).name
        return "random:" + orjson.dumps(shape, option=orjson.OPT_SORT_KEYS).decode()
    return path


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
