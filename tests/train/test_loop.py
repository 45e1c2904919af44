"""The whole loop with a random model of two layers: dataset, run, merged model, samples, evaluation, comparison, card."""

import json
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.train

ROOT = Path(__file__).parents[2]

CRATES = [(name, "", f"tests/data/crates/{name}") for name in ("counter", "covered", "tidy")]
PROBLEMS = ["ownership/crate_relabel", "traits/berth_display"]


@pytest.fixture(scope="module")
def loop(tmp_path_factory, workflow_in, tiny_model):
    """A copy of the workflow after `snakemake compare`."""
    workflow = workflow_in(tmp_path_factory.mktemp("loop") / "workflow")
    for name in PROBLEMS:
        place = workflow.path / "small" / f"{name}.rs"
        place.parent.mkdir(parents=True)
        shutil.copy(ROOT / f"resources/problems/{name}.rs", place)
    workflow.settings = {
        "models": {"tiny": {"path": str(tiny_model), "license": "MIT"}},
        "benchmarks": {"small": {"path": "small", "format": "own", "license": "MIT"}},
        "evaluate": {"benchmarks": ["small"], "bootstrap": 200},
        "behaviour": {"run": False},
        "gates": {"min_documented": 0},
        "sampling": {"max_new_tokens": 12, "dtype": "float32"},
        "runs": {
            "short": {
                "base": "tiny",
                "max_val_rows": 2,
                "sequence": {"length": 1024},
                "quantization": {"bits": 16},
                "merge": {"dtype": "float32"},
                "train": {
                    "micro_batch_size": 1,
                    "gradient_accumulation": 1,
                    "steps": 12,
                    "warmup_steps": 1,
                    "learning_rate": 0.01,
                    "optimizer": "adamw_torch",
                    "gradient_checkpointing": False,
                    "logging_steps": 1,
                    "save_steps": 6,
                    "eval_steps": 6,
                    "loader_workers": 0,
                },
            }
        },
    }
    short = workflow.settings["runs"]["short"]
    slower = short["train"] | {"learning_rate": 0.001}
    workflow.settings["runs"]["whole"] = short | {"lora": None, "merge": {}, "train": slower}
    run = workflow.run("compare", config=workflow.settings, crates=CRATES)
    assert run.returncode == 0, run.output
    workflow.said = run.stdout
    return workflow


def test_the_end_tells_what_was_found(loop):
    assert "results/compare/small/tiny-vs-short.md: pass@1 is" in loop.said


def test_everything_is_there(loop):
    results = loop.path / "results"
    for name in (
        "adapter/adapter_model.safetensors",
        "merged/model.safetensors",
        "README.md",
        "metrics.json",
    ):
        assert (results / "train/short" / name).stat().st_size > 0
    for kind in ("json", "md", "html"):
        assert (results / f"compare/small/tiny-vs-short.{kind}").stat().st_size > 0
    for name in ("merged/model.safetensors", "README.md", "metrics.json", "merge.json"):
        assert (results / "train/whole" / name).stat().st_size > 0
    assert not (results / "train/whole/adapter").exists()
    assert (results / "compare/small/tiny-vs-whole.md").stat().st_size > 0
    for model in ("tiny", "short", "whole"):
        rows = (results / f"evaluate/small/{model}/samples.jsonl").read_text().splitlines()
        assert [json.loads(row)["task_id"] for row in rows] == PROBLEMS
        assert (results / f"evaluate/small/{model}/metrics.json").exists()


def test_the_card_of_a_run_without_adapter_speaks_of_none(loop):
    card = (loop.path / "results/train/whole/README.md").read_text()
    assert "All weights were trained, in 32 bits" in card and "LoRA" not in card
    environment = json.loads((loop.path / "results/compare/small/tiny-vs-whole.environment.json").read_text())
    assert "whole" in json.dumps(environment)


@pytest.mark.parametrize("name", ["short", "whole"])
def test_the_loss_falls(loop, name):
    history = json.loads((loop.path / f"results/train/{name}/metrics.json").read_text())["history"]
    losses = [entry["loss"] for entry in history if "loss" in entry]
    assert len(losses) == 12
    assert sum(losses[-3:]) < sum(losses[:3])


def test_nothing_is_left_to_do(loop):
    run = loop.run("compare", config=loop.settings, args=["-n"])
    assert run.returncode == 0 and not run.jobs


def test_a_setting_of_the_run_trains_again_and_chooses_no_row_again(loop):
    changed = json.loads(json.dumps(loop.settings))
    changed["runs"]["short"]["lora"] = {"r": 4}
    run = loop.run("compare", config=changed, args=["-n"])
    assert run.jobs["train_adapter"] == 1 and not run.jobs["choose_rows"] and not run.jobs["pack_rows"]
    changed = json.loads(json.dumps(loop.settings))
    changed["runs"]["whole"]["merge"] = {
        "dtype": "float16"
    }  # how the model is written: nothing is trained further
    run = loop.run("compare", config=changed, args=["-n"])
    assert run.jobs["train_model"] == 1 and not run.jobs["train_adapter"] and not run.jobs["merge_adapter"]
    changed = json.loads(json.dumps(loop.settings))
    changed["runs"]["short"]["shuffle_seed"] = 5
    run = loop.run("compare", config=changed, args=["-n"])
    assert run.jobs["choose_rows"] == 1


def test_sampling_anew_trains_nothing(loop):
    changed = loop.settings | {"sampling": loop.settings["sampling"] | {"max_new_tokens": 6}}
    run = loop.run("compare", config=changed, args=["-n"])
    assert run.jobs["generate_samples"] == 3 and not run.jobs["train_model"] and not run.jobs["train_adapter"]
