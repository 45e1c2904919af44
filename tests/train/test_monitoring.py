"""`snakemake monitor`, whole: runs are trained, and adapters from the middle of the training are sampled and judged.

Everything is real. A model of two layers solves nothing, so the figures are those of answers that do not compile;
tests/unit/test_monitoring.py has figures of others.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ferrule.core.files import read_json, read_jsonl, sha256_file, write_jsonl

pytestmark = pytest.mark.train

ROOT = Path(__file__).parents[2]
TRAIN = {
    "micro_batch_size": 1,
    "gradient_accumulation": 1,
    "steps": 6,
    "warmup_steps": 1,
    "learning_rate": 0.02,
    "optimizer": "adamw_torch",
    "gradient_checkpointing": False,
    "logging_steps": 1,
    "save_steps": 4,
    "keep_checkpoints": 1,
    "eval_steps": 0,
    "loader_workers": 0,
}


@pytest.fixture(scope="module")
def monitored(tmp_path_factory, workflow_in, tiny_model, rows):
    """A copy of the workflow after `snakemake monitor` of two runs, of which the second continues the first."""
    workflow = workflow_in(tmp_path_factory.mktemp("monitored") / "workflow")
    for name in sorted(path.relative_to(ROOT / "resources/problems") for path in problem_files()):
        place = workflow.path / "small" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "resources/problems" / name, place)
    write_jsonl(workflow.path / "rows.jsonl", rows)
    common = {"sources": ["local:rows.jsonl"], "sequence": {"length": 320}, "quantization": {"bits": 16}}
    workflow.settings = {
        "models": {"tiny": {"path": str(tiny_model), "license": "MIT"}},
        "benchmarks": {"small": {"path": "small", "format": "own", "license": "MIT"}},
        "evaluate": {"benchmarks": ["small"], "bootstrap": 200},
        "sampling": {"max_new_tokens": 12},
        "runs": {
            "broad": common | {"base": "tiny", "train": TRAIN, "monitor": {"every": 2, "problems": 2}},
            "sharp": common
            | {
                "continue_from": "broad",
                "train": TRAIN | {"steps": 2},
                "monitor": {"every": 2, "problems": 2},
            },
        },
    }
    run = workflow.run("monitor", config=workflow.settings)
    assert run.returncode == 0, run.output
    workflow.jobs, workflow.said = run.jobs, run.stdout
    return workflow


def problem_files() -> list[Path]:
    """Three problems of three categories."""
    folders = sorted(path for path in (ROOT / "resources/problems").iterdir() if path.is_dir())
    return [sorted(folder.glob("*.rs"))[0] for folder in folders[:3]]


def test_each_checkpoint_has_a_row_with_its_phase_and_its_targets(monitored):
    rows = list(read_jsonl(monitored.path / "results/train/broad/monitor.jsonl"))
    assert [(row["run"], row["step"], row["phase"]) for row in rows] == [
        ("broad", step, "phase_1") for step in (2, 4, 6)
    ]
    for row in rows:
        assert row["samples"] == 2 and (row["subset"]["n"], row["subset"]["of"]) == (2, 3)
        rate = row["metrics"]["compile_rate"]
        assert {"value", "low", "high"} <= rate.keys() and rate["samples"] == 2
        assert (rate["phase"]["target"], rate["final"]["target"]) == (0.7, 0.95)
        assert not row["final_targets_met"]
    (sharp,) = read_jsonl(monitored.path / "results/train/sharp/monitor.jsonl")
    assert (sharp["step"], sharp["phase"]) == (2, "phase_2")
    assert sharp["metrics"]["compile_rate"]["phase"]["target"] == 0.85


def test_the_figures_are_those_of_the_evaluation(monitored):
    for step, row in zip(
        (2, 4, 6), read_jsonl(monitored.path / "results/train/broad/monitor.jsonl"), strict=True
    ):
        metrics = read_json(monitored.path / f"results/evaluate/small/broad~checkpoint-{step}/metrics.json")
        view = metrics["views"]["policy_off"]
        assert row["metrics"]["pass_at_1"]["value"] == view["pass_at_k"]["1"]["value"]
        assert row["metrics"]["compile_rate"]["high"] == view["compile_rate"]["high"]
        assert (
            row["metrics"]["avg_idiomatic_score"]["value"]
            == metrics["quality"]["scores"]["idiomatic"]["value"]
        )


def test_adapters_of_the_middle_are_kept_although_their_checkpoints_are_removed(monitored):
    """The run keeps one checkpoint, of step 6, and the adapters of steps 2 and 4."""
    broad = monitored.path / "results/train/broad"
    assert sorted(path.name for path in (broad / "monitored").glob("checkpoint-*")) == [
        "checkpoint-2",
        "checkpoint-4",
    ]
    assert [path.name for path in (broad / "checkpoints").glob("checkpoint-*")] == ["checkpoint-6"]
    folders = [broad / "monitored/checkpoint-2", broad / "monitored/checkpoint-4", broad / "adapter"]
    assert len({sha256_file(folder / "adapter_model.safetensors") for folder in folders}) == 3


def test_checkpoints_are_sampled_with_adapters_of_their_own(monitored):
    """A model this small may answer alike at two steps. Which adapter a step has: tests/unit/test_run_inputs.py."""
    samples = [
        [row["completion"] for row in read_jsonl(path)]
        for path in sorted(
            (monitored.path / "results/evaluate/small").glob("broad~checkpoint-*/samples.jsonl")
        )
    ]
    assert len(samples) == 3 and samples[0] != samples[2]


def test_the_table_shows_both_phases(monitored):
    table = (monitored.path / "results/train/sharp/monitor.md").read_text()
    lines = [line for line in table.splitlines() if line.startswith(("| broad", "| sharp"))]
    assert [line.split("|")[2].strip() for line in lines] == ["2", "4", "6", "2"]
    assert table.strip() in monitored.said


def test_the_chain_is_that_of_every_evaluation(monitored):
    chain = ["generate_samples", "extract_answers", "judge_answers", "measure_quality", "compute_metrics"]
    assert [monitored.jobs[rule] for rule in chain] == [4] * 5
    assert monitored.jobs["train_adapter"] == 2


def test_monitoring_more_of_a_finished_run_says_what_to_do_and_trains_nothing(monitored):
    """The adapter of step 3 was never kept. The run's own adapter stays as it is."""
    adapter = monitored.path / "results/train/broad/adapter/adapter_model.safetensors"
    before = adapter.stat().st_mtime_ns
    settings = monitored.settings | {"runs": {"broad": dict(monitored.settings["runs"]["broad"])}}
    settings["runs"]["broad"]["monitor"] = {"every": 3, "problems": 2}
    run = monitored.run("monitor", config=settings)
    assert run.returncode != 0 and "train_adapter" not in run.jobs
    log = (monitored.path / "results/logs/generate_samples/small-broad~checkpoint-3.log").read_text()
    assert "results/train/broad/monitored/checkpoint-3 is missing: the run was trained before" in log
    assert adapter.stat().st_mtime_ns == before


def test_tensorboard_shows_the_runs_side_by_side(monitored):
    """`tensorboard --logdir results/train`, as docs/training.md has it: read by TensorBoard's own reader."""
    from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

    found = EventMultiplexer().AddRunsFromDirectory(str(monitored.path / "results/train")).Reload()
    assert sorted(found.Runs()) == ["broad/logs", "sharp/logs"]
    assert [event.step for event in found.Scalars("broad/logs", "train/loss")] == [1, 2, 3, 4, 5, 6]
    tags = found.Runs()["broad/logs"]["scalars"]
    assert {"train/loss", "train/learning_rate", "train/grad_norm"} <= set(tags)
