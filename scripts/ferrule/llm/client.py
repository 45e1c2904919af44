"""Send several requests at once to an OpenAI-compatible server, with retries; answers arrive as they finish.

    endpoint = Endpoint("http://127.0.0.1:8000/v1", key_variable="FERRULE_SERVER_KEY")
    client = Client(endpoint, at_once=8)
    for name, answer in client.answers([("first", {"model": "mine", "messages": [...]}), ...]):
        print(name, answer.text)

Errors (`ferrule.llm.errors`): Refused for a status that will not change, NoAnswer if every try failed, LLMError for a
response that is not a chat completion. With `answers`, the first error stops the iteration and cancels the requests in
flight; `outcomes` yields it like an answer, and goes on.

The requests in flight are a sliding window: when the caller has taken an answer, or a request waits for its next try,
the next one is sent. A caller that stores each answer before it asks for the next one so never has more than `at_once`
requests sent and not stored, whenever it is killed. If a server asks to wait (Retry-After), no request is sent until then.
The package `openai` is imported by the first request, because the import takes a second.
"""

from __future__ import annotations

import functools
import json
import os
import ssl
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future
from contextlib import closing
from itertools import islice
from queue import SimpleQueue
from time import monotonic, time
from typing import TYPE_CHECKING, TypeVar

from ferrule.llm.endpoint import Endpoint
from ferrule.llm.errors import LLMError, NoAnswer, Refused
from ferrule.llm.requests import Answer, NotACompletion, Request, read_answer
from ferrule.llm.retries import Retries, may_pass, retry_after

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI, Omit

Tag = TypeVar("Tag")

TIME_LIMIT = 600.0  # seconds for one try
CONNECT_LIMIT = 30.0  # seconds to establish the connection


class TryFailed(Exception):
    """One try failed, but the next may succeed.

    `asked` is the number of seconds that the server asks to wait. `reached` is False if the connection failed.
    """

    def __init__(self, message: str, *, asked: float = 0.0, reached: bool = True):
        super().__init__(message)
        self.asked, self.reached = asked, reached


class Client:
    """A client for one server. `at_once` limits the requests in flight; `time_limit` is in seconds, for each try.

    `per_minute` limits the tries that are sent in a minute; they are spread evenly. `ahead` requests more are taken from
    the caller and stand ready: they are sent, whatever the caller learns in the meantime.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        at_once: int,
        time_limit: float = TIME_LIMIT,
        retries: Retries | None = None,
        per_minute: float | None = None,
        ahead: int = 0,
    ):
        if at_once < 1:
            raise ValueError(f"at_once is {at_once}: at least one request has to be in flight")
        self.endpoint, self.at_once, self.time_limit = endpoint, at_once, time_limit
        self.retries, self.per_minute = retries or Retries(), per_minute
        self.ahead = ahead

    def answers(
        self, requests: Iterable[tuple[Tag, Request]], named: Callable[[Tag], str] = str
    ) -> Generator[tuple[Tag, Answer], None, None]:
        """Pairs (tag, answer) in the order in which the answers finish. `named` gives a tag's name in messages."""
        with closing(self.outcomes(requests, named)) as outcomes:
            for tag, outcome in outcomes:
                if isinstance(outcome, LLMError):
                    raise outcome
                yield tag, outcome

    def outcomes(
        self, requests: Iterable[tuple[Tag, Request]], named: Callable[[Tag], str] = str
    ) -> Generator[tuple[Tag, Answer | LLMError], None, None]:
        """As `answers`, with an error in place of the answer for each request that failed.

        `requests` is consumed lazily, in the caller's thread. The requests run in a separate thread, so those in
        flight continue while the caller is busy; the place of an answer is free when the caller asks for the next
        outcome. An iterator that has nothing more for now may have more after an outcome: it is asked again.
        """
        from anyio.from_thread import start_blocking_portal

        in_flight: dict[Future[Answer], Tag] = {}
        finished: SimpleQueue[Future[Answer] | None] = SimpleQueue()  # None: one waits, and another may start
        session = Session(self, lambda: finished.put(None))
        remaining = iter(requests)
        with start_blocking_portal() as portal, portal.wrap_async_context_manager(session.service):

            def start_requests() -> None:
                # A few stand ready, so that a free place is taken at once. Those that wait for another try leave
                # their place to others, up to as many again.
                places = self.at_once + self.ahead + min(session.waiting, self.at_once)
                for tag, request in islice(remaining, max(places - len(in_flight), 0)):
                    future = portal.start_task_soon(session.answer, request, named(tag))
                    in_flight[future] = tag
                    future.add_done_callback(finished.put)

            try:
                start_requests()
                while in_flight:
                    future = finished.get()
                    if future is None:
                        start_requests()
                        continue
                    tag, outcome = in_flight.pop(future), outcome_of(future)
                    start_requests()
                    yield tag, outcome
                    if isinstance(outcome, Answer):
                        portal.start_task_soon(session.window.release)
                    start_requests()
            finally:
                for future in in_flight:
                    future.cancel()


