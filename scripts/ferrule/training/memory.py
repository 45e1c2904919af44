"""The memory of a training, estimated from the model's configuration and the settings of the run.

    estimate(config, settings)     Estimate(weights=..., gradients=..., optimizer=..., activations=..., loss=...)

Weights, gradients and the state of the optimizer are counted by the model's own classes, on torch's device `meta`, which
keeps shapes and no data. So the numbers are exact. Activations are found by a step with fake tensors, which have no data
either. All of this is done with two and with three layers: every further layer adds the same. What bitsandbytes does in 8 and 4 bits
is added by formula, since its layers need data. The loss is TRL's, which never holds the logits of all tokens.

Not counted: the fragmentation of the allocator, the processes that read rows, and what evaluation rows longer than the training ones would need.
tests/train/test_memory.py compares all of this with real trainings of small models on a CPU.
"""

from __future__ import annotations

import contextlib
import copy
import csv
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from torch.nn import Module
    from transformers import PreTrainedConfig, PreTrainedModel

GIB = 2**30
FIXED = GIB  # of a process on a GPU: its context, and the workspaces of cuBLAS
MAIN_PROCESS = (
    4 * GIB
)  # of a process in main memory: torch with its libraries for GPUs, tables, the tokenizer
TILE = (4096, 32768)  # TRL's loss: tokens and entries of the vocabulary whose logits it holds at once
BLOCK = 64  # weights that share a scale, in 4 bits
BLOCK_OF_SCALES = 256  # scales that share a scale, where these are quantised too
LEAST_8BIT = 4096  # an 8-bit optimizer has the state of smaller tensors, and of embeddings, in 32 bits
BLOCK_OF_STATE = 256
# Keys of a model's configuration, by the columns of resources/model_shapes.tsv.
SHAPE = {
    "hidden_size": "hidden",
    "num_hidden_layers": "layers",
    "num_attention_heads": "heads",
    "num_key_value_heads": "kv_heads",
    "head_dim": "head_size",
    "intermediate_size": "intermediate",
    "vocab_size": "vocabulary",
}


@dataclass(frozen=True)
class Estimate:
    """Bytes on the GPU, by what they are for, and in main memory."""

    weights: int
    gradients: int
    optimizer: int
    activations: int  # at the fullest moment of a step
    loss: int
    main: int

    @property
    def passing(self) -> int:
        """Beside what stays: the layers' backward pass, or the loss, whichever needs more."""
        return max(self.activations, self.loss)

    @property
    def gpu(self) -> int:
        return FIXED + self.weights + self.gradients + self.optimizer + self.passing


def estimate(config: PreTrainedConfig, settings: dict) -> Estimate:
    """The memory of a run with these settings (all keys of `run_defaults`) on a model of this configuration."""
    weights, gradients, optimizer, files = extrapolated(config, lambda shallow: what_stays(shallow, settings))
    held, carried, peak = activations(config, settings)
    forward, backward = bytes_of_loss(config, settings)
    return Estimate(
        weights=weights,
        gradients=gradients,
        optimizer=optimizer,
        activations=peak,
        loss=max(held + forward, carried + backward),
        main=MAIN_PROCESS + files,
    )


def number_of_weights(config: PreTrainedConfig) -> int:
    def count(shallow: PreTrainedConfig) -> tuple[int]:
        with torch.device("meta"):
            return (skeleton(shallow).num_parameters(),)

    return extrapolated(config, count)[0]


def extrapolated(
    config: PreTrainedConfig, look: Callable[[PreTrainedConfig], tuple[int, ...]]
) -> tuple[int, ...]:
    """What `look` would find in the whole model, from what it finds in one of two and in one of three layers."""
    two, three = (look(with_layers(config, layers)) for layers in (2, 3))
    more = config.get_text_config().num_hidden_layers - 2
    return tuple(a + more * (b - a) for a, b in zip(two, three, strict=True))


def with_layers(config: PreTrainedConfig, layers: int) -> PreTrainedConfig:
    shallow = copy.deepcopy(config)
    text = shallow.get_text_config()
    text.num_hidden_layers = layers
    if getattr(text, "layer_types", None):
        text.layer_types = text.layer_types[:layers]
    return shallow


def shapes(file: str | Path) -> dict[str, PreTrainedConfig]:
    """{name: configuration} of the models of a table of shapes (resources/model_shapes.tsv)."""
    from transformers import AutoConfig

    found = {}
    with Path(file).open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        numbers = {key: int(row[column]) for key, column in SHAPE.items()}
        tied = row["tied"] == "yes"
        found[row["name"]] = AutoConfig.for_model(row["type"], tie_word_embeddings=tied, **numbers)
    return found


