"""Samples of a server with an OpenAI-compatible address: POST {server}/chat/completions, several at once.

What may pass (429, 5xx, a connection that breaks) is asked again, later each time. A key, where a server wants one,
is taken from the environment variable FERRULE_SERVER_KEY and put nowhere else.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from urllib.parse import urlsplit

from ferrule.sampling.requests import Ask, Given, Pace, SamplingError

KEY = "FERRULE_SERVER_KEY"
TRIES = 6
FIRST_WAIT = 1.0  # seconds before the second try; doubled for each further one: 31 s in all
LONGEST_WAIT = 60.0  # that a server may ask for itself
PATIENCE = 600  # seconds for one answer
BROKEN = (OSError, http.client.HTTPException, ValueError)  # ValueError: an answer that breaks off is no JSON


class Server:
    def __init__(self, model: str, settings: dict, *, first_wait: float = FIRST_WAIT):
        address = (settings["server"] or "").rstrip("/")
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SamplingError(
                f"sampling.server is {settings['server']!r}: engine server wants the address of an OpenAI-compatible"
                " server, such as http://127.0.0.1:8000/v1"
            )
        self.address = address if parts.path else f"{address}/v1"
        self.model, self.settings, self.first_wait = model, settings, first_wait
        # A proxy is for other machines; on this one it would only be in the way.
        handlers = [urllib.request.ProxyHandler({})] if is_loopback(parts.hostname) else []
        self.opener = urllib.request.build_opener(*handlers)
        self.stop = threading.Event()

    def answers(self, asks: list[Ask], known: set, pace: Pace) -> Iterator[tuple[Ask, Given]]:
        missing = [ask for ask in asks if ask.key not in known]
        pool = ThreadPoolExecutor(self.settings["batch"])
        try:
            waiting = {pool.submit(self.ask, ask): ask for ask in missing}
            for future in as_completed(waiting):
                found = future.result()
                pace.tokens(found.tokens or 0)
                yield waiting.pop(future), found
        finally:
            self.stop.set()
            pool.shutdown(cancel_futures=True)

    def ask(self, ask: Ask) -> Given:
        body = self.body(ask)
        wait, said = self.first_wait, ""
        for attempt in range(TRIES):
            if attempt and self.stop.wait(wait):
                break
            wait = self.first_wait * 2**attempt
            try:
                return self.read(self.post(body))
            except urllib.error.HTTPError as error:
                said = f"{error.code} {error.reason}: {words_of(error)}"
                if error.code != 429 and error.code < 500:
                    raise SamplingError(
                        f"{self.address} refuses {ask.task_id}: {said}; check --model and sampling.server"
                    ) from None
                wait = max(wait, asked_to_wait(error))
            except BROKEN as error:
                said = str(getattr(error, "reason", error)) or type(error).__name__
        raise SamplingError(
            f"{self.address} gave no answer in {TRIES} tries ({said.rstrip(': ')}): is the server up, and is"
            " sampling.server its address? What is finished is kept"
        )

    def body(self, ask: Ask) -> bytes:
        settings = self.settings
        return json.dumps(
            {
                "model": self.model,
                "messages": [{"role": "user", "content": ask.message}],
                "max_tokens": settings["max_new_tokens"],
                "temperature": settings["temperature"],
                "top_p": settings["top_p"],
                "seed": ask.seed,
            }
        ).encode()

    def post(self, body: bytes) -> dict:
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(KEY):
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(f"{self.address}/chat/completions", body, headers)
        with self.opener.open(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read())

    def read(self, answer: dict) -> Given:
        try:
            choice, usage = answer["choices"][0], answer.get("usage") or {}
            text, reason = choice["message"].get("content") or "", choice.get("finish_reason") or "unknown"
        except (AttributeError, IndexError, KeyError, TypeError):
            raise SamplingError(
                f"{self.address} answers with something else than a chat completion ({str(answer)[:100]}); is"
                " sampling.server the address that ends in /v1?"
            ) from None
        return Given(text, reason, usage.get("prompt_tokens"), usage.get("completion_tokens"))


def words_of(error: urllib.error.HTTPError) -> str:
    """What the server says of an error, shortened."""
    try:
        text = error.read().decode(errors="replace")
    except BROKEN:
        return ""
    try:
        said = json.loads(text)["error"]
        text = said["message"] if isinstance(said, dict) else str(said)
    except (ValueError, KeyError, TypeError):
        pass
    return " ".join(str(text).split())[:300]


def asked_to_wait(error: urllib.error.HTTPError) -> float:
    """Seconds that the server asks to wait; dates, which none of these servers send, count as none."""
    try:
        return min(max(float(error.headers.get("Retry-After", "0")), 0.0), LONGEST_WAIT)
    except ValueError:
        return 0.0


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
