"""The display, on a toy workflow."""

import json
import os
import pty
import re
import subprocess
import sys

import pytest

TOY = """
import sys
sys.path.insert(0, "scripts")

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
    assert "Host:" not in run.stderr and "shared filesystem" not in run.stderr


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
    slow = TOY.replace("echo about to write;", "echo about to write; sleep 1;")
    (toy.path / "Snakefile").write_text(slow)
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
    # The live view is written over again and again, and never wraps; the lines of finished jobs stay.
    text = re.sub(r"\033\[[\d;?]*[A-Za-z]", "", shown.decode())
    states = re.findall(r"now: write a[^\r\n]*", text)
    assert states and max(map(len, states)) < 60
    assert re.search(r"\[0/2\]", text) and "[2/2] all" in text and "2 of 2 jobs done" in text


@pytest.mark.parametrize("option", ["--dry-run", "--quiet", "--verbose"])
def test_other_displays_are_left_alone(toy, option):
    run = toy.run(crates=[("a",)], args=[option])
    assert run.returncode == 0
    assert "jobs done in" not in run.stderr


def test_events_of_a_run_are_recorded_and_old_ones_deleted(toy):
    for _ in range(3):
        (toy.path / "results/a.txt").unlink(missing_ok=True)
        run = toy.run(crates=[("a",)], args=["--logger", "ferrule", "--logger-ferrule-keep", "2"])
        assert run.returncode == 0, run.output
    files = sorted((toy.path / "results/logs/runs").iterdir())
    assert len(files) == 2
    events = [json.loads(line) for line in files[-1].read_text().splitlines()]
    assert events[0]["event"] == "run started" and events[-1]["event"] == "run finished"
    (done,) = [event for event in events if event["event"] == "job finished" and event["rule"] == "write"]
    assert (done["crate"], done["status"], done["log"]) == ("a", "ok", "logs/a.log")


def test_a_failure_in_json(toy):
    (toy.path / "Snakefile").write_text(TOY.replace("echo {params.text}", "echo 'no disk'; exit 3; echo"))
    run = toy.run(crates=[("a",)], args=["--logger", "ferrule", "--logger-ferrule-json"])
    assert run.returncode == 1
    events = [json.loads(line) for line in run.stderr.splitlines() if line.startswith("{")]
    (failed,) = [event for event in events if event["event"] == "job failed"]
    assert (failed["rule"], failed["crate"], failed["level"]) == ("write", "a", "error")
    assert failed["reason"] == "returned non-zero exit status 3" and failed["last_lines"].endswith("no disk")
    assert "FAILED" not in run.stderr and "jobs done in" not in run.stderr
