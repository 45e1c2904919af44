"""Is the server up, does it know the model, does it answer: before anything is asked.

    report = check(endpoint, model="qwen2.5-coder-7b-instruct", structured="schema")
    report.model, report.seconds, report.note

LLMError says what is wrong and what to do. The list of models is a GET of {server}/models; for a server that cannot
list them, the short answer decides.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from time import monotonic

from ferrule.llm.client import Client
from ferrule.llm.endpoint import Endpoint
from ferrule.llm.errors import LLMError, NoAnswer, Refused
from ferrule.llm.requests import Answer
from ferrule.llm.retries import Retries
from ferrule.qa.prompts import RESPONSE_FORMAT
from ferrule.qa.reading import Exchange, read

KEY = "FERRULE_SERVER_KEY"  # the environment variable that holds the key, as in sampling
SECONDS = 30.0  # for the list of models
MOST_BYTES = 10_000_000
QUESTION = 'Answer with the JSON object {"question": "Ready?", "answer": "Yes."} and nothing else.'


@dataclass(frozen=True)
class Report:
    """`models` are those that the server lists, `seconds` the time of one short answer."""

    models: list[str]
    model: str
    seconds: float
    note: str = ""


def check(endpoint: Endpoint, model: str | None, structured: str, time_limit: float = 600.0) -> Report:
    """A report on the server. Without `model` it is the only one that the server has."""
    models = list_models(endpoint)
    if model is None:
        if len(models) != 1:
            raise LLMError(f"{endpoint.model_setting} is not set; {endpoint.address} has {shown(models)}")
        model = models[0]
    elif models and not known(model, models):
        raise LLMError(
            f"{endpoint.address} has no model {model!r} ({endpoint.model_setting}); it has {shown(models)}"
        )
    request = {
        "model": model,
        "messages": [{"role": "user", "content": QUESTION}],
        "max_tokens": 40,
        "temperature": 0,
    }
    if structured == "schema":
        request["response_format"] = RESPONSE_FORMAT
    client = Client(endpoint, at_once=1, time_limit=time_limit, retries=Retries(tries=2))
    began = monotonic()
    ((_, outcome),) = client.outcomes([("the check of the server", request)])
    if isinstance(outcome, Refused) and outcome.status in (400, 404, 422, 501) and structured == "schema":
        raise LLMError(
            f"{outcome}; if it does not know `response_format`, set qa.structured to prompt"
        ) from None
    if isinstance(outcome, LLMError):
        raise outcome
    return Report(models, model, monotonic() - began, note_on(outcome, structured))


def note_on(answer: Answer, structured: str) -> str:
    """What the short answer says about the server, where it says something."""
    if structured == "text" or isinstance(read(answer.text, "stop", structured), Exchange):
        return ""
    return "the short answer was not the JSON object that was asked for: expect answers that cannot be read"


def list_models(endpoint: Endpoint) -> list[str]:
    """The names of the server's models; empty if it does not list any."""
    request = urllib.request.Request(f"{endpoint.address}/models")
    if key := endpoint.key():
        request.add_header("Authorization", f"Bearer {key}")
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if endpoint.loopback:
        handlers.append(urllib.request.ProxyHandler({}))  # this machine is not behind a proxy
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=SECONDS) as response:
            body = response.read(MOST_BYTES)
    except urllib.error.HTTPError as error:
        if error.code in (404, 405) or error.code >= 500:
            return []  # the short answer tells
        if error.code in (401, 403):
            raise Refused(
                f"{endpoint.address} refuses: {error.code} {error.reason}; put a key into the environment variable"
                f" {endpoint.key_variable}",
                error.code,
            ) from None
        raise LLMError(
            f"{endpoint.address}/models answers {error.code} {error.reason}; is the server ready?"
        ) from None
    except (OSError, ValueError) as error:
        cause = getattr(error, "reason", error)
        raise NoAnswer(
            f"there is no server at {endpoint.address} ({cause}): start it, or set {endpoint.address_setting} to its"
            " address, or to null for the small model of this project",
            reached=False,
        ) from None
    try:
        found = json.loads(body)
        entries = found["data"] if isinstance(found, dict) else found
        return [str(entry["id"]) for entry in entries]
    except (KeyError, TypeError, ValueError):
        raise LLMError(
            f"{endpoint.address}/models answers with something else than a list of models"
            f" ({' '.join(body[:80].decode(errors='replace').split())!r}); is {endpoint.address_setting} the address"
            " that ends in /v1?"
        ) from None


def known(model: str, models: list[str]) -> bool:
    """Whether a server that lists `models` knows `model`; Ollama adds :latest to a name without a tag."""
    return model in models or f"{model}:latest" in models


def shown(models: list[str]) -> str:
    names = ", ".join(models[:10]) or "no model"
    return names + (f" and {len(models) - 10} more" if len(models) > 10 else "")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The key must not reach any other address."""

    def redirect_request(self, *arguments) -> None:
        return None
