"""Asking: what is sent and what is not, failures and the next step, retry, limits; against a server that fails on cue."""

import json
import re
import shutil
import urllib.request
from pathlib import Path

import pytest
from fake_llm import FakeLLM
from qa_run import MIT, QaRun, commit, git_repository, rust_function

from ferrule.core.reasons import QuestionReason as Reason
from ferrule.qa import answer_cache, battery, server_check
from ferrule.qa.answer_cache import AnswerCache, CacheError
from ferrule.qa.asking import chosen
from ferrule.qa.reading import Exchange

FILES = {"LICENSE": MIT, "src/a.rs": rust_function(1) + rust_function(2), "src/b.rs": rust_function(3)}
KIND = re.compile(r"about (what|why|how to use|a mistake)|asks for (tests)|would (begin)|goes (on)")


def answer(body: dict) -> str:
    """What a good server gives: an object that names the code's function, and differs with seed and turn."""
    if len(body["messages"]) == 1:  # the check of the server
        return '{"question": "Ready?", "answer": "Yes."}'
    name = re.findall(r"compute_\d+", body["messages"][1]["content"])[-1]
    turn = len(body["messages"]) // 2
    return json.dumps(
        {"question": f"What is {name}, {turn}?", "answer": f"{name} computes a number, seed {body['seed']}."}
    )


def server(cues=None, knows=answer, **more) -> FakeLLM:
    return FakeLLM(cues, knows=knows, **more)


def asked(llm: FakeLLM) -> list[dict]:
    """The requests about code, without those of the check of the server."""
    return [body for body in llm.requests if body["messages"][0]["role"] == "system"]


def kinds_of(requests: list[dict]) -> set[str]:
    return {next(filter(None, KIND.search(body["messages"][-1]["content"]).groups())) for body in requests}


PREPARED: dict[str, Path] = {}


@pytest.fixture
def prepared(tmp_path, tmp_path_factory):
    """prepared(llm, files, **settings): a repository and its questions, made once for each content and copied."""

    def prepare(llm: FakeLLM, files=FILES, **settings) -> QaRun:
        settings = {"per_piece": None} | settings
        made_of = json.dumps([files, settings.get("kinds"), settings["per_piece"]])
        if made_of not in PREPARED:
            folder = PREPARED[made_of] = tmp_path_factory.mktemp("prepared")
            QaRun(folder / "run", [git_repository(folder / "mine", files)], **settings).prepare()
        shutil.copytree(PREPARED[made_of], tmp_path, dirs_exist_ok=True)
        return QaRun(tmp_path / "run", [tmp_path / "mine"], server=llm.address, **settings)

    return prepare


def test_every_question_is_asked_once_and_a_second_run_asks_nothing(tmp_path, prepared):
    with server() as llm:
        run = prepared(llm)
        run.ask()
        requests = asked(llm)
        questions = run.of("questions.parquet")
        assert len(questions) == 3 * 6
        assert len(requests) == 3 * 7  # a conversation has two turns
        assert len({json.dumps(body, sort_keys=True) for body in requests}) == len(requests)
        assert {body["max_tokens"] for body in requests} == {500} and {
            b["temperature"] for b in requests
        } == {0.7}
        assert all(body["response_format"]["type"] == "json_schema" for body in requests)
        before = (tmp_path / "run/turns.parquet").read_bytes()
        run.ask()
        assert len(asked(llm)) == len(requests)
        assert (tmp_path / "run/turns.parquet").read_bytes() == before


def test_results_can_be_deleted(tmp_path, prepared):
    with server() as llm:
        run = prepared(llm)
        run.ask()
        count, first = len(asked(llm)), run.rows("turns.parquet")
        again = QaRun(tmp_path / "again", [tmp_path / "mine"])
        again.settings = run.settings
        again.prepare()
        again.ask()
        assert len(asked(llm)) == count and again.rows("turns.parquet") == first


def test_without_anything_to_ask_no_server_is_needed(prepared):
    with server() as llm:
        run = prepared(llm)
        run.ask()
    run.ask()  # the server is gone
    assert run.rows("turns.parquet")


