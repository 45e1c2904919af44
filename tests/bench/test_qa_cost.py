"""What questions and answers cost: the rate of asking, a large repository, many answers."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from qa_run import DEFAULTS, QaRun
from qa_scale import ANSWERS, FILES, OPTIONS, PROMPTS, questions
from slow_llm import SlowLLM
from steps import SCRIPTS, config, script

from ferrule.llm.client import Client
from ferrule.llm.endpoint import Endpoint
from ferrule.llm.requests import Answer
from ferrule.qa.answer_cache import AnswerCache
from ferrule.qa.asking import Work
from ferrule.qa.prompts import Prompts

pytestmark = pytest.mark.bench
ROOT = Path(__file__).parents[2]


# Enough requests that the start and the end, where the window is not full, weigh little.
@pytest.mark.parametrize(("window", "mean", "count"), [(1, 1.0, 60), (8, 1.0, 400), (64, 3.0, 1000)])
def test_the_rate_is_that_of_the_server(window, mean, count, tmp_path, capsys):
    with SlowLLM(mean=mean, seed=window) as llm, AnswerCache(tmp_path / "cache") as cache:
        work = Work(questions(count), Prompts.read(PROMPTS), cache, OPTIONS)
        endpoint = Endpoint(llm.address, key_variable="NO_KEY")
        client = Client(endpoint, at_once=window, ahead=max(1, window // 8))
        for conversation, outcome in client.outcomes(work):
            work.take(conversation, outcome)
        assert work.finished == count and not work.stopped
        # While there was work for every place, from the first request to the last new one: the share of that time that
        # the places were in use. Requests that end later count with their part of it, or long ones would be missing.
        first, last = min(start for start, _ in llm.spans), llm.last_new
        used = sum(max(min(end, last) - start, 0) for start, end in llm.spans) / (window * (last - first))
        sent = len(llm.spans)
        ideal = window * sent / sum(end - start for start, end in llm.spans)
        rate = used * ideal
    with SlowLLM(mean=mean, seed=window) as llm:
        requests = [
            (n, {"model": "mine", "messages": [{"role": "user", "content": str(n)}]})
            for n in range(4 * window)
        ]
        client = Client(Endpoint(llm.address, key_variable="NO_KEY"), at_once=window)
        began = time.monotonic()
        for at in range(0, len(requests), window):
            batch = list(client.outcomes(requests[at : at + window]))
            assert all(isinstance(outcome, Answer) for _, outcome in batch)
        barrier = len(llm.spans) / (time.monotonic() - began)
    with capsys.disabled():
        print(
            f"\nwindow {window}: {rate:.2f} of ideally {ideal:.2f} answers/s ({rate / ideal:.1%}), {sent} requests;"
            f" with a barrier {barrier:.2f} ({rate / barrier:.1f} times)"
        )
    assert rate >= 0.95 * ideal
    if window > 1:
        assert rate >= 2 * barrier


def made(what: str, folder: Path) -> Path:
    path = os.pathsep.join([str(SCRIPTS), str(ROOT / "tests/helpers")])
    command = [sys.executable, ROOT / "tests/helpers/qa_scale.py", what, folder]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": path})
    return folder


def cost(name: str, *arguments) -> tuple[float, float]:
    """(CPU seconds, MB) of a script, as it says itself."""
    environment = os.environ | {"FERRULE_COSTS": "1", "PYTHONPATH": str(SCRIPTS)}
    command = [sys.executable, *map(str, (script(name), *arguments))]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found = re.search(r"cost: ([\d.]+) s CPU, [\d.]+ s, ([\d.]+) MB", done.stdout + done.stderr)
    assert found, done.stdout + done.stderr
    return float(found[1]), float(found[2])


def test_a_repository_of_50_000_files(tmp_path, capsys):
    repository = made("repository", tmp_path / "big")
    run = QaRun(tmp_path / "run", [repository])
    names = ("objects.git", "snapshot.json", "files.parquet", "licence.json")
    objects, record, files, licence = (run.place(run.repositories[0], name) for name in names)
    snapshot = cost("snapshot", "--name", "big", "--address", repository, "--clone", tmp_path / "clone",
                    "--out", objects, "--record", record)  # fmt: skip
    scan = cost("list_files", "--record", record, "--objects", objects,
                *config(qa=DEFAULTS["qa"], gates=DEFAULTS["gates"]), "--out", files, "--licence", licence)  # fmt: skip
    rows = run.of("files.parquet")
    assert len(rows) == FILES and sum(not row["reason"] for row in rows) == FILES - 1
    with capsys.disabled():
        print(
            f"\n{FILES:,} files: fetched in {snapshot[0]:.1f} s CPU, listed in {scan[0]:.1f} s CPU, {scan[1]:.0f} MB"
        )
    assert scan[0] < 30 and scan[1] < 500


def test_100_000_cached_answers(tmp_path, capsys):
    folder = made("answers", tmp_path / "run")
    run = QaRun(folder, [folder / "big"], server="http://127.0.0.1:1", structured="schema")
    costs = {"ask": cost("ask", *run.ask_arguments())}  # nothing is asked: every answer is there
    costs["read_answers"] = cost(
        "read_answers", "--questions", *run.each("questions.parquet"), "--turns", folder / "turns.parquet",
        *config(qa=run.settings), "--out", folder / "exchanges.parquet", "--failed", folder / "failed.parquet",
    )  # fmt: skip
    (folder / "verdicts.jsonl").touch()
    costs["store_answers"] = cost(
        "store_answers", "--exchanges", folder / "exchanges.parquet", "--failed", folder / "failed.parquet",
        "--verdicts", folder / "verdicts.jsonl", "--files", *run.each("files.parquet"),
        "--licences", *run.each("licence.json"), "--snapshots", *run.each("snapshot.json"),
        *config(qa=run.settings), "--database", folder / "qa.sqlite",
    )  # fmt: skip
    for name in ("alpaca", "llama3", "csv"):
        costs[f"export {name}"] = cost(
            "export_answers", "--database", folder / "qa.sqlite", "--format", name,
            "--templates", ROOT / "resources/chat_templates", "--out", folder / f"export.{name}",
        )  # fmt: skip
    assert (folder / "export.alpaca").read_bytes().count(b"\n") == ANSWERS
    total, most = sum(seconds for seconds, _ in costs.values()), max(memory for _, memory in costs.values())
    with capsys.disabled():
        for name, (seconds, memory) in costs.items():
            print(f"\n{ANSWERS:,} answers, {name}: {seconds:.1f} s CPU, {memory:.0f} MB", end="")
        print(f"\nall: {total:.1f} s CPU, {most:.0f} MB")
    assert total < 60 and most < 1000