# What stays


def what_stays(config: PreTrainedConfig, settings: dict) -> tuple[int, int, int, int]:
    """Bytes of weights, gradients and the optimizer's state, and of the larger of base and checkpoint as files."""
    with torch.device("meta"):
        model = trained(skeleton(config), settings)
    embedding = model.get_input_embeddings().weight
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = settings["train"]["optimizer"]
    written = 4 * sum(parameter.numel() for parameter in learnt)
    return (
        sum(bytes_of_weights(model, settings).values()),
        written,
        sum(state_bytes(parameter, optimizer, parameter is embedding) for parameter in learnt),
        written if settings["lora"] is None else 2 * sum(p.numel() for p in model.parameters()),
    )


def skeleton(config: PreTrainedConfig, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_config(config, dtype=dtype)


def trained(model: PreTrainedModel, settings: dict) -> PreTrainedModel:
    """The model as a run trains it, with the types of its weights: an adapter in 32 bits, or all weights."""
    from ferrule.training.adapters import fresh_adapter

    if settings["lora"] is None:
        return model
    unquantised = copy.deepcopy(settings)
    unquantised["quantization"]["bits"] = 16  # what quantising changes is added by formula
    with_adapter = fresh_adapter(model, unquantised, base="model")
    for parameter in with_adapter.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return with_adapter


def quantised(model: Module) -> dict[str, torch.nn.Linear]:
    """The layers that bitsandbytes would replace: all linear ones but the output layer and the adapter's own."""
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and "lora_" not in name and not name.endswith("lm_head")
    }


def bytes_of_weights(model: PreTrainedModel, settings: dict) -> dict[str, int]:
    """{name: bytes} of all weights, as they are held while the run trains."""
    bits = settings["quantization"]["bits"] if settings["lora"] else 32
    few = {f"{name}.weight" for name in quantised(model)} if bits < 16 else set()
    found = {}
    for name, parameter in model.named_parameters():
        if name in few:
            found[name] = quantised_bytes(parameter.numel(), parameter.shape[0], settings["quantization"])
        elif parameter.requires_grad or bits < 16:
            found[name] = 4 * parameter.numel()  # PEFT takes what is not quantised to 32 bits
        else:
            found[name] = 2 * parameter.numel()
    return found


