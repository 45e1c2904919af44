"""What a model is asked and what it answers, without the way in between.

request = {"model": "mine", "messages": [{"role": "user", "content": "Why?"}], "max_tokens": 100}
request_key(request)                            # 64 hexadecimal digits, the same on every machine
read_answer(body)                               # Answer("Because.", "stop", 9, 3)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Request = Mapping[str, Any]  # the body of POST /chat/completions


class NotACompletion(ValueError):
    """The server sent JSON that is no chat completion."""


@dataclass(frozen=True)
class Answer:
    """The first choice of a chat completion.

    `tokens` counts what the model wrote, with the token that ends it; a count is None where the server gives none.
    """

    text: str
    finish_reason: str  # stop, length, or a server's own word; unknown where it gives none
    prompt_tokens: int | None
    tokens: int | None


def request_key(request: Request) -> str:
    """The SHA-256 of a request as canonical JSON, to find its answer again. ValueError for NaN and infinities.

    The order of the fields of the request makes no difference. Inside a field it does: models write the properties of
    a JSON schema in the schema's order, so two orders are two questions. The server's address is no part of the key.
    """
    fields = {name: request[name] for name in sorted(request)}
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def read_answer(body: object) -> Answer:
    """The answer in the body of a response. NotACompletion where there is none."""
    try:
        choice = body["choices"][0]  # type: ignore[index]
        text = choice["message"].get("content") or ""
        reason = choice.get("finish_reason") or "unknown"
        usage = body.get("usage") or {}  # type: ignore[attr-defined]
        answer = Answer(text, reason, usage.get("prompt_tokens"), usage.get("completion_tokens"))
    except (AttributeError, IndexError, KeyError, TypeError):
        raise NotACompletion("no chat completion") from None
    if not isinstance(text, str):
        raise NotACompletion("the content is no text")
    return answer
