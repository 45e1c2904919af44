"""The engine that runs transformers on this machine: batches of prompts, with an adapter on its base if given."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from ferrule.sampling.decoding import decode
from ferrule.sampling.progress_line import Pace
from ferrule.sampling.requests import Ask, Generation, SampleKey, SamplingError, batches
from ferrule.training.adapters import AdapterError, as_model, check_fits
from ferrule.training.chat import Chat, ChatError
from ferrule.training.models import ModelError, end_ids, load_model, load_tokenizer
from ferrule.training.native_types import name_of, sampling_type, this_device

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel


class Local:
    """`settings` is the section `sampling`."""

    def __init__(self, model: Path, adapter: Path | None, settings: dict):
        self.settings = settings
        self.chat = chat_of(model, settings["system"])
        dtype = sampling_type(settings["dtype"], model, this_device())
        self.dtype = name_of(dtype)
        try:
            self.model = load_model(model, dtype=dtype)
        except ModelError as error:
            raise SamplingError(str(error)) from None
        if adapter:
            self.model = with_adapter(self.model, adapter, model)
        self.model.eval()

    def answers(
        self, asks: list[Ask], known: Collection[SampleKey], pace: Pace
    ) -> Iterator[tuple[Ask, Generation]]:
        system = self.settings["system"]
        prompts = {text: self.chat.prompt(text, system) for text in {ask.message for ask in asks}}
        lengths = {ask.task_id: len(prompts[ask.message]) for ask in asks}
        check_length(lengths, self.settings["max_new_tokens"], self.model.config)
        # Sorted by length, so that a batch needs little padding; the longest first, so that too little memory shows
        # at once.
        asks = sorted(asks, key=lambda ask: -len(prompts[ask.message]))
        for group in batches(asks, self.settings["batch"], known):
            ids = [prompts[ask.message] for ask in group]
            for ask, prompt, tokens in zip(group, ids, self.decoded(group, ids, pace), strict=True):
                if ask.key not in known:
                    yield ask, generation_of(self.chat, prompt, tokens)

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
                on_tokens=pace.tokens,
            )
        except torch.OutOfMemoryError as error:
            raise SamplingError(
                "out of memory on the GPU: lower sampling.batch or sampling.max_new_tokens"
                f" ({str(error).splitlines()[0]}); the finished samples are kept"
            ) from None


def chat_of(model: Path, system: str | None) -> Chat:
    """The chat template of the model. SamplingError without one, or if it has no system turn and `system` is given."""
    try:
        chat = Chat(load_tokenizer(model), end_ids(model), str(model))
        if system:
            chat.check_system(system)
        return chat
    except ChatError as error:
        raise SamplingError(str(error)) from None


def with_adapter(model: PreTrainedModel, adapter: Path, base: Path) -> PreTrainedModel:
    """The model with the adapter attached, not merged into the weights."""
    from peft import PeftModel

    try:
        check_fits(model, adapter, base)
    except AdapterError as error:
        raise SamplingError(str(error)) from None
    return as_model(PeftModel.from_pretrained(model, adapter))


def check_length(lengths: dict[str, int], max_new_tokens: int, config: PreTrainedConfig) -> None:
    """SamplingError if the longest prompt and its answer together may exceed the model's context length."""
    limit = getattr(config, "max_position_embeddings", None)
    task, length = max(lengths.items(), key=lambda item: item[1])
    if limit and length + max_new_tokens > limit:
        room = limit - length
        next_step = (
            f"lower sampling.max_new_tokens to {room}"
            if room > 0
            else "leave the problem out, or use another model"
        )
        raise SamplingError(
            f"{task}: {length} tokens of prompt and {max_new_tokens} of answer are more than the {limit} that the"
            f" model supports: {next_step}"
        )


def generation_of(chat: Chat, prompt: list[int], tokens: list[int]) -> Generation:
    ended = tokens[-1] in chat.end_ids
    # Some tokenizers ask for a clean-up of spaces, which would change code.
    text = chat.tokenizer.decode(
        tokens[:-1] if ended else tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
    )
    return Generation(text, "stop" if ended else "length", len(prompt), len(tokens))
