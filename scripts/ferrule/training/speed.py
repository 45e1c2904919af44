"""How much arithmetic a step of training is, and what share of a device's peak that comes to (MFU).

Counted are the model's own operations, as the field does (PaLM, appendix B): what recomputation by gradient
checkpointing adds is not. Each weight of a matrix costs 2 operations a token forwards and 2 for the gradient of its
input; a trained one 2 more for its own gradient. A frozen weight under LoRA has no gradient of its own: `lora` is 4
for each frozen weight and 6 for each trained one; `dense`, 6 for all, is what a full training would need.
Attention adds 2 products of the size (length of the sequence x heads x their size) a layer, forwards and twice
backwards, halved since a token sees only what is before it.
"""

from __future__ import annotations

import resource

# Dense bf16 operations a second, by a piece of the device's name; the makers' data sheets, without sparsity.
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
    """bf16 operations a second of a device by its name, or None where it is not known."""
    return next((peak for name, peak in PEAKS.items() if name.lower() in device.lower()), None)


def flops_per_token(config, frozen: int, trained: int, mean_length: float) -> dict[str, float]:
    """Operations a token of training, {"lora", "dense"}.

    `frozen` and `trained` are numbers of weights in matrices, the output layer's among them and the embedding's not;
    `mean_length` is the mean number of tokens that a token's own sample has.
    """
    heads = config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    attention = config.num_hidden_layers * 12 * heads * size * mean_length / 2
    return {"lora": 4 * frozen + 6 * trained + attention, "dense": 6 * (frozen + trained) + attention}


def matrix_weights(model) -> tuple[int, int]:
    """(frozen, trained) weights of the matrices that every token goes through."""
    frozen = trained = 0
    seen: set[int] = set()
    embedding = model.get_input_embeddings().weight
    output = model.get_output_embeddings().weight
    for name, parameter in model.named_parameters():
        if id(parameter) in seen or parameter.dim() < 2:
            continue
        seen.add(id(parameter))
        if parameter is embedding and parameter is not output:
            continue
        # A matrix in 4 bits keeps its true shape beside its bytes.
        shape = getattr(getattr(parameter, "quant_state", None), "shape", None) or parameter.shape
        count = shape[0] * shape[1] if len(shape) == 2 else parameter.numel()
        if parameter.requires_grad and "lora_" in name:
            trained += count
        else:
            frozen += count
    return frozen, trained


def figures(model, rows, settings: dict, seconds: float, steps: int, devices: int) -> dict:
    """Tokens a second, share of the peak, and the most memory that was in use."""
    import torch

    train, cuda = settings["train"], torch.cuda.is_available()
    per_step = train["micro_batch_size"] * train["gradient_accumulation"] * devices
    some = rows.select(range(min(len(rows), 500)))
    tokens = [len(row["input_ids"]) for row in some]
    starts = [sum(position == 0 for position in row["position_ids"]) for row in some]
    per_second = steps * per_step * (sum(tokens) / len(tokens)) / seconds if seconds and steps else None
    frozen, trained = matrix_weights(model)
    flops = flops_per_token(model.config.get_text_config(), frozen, trained, sum(tokens) / sum(starts))
    peak = peak_of(torch.cuda.get_device_name()) if cuda else None
    share = per_second / (peak * devices) if per_second and peak else None
    return {
        "tokens_per_second": per_second,
        "seconds": seconds,
        "mfu": flops["lora"] * share if share else None,
        "mfu_dense": flops["dense"] * share if share else None,
        "peak_flops": peak,
        "trained_weights": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "memory_mb": (
            torch.cuda.max_memory_reserved() / 2**20
            if cuda
            else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        ),
    }
