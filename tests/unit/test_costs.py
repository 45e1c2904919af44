"""What jobs cost: the line in a log, the tables made from it, and Snakemake's own share."""

import os
import subprocess
import sys

import pytest

from ferrule.core.costs import ASKED, Cost, read_cost
from ferrule.core.files import write_json
from ferrule.workflow import run_costs
from ferrule.workflow.run_costs import JobCost
from utilities import tabulate_costs

# A script that spends its time in a grandchild.
SPENDS = """
import subprocess, sys
from ferrule.core.command_line import parser_of
parser_of("A script.").parse_args()
burn = "import time\\nwhile time.process_time() < 0.5: pass"
subprocess.run(["sh", "-c", f"{sys.executable} -c '{burn}'; true"], check=True)
"""


def spend(**more):
    return subprocess.run(
        [sys.executable, "-c", SPENDS], env=os.environ | more, capture_output=True, text=True, check=True
    ).stderr


def test_a_job_ends_with_the_cost_of_all_its_processes(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("some words\n" + spend(**{ASKED: "1"}))
    cost = read_cost(log)
    assert cost.cpu >= 0.5 and cost.wall > 0 and cost.memory > 5


def test_by_hand_a_script_says_nothing_of_its_cost():
    assert spend(**{ASKED: ""}) == ""


@pytest.mark.parametrize("text", ["", "cost: a lot\n", "words\n" * 2000])
def test_a_log_without_the_line_has_no_cost(tmp_path, text):
    (tmp_path / "a.log").write_text(text)
    assert read_cost(tmp_path / "a.log") is None
    assert read_cost(tmp_path / "none.log") is None


@pytest.fixture
def results(tmp_path):
    lines = {
        "clippy/a@1.0.0": "cost: 4.00 s CPU, 5.00 s, 100 MB",
        "clippy/b@2.1.0-rc.1": "cost: 1.00 s CPU, 1.50 s, 90 MB",
        "run_tests/a@1.0.0": "built\ncost: 14.00 s CPU, 9.00 s, 700 MB\n",
        "run_tests/b@2.1.0-rc.1": "killed",
        "gather": "cost: 1.00 s CPU, 1.00 s, 50 MB",
    }
    for name, text in lines.items():
        path = tmp_path / f"logs/{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for crate, accepted in [("a@1.0.0", True), ("b@2.1.0-rc.1", False)]:
        write_json(tmp_path / f"crates/{crate}/verdict.json", dict(accepted=accepted))
    (tmp_path / "logs" / run_costs.RUNS).write_text(
        '{"ended": "2030-01-01T00:00:00Z", "wall": 20, "own_cpu": 2, "jobs_cpu": 20}\ncut off\n'
    )
    return tmp_path


def test_a_row_per_job(results):
    jobs = list(run_costs.job_costs(results / "logs"))
    assert jobs[0] == JobCost("clippy", "a@1.0.0", Cost(4.0, 5.0, 100))
    assert JobCost("gather", "", Cost(1.0, 1.0, 50)) in jobs
    assert JobCost("run_tests", "b@2.1.0-rc.1", None) in jobs


def test_the_report_says_what_an_accepted_crate_costs(results, capsys, monkeypatch):
    out, report = results / "costs.tsv", results / "costs.md"
    monkeypatch.setattr(
        sys, "argv", ["x", "--results", str(results), "--out", str(out), "--report", str(report)]
    )
    tabulate_costs.main()
    text = report.read_text()
    assert "4 jobs took 20 CPU seconds. 1 further logs do not say what their jobs cost." in text
    assert "Snakemake's own process took 2, 9.1% of all." in text
    assert "19 CPU seconds: 19.0 for each of the 1 accepted crates, 1 refused ones included." in text
    assert "| run_tests | 1 | 14.0 | 70.0% | 9.0 | 700 |" in text
    assert "| a@1.0.0 | accepted | 18.0 | run_tests 14.0 |" in text
    assert capsys.readouterr().out.strip() == text.strip()
    assert out.read_text().splitlines()[1] == "clippy\ta@1.0.0\t4.0\t5.0\t100"


def test_logs_without_costs_say_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "logs").mkdir()
    monkeypatch.setattr(
        sys, "argv", ["x", "--results", str(tmp_path), "--out", "costs.tsv", "--report", "costs.md"]
    )
    with pytest.raises(SystemExit, match="run snakemake first"):
        tabulate_costs.main()


def test_each_run_notes_what_snakemake_itself_cost(tmp_path):
    run_costs.note_run(0, tmp_path)
    run_costs.note_run(0, tmp_path)
    one, two = run_costs.run_costs(tmp_path)
    assert one.own_cpu > 0 and two.wall > 1e9
    run_costs.note_run(0, tmp_path / "none")
    assert not (tmp_path / "none").exists()
