"""Several requests at once to an OpenAI-compatible server, with retries; answers come as they are finished.

    endpoint = Endpoint("http://127.0.0.1:8000/v1", key_variable="FERRULE_SERVER_KEY")
    client = Client(endpoint, at_once=8)
    for name, answer in client.answers([("first", {"model": "mine", "messages": [...]}), ...]):
        print(name, answer.text)

Errors (`ferrule.llm.errors`): Refused for a status that will not change, NoAnswer where every try failed, LLMError
for an answer that is no chat completion. The first one ends the iteration and cancels what is still in flight.
The package `openai` is imported with the first request, since that takes a second.
"""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future
from itertools import islice
from queue import SimpleQueue
from time import time
from typing import TYPE_CHECKING, TypeVar

from ferrule.llm.endpoint import Endpoint
from ferrule.llm.errors import LLMError, NoAnswer, Refused
from ferrule.llm.requests import Answer, NotACompletion, Request, read_answer
from ferrule.llm.retries import Retries, may_pass, retry_after

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI, Omit

Tag = TypeVar("Tag")

TIME_LIMIT = 600.0  # seconds for one try
CONNECT_LIMIT = 30.0  # seconds until the connection stands


class MayPass(Exception):
    """One try failed, the next may not. `asked`: the seconds that the server asks to wait."""

    def __init__(self, what: str, *, asked: float = 0.0, reached: bool = True):
        super().__init__(what)
        self.asked, self.reached = asked, reached


class Client:
    """Asks one server. `at_once` is the number of requests in flight; `time_limit` is in seconds, for each try."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        at_once: int,
        time_limit: float = TIME_LIMIT,
        retries: Retries | None = None,
    ):
        if at_once < 1:
            raise ValueError(f"at_once is {at_once}: at least one request has to be in flight")
        self.endpoint, self.at_once, self.time_limit = endpoint, at_once, time_limit
        self.retries = retries or Retries()

    def answers(
        self, requests: Iterable[tuple[Tag, Request]], named: Callable[[Tag], str] = str
    ) -> Generator[tuple[Tag, Answer], None, None]:
        """Pairs (tag, answer) in the order in which answers are finished; `named` is a tag's name in messages.

        `requests` are taken one by one, in the caller's thread, when there is room for another: where one is finished
        the next starts before the answer is handed over. The requests themselves run in a thread of their own, so
        they go on while the caller is busy.
        """
        from anyio.from_thread import start_blocking_portal

        ask = Asking(self)
        waiting: dict[Future[Answer], Tag] = {}
        finished: SimpleQueue[Future[Answer]] = SimpleQueue()
        source = iter(requests)
        with start_blocking_portal() as portal, portal.wrap_async_context_manager(ask.service):

            def fill() -> None:
                for tag, request in islice(source, self.at_once - len(waiting)):
                    future = portal.start_task_soon(ask.patiently, request, named(tag))
                    waiting[future] = tag
                    future.add_done_callback(finished.put)

            try:
                fill()
                while waiting:
                    future = finished.get()
                    tag, answer = waiting.pop(future), future.result()
                    fill()
                    yield tag, answer
            finally:
                for future in waiting:
                    future.cancel()


class Asking:
    """One run of requests over one pool of connections."""

    def __init__(self, client: Client):
        self.endpoint, self.time_limit, self.retries = client.endpoint, client.time_limit, client.retries
        self.key = self.endpoint.key()
        self.service, self.headers = connect(self.endpoint, self.key)

    async def patiently(self, request: Request, name: str) -> Answer:
        """The answer to one request, tried again as often as `retries` allow."""
        tried = 0
        while True:
            try:
                return await self.once(request, name)
            except MayPass as failure:
                tried += 1
                if tried >= self.retries.tries:
                    raise self.gave_up(failure, name) from None
                await sleep(self.retries.wait(tried, failure.asked))

    async def once(self, request: Request, name: str) -> Answer:
        """One try. MayPass where another may help."""
        import anyio
        import httpx2
        import openai

        try:
            with anyio.fail_after(self.time_limit):
                # The library's own method for chat would lose what a server sends beyond OpenAI's types.
                response = await self.service.post(
                    "/chat/completions",
                    body=dict(request),
                    cast_to=httpx2.Response,
                    options={"headers": self.headers},
                )
        except TimeoutError:
            raise MayPass(f"no answer within {self.time_limit:g} s") from None
        except openai.APIStatusError as error:
            raise self.failure(error, request, name) from None
        except openai.APITimeoutError:
            raise MayPass(f"no connection within {CONNECT_LIMIT:g} s", reached=False) from None
        except openai.APIConnectionError as error:
            raise MayPass(self.shown(cause(error)), reached=False) from None
        try:
            body = json.loads(response.content)
        except ValueError:
            raise MayPass(f"no JSON but {self.shown(response.text, 100)!r}") from None
        try:
            return read_answer(body)
        except NotACompletion:
            raise LLMError(
                f"{self.endpoint.address} answers {name}, asked of {request.get('model')!r}, with something else than"
                f" a chat completion ({self.shown(str(body), 100)}); is {self.endpoint.address_setting} the address that"
                " ends in /v1?"
            ) from None

    def failure(self, error: APIStatusError, request: Request, name: str) -> MayPass | Refused:
        """What a status other than 200 means."""
        endpoint, status = self.endpoint, error.status_code
        what = self.shown(f"{status} {error.response.reason_phrase}: {words(error)}").rstrip(": ")
        if may_pass(status):
            asked = retry_after(error.response.headers.get("Retry-After", ""), time())
            if asked > self.retries.longest_wait:
                what += f"; the server asks to wait {asked:.0f} s"
            return MayPass(what, asked=asked)
        model = f"{request.get('model')!r}"
        if status in (401, 403):
            step = (
                f"put a key that may use model {model} into the environment variable {endpoint.key_variable}"
            )
        elif status == 404:
            step = (
                f"check that the server has a model {model} ({endpoint.model_setting}), and that"
                f" {endpoint.address_setting} is the address that ends in /v1"
            )
        else:
            step = f"check {endpoint.model_setting}, now {model}, and {endpoint.address_setting}"
        return Refused(f"{endpoint.address} refuses {name}: {what}; {step}", status)

    def gave_up(self, failure: MayPass, name: str) -> NoAnswer:
        step = (
            "run again later, or with fewer requests at once"
            if failure.reached
            else f"is the server up, and is {self.endpoint.address_setting} its address?"
        )
        return NoAnswer(
            f"{self.endpoint.address} gave no answer to {name} in {self.retries.tries} tries ({failure}): {step}"
        )

    def shown(self, text: str, most: int = 300) -> str:
        """A server's words, on one line of `most` characters, without the key, which some servers repeat."""
        if self.key:
            text = text.replace(self.key, "[key]")
        return " ".join(text.split())[:most]