def outcome_of(future: Future[Answer]) -> Answer | LLMError:
    try:
        return future.result()
    except LLMError as error:
        return error


class Session:
    """One iteration over requests, with one pool of connections. `on_wait` is called when a request begins to wait."""

    def __init__(self, client: Client, on_wait: Callable[[], None]):
        import anyio

        self.endpoint, self.time_limit, self.retries = client.endpoint, client.time_limit, client.retries
        self.key = self.endpoint.key()
        self.service, self.headers = connect(self.endpoint, self.key)
        self.window = anyio.Semaphore(client.at_once)
        self.waiting, self.on_wait = 0, on_wait  # requests between two tries
        self.interval = 60 / client.per_minute if client.per_minute else 0.0  # seconds between two tries
        self.next_try = self.closed_until = 0.0  # of the monotonic clock

    async def answer(self, request: Request, name: str) -> Answer:
        """The answer to one request, with as many tries as `retries` allows. It keeps its place in the window."""
        tried = 0
        while True:
            await self.window.acquire()
            try:
                return await self.in_place(request, name)
            except TryFailed as failure:
                tried += 1
                if tried >= self.retries.tries:
                    raise self.no_answer(failure, name) from None
                if failure.asked:
                    wait = min(failure.asked, self.retries.longest_wait)
                    self.closed_until = max(self.closed_until, monotonic() + wait)
                self.waiting += 1
                self.on_wait()
                try:
                    await sleep(self.retries.wait(tried, failure.asked))
                finally:
                    self.waiting -= 1

    async def in_place(self, request: Request, name: str) -> Answer:
        """One try in a place of the window, which it gives back if there is no answer."""
        try:
            return await self.try_once(request, name)
        except BaseException:
            self.window.release()
            raise

    async def turn(self) -> None:
        """Wait until this request may be sent: the server's own wait, and the rate that the user allows."""
        while (wait := max(self.closed_until, self.next_try) - monotonic()) > 0:
            await sleep(wait)
        if self.interval:
            self.next_try = max(self.next_try, monotonic()) + self.interval

    async def try_once(self, request: Request, name: str) -> Answer:
        """One try. Raises TryFailed if another may succeed."""
        import anyio
        import httpx2
        import openai

        await self.turn()
        try:
            with anyio.fail_after(self.time_limit):
                # The library's chat method would drop fields that OpenAI's types do not have.
                response = await self.service.post(
                    "/chat/completions",
                    body=dict(request),
                    cast_to=httpx2.Response,
                    options={"headers": self.headers},
                )
        except TimeoutError:
            raise TryFailed(f"no answer within {self.time_limit:g} s") from None
        except openai.APIStatusError as error:
            raise self.status_failure(error, request, name) from None
        except openai.APITimeoutError:
            raise TryFailed(f"no connection within {CONNECT_LIMIT:g} s", reached=False) from None
        except openai.APIConnectionError as error:
            raise TryFailed(self.redacted(root_cause(error)), reached=False) from None
        try:
            body = json.loads(response.content)
        except ValueError:
            raise TryFailed(f"no JSON but {self.redacted(response.text, 100)!r}") from None
        try:
            return read_answer(body)
        except NotACompletion:
            raise LLMError(
                f"{self.endpoint.address} answers {name}, asked of {request.get('model')!r}, with something else than"
                f" a chat completion ({self.redacted(str(body), 100)}); is {self.endpoint.address_setting} the address that"
                " ends in /v1?"
            ) from None

    def status_failure(self, error: APIStatusError, request: Request, name: str) -> TryFailed | Refused:
        """The exception for a status other than 200."""
        endpoint, status = self.endpoint, error.status_code
        message = self.redacted(f"{status} {error.response.reason_phrase}: {error_text(error)}").rstrip(": ")
        if may_pass(status):
            asked = retry_after(error.response.headers.get("Retry-After", ""), time())
            if asked > self.retries.longest_wait:
                message += f"; the server asks to wait {asked:.0f} s"
            return TryFailed(message, asked=asked)
        model = f"{request.get('model')!r}"
        if status in (401, 403):
            next_step = (
                f"put a key that may use model {model} into the environment variable {endpoint.key_variable}"
            )
        elif status == 404:
            next_step = (
                f"check that the server has a model {model} ({endpoint.model_setting}), and that"
                f" {endpoint.address_setting} is the address that ends in /v1"
            )
        else:
            next_step = f"check {endpoint.model_setting}, now {model}, and {endpoint.address_setting}"
        return Refused(f"{endpoint.address} refuses {name}: {message}; {next_step}", status)

    def no_answer(self, failure: TryFailed, name: str) -> NoAnswer:
        """The error after the last try."""
        next_step = (
            "run again later, or with fewer requests at once"
            if failure.reached
            else f"is the server up, and is {self.endpoint.address_setting} its address?"
        )
        return NoAnswer(
            f"{self.endpoint.address} gave no answer to {name} in {self.retries.tries} tries ({failure}): {next_step}",
            reached=failure.reached,
        )

    def redacted(self, text: str, limit: int = 300) -> str:
        """A server's text on one line of at most `limit` characters, without the key, which some servers repeat."""
        if self.key:
            text = text.replace(self.key, "[key]")
        return " ".join(text.split())[:limit]


