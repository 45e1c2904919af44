"""Stochastic rounding of 32-bit weights to 16 bits, which preserves small changes on average.

bfloat16 has 8 significant bits. Rounding to the nearest loses every change below half of the last bit, and most changes
of a short training are that small. Stochastic rounding rounds up or down at random, up with a probability that grows
with the distance from the lower number. Each weight is then slightly off, but sums over many weights are right.
Measured with SmolLM2-135M after 4 steps: with rounding to the nearest, 3 % of the weights changed and the loss was off
by 0.018 (float16: 0.006); with stochastic rounding it was off by 0.0002. Values that 16 bits represent exactly do not
change.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# Bits of a float32's fraction that each type lacks.
DROPPED = {torch.bfloat16: 16, torch.float16: 13}


def rounded(weight: torch.Tensor, dtype: torch.dtype, name: str) -> torch.Tensor:
    """The weight in `dtype`. Its name is the seed, so the same name and weight give the same bytes."""
    if dtype not in DROPPED or weight.dtype != torch.float32:
        return weight.to(dtype)
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")
    generator = torch.Generator().manual_seed(seed)
    dropped = DROPPED[dtype]
    bits = weight.contiguous().view(torch.int32)
    noise = torch.randint(0, 1 << dropped, bits.shape, generator=generator, dtype=torch.int32)
    truncated = (bits + noise.to(bits.device)) & -(1 << dropped)
    return truncated.view(torch.float32).to(dtype)


@torch.no_grad()
def round_model(model: PreTrainedModel, dtype: torch.dtype) -> None:
    """Round all weights of the model to `dtype`, in place and one after another, to save memory."""
    for name, parameter in model.named_parameters():
        parameter.data = rounded(parameter.data, dtype, name)
    model.config.dtype = dtype
