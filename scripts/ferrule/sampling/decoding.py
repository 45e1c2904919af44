"""A batch of prompts to answers: one token of each at a time, with the keys and values of all before it kept.

Every row draws with a generator of its own, so its tokens depend on its prompt, its seed and the model alone, not on
what else is in the batch. Rows that have ended leave the batch.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import torch

FIRST_LOOK = 1024  # likeliest tokens that are looked at first: a sort of all costs as much as a small model


@torch.inference_mode()
def decode(
    model,
    prompts: list[list[int]],
    seeds: list[int],
    *,
    ends: set[int],
    pad: int,
    most: int,
    temperature: float,
    top_p: float,
    tell: Callable[[int], None] = lambda count: None,
) -> list[list[int]]:
    """The new tokens of each prompt: up to and with the first of `ends`, or `most` of them.

    `tell` is called with the number of tokens that each step has made.
    """
    draws = [random.Random(seed) for seed in seeds]  # its stream is the same in every version of Python
    answers: list[list[int]] = [[] for _ in prompts]
    rows = list(range(len(prompts)))  # that have not ended, in the order of the batch
    ids, mask, positions = left_padded(prompts, pad, model.device)
    cache = None
    while rows:
        out = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        cache = out.past_key_values
        chosen = choose_tokens(out.logits[:, -1], [draws[row] for row in rows], temperature, top_p).tolist()
        for row, token in zip(rows, chosen, strict=True):
            answers[row].append(token)
        tell(len(rows))
        ids, positions = torch.tensor(chosen, device=ids.device)[:, None], positions[:, -1:] + 1
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
        going = [at for at, row in enumerate(rows) if chosen[at] not in ends and len(answers[row]) < most]
        if going and len(going) < len(rows):
            kept = torch.tensor(going, device=ids.device)
            ids, mask, positions = ids[kept], mask[kept], positions[kept]
            cache.batch_select_indices(kept)
        rows = [rows[at] for at in going]
    return answers


def left_padded(
    prompts: list[list[int]], pad: int, device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(ids, mask, positions) with every prompt's last token in the last column; positions count from its first."""
    longest = max(map(len, prompts))
    empty = [longest - len(prompt) for prompt in prompts]
    ids = [[pad] * gap + prompt for gap, prompt in zip(empty, prompts, strict=True)]
    mask = [[0] * gap + [1] * len(prompt) for gap, prompt in zip(empty, prompts, strict=True)]
    positions = [[0] * gap + list(range(len(prompt))) for gap, prompt in zip(empty, prompts, strict=True)]
    return tuple(torch.tensor(each, device=device) for each in (ids, mask, positions))


def choose_tokens(
    logits: torch.Tensor, draws: list[random.Random], temperature: float, top_p: float
) -> torch.Tensor:
    """One token for each row of logits (rows, vocabulary): the likeliest if the temperature is 0, else one drawn
    from the likeliest tokens that together have at least `top_p`."""
    logits = logits.float()
    if temperature == 0:
        return logits.argmax(-1)
    shares = torch.softmax(logits / temperature, -1)
    numbers = torch.tensor([[draw.random()] for draw in draws], dtype=torch.double, device=logits.device)
    if top_p >= 1:
        return place_of(numbers, running_sums(shares), shares.shape[-1])
    chosen = torch.empty(len(shares), dtype=torch.long, device=logits.device)
    left = torch.arange(len(shares), device=logits.device)
    size, vocabulary = FIRST_LOOK, shares.shape[-1]
    # Row by row the same, whatever the other rows need: a row is looked at again only if it needs more itself.
    while len(left):
        best, order = likeliest(shares[left], min(size, vocabulary))
        sums = running_sums(best)
        # Those in front of which less than top_p has been gathered; the likeliest always is one.
        kept = (sums - best < top_p).sum(-1, keepdim=True).clamp(min=1)
        # Of tokens as likely as the last one here, others may be outside: these do not count.
        sure = torch.where(best > best[:, -1:], best, 0).double().sum(-1)
        enough = (sure >= top_p) | (size >= vocabulary)
        found = order.gather(-1, place_of(numbers[left], sums, kept)[:, None])[:, 0]
        chosen[left[enough]] = found[enough]
        left, size = left[~enough], size * 16
    return chosen


def likeliest(shares: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The largest shares of each row and their places; in 16 bits many are equal, and then the first comes first."""
    order = shares.topk(count, dim=-1).indices.sort(-1).values
    best, again = shares.gather(-1, order).sort(dim=-1, descending=True, stable=True)
    return best, order.gather(-1, again)


def running_sums(shares: torch.Tensor) -> torch.Tensor:
    return shares.double().cumsum(-1)  # float32 would lose the tail of a large vocabulary


def place_of(numbers: torch.Tensor, sums: torch.Tensor, kept: torch.Tensor | int) -> torch.Tensor:
    """Where numbers from [0, 1) fall among the first `kept` shares of each row, which `sums` has summed up."""
    last = torch.as_tensor(kept - 1, device=sums.device).expand(len(sums), 1)
    return torch.searchsorted(sums, numbers * sums.gather(-1, last), right=True).minimum(last)[:, 0]
