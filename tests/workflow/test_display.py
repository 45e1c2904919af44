"""The display, on a toy workflow."""

import os
import pty
import re
import subprocess
import sys

import pytest

TOY = """
import sys
sys.path.insert(0, "scripts")
from ferrule.workflow import progress
from snakemake.logging import logger
progress.attach(logger)

configfile: "config/toy.json"
CRATES = [line.split("\\t")[0] for line in open("config/crates.tsv").read().splitlines()[1:]]

rule all:
    input: expand("results/{crate}.txt", crate=CRATES)

rule write:
    output: "results/{crate}.txt"
    log: "logs/{crate}.log"
    params: text=config["text"]
    shell: "(echo about to write; python -c 'import sys; print(sys.prefix)'; echo {params.text} > {output}) > {log} 2>&1"
"""


@pytest.fixture
def toy(workflow):
    (workflow.path / "Snakefile").write_text(TOY)
    (workflow.path / "config/toy.json").write_text('{"text": "one", "more": {"a": 1, "b": 2}}')
    return workflow


def test_display_in_a_pipe(toy):
    run = toy.run(crates=[("a",), ("b",)], cores=1)
    lines = [re.sub(r"[\d.]+ s\)?", "T", line) for line in run.stderr.splitlines()]
    assert "3 jobs: write 2, all 1" in lines
    assert any(re.fullmatch(r" +start write [ab]", line) for line in lines)
    assert any(re.fullmatch(r"\[1/3\] write [ab] \(T", line) for line in lines)
    assert "3 of 3 jobs done in T" in lines[-1]
    assert "\033" not in run.stderr
    assert "Host:" not in run.stderr


def test_a_failed_job_shows_crate_log_and_last_lines(toy):
    text = TOY.replace(
        "echo {params.text}", "case {wildcards.crate} in bad) echo 'no disk'; exit 3;; esac; echo x"
    )
    (toy.path / "Snakefile").write_text(text)
    run = toy.run(crates=[("good",), ("bad",)])
    assert run.returncode == 1
    assert "FAILED write bad (returned non-zero exit status 3)\n    log: logs/bad.log\n" in run.stderr
    assert "    | no disk\n" in run.stderr
    assert run.stderr.endswith(", 1 failed\n    write bad: logs/bad.log\n")
    # The command itself is in Snakemake's log, not on the screen.
    assert "case bad in" not in run.stderr


def test_an_error_that_is_not_a_command_is_shown(toy):
    text = TOY.replace("> {output})", ")")
    (toy.path / "Snakefile").write_text(text)
    run = toy.run(crates=[("a",)])
    assert run.returncode == 1
    assert "MissingOutputException" in run.stderr
    assert "results/a.txt" in run.stderr
    assert "0 of 2 jobs done" in run.stderr


def test_display_on_a_terminal(toy):
    toy.write_crates([("a",)])
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "snakemake", "--cores", "1"]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "60"}
    running = subprocess.Popen(command, cwd=toy.path, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # the other end was closed
            break
    os.close(ours)
    assert running.wait() == 0
    # What runs and what is left is written over again and again, and never wraps.
    states = re.findall(r"\r\033\[K(\[\d/2\] now: [^\r\n]*)", shown.decode())
    assert any(state.startswith("[0/2] now: write a; left: write 1, all 1") for state in states)
    assert max(map(len, states)) < 60
    assert "[2/2] all" in shown.decode()


@pytest.mark.parametrize("option", ["--dry-run", "--quiet", "--verbose"])
def test_other_displays_are_left_alone(toy, option):
    run = toy.run(crates=[("a",)], args=[option])
    assert run.returncode == 0
    assert "jobs done in" not in run.stderr
