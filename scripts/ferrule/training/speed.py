"""The operations of a training step, and their share of the device's peak (model FLOPs utilisation, MFU).

Only the model's own operations count, as is usual (PaLM, appendix B), not the recomputation by gradient checkpointing.
Per token, each weight of a matrix costs 2 operations in the forward pass and 2 for the gradient of its input; a trained
weight costs 2 more for its own gradient. Frozen weights under LoRA have no gradient: `lora` counts 4 operations for
each frozen weight and 6 for each trained one; `dense` counts 6 for all, as in a full training. Attention adds 2 products
of (length of the sequence x heads x size of a head) per layer, once forwards and twice backwards, halved because a
token attends only to those before it.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

from ferrule.training.run_records import SpeedFigures

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedConfig, PreTrainedModel

# Dense bf16 operations per second by a part of the device's name, from the makers' data sheets, without sparsity.
PEAKS = {
    "H200": 989.4e12,
    "H100 NVL": 835.5e12,
    "H100 PCIe": 756e12,
    "H100": 989.4e12,
    "A100": 312e12,
    "L40S": 362e12,
    "L4": 121e12,
    "A10": 125e12,
    "RTX 4090": 165.2e12,
    "RTX 3090": 71e12,
}


def peak_of(device: str) -> float | None:
    """bf16 operations per second of a device, or None for an unknown name."""
    return next((peak for name, peak in PEAKS.items() if name.lower() in device.lower()), None)


def flops_per_token(
    config: PreTrainedConfig, frozen: int, trained: int, mean_length: float
) -> dict[str, float]:
    """Operations per token of training, under the keys "lora" and "dense".

    `frozen` and `trained` are numbers of weights in matrices, with the output layer and without the embedding.
    `mean_length` is the mean length of a sample in tokens.
    """
    heads = config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    attention = config.num_hidden_layers * 12 * heads * size * mean_length / 2
    return {"lora": 4 * frozen + 6 * trained + attention, "dense": 6 * (frozen + trained) + attention}


def matrix_weights(model: PreTrainedModel) -> tuple[int, int]:
    """(frozen, trained): numbers of weights in the matrices that process every token."""
    frozen = trained = 0
    seen: set[int] = set()
    embedding = model.get_input_embeddings().weight
    output = model.get_output_embeddings().weight
    for parameter in model.parameters():
        if id(parameter) in seen or parameter.dim() < 2:
            continue
        seen.add(id(parameter))
        if parameter is embedding and parameter is not output:
            continue
        # A 4-bit matrix is stored as bytes; its true shape is an attribute.
        shape = getattr(getattr(parameter, "quant_state", None), "shape", None) or parameter.shape
        count = shape[0] * shape[1] if len(shape) == 2 else parameter.numel()
        if parameter.requires_grad:
            trained += count
        else:
            frozen += count
    return frozen, trained


def speed_figures(
    model: PreTrainedModel, rows: Dataset, settings: dict, seconds: float, steps: int, devices: int
) -> SpeedFigures:
    """Tokens per second, share of the peak, peak memory. Lengths are estimated from the first 500 rows."""
    import torch

    train, cuda = settings["train"], torch.cuda.is_available()
    per_step = train["micro_batch_size"] * train["gradient_accumulation"] * devices
    first_rows = rows.select(range(min(len(rows), 500)))
    tokens = [len(row["input_ids"]) for row in first_rows]
    samples = [sum(position == 0 for position in row["position_ids"]) for row in first_rows]
    per_second = steps * per_step * (sum(tokens) / len(tokens)) / seconds if seconds and steps else None
    frozen, trained = matrix_weights(model)
    flops = flops_per_token(model.config.get_text_config(), frozen, trained, sum(tokens) / sum(samples))
    peak = peak_of(torch.cuda.get_device_name()) if cuda else None
    share = per_second / (peak * devices) if per_second and peak else None
    return speed_without_rows(model, seconds) | {
        "tokens_per_second": per_second,
        "mfu": flops["lora"] * share if share else None,
        "mfu_dense": flops["dense"] * share if share else None,
        "peak_flops": peak,
    }


def speed_without_rows(model: PreTrainedModel, seconds: float) -> SpeedFigures:
    """What is known of a training whose tokens were not counted: seconds, trained weights, peak memory."""
    import torch

    return {
        "tokens_per_second": None,
        "seconds": seconds,
        "mfu": None,
        "mfu_dense": None,
        "peak_flops": None,
        "trained_weights": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "memory_mb": (
            torch.cuda.max_memory_reserved() / 2**20
            if torch.cuda.is_available()
            else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        ),
    }
