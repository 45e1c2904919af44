"""The client of OpenAI-compatible servers: the window, retries and waits, errors, time limits, the key."""

import json
import logging
import os
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import anyio.to_thread
import pytest
from fake_llm import FakeLLM

from ferrule.llm import client as client_module
from ferrule.llm import retries as retries_module
from ferrule.llm.client import Client
from ferrule.llm.endpoint import Endpoint
from ferrule.llm.errors import LLMError, NoAnswer, Refused
from ferrule.llm.requests import Answer, NotACompletion, read_answer, request_key
from ferrule.llm.retries import Retries, may_pass, retry_after

SCRIPTS = Path(__file__).parents[2] / "scripts"
KEY = "SOME_SERVER_KEY"
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def request(text: str = "Why?", **more) -> dict:
    return {"model": "mine", "messages": [{"role": "user", "content": text}], **more}


def endpoint(llm: FakeLLM) -> Endpoint:
    return Endpoint(llm.address, key_variable=KEY, address_setting="some.server", model_setting="some.model")


def client(llm: FakeLLM, at_once: int = 1, **more) -> Client:
    return Client(endpoint(llm), at_once=at_once, **more)


def texts(count: int) -> list[tuple[int, dict]]:
    return [(n, request(f"question {n}")) for n in range(count)]


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """The seconds that the client would have slept, without jitter; nothing sleeps but the client's own clock."""
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(client_module, "sleep", sleep)
    monkeypatch.setattr(client_module, "monotonic", lambda: sum(slept))
    monkeypatch.setattr(retries_module, "random", lambda: 0.0)
    return slept


# Requests and answers


def test_a_key_belongs_to_the_exact_request():
    one = request(temperature=0.5, seed=1)
    assert request_key(one) == request_key(dict(reversed(one.items())))
    assert request_key(one) == request_key(json.loads(json.dumps(one)))
    others = [one | {"seed": 2}, one | {"temperature": 0.25}, one | {"model": "x"}, request("Why ?"), {}]
    assert len({request_key(each) for each in [one, *others]}) == 6
    known = "40c2efee9e5d2ffc1f4ed9743dc04b693f869562d4a80b6a19234bc45ee39ee7"
    assert request_key({"model": "é", "n": 1}) == known


def test_the_order_of_a_schema_s_properties_is_part_of_the_key():
    schemas = [
        {"a": {"type": "string"}, "b": {"type": "string"}},
        {"b": {"type": "string"}, "a": {"type": "string"}},
    ]
    assert len({request_key(request(response_format={"properties": each})) for each in schemas}) == 2


def test_what_json_cannot_say_has_no_key():
    with pytest.raises(ValueError):
        request_key(request(temperature=float("nan")))


