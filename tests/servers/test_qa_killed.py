"""Asking that is killed at any moment: no answer is lost, no answered request is sent again, the result is the same."""

import json
import multiprocessing
import os
import random
import re
import signal
import sys
import time
from pathlib import Path

import pytest
from fake_llm import FakeLLM
from qa_run import MIT, QaRun, git_repository, rust_function

from ferrule.llm.requests import request_key
from ferrule.qa.answer_cache import AnswerCache

ROOT = Path(__file__).parents[2]
WINDOW = 4
FILES = {"LICENSE": MIT} | {f"src/f{n}.rs": rust_function(n) for n in range(16)}


@pytest.fixture(scope="module")
def forker():
    """A context whose processes have the step loaded: a kill loop must not wait for imports."""
    folders = [str(ROOT / "scripts"), str(ROOT / "tests/helpers"), os.environ.get("PYTHONPATH")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, folders))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["qa.ask", "openai", "anyio.from_thread"])
    return context


def ask(arguments: list[str], log: str) -> None:
    """In a process of its own."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.argv = ["ask.py", *arguments]
    from qa import ask

    ask.main()


def knows(body: dict) -> str:
    """Not too fast, so that a kill meets requests under way."""
    time.sleep(0.01)
    if len(body["messages"]) == 1:
        return '{"question": "Ready?", "answer": "Yes."}'
    name = re.findall(r"compute_\d+", body["messages"][1]["content"])[-1]
    return json.dumps(
        {"question": f"What is {name}?", "answer": f"{name} is a number, by seed {body['seed']}."}
    )


def keys(llm: FakeLLM) -> list[str]:
    return [request_key(body) for body in llm.requests if len(body["messages"]) > 1]


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_no_answer_is_lost_and_none_is_paid_for_twice(kills, forker, tmp_path):
    repository = git_repository(tmp_path / "mine", FILES)
    chance = random.Random(kills)
    with FakeLLM(knows=knows) as llm:
        unbroken = QaRun(
            tmp_path / "unbroken", [repository], server=llm.address, per_piece=None, window=WINDOW
        )
        unbroken.prepare()
        unbroken.ask()
        unbroken.build()
        wanted = keys(llm)
        assert len(wanted) == len(set(wanted)) == 16 * 7
        llm.requests.clear()

        run = QaRun(tmp_path / "run", [repository], server=llm.address, per_piece=None, window=WINDOW)
        run.prepare()
        under_way, killed, known = 0, 0, set()
        for number in range(kills):
            process = forker.Process(target=ask, args=(run.ask_arguments(), str(tmp_path / "printed")))
            before = len(llm.requests)
            process.start()
            # Some requests later, or before any: the moments are spread over the whole of the work.
            more = chance.randrange(2 + 3 * len(wanted) // (2 * kills))
            while len(llm.requests) < before + more and process.is_alive():
                time.sleep(0.002)
            time.sleep(chance.random() * 0.02)
            process.kill()
            process.join()
            # On a slow machine the last ones may find nothing left to ask, and end by themselves.
            killed += process.exitcode == -signal.SIGKILL
            with AnswerCache(run.settings["cache"], read_only=True) as cache:
                assert known <= cache.known.keys(), f"kill {number} lost answers"
                sent_again = known & {request_key(body) for body in llm.requests[before:]}
                assert not sent_again, (
                    f"after kill {number}, {len(sent_again)} answered requests were sent again"
                )
                known = set(cache.known)
            under_way += WINDOW
        assert killed >= kills / 2
        run.ask()
        run.build()
        sent = keys(llm)
        assert set(sent) == set(wanted)
        assert len(sent) <= len(wanted) + under_way
    assert run.database() == unbroken.database()
    assert run.exports() == unbroken.exports()
