"""The model card has what its files have, and nothing else."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

import pytest
import yaml

from ferrule.tables import sha256_file, write_json
from train import card

SETTINGS = {
    "base": "small", "sources": ["dataset", "local:/home/someone/rows/more.jsonl", "hub:owner/name@abc"],
    "source_weights": {},
    "filters": {"min_chars": 64, "exclude_tests": True},
    "sequence": {"length": 1024, "packing": True},
    "lora": {"r": 16, "alpha": 32, "dropout": 0.05, "target_modules": ["q_proj"]},
    "quantization": {"bits": 4, "type": "nf4", "double": True, "compute_dtype": "bfloat16"},
    "train": {"learning_rate": 0.0001, "steps": 40, "seed": 42},
    "merge": {"dtype": "bfloat16"},
}  # fmt: skip
MODEL = {
    "name": "small", "origin": "hub:owner/small@0123", "license": "Apache-2.0", "revision": "0123",
    "parameters": 134515008, "sha256": "e" * 64,
}  # fmt: skip
METRICS = {
    "steps": 40, "loss": 1.5, "eval_loss": 1.2345678, "attention": "sdpa", "device": "cpu", "devices": 1,
    "tokens_per_second": 1234.5, "seconds": 61.0, "mfu": None, "mfu_dense": None, "memory_mb": 2043.9,
    "trained_weights": 4884480, "peak_flops": None,
    "history": [{"step": step, "loss": 3 - step / 40} for step in range(1, 41)]
    + [{"step": 20, "eval_loss": 1.5}, {"step": 40, "eval_loss": 1.2345678}],
}  # fmt: skip
PACKING = {
    "rows": 1010, "left_out": {"control_token": 3}, "samples": 1007, "sequences": 200, "length": 1024,
    "tokens": 190000, "answer_tokens": 90000, "filled": 0.9277, "longest": 1000, "mean": 188.7,
}  # fmt: skip
MERGE = {
    "loss": {"base": 2.0, "adapter": 1.44755, "merged": 1.44759}, "difference": 0.00004, "sequences": 8,
    "dtype": "bfloat16", "base": "small", "rank": 16, "adapter": "a" * 64,
    "files": {"model.safetensors": "b" * 64, "config.json": "c" * 64},
}  # fmt: skip
PART = {
    "read": 1200, "kept": 1010, "rows": 1010, "characters": 99, "reasons": {"too_short": 190},
    "tasks": {"code_generation": {"rows": 1010}},
}  # fmt: skip
TELEMETRY = {
    "train": {"sources": {"dataset": PART, "local:/home/someone/rows/more.jsonl": PART}, "total": PART},
    "val": {"sources": {}, "total": PART},
}


def evaluation(model: str, value: float) -> dict:
    figure = {"value": value, "low": value - 0.1, "high": value + 0.1}
    view = {"pass_at_k": {"1": figure, "2": figure}, "compile_rate": {**figure, "value": 0.5}}
    unknown = {"pass_at_k": {"1": {"value": None, "low": None, "high": None}}, "compile_rate": figure}
    return {
        "benchmark": "own", "model": model, "samples": {"total": 188}, "views": {"policy_off": view, "policy_on": unknown}
    }  # fmt: skip


@pytest.fixture
def make(tmp_path, monkeypatch):
    """make(files, evaluations) is the card's text; `files` replace those above."""
    dataset = tmp_path / "dataset.md"
    dataset.write_text("---\npretty_name: Rust of the test\nlicense:\n- apache-2.0\n- mit\n---\n\n# Rust\n")

    def run(evaluations=(), settings=SETTINGS, **files) -> str:
        given = {
            "model-record": MODEL, "train-metrics": METRICS, "packing": PACKING, "telemetry": TELEMETRY, "merge": MERGE
        } | files  # fmt: skip
        command = [
            "card.py",
            "--run",
            "mine",
            "--settings",
            json.dumps(settings),
            "--dataset-card",
            str(dataset),
        ]
        for name, value in given.items():
            write_json(tmp_path / f"{name}.json", value)
            command += [f"--{name}", str(tmp_path / f"{name}.json")]
        command.append("--evaluations")
        for number, each in enumerate(evaluations):
            write_json(tmp_path / f"evaluation{number}.json", each)
            command.append(str(tmp_path / f"evaluation{number}.json"))
        monkeypatch.setattr(sys, "argv", [*command, "--out", str(tmp_path / "README.md")])
        card.main()
        return (tmp_path / "README.md").read_text()

    run.dataset = dataset
    return run


