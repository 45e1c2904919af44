"""Batched decoding: one new token for every prompt in each step, with a cache of keys and values.

Every row draws with its own random generator, so its tokens depend only on its prompt, its seed and the model, not on
the rest of the batch. Finished rows leave the batch.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from transformers import PreTrainedModel

FIRST_LOOK = (
    1024  # number of most likely tokens to sort first: sorting all of them costs as much as a small model
)


@torch.inference_mode()
def decode(
    model: PreTrainedModel,
    prompts: list[list[int]],
    seeds: list[int],
    *,
    ends: set[int],
    pad: int,
    most: int,
    temperature: float,
    top_p: float,
    on_tokens: Callable[[int], None] = lambda count: None,
) -> list[list[int]]:
    """The new tokens of each prompt: up to and including the first of `ends`, at most `most`.

    `on_tokens` is called after each step with its number of new tokens.
    """
    generators = [random.Random(seed) for seed in seeds]  # the same stream in every version of Python
    answers: list[list[int]] = [[] for _ in prompts]
    rows = list(range(len(prompts)))  # the prompts in the batch that have not ended, in its order
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
        batch_generators = [generators[row] for row in rows]
        tokens = choose_tokens(out.logits[:, -1], batch_generators, temperature, top_p).tolist()
        for row, token in zip(rows, tokens, strict=True):
            answers[row].append(token)
        on_tokens(len(rows))
        ids, positions = torch.tensor(tokens, device=ids.device)[:, None], positions[:, -1:] + 1
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
        unfinished = [
            at for at, row in enumerate(rows) if tokens[at] not in ends and len(answers[row]) < most
        ]
        if unfinished and len(unfinished) < len(rows):
            kept = torch.tensor(unfinished, device=ids.device)
            ids, mask, positions = ids[kept], mask[kept], positions[kept]
            cache.batch_select_indices(kept)
        rows = [rows[at] for at in unfinished]
    return answers


def left_padded(
    prompts: list[list[int]], pad: int, device: torch.device | str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(ids, mask, positions) with every prompt's last token in the last column; positions count from its first."""
    longest = max(map(len, prompts))
    gaps = [longest - len(prompt) for prompt in prompts]
    ids = [[pad] * gap + prompt for gap, prompt in zip(gaps, prompts, strict=True)]
    mask = [[0] * gap + [1] * len(prompt) for gap, prompt in zip(gaps, prompts, strict=True)]
    positions = [[0] * gap + list(range(len(prompt))) for gap, prompt in zip(gaps, prompts, strict=True)]
    return (
        torch.tensor(ids, device=device),
        torch.tensor(mask, device=device),
        torch.tensor(positions, device=device),
    )


def choose_tokens(
    logits: torch.Tensor, generators: list[random.Random], temperature: float, top_p: float
) -> torch.Tensor:
    """One token for each row of logits (rows, vocabulary).

    With temperature 0 it is the most likely one, otherwise one drawn from the smallest set of most likely tokens whose
    probabilities add up to at least `top_p`.
    """
    logits = logits.float()
    if temperature == 0:
        return logits.argmax(-1)
    probabilities = torch.softmax(logits / temperature, -1)
    numbers = torch.tensor(
        [[generator.random()] for generator in generators], dtype=torch.double, device=logits.device
    )
    if top_p >= 1:
        return index_of(numbers, running_sums(probabilities), probabilities.shape[-1])
    chosen = torch.empty(len(probabilities), dtype=torch.long, device=logits.device)
    pending = torch.arange(len(probabilities), device=logits.device)
    size, vocabulary = FIRST_LOOK, probabilities.shape[-1]
    # A row is looked at again only if it needs more tokens itself, so its result does not depend on the other rows.
    while len(pending):
        best, order = most_likely(probabilities[pending], min(size, vocabulary))
        sums = running_sums(best)
        # A token is in the set if those before it add up to less than top_p; the most likely one always is.
        kept = (sums - best < top_p).sum(-1, keepdim=True).clamp(min=1)
        # Further tokens may be exactly as likely as the last one in `best`, so these do not count yet.
        certain = torch.where(best > best[:, -1:], best, 0).double().sum(-1)
        complete = (certain >= top_p) | (size >= vocabulary)
        tokens = order.gather(-1, index_of(numbers[pending], sums, kept)[:, None])[:, 0]
        chosen[pending[complete]] = tokens[complete]
        pending, size = pending[~complete], size * 16
    return chosen


def most_likely(probabilities: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The largest probabilities of each row and their tokens. In 16 bits many are equal: then the lower token is first."""
    order = probabilities.topk(count, dim=-1).indices.sort(-1).values
    best, again = probabilities.gather(-1, order).sort(dim=-1, descending=True, stable=True)
    return best, order.gather(-1, again)


def running_sums(probabilities: torch.Tensor) -> torch.Tensor:
    return probabilities.double().cumsum(-1)  # float32 would lose the tail of a large vocabulary


def index_of(numbers: torch.Tensor, sums: torch.Tensor, kept: torch.Tensor | int) -> torch.Tensor:
    """The index of the token that each number from [0, 1) selects among the first `kept` of its row.

    `sums` has the running sums of the probabilities.
    """
    last = torch.as_tensor(kept - 1, device=sums.device).expand(len(sums), 1)
    return torch.searchsorted(sums, numbers * sums.gather(-1, last), right=True).minimum(last)[:, 0]