def quantised_bytes(weights: int, rows: int, quantization: dict) -> int:
    """Bytes of a matrix with this number of weights and rows, with its scales."""
    if quantization["bits"] == 8:
        return weights + 4 * rows
    scales = -(-weights // BLOCK)
    table = 16 * 4
    if not quantization["double"]:
        return (weights + 1) // 2 + table + 4 * scales
    return (weights + 1) // 2 + table + scales + 4 * -(-scales // BLOCK_OF_SCALES) + 256 * 4 + 4


def state_bytes(parameter: torch.nn.Parameter, optimizer: str, embedding: bool) -> int:
    """Bytes of the optimizer's state of a tensor. A paged one may have moved them to main memory."""
    count = parameter.numel()
    if optimizer == "sgd":
        return 0
    if optimizer == "adafactor":
        return 4 * (sum(parameter.shape) if parameter.dim() == 2 else count)
    if "8bit" in optimizer and count >= LEAST_8BIT and not embedding:
        return 2 * (count + 4 * -(-count // BLOCK_OF_STATE))
    return 8 * count


# What comes and goes


def activations(config: PreTrainedConfig, settings: dict) -> tuple[int, int, int]:
    """Bytes of a micro batch: when the last layer is done, what of it is left for the backward pass, and at the most."""
    text = config.get_text_config()
    held, carried, forward, backward = extrapolated(config, lambda shallow: step_of(shallow, settings))
    kept, passing = extra_of_few_bits(config, settings)
    kept *= text.num_hidden_layers
    peak = max(forward, backward) + kept + passing
    if (
        settings["lora"] is None
    ):  # the embedding's gradient is made at the end, when the layers' activations are gone
        tokens = settings["sequence"]["length"] * settings["train"]["micro_batch_size"]
        peak = max(peak, 4 * text.vocab_size * text.hidden_size + 4 * tokens * text.hidden_size)
    return held + kept, carried + kept, peak


def step_of(config: PreTrainedConfig, settings: dict) -> tuple[int, int, int, int]:
    """The same of the model without its output layer, by a step with fake tensors; at the most forwards and backwards."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    length, batch = settings["sequence"]["length"], settings["train"]["micro_batch_size"]
    few = settings["lora"] is None or settings["quantization"]["bits"] < 16
    with torch.device("meta"):
        model = trained(skeleton(config, torch.float32 if few else torch.bfloat16), settings)
        if settings["lora"] and settings["train"]["bf16"]:
            for layer in quantised(model).values():  # what is multiplied is in 16 bits, however it is held
                layer.weight.data = layer.weight.data.bfloat16()
    with FakeTensorMode(allow_non_fake_inputs=True):
        onto_processor(model)
        model.get_input_embeddings().weight.requires_grad = False  # counted apart
        if settings["train"]["gradient_checkpointing"]:
            model.gradient_checkpointing_enable({"use_reentrant": False})
            model.enable_input_require_grads()
        model.train()
        for parameter in model.parameters():
            if parameter.requires_grad:  # those of an earlier micro batch are there
                parameter.grad = torch.zeros_like(parameter)
        ids = torch.zeros((batch, length), dtype=torch.long)
        positions = torch.arange(length).expand(batch, length)
        with LiveMemory() as live, computing(settings):
            hidden = model.get_decoder()(
                input_ids=ids, position_ids=positions, use_cache=False
            ).last_hidden_state
            held = live.bytes
        carried, forward = live.bytes, live.peak
        live.peak = 0
        with live:
            hidden.backward(torch.zeros_like(hidden))
    return held, carried, forward, live.peak


def onto_processor(model: Module) -> None:
    """Tensors of a processor, as only these have mixed precision; to be called where they have no data."""
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            made = torch.empty(parameter.shape, dtype=parameter.dtype)
            setattr(module, name, torch.nn.Parameter(made, requires_grad=parameter.requires_grad))
        for name, buffer in module.named_buffers(recurse=False):
            setattr(module, name, torch.empty(buffer.shape, dtype=buffer.dtype))


def computing(settings: dict) -> contextlib.AbstractContextManager:
    if not settings["train"]["bf16"]:
        return contextlib.nullcontext()
    return torch.autocast(
        "cpu", torch.bfloat16
    )  # it keeps a copy of each trained matrix until the loss is there


def extra_of_few_bits(config: PreTrainedConfig, settings: dict) -> tuple[int, int]:
    """(kept for the backward pass in each layer, largest passing tensor) of quantised layers, in bytes."""
    if settings["lora"] is None or (bits := settings["quantization"]["bits"]) == 16:
        return 0, 0
    text = config.get_text_config()
    largest = text.hidden_size * max(text.intermediate_size, text.hidden_size)
    if bits == 4:
        return 0, 2 * largest  # the matrix that is just multiplied, in 16 bits
    tokens = settings["sequence"]["length"] * settings["train"]["micro_batch_size"]
    heads = text.num_attention_heads * (
        getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    )
    # bitsandbytes keeps the inputs of its 8-bit layers by itself, so that gradient checkpointing does not free them.
    # Without it some of them would be kept anyway: those that come out of a norm, in 32 bits.
    norms = 8 * text.hidden_size if settings["train"]["gradient_checkpointing"] else 0
    return tokens * (norms + 2 * heads + 2 * text.intermediate_size), 4 * largest


def bytes_of_loss(config: PreTrainedConfig, settings: dict) -> tuple[int, int]:
    """Bytes forwards and backwards: logits of a tile, its part of the output layer, hidden states, gradients."""
    text = config.get_text_config()
    tokens = settings["sequence"]["length"] * settings["train"]["micro_batch_size"]
    rows, width = min(tokens, TILE[0]), min(text.vocab_size, TILE[1])
    tile = rows * (2 * TILE[1] + 4 * width)
    gradient = 4 * text.vocab_size * text.hidden_size if settings["lora"] is None else 0
    forward = tile + 4 * width * text.hidden_size + 4 * tokens * text.hidden_size
    return forward, forward + 4 * tokens * text.hidden_size + gradient


class LiveMemory(TorchDispatchMode):
    """Counts the bytes of the tensors that operations make while it is entered, and the most at once."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes, self.peak = 0, 0
        self.known: dict[int, weakref.finalize] = {}

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {storage._cdata for storage in storages((args, kwargs))}
        made = function(*args, **(kwargs or {}))
        for storage in storages(made):
            key = storage._cdata
            if key not in given and key not in self.known:
                size = storage.nbytes()
                self.bytes += size
                self.known[key] = weakref.finalize(storage, self.forget, key, size)
        self.peak = max(self.peak, self.bytes)
        return made

    def forget(self, key: int, size: int) -> None:
        self.bytes -= size
        self.known.pop(key, None)


def storages(value: Any) -> Iterator[torch.UntypedStorage]:
    for leaf in torch.utils._pytree.tree_leaves(value):
        if isinstance(leaf, torch.Tensor):
            yield leaf.untyped_storage()
