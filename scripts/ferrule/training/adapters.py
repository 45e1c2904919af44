"""LoRA adapters: a new one on a base model, or an earlier one to train further; which base one was made for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from ferrule.core.files import read_json
from ferrule.training.model_references import ADAPTER, WEIGHTS

if TYPE_CHECKING:
    from peft import PeftModel
    from torch.nn import Module
    from transformers import PreTrainedModel


class AdapterError(ValueError):
    """An adapter does not fit the model; the message names both."""


def fresh_adapter(model: PreTrainedModel, settings: dict, *, base: str | Path) -> PreTrainedModel:
    """The model with an untrained adapter, whose initial weights depend on the run's seed."""
    from peft import LoraConfig, get_peft_model
    from transformers import set_seed

    lora = settings["lora"]
    missing = [name for name in lora["target_modules"] if not has_module(model, name)]
    if missing:
        raise AdapterError(f"{base} has no modules called {', '.join(missing)}; see lora.target_modules")
    set_seed(settings["train"]["seed"])
    config = LoraConfig(
        r=lora["r"],
        lora_alpha=lora["alpha"],
        lora_dropout=lora["dropout"],
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=sorted(lora["target_modules"]),
    )
    peft_model = get_peft_model(prepared(model, settings), config)
    forget_path(peft_model, base)
    return as_model(peft_model)


def adapter_on(
    model: PreTrainedModel, adapter: str | Path, settings: dict, *, base: str | Path
) -> PreTrainedModel:
    """The model with an adapter that was trained before, ready to be trained further."""
    from peft import PeftModel

    check_fits(model, adapter, base)
    check_name(adapter, base)
    peft_model = PeftModel.from_pretrained(prepared(model, settings), adapter, is_trainable=True)
    forget_path(peft_model, base)
    return as_model(peft_model)


def as_model(peft_model: object) -> PreTrainedModel:
    """The same object, for the type checker: PEFT's model forwards to its base model every attribute that it lacks."""
    return cast("PreTrainedModel", peft_model)


def prepared(model: PreTrainedModel, settings: dict) -> PreTrainedModel:
    """A model of 4 or 8 bits prepared for training; a 16-bit model unchanged."""
    from peft import prepare_model_for_kbit_training

    if settings["quantization"]["bits"] == 16:
        return model
    checkpointing = settings["train"]["gradient_checkpointing"]
    return prepare_model_for_kbit_training(
        model,
        use_gradient_checkpointing=checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False},
    )


def check_fits(model: Module, adapter: str | Path, base: str | Path) -> None:
    """Raises AdapterError if the adapter is not one of LoRA, or was made for a model of another shape.

    `model` may be on torch's device `meta`: only the names and shapes of its layers are read.
    """
    from safetensors import safe_open

    folder = Path(adapter)
    file = folder / WEIGHTS
    if not (folder / ADAPTER).is_file() or not file.is_file():
        raise AdapterError(f"{adapter}: no adapter ({ADAPTER}, {WEIGHTS}) in it")
    kind = read_json(folder / ADAPTER).get("peft_type", "LORA")
    if kind != "LORA":
        raise AdapterError(f"{adapter} is an adapter of type {kind}; only LoRA is supported")
    modules = dict(model.named_modules())
    with safe_open(file, "pt") as weights:
        for name in weights.keys():  # noqa: SIM118
            layer, lora, _ = name.removeprefix("base_model.model.").rpartition(".lora_")
            if not lora or name.endswith("magnitude_vector.weight"):
                raise AdapterError(
                    f"{adapter} has more than LoRA's matrices ({name}); merge it with the tool that made it,"
                    " and give the merged model"
                )
            module, shape = modules.get(layer), weights.get_slice(name).get_shape()
            # A is rank x inputs, B outputs x rank; layers may differ in their rank.
            side, at = ("in_features", -1) if ".lora_A." in name else ("out_features", 0)
            if module is None or len(shape) != 2 or shape[at] != getattr(module, side, None):
                raise AdapterError(
                    f"{adapter} was made for another model than {base}: {name} does not fit; the base that it"
                    f" records is {made_for(adapter) or 'unknown'}"
                )


def made_for(adapter: str | Path) -> str:
    """The base's name or path that the adapter records, or ""."""
    return read_json(Path(adapter) / ADAPTER).get("base_model_name_or_path") or ""


def check_name(adapter: str | Path, base: str | Path) -> None:
    """Raises AdapterError if an adapter names another base: different models share a shape.

    A base is known by its folder's name; if it was imported, also by its origin and by `aliases` of its record.
    """
    named, known = made_for(adapter), names_of(base)
    if named and not any(same_model(named, name) for name in known):
        name = Path(base).name
        raise AdapterError(
            f"{adapter} was made for {named}, not for {' or '.join(known)}: name that base, or, if it is the same"
            f" model, add the name to models.{name}.aliases"
        )


def names_of(base: str | Path) -> list[str]:
    """The names of a base model: its folder's, and those of the record beside the folder."""
    folder = Path(base)
    record = folder.parent / f"{folder.name}.json"
    found = read_json(record) if record.is_file() else {}
    kind, _, origin = found.get("origin", "").partition(":")
    origin = origin if kind in ("hub", "folder") else ""
    return list(dict.fromkeys(filter(None, [folder.name, origin, *found.get("aliases", [])])))


def same_model(one: str, other: str) -> bool:
    """Whether two names mean the same model: OWNER/NAME in full, of a path on some machine the folder's name."""
    one, other = one.rstrip("/").lower(), other.rstrip("/").lower()
    if one.count("/") == 1 and other.count("/") == 1 and "." not in (one[0], other[0]):
        return one == other
    return one.rpartition("/")[2] == other.rpartition("/")[2]


def base_without_weights(folder: str | Path) -> Module:
    """A base model's layers without any weight, to compare shapes with."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))


def lora_of(adapter: str | Path) -> dict:
    """What the adapter is made of, by the keys of a run's section `lora`."""
    config = read_json(Path(adapter) / ADAPTER)
    modules = config.get("target_modules")
    return {
        "r": config.get("r"),
        "alpha": config.get("lora_alpha"),
        "dropout": config.get("lora_dropout"),
        "target_modules": sorted(modules) if isinstance(modules, list) else modules,
    }


def has_module(model: Module, name: str) -> bool:
    return any(module.rpartition(".")[2] == name for module, _ in model.named_modules())


def forget_path(peft_model: PeftModel, base: str | Path) -> None:
    """Store the base's name in the adapter instead of its path on this machine."""
    for config in peft_model.peft_config.values():
        config.base_model_name_or_path = Path(base).name
