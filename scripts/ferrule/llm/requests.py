"""Requests to a model and its answers, independent of how they are sent.

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
    """The server sent JSON that is not a chat completion."""


@dataclass(frozen=True)
class Answer:
    """The first choice of a chat completion.

    `tokens` counts the tokens that the model generated, with the end token; a count is None if the server omits it.
    """

    text: str
    finish_reason: str  # stop, length, or a server's own value; unknown if it gives none
    prompt_tokens: int | None
    tokens: int | None


def request_key(request: Request) -> str:
    """The SHA-256 of a request as canonical JSON, a key for storing its answer. ValueError for NaN and infinities.

    The order of the request's fields does not matter. The order inside a field does: models write the properties of a
    JSON schema in the schema's order, so two orders are two questions. The key does not depend on the server's address.
    """
    fields = {name: request[name] for name in sorted(request)}
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def read_answer(body: Any) -> Answer:
    """The answer in the body of a response. Raises NotACompletion if there is none."""
    try:
        choice = body["choices"][0]
        text = choice["message"].get("content") or ""
        reason = choice.get("finish_reason") or "unknown"
        usage = body.get("usage") or {}
        answer = Answer(text, reason, usage.get("prompt_tokens"), usage.get("completion_tokens"))
    except (AttributeError, IndexError, KeyError, TypeError):
        raise NotACompletion("not a chat completion") from None
    if not isinstance(text, str):
        raise NotACompletion("the content is not text")
    return answer
