"""The loss of a model on packed sequences: of every answer's tokens, and their mean."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from ferrule.training.chat import IGNORED


@torch.no_grad()
def mean_loss(model, rows: Iterable[dict]) -> float:
    """The mean loss, in nats a token, of all tokens that have a label; each sequence by itself, in float32."""
    total, count = 0.0, 0
    for row in rows:
        losses, labels = token_losses(model, row)
        total += losses.double().sum().item()
        count += int((labels != IGNORED).sum())
    if not count:
        raise ValueError("no token has a label")
    return total / count


@torch.no_grad()
def token_losses(model, row: dict) -> tuple[torch.Tensor, torch.Tensor]:
    """(losses, labels) of one packed row, each of its length less one; 0 where there is no label."""
    device = next(model.parameters()).device
    ids, positions = (torch.tensor([row[name]], device=device) for name in ("input_ids", "position_ids"))
    # Without a cache: only then do positions that begin anew keep samples apart.
    logits = model(input_ids=ids, position_ids=positions, use_cache=False).logits[0, :-1].float()
    labels = torch.tensor(row["labels"][1:], device=device)
    losses = torch.nn.functional.cross_entropy(logits, labels, ignore_index=IGNORED, reduction="none")
    return losses, labels