def test_an_answer_needs_no_more_than_a_choice():
    assert read_answer({"choices": [{"message": {"content": None}}]}) == Answer("", "unknown", None, None)
    whole = {
        "choices": [
            {"message": {"content": "Hm."}, "finish_reason": "length"},
            {"message": {"content": "No."}},
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
    }
    assert read_answer(whole) == Answer("Hm.", "length", 3, 2)


@pytest.mark.parametrize(
    "body",
    [
        None,
        "text",
        [],
        {},
        {"choices": None},
        {"choices": []},
        {"choices": [{}]},
        {"choices": [{"message": None}]},
        {"choices": [{"message": {"content": ["parts"]}}]},
        {"choices": [{"message": {"content": "x"}}], "usage": "none"},
    ],
)
def test_anything_else_is_no_answer(body):
    with pytest.raises(NotACompletion):
        read_answer(body)


# The window


def test_as_many_are_in_flight_as_asked_and_no_more():
    together = threading.Barrier(3, timeout=30)  # breaks unless three requests are there at the same time

    def answer(body: dict) -> str:
        together.wait()
        return "x"

    with FakeLLM(knows=answer) as llm:
        assert len(list(client(llm, at_once=3).answers(texts(9)))) == 9
        assert llm.most_at_once == 3
    assert not together.broken


def test_a_slow_answer_holds_up_no_other_and_each_goes_to_its_own_question():
    """The first request is answered after all the others, which therefore pass through the second place."""
    others = threading.Semaphore(0)

    def answer(body: dict) -> str:
        text = body["messages"][-1]["content"]
        if text == "question 0":
            for _ in range(5):
                assert others.acquire(timeout=30)
        return f"answer to {text}"

    with FakeLLM(knows=answer) as llm:
        found = []
        for number, given in client(llm, at_once=2).answers(texts(6)):
            found.append(number)
            assert given.text == f"answer to question {number}"
            others.release()
    assert found == [1, 2, 3, 4, 5, 0]


def test_answers_do_not_depend_on_how_many_are_asked_at_once():
    with FakeLLM() as llm:
        alone = list(client(llm, at_once=1).answers(texts(8)))
        together = list(client(llm, at_once=5).answers(texts(8)))
    assert [number for number, _ in alone] == list(range(8))
    assert dict(together) == dict(alone)


def test_requests_are_taken_when_there_is_room_and_in_the_caller_s_thread():
    taken = []

    def source():
        for number, each in texts(9):
            taken.append(threading.current_thread())
            yield number, each

    with FakeLLM() as llm:
        answers = client(llm, at_once=2).answers(source())
        next(answers)
        assert len(taken) == 3  # one is finished, its place is taken again
        answers.close()
        assert len(taken) == 3
    assert set(taken) == {threading.current_thread()}


def test_no_request_asks_nothing():
    with FakeLLM() as llm:
        assert list(client(llm).answers([])) == []
        assert llm.requests == []


def test_an_error_ends_what_is_in_flight():
    with FakeLLM({1: "hang", 2: "400"}) as llm, pytest.raises(Refused, match="refuses 1"):
        for number, _ in client(llm, at_once=2).answers(hung_first(llm)):
            raise AssertionError(f"question {number} has an answer")


def hung_first(llm: FakeLLM):
    """Two questions, the second once the first hangs."""
    yield 0, request("question 0")
    assert llm.hung.wait(30)
    yield 1, request("question 1")


def test_a_window_of_none_is_refused():
    with FakeLLM() as llm, pytest.raises(ValueError, match="at_once is 0"):
        client(llm, at_once=0)


# Retries and waits


@pytest.mark.parametrize("cue", ["408", "409", "429", "500", "503", "reset", "cut", "text"])
def test_what_may_pass_is_tried_again_and_later_each_time(cue, waits):
    with FakeLLM({1: cue, 2: cue, 3: cue}) as llm:
        ((_, found),) = client(llm).answers(texts(1))
        assert llm.said == [cue] * 3 + ["answer"]
        assert llm.requests == [texts(1)[0][1]] * 4
    assert found.finish_reason == "stop"
    assert waits == [1.0, 2.0, 4.0]


def test_every_try_that_is_allowed_is_made(waits):
    with FakeLLM(dict.fromkeys(range(1, 9), "503")) as llm:
        with pytest.raises(NoAnswer) as error:
            list(client(llm, retries=Retries(tries=4, first_wait=0.5)).answers(texts(1)))
        assert len(llm.requests) == 4
    assert waits == [0.5, 1.0, 2.0]
    assert str(error.value) == (
        f"{llm.address} gave no answer to 0 in 4 tries (503 Service Unavailable: failure 503 on cue): run again later,"
        " or with fewer requests at once"
    )


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        ("0.25", 1.0),  # never sooner than without it
        ("30", 30.0),
        ("3600", 60.0),
        (format_datetime(NOW.replace(second=45), usegmt=True), 45.0),
        (format_datetime(NOW.replace(year=2020), usegmt=True), 1.0),
        ("soon", 1.0),
    ],
)
@pytest.mark.parametrize("status", ["429", "503"])
def test_a_server_may_ask_to_wait(status, asked, waited, waits, monkeypatch):
    monkeypatch.setattr(client_module, "time", NOW.timestamp)
    with FakeLLM({1: status}, retry_after=asked) as llm:
        assert len(list(client(llm).answers(texts(1)))) == 1
    assert waits == [waited]