@functools.cache
def certificates() -> ssl.SSLContext:
    """Reading the system's certificates takes 50 ms: once is enough."""
    return ssl.create_default_context()


def connect(endpoint: Endpoint, key: str) -> tuple[AsyncOpenAI, dict[str, str | Omit]]:
    """The library's client, and the headers of every request."""
    import openai

    try:
        http = openai.DefaultAsyncHttpxClient(
            trust_env=not endpoint.loopback,  # requests to this machine must not go through a proxy
            verify=certificates(),  # the system's certificates, whatever trust_env is
            follow_redirects=False,  # the key must not reach any other address
        )
    except (ImportError, ValueError):
        raise LLMError(
            f"the proxy that the environment names for {endpoint.address} cannot be used: unset ALL_PROXY, or add the"
            " server's host to NO_PROXY"
        ) from None
    service = openai.AsyncOpenAI(
        api_key="unused",  # the key is in `headers`
        base_url=endpoint.address,
        timeout=openai.Timeout(None, connect=CONNECT_LIMIT),  # `try_once` limits the whole try
        max_retries=0,  # the library does not retry responses that are not JSON, and its waits are fixed
        http_client=http,
    )
    # The library would set these from its own variables (OPENAI_API_KEY and others), which belong to another server.
    headers: dict[str, str | Omit] = {
        "Authorization": f"Bearer {key}" if key else openai.omit,
        "OpenAI-Organization": openai.omit,
        "OpenAI-Project": openai.omit,
    }
    return service, headers


async def sleep(seconds: float) -> None:
    import anyio

    await anyio.sleep(seconds)


def error_text(error: APIStatusError) -> str:
    """The server's error message if there is one, otherwise the whole body."""
    body = error.body  # the library has already unwrapped {"error": ...}
    if isinstance(body, Mapping):
        body = body.get("message") or error.response.text
    return str(body or "")


def root_cause(error: BaseException) -> str:
    """The text of the innermost cause of a connection error."""
    if isinstance(error, BaseExceptionGroup):  # one exception for each address of the host
        return root_cause(error.exceptions[0])
    if inner := error.__cause__ or error.__context__:
        return root_cause(inner)
    if isinstance(error, ConnectionError) and error.errno is not None:
        return os.strerror(error.errno)  # asyncio's text omits the reason
    return str(error) or type(error).__name__