def test_a_changed_template_asks_only_its_own_kind(tmp_path, prepared):
    with server() as llm:
        run = prepared(llm)
        run.ask()
        count = len(asked(llm))
        changed = tmp_path / "prompts.yaml"
        changed.write_text(
            run.prompts.read_text().replace("about a mistake that is easy", "about a mistake which is easy")
        )
        run.prompts = changed
        run.prepare()
        run.ask()
        assert kinds_of(asked(llm)[count:]) == {"a mistake"} and len(asked(llm)) == count + 3


def test_a_changed_file_asks_only_its_changed_pieces(tmp_path, prepared):
    with server() as llm:
        run = prepared(llm)
        run.ask()
        count = len(asked(llm))
        changed = rust_function(1) + rust_function(2).replace("step", "part")
        commit(tmp_path / "mine", {"src/a.rs": changed, "src/moved.rs": FILES["src/b.rs"], "src/b.rs": None})
        run.prepare()
        run.ask()
        new = asked(llm)[count:]
        assert len(new) == 7 and all("part 0 of it" in body["messages"][1]["content"] for body in new)


def test_a_changed_reader_asks_nothing(monkeypatch, prepared):
    with server(knows=lambda body: "no JSON at all") as llm:
        run = prepared(llm)
        run.ask()
        run.read()
        assert not run.rows("exchanges.parquet") and len(run.rows("failed.parquet")) == 18
        count = len(asked(llm))
        monkeypatch.setattr("ferrule.qa.reading.from_json", lambda text: Exchange("Why?", text))
        run.ask()
        run.read()
        assert len(asked(llm)) == count and len(run.rows("exchanges.parquet")) == 21


def test_retry_asks_only_what_could_not_be_read_or_failed(prepared):
    def sometimes(body):
        bad = (
            len(body["messages"]) > 1
            and "compute_2" in body["messages"][1]["content"]
            and "what" in kinds_of([body])
        )
        return "nonsense" if bad and not again else answer(body)

    again = []
    with server({9: "400"}, sometimes) as llm:
        run = prepared(llm, window=1)
        run.ask()
        run.build()
        failed = {(row["kind"], row["reason"]) for row in run.rows("failed.parquet")}
        assert len(failed) == 2 and ("purpose", "not_json") in failed
        count, first = len(asked(llm)), asked(llm)
        again.append(True)
        run.retry()
        run.ask()
        new = asked(llm)[count:]
        run.build()
        assert not run.rows("failed.parquet")
        (unread,) = [
            body
            for body in new
            if "compute_2" in body["messages"][1]["content"] and kinds_of([body]) == {"what"}
        ]
        twin = next(body for body in first if body["messages"] == unread["messages"])
        assert unread["seed"] != twin["seed"]
        refused = [body for body in new if body is not unread]
        assert len(new) <= 3 and all(body in first for body in refused[:1])
        assert run.database()["FailedFiles"] == []


def test_a_follow_up_carries_the_conversation_and_is_not_asked_after_half_an_answer(tmp_path, prepared):
    with server() as llm:
        run = prepared(llm, kinds=["conversation"])
        run.ask()
        second = [body for body in asked(llm) if len(body["messages"]) == 4]
        assert len(second) == 3
        for body in second:
            assert [message["role"] for message in body["messages"]] == [
                "system",
                "user",
                "assistant",
                "user",
            ]
            assert json.loads(body["messages"][2]["content"])["answer"].startswith("compute_")
    with server({2: "length", 3: "length", 4: "length"}) as llm:
        run = QaRun(
            tmp_path / "cut", [tmp_path / "mine"], server=llm.address, per_piece=None, kinds=["conversation"]
        )
        run.prepare()
        run.ask()
        assert len(asked(llm)) == 3
        run.read()
        assert {row["reason"] for row in run.rows("failed.parquet")} == {Reason.CUT_OFF}


def test_the_same_piece_in_two_repositories_is_asked_once(tmp_path):
    one, two = (git_repository(tmp_path / name, FILES) for name in ("one", "two"))
    with server() as llm:
        run = QaRun(tmp_path / "run", [one, two], server=llm.address, kinds=["purpose"])
        run.prepare()
        run.ask()
        run.build()
        assert len(asked(llm)) == 3
    assert {row[1] for row in run.database()["TrainingSamples"]} == {
        f"{name}/src/{file}.rs" for name in ("one", "two") for file in "ab"
    }


