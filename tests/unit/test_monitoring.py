"""Rows and table of monitoring: which targets a checkpoint meets, and how sure that is."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path

import pytest
from steps import run_here

from ferrule.core.files import read_jsonl, write_json
from ferrule.evaluation.comparison.monitoring import NotComparable, check_alike, page, row
from ferrule.training import checkpoints

ROOT = Path(__file__).parents[2]


def interval(value, low=None, high=None, **more) -> dict:
    return {
        "value": value,
        "low": value if low is None else low,
        "high": value if high is None else high,
    } | more


def metrics(compiles=None, warnings=None, idiomatic=None, documented=None, passes=None, **more) -> dict:
    """The keys of metrics.json that monitoring reads; without a word, figures that meet every target."""
    samples = {"n": 32}
    return {
        "benchmark": "own",
        "problem_set": {"hash": "abc", "problems": 101},
        "subset": {"n": 32, "of": 101, "seed": 0, "sha256": "0" * 64},
        "samples": {"total": 32, "infrastructure": 0},
        "views": {
            "policy_off": {
                "compile_rate": compiles or interval(0.97, 0.955, 1.0),
                "pass_at_k": {"1": passes or interval(0.5, 0.3, 0.7)},
                "per_problem": [{}] * 32,
            }
        },
        "quality": {
            "clippy": {"warnings": warnings or interval(0.5, 0.2, 0.9, n=31)},
            "scores": {
                "idiomatic": (idiomatic or interval(0.8, 0.75, 0.85)) | samples,
                "documented": (documented or interval(0.6, 0.55, 0.65)) | samples,
            },
            "prefilter": {"samples": 3},
        },
    } | more


def judged(figures: dict, phase: str = "phase_1", step: int = 500) -> dict:
    return row("broad", step, phase, figures)


def test_a_row_has_the_figures_by_the_names_of_the_guide():
    found = judged(metrics())
    assert (found["run"], found["step"], found["phase"], found["problems"]) == ("broad", 500, "phase_1", 32)
    assert {name: each["value"] for name, each in found["metrics"].items()} == {
        "compile_rate": 0.97,
        "avg_clippy_warnings": 0.5,
        "avg_idiomatic_score": 0.8,
        "doc_comment_rate": 0.6,
        "pass_at_1": 0.5,
    }
    assert found["metrics"]["avg_clippy_warnings"]["samples"] == 31 and found["filtered_samples"] == 3
    assert found["phase_targets_met"] and found["final_targets_met"]
    assert found["metrics"]["pass_at_1"]["final"] is None


@pytest.mark.parametrize(
    ("name", "figure", "met", "clear"),
    [
        ("compiles", interval(0.95, 0.95, 1.0), True, True),
        ("compiles", interval(0.96, 0.9, 1.0), True, False),
        ("compiles", interval(0.94, 0.9, 0.97), False, False),
        ("compiles", interval(0.8, 0.7, 0.9), False, True),
        ("warnings", interval(2.0, 1.5, 2.0, n=9), True, True),
        ("warnings", interval(1.9, 1.5, 2.4, n=9), True, False),
        ("warnings", interval(2.1, 1.9, 2.4, n=9), False, False),
        ("warnings", interval(3.0, 2.1, 4.0, n=9), False, True),
        ("idiomatic", interval(0.69, 0.6, 0.695), False, True),
        ("documented", interval(0.5, 0.5, 0.5), True, True),
    ],
)
def test_a_target_is_met_by_the_value_and_clear_by_the_interval(name, figure, met, clear):
    found = judged(metrics(**{name: figure}))
    keys = {
        "compiles": "compile_rate",
        "warnings": "avg_clippy_warnings",
        "idiomatic": "avg_idiomatic_score",
        "documented": "doc_comment_rate",
    }
    final = found["metrics"][keys[name]]["final"]
    assert (final["met"], final["clear"]) == (met, clear)
    assert found["final_targets_met"] == met


@pytest.mark.parametrize(
    ("phase", "rate", "met"),
    [
        ("phase_1", 0.70, True),
        ("phase_1", 0.69, False),
        ("phase_2", 0.84, False),
        ("phase_2", 0.85, True),
        ("expert_iteration", 0.89, False),
        ("expert_iteration", 0.90, True),
    ],
)
def test_the_targets_of_a_phase(phase, rate, met):
    found = judged(metrics(compiles=interval(rate)), phase)
    assert found["phase_targets_met"] == met and not found["final_targets_met"]


def test_what_was_not_measured_meets_no_target():
    """No sample compiles, so clippy ran on none; and a run of `evaluate.quality: false`."""
    figures = metrics(compiles=interval(0.0))
    figures["quality"]["clippy"]["warnings"] = None
    warnings = judged(figures)["metrics"]["avg_clippy_warnings"]
    assert (warnings["value"], warnings["samples"]) == (None, 0)
    assert warnings["final"] == {"target": 2.0, "met": None, "clear": None}
    figures = metrics()
    del figures["quality"]
    found = judged(figures)
    assert found["metrics"]["doc_comment_rate"]["value"] is None and found["filtered_samples"] is None
    assert not found["final_targets_met"]


def test_checkpoints_on_other_problems_are_not_put_into_one_table():
    one = judged(metrics())
    check_alike([one, judged(metrics(), step=1000)])
    for other in (
        metrics(problem_set={"hash": "abd", "problems": 101}),
        metrics(subset=None),
        metrics(subset={"n": 32, "of": 101, "seed": 1, "sha256": "1" * 64}),
    ):
        with pytest.raises(
            NotComparable, match=r"^steps 500 and 1000 were measured on other problems: delete"
        ):
            check_alike([one, judged(other, step=1000)])


def test_the_page_shows_the_phases_the_targets_and_what_is_missing():
    earlier = [judged(metrics(compiles=interval(0.7, 0.6, 0.8)))]
    rows = [row("sharp", 500, "phase_2", metrics(compiles=interval(0.9, 0.8, 0.96)))]
    text = page("sharp", rows, earlier)
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"
    ]
    assert lines[2] == [
        "broad", "500", "phase 1", "own", "70.0 % [60.0, 80.0]", "0.50 [0.20, 0.90]", "80.0 % [75.0, 85.0]",
        "60.0 % [55.0, 65.0]", "50.0 % [30.0, 70.0]", "2 of 2?", "3 of 4",
    ]  # fmt: skip
    assert lines[3][:5] == ["sharp", "500", "phase 2", "own", "90.0 % [80.0, 96.0]"]
    assert lines[3][-2:] == ["2 of 2?", "3 of 4?"]
    assert ["phase 2", "≥ 85 %", "-", "≥ 60 %", "-", "-"] in lines
    assert ["final", "≥ 95 %", "≤ 2.00", "≥ 70 %", "≥ 50 %", "-"] in lines
    assert "own: 32 of 101 problems" in text
    assert "compile rate: 90.0 % [80.0, 96.0] at step 500, the final target is ≥ 95 %." in text
    assert "Step 500 meets every final target." in page("broad", [judged(metrics())], [])


def monitor(tmp_path, *arguments) -> subprocess.CompletedProcess:
    out = ("--out", tmp_path / "monitor.jsonl", "--table", tmp_path / "monitor.md")
    return run_here("monitor_run", *arguments, *out)


def test_the_script_puts_checkpoints_in_order(tmp_path):
    arguments = ["--run", "sharp", "--phase", "phase_2"]
    for step in (1000, 500):
        write_json(tmp_path / f"{step}.json", metrics())
        arguments += ["--checkpoint", f"{step}={tmp_path}/{step}.json"]
    earlier = tmp_path / "earlier.jsonl"
    earlier.write_text(json.dumps(judged(metrics())) + "\n")
    done = monitor(tmp_path, *arguments, "--earlier", earlier)
    assert done.returncode == 0, done.stderr
    assert [each["step"] for each in read_jsonl(tmp_path / "monitor.jsonl")] == [500, 1000]
    assert (tmp_path / "monitor.md").read_text().count("| broad") == 1


def test_the_script_refuses_checkpoints_on_other_problems_in_one_line(tmp_path):
    write_json(tmp_path / "1.json", metrics())
    write_json(tmp_path / "2.json", copy.deepcopy(metrics()) | {"subset": None})
    steps = [part for n in (1, 2) for part in ("--checkpoint", f"{n}={tmp_path}/{n}.json")]
    done = monitor(tmp_path, "--run", "broad", "--phase", "phase_1", *steps)
    assert done.returncode == 1 and not (tmp_path / "monitor.jsonl").exists()
    assert (
        done.stderr.startswith("broad: steps 1 and 2 were measured on other problems")
        and done.stderr.count("\n") == 1
    )


def make_adapter(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text("{}")


def test_monitored_adapters_are_handed_over_and_stay(tmp_path):
    """As hard links; the folder is made in any case, and missing steps are named."""
    work, out = tmp_path / "checkpoints", tmp_path / "monitored"
    for step in (2, 4):
        make_adapter(work / f"monitored/checkpoint-{step}")
    assert checkpoints.hand_over(work, [2, 6], out) == [6]
    assert [path.name for path in out.iterdir()] == ["checkpoint-2"]
    kept = work / "monitored/checkpoint-2/adapter_config.json"
    assert kept.samefile(out / "checkpoint-2/adapter_config.json")
    assert checkpoints.hand_over(work, [], out) == [] and list(out.iterdir()) == [] and kept.exists()


def test_adapters_of_other_settings_are_removed(tmp_path):
    settings = {name: {} for name in ("sequence", "lora", "quantization")} | {"train": {"steps": 4}}
    checkpoints.claim(tmp_path, settings, ["a"])
    make_adapter(tmp_path / "monitored/checkpoint-2")
    checkpoints.claim(tmp_path, settings, ["a"])
    assert (tmp_path / "monitored/checkpoint-2").exists()
    checkpoints.claim(tmp_path, settings, ["b"])
    assert not (tmp_path / "monitored/checkpoint-2").exists()


def test_a_step_that_was_not_kept_says_what_to_do(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model/config.json").write_text("{}")
    (tmp_path / "problems.jsonl").touch()
    folder = tmp_path / "broad/monitored/checkpoint-3"
    arguments = ["--adapter", folder]
    for name in ("problems.jsonl", "model", "journal", "out"):
        arguments += [f"--{name.partition('.')[0]}", tmp_path / name]
    done = run_here("generate_samples", *arguments, "--config", ROOT / "config/config.yaml")
    assert done.returncode == 1, done.stderr
    assert done.stderr == (
        f"sample: {folder} is missing: the run was trained before this step was monitored; remove {tmp_path}/broad/adapter"
        f" and {tmp_path}/broad/checkpoints to train it again, or set monitor.every back\n"
    )