def test_no_other_request_is_sent_while_the_server_asks_to_wait(waits):
    with FakeLLM({1: "429"}, retry_after="20") as llm:
        found = list(client(llm, at_once=3).answers(texts(12)))
        assert len(found) == 12 and len(llm.requests) == 13
    # Whatever was not under way when the server said so waited for the rest of the 20 seconds.
    assert sum(waits) >= 20


def test_a_request_that_waits_for_its_next_try_leaves_its_place(monkeypatch):
    """With a window of one, all others are answered while the first one waits."""
    released = threading.Event()

    async def sleep(seconds: float) -> None:
        await anyio.to_thread.run_sync(released.wait)

    monkeypatch.setattr(client_module, "sleep", sleep)
    with FakeLLM({1: "503"}) as llm:
        found = []
        for tag, _ in client(llm).answers(texts(6)):
            found.append(tag)
            if len(found) == 5:
                released.set()
        assert found == [1, 2, 3, 4, 5, 0] and llm.most_at_once == 1


def test_requests_are_spread_over_the_minute(waits):
    with FakeLLM() as llm:
        list(client(llm, at_once=4, per_minute=30).answers(texts(5)))
    assert sum(waits) == pytest.approx(8.0)  # four gaps of two seconds


def test_a_failure_is_an_outcome_and_the_rest_is_answered(waits):
    with FakeLLM({2: "400", 3: "strange"}) as llm:
        found = dict(client(llm).outcomes(texts(5)))
    assert [type(found[n]) for n in range(5)] == [Answer, Refused, LLMError, Answer, Answer]


def test_a_request_may_follow_from_an_answer():
    """The iterator has nothing left when the last answer comes, and one more request after it."""

    class Growing:
        def __init__(self):
            self.ready = [("first", request("first"))]

        def __iter__(self):
            return self

        def __next__(self):
            if not self.ready:
                raise StopIteration
            return self.ready.pop()

    with FakeLLM() as llm:
        growing, seen = Growing(), []
        for tag, _ in client(llm, at_once=3).outcomes(growing):
            seen.append(tag)
            if len(seen) < 3:
                growing.ready.append((f"{tag}+", request(f"{tag}+")))
    assert seen == ["first", "first+", "first++"]


def test_a_wait_that_is_too_long_is_told(waits):
    message = r"429 .* on cue; the server asks to wait 3600 s\): run again later"
    llm = FakeLLM({1: "429", 2: "429"}, retry_after="3600")
    with llm, pytest.raises(NoAnswer, match=message):
        list(client(llm, retries=Retries(tries=2)).answers(texts(1)))
    assert waits == [60.0]


def test_the_seconds_of_a_retry_after_header():
    now = NOW.timestamp()
    date = format_datetime(NOW.replace(minute=2), usegmt=True)
    found = [retry_after(each, now) for each in ("7", " 1.5 ", date, date.replace("GMT", "-0000"))]
    assert found == [7.0, 1.5, 120.0, 120.0]
    for nothing in (
        "",
        "-3",
        "nan",
        "soon",
        "Sun, 99 Mar 2026 12:00:00 GMT",
        "Sun, 01 Mar 0000 12:00:00 GMT",
    ):
        assert retry_after(nothing, now) == 0.0
    assert Retries(longest_wait=9).wait(1, retry_after("1e999", now)) <= 9.25


def test_waits_grow_up_to_a_limit_and_differ(monkeypatch):
    retries = Retries(first_wait=2.0, longest_wait=30.0)
    monkeypatch.setattr(retries_module, "random", lambda: 0.0)
    assert [retries.wait(tried) for tried in range(1, 7)] == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    monkeypatch.setattr(retries_module, "random", lambda: 1.0)
    assert [retries.wait(tried) for tried in (1, 2, 6)] == [2.5, 5.0, 37.5]
    assert retries.wait(1, asked=10.0) == 10.5
    monkeypatch.undo()
    assert len({retries.wait(3) for _ in range(20)}) > 1


