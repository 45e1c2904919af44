"""The loss of a model on packed sequences: of each token with a label, and the mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch

from ferrule.training.chat import IGNORED
from ferrule.training.run_tables import PackedTokens

if TYPE_CHECKING:
    from torch.nn import Module


@torch.no_grad()
def mean_loss(model: Module, rows: Iterable[PackedTokens]) -> float:
    """The mean loss of all tokens with a label, in nats per token, computed in float32 one sequence at a time."""
    total, count = 0.0, 0
    for row in rows:
        losses, labels = token_losses(model, row)
        total += losses.double().sum().item()
        count += int((labels != IGNORED).sum())
    if not count:
        raise ValueError("no token has a label")
    return total / count


@torch.no_grad()
def token_losses(model: Module, row: PackedTokens) -> tuple[torch.Tensor, torch.Tensor]:
    """(losses, labels) of one packed row, each one shorter than the row. The loss is 0 where there is no label."""
    device = next(model.parameters()).device
    ids = torch.tensor([row["input_ids"]], device=device)
    positions = torch.tensor([row["position_ids"]], device=device)
    # Without a cache: only then do positions that start again at 0 keep the samples apart.
    logits = model(input_ids=ids, position_ids=positions, use_cache=False).logits[0, :-1].float()
    labels = torch.tensor(row["labels"][1:], device=device)
    losses = torch.nn.functional.cross_entropy(logits, labels, ignore_index=IGNORED, reduction="none")
    return losses, labels
