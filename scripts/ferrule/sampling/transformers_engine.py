"""Samples by transformers on this machine: batches of prompts, an adapter on its base if there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from ferrule.sampling.decoding import decode
from ferrule.sampling.requests import Ask, Given, Pace, SamplingError, batches
from ferrule.training.adapters import AdapterError, check_fits
from ferrule.training.chat import Chat, ChatError
from ferrule.training.models import ModelError, end_ids, load_model, load_tokenizer


class Local:
    def __init__(self, model: Path, adapter: Path | None, settings: dict):
        self.settings = settings
        self.chat = chat_of(model)
        dtype = settings["dtype"]
        try:
            self.model = load_model(model, dtype=dtype if dtype == "auto" else getattr(torch, dtype))
        except ModelError as error:
            raise SamplingError(str(error)) from None
        if adapter:
            self.model = with_adapter(self.model, adapter, model)
        self.model.eval()

    def answers(self, asks: list[Ask], known: set, pace: Pace) -> Iterator[tuple[Ask, Given]]:
        prompts = {text: self.chat.prompt(text) for text in {ask.message for ask in asks}}
        longest = {ask.task_id: len(prompts[ask.message]) for ask in asks}
        check_length(longest, self.settings["max_new_tokens"], self.model.config)
        # Prompts of like length together, so that little is padded; the longest first, so that memory which is
        # too small shows at once.
        asks = sorted(asks, key=lambda ask: -len(prompts[ask.message]))
        for group in batches(asks, self.settings["batch"], known):
            ids = [prompts[ask.message] for ask in group]
            for ask, prompt, tokens in zip(group, ids, self.decoded(group, ids, pace), strict=True):
                if ask.key not in known:
                    yield ask, given(self.chat, prompt, tokens)

    def decoded(self, group: list[Ask], ids: list[list[int]], pace: Pace) -> list[list[int]]:
        try:
            return decode(
                self.model,
                ids,
                [ask.seed for ask in group],
                ends=self.chat.end_ids,
                pad=self.chat.tokenizer.pad_token_id,
                most=self.settings["max_new_tokens"],
                temperature=self.settings["temperature"],
                top_p=self.settings["top_p"],
                tell=pace.tokens,
            )
        except torch.OutOfMemoryError as error:
            raise SamplingError(
                "out of memory on the GPU: lower sampling.batch or sampling.max_new_tokens"
                f" ({str(error).splitlines()[0]}); what is finished is kept"
            ) from None


def chat_of(model: Path) -> Chat:
    try:
        return Chat(load_tokenizer(model), end_ids(model), str(model))
    except ChatError as error:
        raise SamplingError(str(error)) from None


def with_adapter(model, adapter: Path, base: Path):
    """The model with the adapter beside its weights, not merged into them."""
    from peft import PeftModel

    try:
        check_fits(model, adapter, base)
    except AdapterError as error:
        raise SamplingError(str(error)) from None
    return PeftModel.from_pretrained(model, adapter)


def check_length(lengths: dict[str, int], most: int, config) -> None:
    """SamplingError if the longest prompt and an answer together are more than the model was made for."""
    limit = getattr(config, "max_position_embeddings", None)
    task = max(lengths, key=lengths.get)
    if limit and lengths[task] + most > limit:
        left = limit - lengths[task]
        step = (
            f"lower sampling.max_new_tokens to {left}" if left > 0 else "leave it out, or take another model"
        )
        raise SamplingError(
            f"{task}: {lengths[task]} tokens of prompt and {most} of answer are more than the {limit} that the"
            f" model was made for: {step}"
        )


def given(chat: Chat, prompt: list[int], tokens: list[int]) -> Given:
    ended = tokens[-1] in chat.end_ids
    # Tidying up, which some tokenizers ask for, would take blanks out of code.
    text = chat.tokenizer.decode(
        tokens[:-1] if ended else tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
    )
    return Given(text, "stop" if ended else "length", len(prompt), len(tokens))
