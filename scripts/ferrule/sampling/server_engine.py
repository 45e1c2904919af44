"""The engine for OpenAI-compatible servers: POST {server}/chat/completions, several requests at once.

`ferrule.llm` sends the requests and retries them. If a server requires a key, it is read from the environment variable
FERRULE_SERVER_KEY and stored nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from typing import Any

from ferrule.llm.client import Client
from ferrule.llm.endpoint import Endpoint
from ferrule.llm.errors import LLMError
from ferrule.llm.retries import Retries
from ferrule.sampling.progress_line import Pace
from ferrule.sampling.requests import Ask, Generation, SampleKey, SamplingError
from ferrule.training.chat import system_turn

KEY = "FERRULE_SERVER_KEY"


class Server:
    """`settings` is the section `sampling`; `first_wait` is the wait before the second try of a request, in seconds."""

    dtype = None  # the server's own matter

    def __init__(self, model: str, settings: dict, *, first_wait: float = Retries.first_wait):
        self.model, self.settings, self.retries = model, settings, Retries(first_wait=first_wait)
        try:
            self.endpoint = Endpoint(
                settings["server"],
                key_variable=KEY,
                address_setting="sampling.server",
                model_setting="--model",
            )
        except LLMError as error:
            raise SamplingError(str(error)) from None
        self.address = self.endpoint.address

    def answers(
        self, asks: list[Ask], known: Collection[SampleKey], pace: Pace
    ) -> Iterator[tuple[Ask, Generation]]:
        client = Client(self.endpoint, at_once=self.settings["batch"], retries=self.retries)
        requests = ((ask, self.request(ask)) for ask in asks if ask.key not in known)
        try:
            with closing(client.answers(requests, named=lambda ask: ask.task_id)) as answers:
                for ask, answer in answers:
                    pace.tokens(answer.tokens or 0)
                    yield (
                        ask,
                        Generation(answer.text, answer.finish_reason, answer.prompt_tokens, answer.tokens),
                    )
        except LLMError as error:
            raise SamplingError(f"{error}. The finished samples are kept") from None

    def request(self, ask: Ask) -> dict[str, Any]:
        return {
            "model": self.model,
            "messages": [*system_turn(self.settings["system"]), {"role": "user", "content": ask.message}],
            "max_tokens": self.settings["max_new_tokens"],
            "temperature": self.settings["temperature"],
            "top_p": self.settings["top_p"],
            "seed": ask.seed,
        }