def connect(endpoint: Endpoint, key: str) -> tuple[AsyncOpenAI, dict[str, str | Omit]]:
    """The library's client, and the headers that every request needs."""
    import openai

    try:
        http = openai.DefaultAsyncHttpxClient(
            trust_env=not endpoint.loopback,  # a proxy is for other machines; for this one it would be in the way
            verify=ssl.create_default_context(),  # the system's certificates, whatever trust_env is
            follow_redirects=False,  # a key is for this address alone
        )
    except (ImportError, ValueError):
        raise LLMError(
            f"the proxy that the environment names for {endpoint.address} cannot be used: unset ALL_PROXY, or add the"
            " server's host to NO_PROXY"
        ) from None
    service = openai.AsyncOpenAI(
        api_key="unused",  # `headers` have the key
        base_url=endpoint.address,
        timeout=openai.Timeout(None, connect=CONNECT_LIMIT),  # the limit of a whole try is kept outside
        max_retries=0,  # it neither retries an answer that is no JSON nor lets the waits be chosen
        http_client=http,
    )
    # The library fills these from its own variables (OPENAI_API_KEY and others), which are for another server.
    headers: dict[str, str | Omit] = {
        "Authorization": f"Bearer {key}" if key else openai.omit,
        "OpenAI-Organization": openai.omit,
        "OpenAI-Project": openai.omit,
    }
    return service, headers


async def sleep(seconds: float) -> None:
    import anyio

    await anyio.sleep(seconds)


def words(error: APIStatusError) -> str:
    """What the server says of an error: its message where it gives one, else all of its text."""
    said = error.body  # the library has taken it out of {"error": ...}
    if isinstance(said, Mapping):
        said = said.get("message") or error.response.text
    return str(said or "")


def cause(error: BaseException) -> str:
    """What is at the bottom of a connection error, in the system's words."""
    if isinstance(error, BaseExceptionGroup):  # an address for each try
        return cause(error.exceptions[0])
    if inner := error.__cause__ or error.__context__:
        return cause(inner)
    if isinstance(error, ConnectionError) and error.errno is not None:
        return os.strerror(error.errno)  # asyncio's own text leaves out what happened
    return str(error) or type(error).__name__
