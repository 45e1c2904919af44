"""How much arithmetic a step of training is, and what share of a device's peak that comes to (MFU).

Counted are the model's own operations, as the field does (PaLM, appendix B): what recomputation by gradient
checkpointing adds is not. Each weight of a matrix costs 2 operations a token forwards and 2 for the gradient of its
input; a trained one 2 more for its own gradient. A frozen weight under LoRA has no gradient of its own: `lora` is 4
for each frozen weight and 6 for each trained one; `dense`, 6 for all, is what a full training would need.
Attention adds 2 products of the size (length of the sequence x heads x their size) a layer, forwards and twice
backwards, halved since a token sees only what is before it.
"""

from __future__ import annotations

# Dense bf16 operations a second, by a piece of the device's name; the makers' data sheets, without sparsity.
PEAKS = {
    "H200": 989.4e12, "H100 NVL": 835.5e12, "H100 PCIe": 756e12, "H100": 989.4e12, "A100": 312e12, "L40S": 362e12,
    "L4": 121e12, "A10": 125e12, "RTX 4090": 165.2e12, "RTX 3090": 71e12,
}  # fmt: skip


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
