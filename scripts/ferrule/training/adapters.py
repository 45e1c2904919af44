"""LoRA adapters: a new one on a base model, or one of another run to train further."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from ferrule.core.files import read_json

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
    """The model with the adapter of another run, ready to be trained further."""
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
    """Raises AdapterError if the adapter was made for a model of another shape."""
    from safetensors import safe_open

    folder = Path(adapter)
    file = folder / "adapter_model.safetensors"
    if not (folder / "adapter_config.json").is_file() or not file.is_file():
        raise AdapterError(f"{adapter}: no adapter (adapter_config.json, adapter_model.safetensors) in it")
    rank = read_json(folder / "adapter_config.json")["r"]
    modules = dict(model.named_modules())
    with safe_open(file, "pt") as weights:
        names = list(weights.keys())
        for name in names:
            module = modules.get(name.removeprefix("base_model.model.").rpartition(".lora_")[0])
            side = "in_features" if ".lora_A." in name else "out_features"
            shape = [rank, getattr(module, side, None)]
            shape = shape if side == "in_features" else shape[::-1]
            if module is None or weights.get_slice(name).get_shape() != shape:
                raise AdapterError(f"{adapter} was made for another model than {base}: {name} does not fit")


def check_name(adapter: str | Path, base: str | Path) -> None:
    """Raises AdapterError if a run's adapter was made for a model of another name: different models share a shape."""
    made_for = read_json(Path(adapter) / "adapter_config.json").get("base_model_name_or_path")
    if made_for != Path(base).name:
        raise AdapterError(f"{adapter} was made for {made_for}, not for {Path(base).name}")


def has_module(model: Module, name: str) -> bool:
    return any(module.rpartition(".")[2] == name for module, _ in model.named_modules())


def forget_path(peft_model: PeftModel, base: str | Path) -> None:
    """Store the base's name in the adapter instead of its path on this machine."""
    for config in peft_model.peft_config.values():
        config.base_model_name_or_path = Path(base).name
