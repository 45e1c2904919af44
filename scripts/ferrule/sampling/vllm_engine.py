"""The engine that runs vLLM in this process. vLLM needs its own version of torch, so it is not a pinned package."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.core.files import read_json
from ferrule.sampling.progress_line import Pace
from ferrule.sampling.requests import Ask, Generation, SampleKey, SamplingError, batches
from ferrule.sampling.transformers_engine import chat_of
from ferrule.training.model_references import ADAPTER

if TYPE_CHECKING:
    from vllm import SamplingParams

RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # the values of max_lora_rank that vLLM accepts
ROUNDS = 16  # batches per call: vLLM starts the next request itself when one finishes


class Vllm:
    """`settings` is the section `sampling`."""

    def __init__(self, model: Path, adapter: Path | None, settings: dict):
        try:
            from vllm import LLM, SamplingParams
            from vllm.lora.request import LoRARequest
        except ImportError as error:
            raise SamplingError(
                f"vLLM cannot be imported ({error}): install it in an environment of its own (docs/sampling.md), or set"
                " sampling.engine: transformers"
            ) from None
        self.settings, self.params = settings, SamplingParams
        self.dtype: str = settings["dtype"]  # vLLM takes the model's own for auto
        self.chat = chat_of(model, settings["system"])
        options: dict = {}
        self.request = None
        if adapter:
            rank = read_json(adapter / ADAPTER)["r"]
            options = {"enable_lora": True, "max_lora_rank": min(size for size in RANKS if size >= rank)}
            self.request = LoRARequest("adapter", 1, str(adapter))
        self.model = LLM(str(model), dtype=settings["dtype"], max_num_seqs=settings["batch"], **options)

    def answers(
        self, asks: list[Ask], known: Collection[SampleKey], pace: Pace
    ) -> Iterator[tuple[Ask, Generation]]:
        for group in batches(asks, self.settings["batch"] * ROUNDS, known):
            outputs = self.model.generate(
                [
                    {"prompt_token_ids": self.chat.prompt(ask.message, self.settings["system"])}
                    for ask in group
                ],
                [self.params_of(ask) for ask in group],
                lora_request=self.request,
                use_tqdm=False,
            )
            for ask, output in zip(group, outputs, strict=True):
                answer = output.outputs[0]
                tokens = len(answer.token_ids)
                pace.tokens(tokens)
                if ask.key not in known:
                    reason = answer.finish_reason or "unknown"
                    yield ask, Generation(answer.text, reason, len(output.prompt_token_ids), tokens)

    def params_of(self, ask: Ask) -> SamplingParams:
        settings = self.settings
        return self.params(
            temperature=settings["temperature"],
            top_p=settings["top_p"],
            max_tokens=settings["max_new_tokens"],
            seed=ask.seed,
            stop_token_ids=sorted(self.chat.end_ids),
            spaces_between_special_tokens=False,
        )