def head(text: str) -> dict:
    return yaml.safe_load(text.split("---\n")[1])


def test_the_head(make):
    assert head(make()) == {
        "license": "apache-2.0",
        "base_model": "owner/small",
        "base_model_relation": "finetune",
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "language": ["en", "code"],
        "tags": ["rust", "code", "lora", "qlora"],
        "datasets": ["owner/name"],
    }


def test_a_licence_that_the_hub_does_not_know(make):
    found = head(make(**{"model-record": MODEL | {"license": "LicenseRef-llama3", "origin": "pypi:x==1:f"}}))
    assert found["license"] == "other" and found["license_name"] == "LicenseRef-llama3"
    assert found["base_model"] == "small"


def test_figures_of_evaluations_only_where_there_are_some(make):
    assert "model-index" not in head(make()) and "This model was not evaluated." in make()
    base_alone = make([evaluation("small", 0.2)])
    assert "model-index" not in head(base_alone) and "It was not evaluated" in base_alone
    both = make([evaluation("small", 0.2), evaluation("mine", 0.25)])
    (entry,) = head(both)["model-index"]
    (result,) = entry["results"]
    assert entry["name"] == "mine" and result["dataset"]["name"] == "own"
    assert result["metrics"] == [{"type": "pass@1", "value": 0.25}, {"type": "compile_rate", "value": 0.5}]
    assert "| own | mine | policy off | 188 | 25.0 [15.0, 35.0] | 50.0 [15.0, 35.0] |" in both
    assert "| own | mine | policy on | 188 | unknown |" in both
    assert "It was not evaluated" not in both


def test_the_card_says_what_the_files_say(make):
    text = make()
    assert "$" not in text
    for words in (
        "1,007 samples, 40 steps", "rank 16", "| code_generation | 1,010 |", "too_short 190, control_token 3",
        "| train | dataset | 1,200 | 1,010 | 1,010 | too_short 190 |", "92.8% filled",
        "| `lora.alpha` | 32 |", "| `train.learning_rate` | 0.0001 |", "| `exclude_tests` | true |",
        "| 1 | 2.9750 |", "| 40 | 2.0000 |", "| 40 | 1.2346 |", "| tokens a second | 1,234 |",
        "| merged | 1.44759 |", "Rust of the test (licences of its rows: apache-2.0, mit)",
        "b" * 64, "a" * 64, "e" * 64, sha256_file(make.dataset),
    ):  # fmt: skip
        assert words in text, words
    assert "MFU" not in text  # no figure, no line
    assert "no evaluation loss" not in text


def test_no_folder_of_this_machine(make):
    text = make()
    assert "/home" not in text and str(Path.cwd()) not in text
    assert "| train | local:more.jsonl | 1,200 |" in text
    assert "owner/name" in text  # a name of the hub is no folder


def test_without_rows_for_evaluation(make):
    metrics = copy.deepcopy(METRICS)
    metrics["history"] = [line for line in metrics["history"] if "loss" in line]
    metrics["eval_loss"] = None
    text = make(**{"train-metrics": metrics})
    assert "There were no rows for an evaluation loss." in text and "overfitting was not looked for" in text


def test_a_gpu_has_its_share_of_the_peak(make):
    text = make(**{"train-metrics": METRICS | {"mfu": 0.412, "device": "NVIDIA H100", "devices": 8}})
    assert "| share of the peak in bf16 (MFU) | 41.2% |" in text and "| device | 8 x NVIDIA H100 |" in text


def test_the_same_files_give_the_same_bytes(make):
    assert make([evaluation("mine", 0.3)]) == make([evaluation("mine", 0.3)])