def test_a_limit_takes_rust_first_and_the_repositories_in_turn():
    rows = [
        dict(repository=repository, language=language, id=f"{repository}{language}{n}")
        for repository in ("x", "y")
        for language in ("markdown", "rust", "python")
        for n in range(4)
    ]
    taken = chosen(rows, 6, 0)
    assert [(row["repository"], row["language"]) for row in taken] == [("x", "rust")] * 3 + [
        ("y", "rust")
    ] * 3
    assert {row["id"] for row in chosen(rows, 4, 0)} < {row["id"] for row in taken}
    assert sum(row["language"] == "python" for row in chosen(rows, 12, 0)) == 4
    assert chosen(rows, None, 0) == rows == chosen(rows, 100, 0)


# Servers that fail


def ends(run: QaRun, capsys) -> str:
    """What a run says that stops."""
    with pytest.raises(SystemExit) as stopped:
        run.ask()
    assert stopped.value.code == 1
    return capsys.readouterr().err


def test_no_server(capsys, prepared):
    with server() as llm:
        run = prepared(llm)
    said = ends(run, capsys)
    assert re.search(
        r"there is no server at http://127\.0\.0\.1:\d+/v1 .*: start it, or set qa\.server", said
    )


@pytest.mark.parametrize(
    ("cue", "said"),
    [
        ("401", r"401 Unauthorized.*put a key .* into the environment variable FERRULE_SERVER_KEY"),
        ("404", r"404 Not Found.*check that the server has a model 'mine' \(qa\.model\)"),
    ],
)
def test_what_no_other_request_would_change_stops_the_run_and_keeps_the_answers(cue, said, capsys, prepared):
    with server(dict.fromkeys(range(6, 40), cue)) as llm:
        run = prepared(llm, window=1)
        message = ends(run, capsys)
        assert re.search(said, message) and "The answers so far are kept; run again" in message
        count = len(asked(llm))
        assert (
            count == 4 + 3
        )  # four answers, the one that was refused, and those that had started or stood ready then
        llm.cues.clear()
        run.ask()
        assert len(asked(llm)) == count + 21 - 4


def test_a_request_that_is_refused_or_too_long_is_a_row_and_the_rest_is_asked(prepared):
    with server({3: "400"}) as llm:
        run = prepared(llm, kinds=["purpose"], window=1)
        run.ask()
    (row,) = [row for row in run.rows("turns.parquet") if row["reason"]]
    assert row["reason"] == Reason.REFUSED and "failure 400 on cue" in row["detail"]
    assert len(run.rows("turns.parquet")) == 3


@pytest.mark.parametrize(
    "words",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens",
        "the request exceeds the available context size, try increasing it",
    ],
)
def test_a_prompt_over_the_context_of_the_server_is_named(words, monkeypatch, prepared):
    with server({3: "400"}) as llm:
        monkeypatch.setattr("fake_llm.WORDS", {"400": words})
        run = prepared(llm, kinds=["purpose"], window=1)
        run.ask()
    assert [row["reason"] for row in run.rows("turns.parquet") if row["reason"]] == [Reason.PROMPT_TOO_LONG]


def test_a_server_that_fails_on_everything_stops_the_run(capsys, prepared):
    files = {"LICENSE": MIT} | {f"src/{n}.rs": rust_function(n) for n in range(30)}
    with server(dict.fromkeys(range(2, 200), "500")) as llm:
        run = prepared(llm, files, kinds=["purpose"], tries=1, window=4)
        assert "500 Internal Server Error" in ends(run, capsys)
        assert 20 <= len(asked(llm)) <= 20 + 4 + 1  # with those that were under way or stood ready


@pytest.mark.parametrize("cue", ["500", "cut", "text", "reset", "429"])
def test_what_passes_is_tried_again(cue, monkeypatch, prepared):
    async def sleep(seconds):
        pass

    monkeypatch.setattr("ferrule.llm.client.sleep", sleep)
    with server({2: cue, 3: cue}, retry_after="0") as llm:
        run = prepared(llm, kinds=["purpose"], window=1)
        run.ask()
        assert llm.said.count(cue) == 2
    assert not [row for row in run.rows("turns.parquet") if row["reason"]]


# The check of the server


