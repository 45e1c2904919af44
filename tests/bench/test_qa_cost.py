"""What questions and answers cost: the rate of asking, a large repository, many answers."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest
from qa_run import DEFAULTS, MIT, QaRun, git
from slow_llm import SlowLLM
from steps import config

from ferrule.core.files import write_json, write_rows
from ferrule.core.schemas import identity
from ferrule.llm.client import Client
from ferrule.llm.endpoint import Endpoint
from ferrule.llm.requests import Answer
from ferrule.qa.answer_cache import AnswerCache
from ferrule.qa.asking import AskOptions, Conversation, Work
from ferrule.qa.prompts import Prompts
from ferrule.qa.qa_tables import QUESTIONS, REPOSITORY_FILES

pytestmark = pytest.mark.bench
ROOT = Path(__file__).parents[2]
PROMPTS = ROOT / "resources/qa/prompts.yaml"
OPTIONS = AskOptions("mine", "schema", 500, 0.7, 0)


def questions(count: int, kind: str = "purpose") -> list[dict]:
    return [
        dict(
            id=identity(n),
            repository="big",
            path=f"src/f{n // 4}.rs",
            sha256="0" * 64,
            start=n % 4 * 100,
            end=n % 4 * 100 + 90,
            language="rust",
            name=f"compute_{n}",
            kind=kind,
            code=f"pub fn compute_{n}() -> u64 {{\n    let value = {n};\n    value + 1\n}}",
            context="",
        )
        for n in range(count)
    ]


# Enough requests that the start and the end, where the window is not full, weigh little.
@pytest.mark.parametrize(("window", "mean", "count"), [(1, 1.0, 80), (8, 1.0, 400), (64, 2.0, 1200)])
def test_the_rate_is_that_of_the_server(window, mean, count, tmp_path, capsys):
    with SlowLLM(mean=mean, seed=window) as llm, AnswerCache(tmp_path / "cache") as cache:
        work = Work(questions(count), Prompts.read(PROMPTS), cache, OPTIONS)
        client = Client(
            Endpoint(llm.address, key_variable="NO_KEY"), at_once=window, ahead=max(1, window // 8)
        )
        for conversation, outcome in client.outcomes(work):
            work.take(conversation, outcome)
        assert work.finished == count and not work.stopped
        # While there was work for every place: from the first request to the last one that was sent.
        first, last = llm.started[0], llm.started[-1]
        done = sum(finished <= last for finished in llm.finished)
        ideal = window / (llm.busy / len(llm.finished))
        rate = done / (last - first)
        sent = len(llm.finished)
    with SlowLLM(mean=mean, seed=window) as llm:
        barrier_count = 4 * window
        requests = [
            (n, {"model": "mine", "messages": [{"role": "user", "content": str(n)}]})
            for n in range(barrier_count)
        ]
        client = Client(Endpoint(llm.address, key_variable="NO_KEY"), at_once=window)
        began = time.monotonic()
        for at in range(0, len(requests), window):
            assert all(
                isinstance(outcome, Answer) for _, outcome in client.outcomes(requests[at : at + window])
            )
        barrier = len(llm.finished) / (time.monotonic() - began)
    with capsys.disabled():
        print(
            f"\nwindow {window}: {rate:.2f} of ideally {ideal:.2f} answers/s ({rate / ideal:.1%}), {sent} requests;"
            f" with a barrier {barrier:.2f} ({rate / barrier:.1f} times)"
        )
    assert rate >= 0.95 * ideal
    if window > 1:
        assert rate >= 2 * barrier


def cost(command: list) -> tuple[float, float]:
    """(CPU seconds, MB) of a step, as it says itself."""
    environment = os.environ | {"FERRULE_COSTS": "1"}
    done = subprocess.run(
        list(map(str, command)), check=True, capture_output=True, text=True, env=environment
    )
    found = re.search(r"cost: ([\d.]+) s CPU, [\d.]+ s, ([\d.]+) MB", done.stdout + done.stderr)
    assert found, done.stdout + done.stderr
    return float(found[1]), float(found[2])


def test_a_repository_of_50_000_files(tmp_path, capsys):
    repository = tmp_path / "big"
    repository.mkdir()
    git(repository, "init", "--quiet", "--template=")
    # As git itself would import it: 50,000 files of some kilobytes, all different.
    lines = ["commit refs/heads/main", "committer A <a@example.org> 0 +0000", "data 1", "x"]
    body = "".join(f"    let value_{n} = {n} * 2; // step {n} of the work\n" for n in range(60))
    for n in range(50_000):
        text = f"pub fn compute_{n}() -> u64 {{\n{body}    {n}\n}}\n" if n else MIT
        name = f"src/d{n // 500}/f{n}.rs" if n else "LICENSE"
        lines += [f"M 100644 inline {name}", f"data {len(text)}", text]
    subprocess.run(
        ["git", "-C", repository, "fast-import", "--quiet"],
        input="\n".join(lines).encode() + b"\n",
        check=True,
    )
    git(repository, "symbolic-ref", "HEAD", "refs/heads/main")
    run = QaRun(tmp_path / "run", [repository])
    (mine,) = run.repositories
    place = {
        name: run.place(mine, name)
        for name in ("objects.git", "snapshot.json", "files.parquet", "licence.json")
    }
    python = [sys.executable]
    snapshot = cost([*python, ROOT / "scripts/qa/snapshot.py", "--name", "big", "--address", repository, "--clone",
                     tmp_path / "clone", "--out", place["objects.git"], "--record", place["snapshot.json"]])  # fmt: skip
    scan = cost([*python, ROOT / "scripts/qa/list_files.py", "--record", place["snapshot.json"], "--objects",
                 place["objects.git"], *config(qa=DEFAULTS["qa"], gates=DEFAULTS["gates"]), "--out",
                 place["files.parquet"], "--licence", place["licence.json"]])  # fmt: skip
    rows = run.of("files.parquet")
    assert len(rows) == 50_000 and sum(not row["reason"] for row in rows) == 49_999
    with capsys.disabled():
        print(
            f"\n50,000 files: fetched in {snapshot[0]:.1f} s CPU, listed in {scan[0]:.1f} s CPU, {scan[1]:.0f} MB"
        )
    assert scan[0] < 30 and scan[1] < 500


def cached(work: Work, conversation: Conversation) -> dict:
    """A line of the cache, as a server would have answered."""
    name = conversation.question["name"]
    words = " ".join(f"word{n}" for n in range(80))
    text = json.dumps({"question": f"What does `{name}` do?", "answer": f"`{name}` adds one. {words}"})
    return dict(key=work.request(conversation)[0], model="mine", text=text, finish_reason="stop", prompt_tokens=100,
                tokens=90, at="2026-01-01T00:00:00Z")  # fmt: skip


def test_100_000_cached_answers(tmp_path, capsys):
    rows = questions(100_000)
    run = QaRun(tmp_path / "run", [tmp_path / "big"])
    (mine,) = run.repositories
    place = {
        name: run.place(mine, name)
        for name in ("questions.parquet", "files.parquet", "licence.json", "snapshot.json")
    }
    write_rows(place["questions.parquet"], rows, QUESTIONS)
    files = [
        dict(
            repository="big",
            path=f"src/f{n}.rs",
            oid="",
            sha256="0" * 64,
            bytes=400,
            language="rust",
            reason="",
            detail="",
        )
        for n in range(25_000)
    ]
    write_rows(place["files.parquet"], files, REPOSITORY_FILES)
    write_json(place["licence.json"], {"license": "MIT", "reason": "", "detail": "", "files_by_reason": {}})
    write_json(
        place["snapshot.json"], {"name": "big", "address": "https://example.org/a/big", "commit": "0" * 40}
    )
    with AnswerCache(tmp_path / "run/cache") as cache:
        work = Work(rows, Prompts.read(PROMPTS), cache, OPTIONS)
        lines = [
            orjson.dumps(cached(work, each), option=orjson.OPT_APPEND_NEWLINE) for each in work.conversations
        ]
    (tmp_path / "run/cache/answers.jsonl").write_bytes(b"".join(lines))
    run.settings |= {"server": "http://127.0.0.1:1", "structured": "schema"}
    script = ROOT / "scripts/qa"
    python = [sys.executable]
    folder = tmp_path / "run"
    costs = {}
    costs["ask"] = cost([*python, script / "ask.py", *run.ask_arguments()])
    costs["read_answers"] = cost(
        [
            *python,
            script / "read_answers.py",
            "--questions",
            place["questions.parquet"],
            "--turns",
            folder / "turns.parquet",
            *config(qa=run.settings),
            "--out",
            folder / "exchanges.parquet",
            "--failed",
            folder / "failed.parquet",
        ]
    )
    (folder / "verdicts.jsonl").touch()
    costs["store_answers"] = cost(
        [
            *python,
            script / "store_answers.py",
            "--exchanges",
            folder / "exchanges.parquet",
            "--failed",
            folder / "failed.parquet",
            "--verdicts",
            folder / "verdicts.jsonl",
            "--files",
            place["files.parquet"],
            "--licences",
            place["licence.json"],
            "--snapshots",
            place["snapshot.json"],
            *config(qa=run.settings),
            "--database",
            folder / "qa.sqlite",
        ]
    )
    for name in ("alpaca", "llama3", "csv"):
        costs[f"export {name}"] = cost(
            [
                *python,
                script / "export_answers.py",
                "--database",
                folder / "qa.sqlite",
                "--format",
                name,
                "--templates",
                ROOT / "resources/chat_templates",
                "--out",
                folder / f"export.{name}",
            ]
        )
    assert (folder / "export.alpaca").read_bytes().count(b"\n") == 100_000
    total, most = sum(seconds for seconds, _ in costs.values()), max(memory for _, memory in costs.values())
    with capsys.disabled():
        for name, (seconds, memory) in costs.items():
            print(f"\n100,000 answers, {name}: {seconds:.1f} s CPU, {memory:.0f} MB", end="")
        print(
            f"\nread and exported (all but ask): {total - costs['ask'][0]:.1f} s CPU; with ask {total:.1f} s, {most:.0f} MB"
        )
    assert total < 60 and most < 1000
