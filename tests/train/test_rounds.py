"""A round of expert iteration and a sweep, whole: a model answers, what is good enough is trained on, the runs are ranked.

The model of the round is a stand-in behind a server: one that has to solve problems cannot be had in two layers. All
else is real, the model that is trained too.
"""

import json
import shutil
import threading
from pathlib import Path

import pytest
from fake_llm import FakeLLM

from ferrule.core.files import read_json, read_jsonl, read_rows

pytestmark = pytest.mark.train

ROOT = Path(__file__).parents[2]

PROBLEMS = ["ownership/crate_relabel", "traits/berth_display"]
BROKEN = "\nfn broken() -> u8 {\n    missing\n}\n"


def solves(problems: dict[str, str]):
    """Answers each problem first with its own solution, then with one that does not compile."""
    asked: set[str] = set()
    lock = threading.Lock()

    def answer(body: dict) -> str:
        text = body["messages"][-1]["content"]
        with lock:
            again = text in asked
            asked.add(text)
        code = next(code for entry, code in problems.items() if entry in text) + (BROKEN if again else "")
        return f"Here you are:\n\n```rust\n{code}\n```\n"

    return answer


@pytest.fixture(scope="module")
def rounds(tmp_path_factory, workflow_in, tiny_model):
    """A copy of the workflow after `snakemake sweep`, of a run that trains on a round."""
    workflow = workflow_in(tmp_path_factory.mktemp("rounds") / "workflow")
    known = {}
    for name in PROBLEMS:
        place = workflow.path / "small" / f"{name}.rs"
        place.parent.mkdir(parents=True)
        shutil.copy(ROOT / f"resources/problems/{name}.rs", place)
        whole = place.read_text().partition("#[cfg(test)]")[0].partition("\n")[2]
        known[whole.partition("// entry\n")[2].partition("{")[0].rpartition("\n")[2].strip()] = whole
    with FakeLLM(knows=solves(known)) as llm:
        workflow.settings = {
            "models": {"tiny": {"path": str(tiny_model), "license": "MIT"}},
            "benchmarks": {"small": {"path": "small", "format": "own", "license": "MIT"}},
            "evaluate": {"benchmarks": ["small"], "bootstrap": 200},
            "runs": {
                "taught": {
                    "base": "tiny",
                    "sources": ["experts:first", "experts:first/code_only"],
                    "sequence": {"length": 2048},
                    "quantization": {"bits": 16},
                    "train": {
                        "micro_batch_size": 1,
                        "gradient_accumulation": 1,
                        "steps": 4,
                        "warmup_steps": 1,
                        "learning_rate": 0.01,
                        "optimizer": "adamw_torch",
                        "gradient_checkpointing": False,
                        "logging_steps": 1,
                        "save_steps": 4,
                        "eval_steps": 0,
                        "loader_workers": 0,
                    },
                }
            },
            "experts": {
                "first": {
                    "model": "tiny",
                    "benchmark": "small",
                    "sampling": {"engine": "server", "server": llm.address, "samples": 2, "temperature": 0.7},
                    "keep": {"idiomatic_min": 0.0},
                }
            },
            "sweeps": {
                "rate": {
                    "run": "taught",
                    "figure": "pass@1",
                    "values": {"train.learning_rate": [0.001, 0.01]},
                }
            },
        }
        workflow.settings["sampling"] = {"max_new_tokens": 8}
        table = workflow.run("sweep", config=workflow.settings, args=["-n"])
        assert table.returncode == 0, table.output
        workflow.table = table.output
        run = workflow.run("sweep", config=workflow.settings)
        assert run.returncode == 0, run.output
        workflow.asked, workflow.said = llm.requests, run.stdout
    return workflow


def test_a_dry_run_shows_the_table(rounds):
    assert "sweep rate: 2 runs" in rounds.table
    assert (
        "rate-train_learning_rate~0.001" in rounds.table and "rate-train_learning_rate~0.01" in rounds.table
    )


def test_what_is_good_enough_is_kept_with_its_reasons(rounds):
    """Of two samples of each problem the one that passes is a row, in the form that was asked for."""
    assert len(rounds.asked) == 4
    rows = list(read_jsonl(rounds.path / "results/experts/first.jsonl"))
    assert sorted(row["_task_id"] for row in rows) == sorted(PROBLEMS)
    prompts = {body["messages"][-1]["content"] for body in rounds.asked}
    assert all(row["prompt"] in prompts and row["gen"].startswith("```rust\n") for row in rows)
    record = read_json(rounds.path / "results/experts/first.json")
    assert (record["kept"], record["samples"]) == (2, 4)
    assert {reason: count for reason, count in record["dropped"].items() if count} == {"does_not_compile": 2}


def test_the_runs_train_on_the_round_and_are_ranked(rounds):
    results = rounds.path / "results"
    ranking = json.loads((results / "sweeps/rate.json").read_text())
    names = [entry["run"] for entry in ranking["runs"]]
    assert sorted(names) == ["rate-train_learning_rate~0.001", "rate-train_learning_rate~0.01"]
    for name in names:
        rows = read_rows(results / f"train/{name}/train.parquet")
        assert {row["_source"] for row in rows} == {"experts:first", "experts:first/code_only"}
        code = {row["gen"] for row in rows if row["_source"].endswith("/code_only")}
        assert code and not any(text.startswith("```") for text in code)  # docs in it may have fences
        assert (results / f"train/{name}/merged/model.safetensors").exists()
    assert (results / "sweeps/rate.md").read_text().strip() in rounds.said