def test_statuses_that_may_pass():
    assert [status for status in range(300, 600) if may_pass(status)] == [408, 409, 429, *range(500, 600)]


# Errors that stay


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("400", "check some.model, now 'mine', and some.server"),
        ("401", f"put a key that may use model 'mine' into the environment variable {KEY}"),
        ("403", f"put a key that may use model 'mine' into the environment variable {KEY}"),
        (
            "404",
            "check that the server has a model 'mine' (some.model), and that some.server is the address that ends in /v1",
        ),
        ("307", "check some.model, now 'mine', and some.server"),
    ],
)
def test_a_refusal_is_told_with_address_model_and_next_step(status, step, waits):
    with FakeLLM({1: status}) as llm:
        with pytest.raises(Refused) as error:
            list(client(llm).answers(texts(1), named=lambda number: f"set/{number}"))
        assert len(llm.requests) == 1
    assert error.value.status == int(status) and waits == []
    said = str(error.value)
    assert said.startswith(f"{llm.address} refuses set/0: {status} ")
    assert f": failure {status} on cue; " in said and said.endswith(f"; {step}")


@pytest.mark.parametrize("cue", ["strange", "empty"])
def test_what_is_no_completion_is_told_and_not_asked_again(cue, waits):
    with FakeLLM({1: cue}) as llm:
        with pytest.raises(
            LLMError, match=r"answers 0, asked of 'mine', .* is some\.server the address that ends"
        ):
            list(client(llm).answers(texts(1)))
        assert len(llm.requests) == 1
    assert waits == []


@pytest.mark.parametrize(
    ("cue", "words"),
    [
        ("reset", r"Connection reset by peer"),
        ("cut", r"closed connection without sending complete message body"),
        ("text", r"no JSON but '<html>try again later</html>'"),
    ],
)
def test_what_went_wrong_is_told(cue, words, waits):
    with FakeLLM({1: cue}) as llm, pytest.raises(NoAnswer, match=rf"in 1 tries \(.*{words}"):
        list(client(llm, retries=Retries(tries=1)).answers(texts(1)))


def test_a_server_that_is_not_there_is_told(waits):
    with FakeLLM() as llm:
        pass
    with pytest.raises(
        NoAnswer, match=r"6 tries \(Connection refused\): is the server up, and is some\.server its"
    ):
        list(client(llm).answers(texts(1)))
    assert len(waits) == 5


@pytest.mark.parametrize("cue", ["hang", "trickle"])
def test_a_try_has_a_time_limit_whatever_comes_in_the_meantime(cue, waits):
    message = r"in 2 tries \(no answer within 0\.3 s\)"
    with FakeLLM(dict.fromkeys(range(1, 9), cue)) as llm, pytest.raises(NoAnswer, match=message):
        list(client(llm, time_limit=0.3, retries=Retries(tries=2)).answers(texts(1)))
    assert waits == [1.0]