def test_a_model_that_the_server_does_not_have_is_told_with_those_it_has(capsys, prepared):
    with server(models=["qwen-7b", "llama-8b"]) as llm:
        run = prepared(llm)
        assert "has no model 'mine' (qa.model); it has qwen-7b, llama-8b" in ends(run, capsys)
        assert not llm.requests
        run.settings["model"] = None
        assert "qa.model is not set" in ends(run, capsys)
    with server(models=["mine:latest"]) as llm:
        run.settings |= {"server": llm.address, "model": "mine"}
        run.ask()


def test_the_only_model_of_a_server_is_taken(prepared):
    with server(models=["qwen-7b"]) as llm:
        run = prepared(llm, model=None, kinds=["purpose"])
        run.ask()
        assert {body["model"] for body in llm.requests} == {"qwen-7b"}


@pytest.mark.parametrize(
    ("cues", "said"),
    [
        ({1: "401"}, "put a key"),
        ({1: "text", 2: "text"}, "no JSON"),
        ({1: "strange"}, "is qa.server the address that ends in /v1?"),
        ({1: "400"}, "set qa.structured to prompt"),
    ],
)
def test_a_server_that_does_not_answer_is_told_before_anything_is_asked(
    cues, said, capsys, monkeypatch, prepared
):
    monkeypatch.setattr("ferrule.llm.retries.random", lambda: 0.0)
    with server(cues) as llm:
        run = prepared(llm)
        assert said in ends(run, capsys)
        assert not asked(llm)


def test_a_key_goes_to_the_server_and_nowhere_else(tmp_path, monkeypatch, capsys, prepared):
    monkeypatch.setenv(server_check.KEY, "very-secret-key")
    with server({5: "echo"}, models=["mine"]) as llm:
        run = prepared(llm, window=1)
        ends(run, capsys)
        assert {headers["Authorization"] for headers in llm.headers} == {"Bearer very-secret-key"}
        assert llm.list_headers[0]["Authorization"] == "Bearer very-secret-key"
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"very-secret-key" not in path.read_bytes(), path


# The cache


def cached(cache: AnswerCache, key: str):
    from ferrule.llm.requests import Answer

    return cache.add(key, {"model": "m"}, Answer(f"text of {key}", "stop", 1, 2))


def test_a_line_that_was_cut_off_loses_only_itself(tmp_path):
    with AnswerCache(tmp_path) as cache:
        for key in ("a", "b"):
            cached(cache, key)
    with open(tmp_path / answer_cache.ANSWERS, "ab") as file:
        file.write(b'{"key":"c","model":"m","te')
    with AnswerCache(tmp_path) as cache:
        assert cache.known.keys() == {"a", "b"} and cache.broken == 1
        cached(cache, "d")
    with AnswerCache(tmp_path, read_only=True) as cache:
        assert cache.known.keys() == {"a", "b", "d"}


def test_strange_lines_are_left_out(tmp_path):
    (tmp_path / answer_cache.ANSWERS).write_bytes(b'\xff\xfe\n[]\n{"key": "x"}\n\n"text"\n')
    with AnswerCache(tmp_path) as cache:
        assert not cache.known and cache.broken == 4


def test_the_first_answer_to_a_request_stays(tmp_path):
    with AnswerCache(tmp_path) as cache:
        first = cached(cache, "a")
        cache.answers.write((tmp_path / answer_cache.ANSWERS).read_bytes().replace(b"text of", b"other"))
    with AnswerCache(tmp_path) as cache:
        assert cache.get("a") == first


def test_a_full_disk_is_told_and_what_was_kept_stays(tmp_path, monkeypatch):
    with AnswerCache(tmp_path) as cache:
        cached(cache, "a")
        write = answer_cache.os.write

        calls = iter([5])

        def once_short(file, data):
            if (size := next(calls, None)) is not None:
                return write(file, data[:size])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(answer_cache.os, "write", once_short)
        with pytest.raises(CacheError, match="No space left on device; free some space, then run again"):
            cached(cache, "b")
        monkeypatch.undo()
        cached(cache, "c")
    with AnswerCache(tmp_path) as cache:
        assert cache.known.keys() == {"a", "c"}


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(CacheError, match=r"qa\.cache: .* cannot be written"),
        AnswerCache(tmp_path / "file/cache"),
    ):
        pass


