"""The step that judges answers, killed again and again: nothing is lost, and the file is that of an unbroken run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from steps import config

from ferrule.core.files import write_json, write_jsonl
from ferrule.core.schemas import choose
from ferrule.evaluation.answers.extraction import take
from ferrule.evaluation.judging.submission import Submission
from ferrule.evaluation.problems.formats import read_set
from ferrule.evaluation.problems.problem import write_problems
from ferrule.transforms.mutants.generate import mutants

ROOT = Path(__file__).parents[2]


@pytest.fixture
def command(tmp_path, every):
    """The step on some answers of every n-th problem, as a function of where its files go."""
    problems = list(read_set(ROOT / "resources/problems", "own"))[::every]
    write_problems(tmp_path / "problems.jsonl", problems)
    rows = []
    for problem in problems:
        texts = [problem.reference, *(mutant.reference for mutant in mutants(problem))][:12]
        for number, text in enumerate(texts):
            code = take(problem, text).code
            rows.append(
                {
                    "task_id": problem.id,
                    "sample": number,
                    "key": Submission(problem, code).key,
                    "form": "body_closed",
                    "taken": text,
                    "code": code,
                    "reason": "",
                    "cut_off": False,
                    "tampering": "",
                    "policy": [],
                }
            )
    write_jsonl(tmp_path / "answers.jsonl", rows)
    write_json(tmp_path / "references.json", {})

    def command(out: str) -> list:
        return [
            sys.executable,
            ROOT / "scripts/evaluate/judge_answers.py",
            "--problems",
            tmp_path / "problems.jsonl",
            "--answers",
            tmp_path / "answers.jsonl",
            "--references",
            tmp_path / "references.json",
            "--journal",
            tmp_path / f"{out}.journal",
            "--code",
            "0",
            "--threads",
            "2",
            *config(evaluate={"batch": 5}),
            "--out",
            tmp_path / f"{out}.jsonl",
        ]

    return command


def start(command: list) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)


@pytest.mark.parametrize(
    ("times", "every"), [(1, 24), pytest.param(20, 12, marks=pytest.mark.slow)], ids=["once", "20 times"]
)
def test_killed_again_and_again(command, tmp_path, times, every):
    began = time.monotonic()
    assert start(command("unbroken")).wait() == 0
    whole = time.monotonic() - began
    expected = (tmp_path / "unbroken.jsonl").read_bytes()
    assert expected.count(b"\n") > 960 // every

    journal, kills, longest, tries = tmp_path / "broken.journal", 0, 0, 0
    while kills < times:
        tries += 1
        assert tries < 4 * times, "it ends before it can be killed"
        process = start(command("broken"))
        # Moments from just after the start to well into the work.
        moment = (0.1 + 0.9 * (choose(7, str(tries)) % 100) / 100) * whole
        try:
            assert process.wait(moment) == 0
            # It came to its end before the kill, as on a machine that was slow just now: begin afresh.
            assert (tmp_path / "broken.jsonl").read_bytes() == expected and not journal.exists()
            (tmp_path / "broken.jsonl").unlink()
            longest = 0
            continue
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        kills += 1
        kept = journal.read_bytes().count(b"\n") if journal.exists() else 0
        assert kept >= longest, "verdicts were lost"
        longest = kept
        assert not (tmp_path / "broken.jsonl").exists()
        if longest >= expected.count(b"\n") // 2:
            # Half is done: begin afresh elsewhere, so that later kills meet all stages too.
            if kills < times - 4:
                journal.unlink()
                longest = 0
    assert start(command("broken")).wait() == 0
    assert (tmp_path / "broken.jsonl").read_bytes() == expected
    assert not journal.exists()