def test_a_connection_has_a_time_limit_of_its_own(waits, monkeypatch):
    monkeypatch.setattr(client_module, "CONNECT_LIMIT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection and never begins TLS
        there = Endpoint(f"https://127.0.0.1:{silent.getsockname()[1]}/v1", key_variable=KEY)
        with pytest.raises(NoAnswer, match=r"\(no connection within 0\.2 s\): is the server up"):
            list(Client(there, at_once=1, retries=Retries(tries=1)).answers(texts(1)))


# The address, the key, the environment


@pytest.mark.parametrize(
    "address", [None, "", "127.0.0.1:8000", "ftp://127.0.0.1/v1", "http://", "http://a:b/v1"]
)
def test_an_address_that_is_none_is_told(address):
    with pytest.raises(LLMError, match=r"^some\.server is .* such as http://127\.0\.0\.1:8000/v1"):
        Endpoint(address, key_variable=KEY, address_setting="some.server")


@pytest.mark.parametrize("part", ["http://user:sesame@127.0.0.1/v1", "http://127.0.0.1/v1?key=sesame"])
def test_a_key_in_an_address_is_refused_and_not_repeated(part):
    with pytest.raises(LLMError, match=f"environment variable {KEY}") as error:
        Endpoint(part, key_variable=KEY)
    assert "sesame" not in str(error.value)


def test_a_path_is_only_added_where_there_is_none():
    given = ["http://a.example", "http://a.example/", "http://a.example/v1/", "https://a.example:1/x/v2"]
    expected = [
        "http://a.example/v1",
        "http://a.example/v1",
        "http://a.example/v1",
        "https://a.example:1/x/v2",
    ]
    assert [Endpoint(each, key_variable=KEY).address for each in given] == expected


def test_the_key_of_the_named_variable_is_sent_and_no_other(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "foreign")
    monkeypatch.delenv(KEY, raising=False)
    with FakeLLM() as llm:
        list(client(llm).answers(texts(1)))
        monkeypatch.setenv(KEY, "sesame\n")  # as a file with a line break gives it
        list(client(llm).answers(texts(1)))
    assert [headers["Authorization"] for headers in llm.headers] == [None, "Bearer sesame"]
    assert "foreign" not in str([headers.items() for headers in llm.headers])


@pytest.mark.parametrize("key", ["ses\name", "sésame"])
def test_a_key_that_no_header_can_hold_is_told_without_it(key, monkeypatch):
    monkeypatch.setenv(KEY, key)
    with FakeLLM() as llm:
        with pytest.raises(LLMError, match=KEY) as error:
            list(client(llm).answers(texts(1)))
        assert llm.requests == []
    assert key not in str(error.value)


@pytest.mark.parametrize("cues", [{1: "echo"}, {1: "503", 2: "reset", 3: "text", 4: "echo"}])
def test_the_key_is_in_no_message_and_no_log(cues, monkeypatch, caplog, waits):
    monkeypatch.setenv(KEY, "sesame-opens")
    caplog.set_level(logging.DEBUG)
    with FakeLLM(cues) as llm:
        asker = client(llm)
        with pytest.raises(Refused, match=r"no such key: Bearer \[key\]") as error:
            list(asker.answers(texts(1)))
        assert llm.headers[-1]["Authorization"] == "Bearer sesame-opens"
    assert caplog.records  # the libraries do write some
    said = [caplog.text, str(error.value), repr(error.value), repr(vars(asker)), repr(vars(asker.endpoint))]
    assert not [each for each in said if "sesame" in each]
    assert error.value.__suppress_context__  # else a traceback would show the library's own error


def test_a_proxy_is_asked_for_other_machines_and_not_for_this_one(monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with FakeLLM() as llm, FakeLLM() as proxy:
        for name in ("http_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address.removesuffix("/v1"))
        assert len(list(client(llm).answers(texts(1)))) == 1
        assert proxy.requests == []
        other = Endpoint("http://model.invalid/v1", key_variable=KEY)
        with pytest.raises(Refused, match=r"404 .*there is nothing at http://model\.invalid/v1"):
            list(Client(other, at_once=1).answers(texts(1)))
        assert len(proxy.requests) == 1


def test_a_proxy_that_cannot_be_used_is_told(monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("all_proxy", "strange://user:sesame@127.0.0.1:9")
    other = Endpoint("http://model.invalid/v1", key_variable=KEY)
    with pytest.raises(LLMError, match=r"http://model\.invalid/v1 cannot be used: unset ALL_PROXY") as error:
        list(Client(other, at_once=1).answers(texts(1)))
    assert "sesame" not in str(error.value)


def test_the_library_is_imported_with_the_first_request_and_not_before():
    code = """if True:
        import sys
        import ferrule.sampling.server_engine as engine
        from ferrule.llm.client import Client
        server = engine.Server("mine", {"server": "http://127.0.0.1:1/v1", "batch": 1})
        Client(server.endpoint, at_once=1).answers([])
        print(sorted({"openai", "httpx2", "anyio"} & set(sys.modules)))
    """
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")