def test_half_a_surrogate_pair_is_kept_as_something_that_can_be_written(tmp_path):
    from ferrule.llm.requests import Answer

    with AnswerCache(tmp_path) as cache:
        added = cache.add("a", {"model": "m"}, Answer("x\ud800y", "stop", None, None))
    with AnswerCache(tmp_path) as cache:
        assert cache.get("a") == added and added.text == "x?y"


def test_a_clock_that_goes_back_changes_nothing(monkeypatch, prepared):
    with server() as llm:
        run = prepared(llm, kinds=["purpose"])
        monkeypatch.setattr(answer_cache, "now", lambda: "2001-01-01T00:00:00Z")
        run.ask()
        run.build()
        count = len(asked(llm))
        run.ask()
        assert len(asked(llm)) == count
    assert len(run.database()["TrainingSamples"]) == 3


# The battery, and what a person sees


class Battery:
    def __init__(self, percent: float, plugged: bool):
        self.percent, self.power_plugged = percent, plugged


@pytest.mark.parametrize(
    ("found", "least", "low"),
    [
        (Battery(10, False), 15, True),
        (Battery(15, False), 15, False),
        (Battery(10, True), 15, False),
        (Battery(10, None), 15, True),
        (None, 15, False),
        (Battery(1, False), None, False),
    ],
)
def test_when_the_battery_is_low(found, least, low, monkeypatch):
    monkeypatch.setattr(battery.psutil, "sensors_battery", lambda: found, raising=False)
    assert battery.low(least) == low


def test_asking_waits_for_the_battery_and_keeps_what_is_under_way(monkeypatch, capsys, prepared):
    looks, waits = [], []

    def low(percent):
        """From the fifth look on, until somebody has waited."""
        looks.append(percent)
        return len(looks) > 4 and not waits

    monkeypatch.setattr(battery, "low", low)
    monkeypatch.setattr(battery.time, "sleep", waits.append)
    with server() as llm:
        run = prepared(llm, window=1)
        run.ask()
    assert waits and "the battery is below 15 %: paused" in capsys.readouterr().err
    assert not [row for row in run.rows("turns.parquet") if row["reason"]]


def test_logs_are_rotated_and_progress_is_told(tmp_path, capsys, monkeypatch, prepared):
    monkeypatch.setattr("ferrule.qa.progress.EVERY", 0.0)
    monkeypatch.setattr("ferrule.qa.progress.Progress.__init__.__defaults__", (0.0,))
    with server() as llm:
        run = prepared(llm, kinds=["purpose"], max_log_files=3, window=1)
        for _ in range(5):
            run.ask()
    said = capsys.readouterr().err
    assert re.search(
        r"1 of 3 questions \(33 %\), [\d.]+ a minute, \d+ min left; now mine: src/a\.rs \(0 of 2 files\)",
        said,
    )
    assert "mine: all questions done" in said
    assert sorted(path.name for path in (tmp_path / "run").glob("ask.log*")) == [
        "ask.log",
        "ask.log.1",
        "ask.log.2",
    ]


def test_tokens_and_price(tmp_path, prepared):
    with server() as llm:
        run = prepared(llm, kinds=["purpose"], price={"prompt": 100.0, "answer": 1000.0})
        run.ask()
    summary = json.loads((tmp_path / "run/asked.json").read_text())
    assert summary["tokens"]["answer"] == 3 * 12 and summary["tokens"]["prompt"] > 50
    assert summary["price"] == pytest.approx((100 * summary["tokens"]["prompt"] + 36_000) / 1e6, abs=1e-4)


def test_with_asking_off_the_cache_alone_is_read(tmp_path, prepared):
    with server() as llm:
        run = prepared(llm, kinds=["purpose"])
        run.ask()
        count = len(asked(llm))
        commit(tmp_path / "mine", {"src/c.rs": rust_function(4)})
        run.prepare()
        run.settings["ask"] = False
        run.ask()
        assert len(asked(llm)) == count
    assert [row["reason"] for row in run.rows("turns.parquet")].count(Reason.NOT_ASKED) == 1


def test_the_server_answers_over_http_as_the_client_expects():
    with server(models=["mine"]) as llm, urllib.request.urlopen(f"{llm.address}/models") as response:
        assert json.load(response)["data"][0]["id"] == "mine"
