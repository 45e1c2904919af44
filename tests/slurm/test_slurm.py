"""The workflow through a real SLURM on this machine (single_node.py): what ran where, by SLURM's own records.

Jobs that are killed, cancelled and pre-empted are so by SLURM itself. What counts as a GPU is none, so training runs on
the processor, in the partition that has the devices.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from dataset_run import GOOD, SMALL, checksums
from single_node import Slurm

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slurm


def said(done: subprocess.CompletedProcess) -> str:
    return done.stdout + done.stderr


# The dataset


def test_the_dataset_is_that_of_one_machine(cluster, shared, workflow_in, tmp_path_factory, slurm):
    before = len(slurm.jobs())
    cluster.workflow.write_crates(GOOD)
    done = cluster.run("dataset", config=SMALL)
    assert done.returncode == 0, said(done)
    jobs = slurm.jobs()[before:]
    # The sandbox's check; three crates in one job; the stages of the dataset in one.
    assert {job.state for job in jobs} == {"COMPLETED"} and {job.partition for job in jobs} == {"cpu"}
    assert len(jobs) == 3, [job.comment for job in jobs]
    # Of a crate three steps can run at the same time.
    assert max(job.cpus for job in jobs) == 3 * len(GOOD)
    alone = workflow_in(tmp_path_factory.mktemp("alone") / "workflow")
    run = alone.run("dataset", crates=GOOD, config=SMALL)
    assert run.returncode == 0, run.output
    assert checksums(cluster.workflow) == checksums(alone)


def test_a_run_that_is_cancelled_takes_its_jobs_back_and_goes_on(cluster, slurm):
    before = len(slurm.jobs())
    cluster.workflow.write_crates(GOOD[1:2])
    running = cluster.start("dataset", config=SMALL)
    until = time.monotonic() + 300
    while not any(job.state == "RUNNING" and "crates" in job.comment for job in slurm.jobs()[before:]):
        assert running.poll() is None and time.monotonic() < until, slurm.jobs()[before:]
        time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    assert running.wait() != 0
    slurm.wait_for(
        lambda: not {"RUNNING", "PENDING"} & {job.state for job in slurm.jobs()[before:]},
        "the end of the jobs",
    )
    assert "CANCELLED" in {job.state for job in slurm.jobs()[before:]}
    again = cluster.run("dataset", config=SMALL)
    assert again.returncode == 0, said(again)


# Memory

HUNGRY = """
rule hungry:
    output:
        "results/hungry.txt",
    resources:
        mem_mb=lambda wildcards, attempt: 400 * attempt,
        runtime=lambda wildcards, attempt: 5 * attempt,
    shell:
        "python -c 'import time; kept = bytes([7]) * 600_000_000; time.sleep(8)' && echo {resources.mem_mb} > {output}"
"""


def test_a_job_that_is_killed_for_its_memory_comes_back_with_more(cluster, slurm):
    before = len(slurm.jobs())
    with open(cluster.path / "Snakefile", "a") as snakefile:
        snakefile.write(HUNGRY)
    done = cluster.run("results/hungry.txt", config={})
    assert done.returncode == 0, said(done)
    jobs = slurm.jobs()[before:]
    assert [job.memory for job in jobs] == ["400M", "800M"], jobs
    assert jobs[0].state != "COMPLETED" and jobs[1].state == "COMPLETED"
    assert (cluster.path / "results/hungry.txt").read_text() == "800\n"


# Training and evaluation


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> dict:
    """Settings of a training of seconds: a random model of two layers, on rows of a file."""
    pytest.importorskip("torch", reason="make train")
    sys.path.insert(0, str(ROOT / "tests/train"))
    import conftest as of_training

    folder = tmp_path_factory.mktemp("tiny")
    of_training.save_tokenizer(folder / "tokenizer", of_training.TEMPLATES["chatml"])
    of_training.write_model(folder / "model", folder / "tokenizer")
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps(row | {"split": "train"}) + "\n" for row in of_training.make_rows()))
    train = {
        "micro_batch_size": 1,
        "gradient_accumulation": 2,
        "steps": 6,
        "warmup_steps": 1,
        "learning_rate": 0.005,
        "optimizer": "adamw_torch",
        "gradient_checkpointing": False,
        "logging_steps": 1,
        "save_steps": 100,
        "eval_steps": 0,
        "loader_workers": 0,
    }
    return {
        "models": {"tiny": {"path": str(folder / "model"), "license": "MIT"}},
        "runs": {
            "taught": {
                "base": "tiny",
                "sources": [f"local:{rows}"],
                "sequence": {"length": 320},
                "quantization": {"bits": 16},
                "filters": {"min_tokens": 0},
                "train": train,
            }
        },
        "benchmarks": {"small": {"path": str(folder / "problems"), "format": "own", "license": "MIT"}},
        "evaluate": {"benchmarks": ["small"], "bootstrap": 100},
        "sampling": {"max_new_tokens": 8},
        "folder": str(folder),
    }


def settings(tiny: dict, **train) -> dict:
    folder = Path(tiny["folder"])
    problems = folder / "problems/ownership"
    problems.mkdir(parents=True, exist_ok=True)
    (problems / "crate_relabel.rs").write_text(
        (ROOT / "resources/problems/ownership/crate_relabel.rs").read_text()
    )
    made = json.loads(json.dumps({key: value for key, value in tiny.items() if key != "folder"}))
    made["runs"]["taught"]["train"].update(train)
    return made


def test_training_and_evaluation_run_where_the_gpus_are(cluster, tiny, slurm):
    before = len(slurm.jobs())
    done = cluster.run("compare", config=settings(tiny))
    assert done.returncode == 0, said(done)
    assert list((cluster.path / "results/compare/small").glob("*.md"))
    jobs = slurm.jobs()[before:]
    assert {job.state for job in jobs} == {"COMPLETED"}
    on_gpus = {job.comment.removeprefix("rule_").partition("_wildcards")[0] for job in jobs if job.gpus}
    assert on_gpus == {"train_adapter", "merge_adapter", "generate_samples"}
    assert {job.node for job in jobs if job.gpus} == {"g1"}
    assert {job.node for job in jobs if not job.gpus} == {"c1"}


def test_a_pre_empted_training_ends_with_the_unbroken_adapter(cluster, tiny, slurm, workflow_in, tmp_path):
    adapter = "results/train/taught/adapter/adapter_model.safetensors"
    unbroken = workflow_in(tmp_path / "unbroken")
    more = settings(tiny, steps=60)
    run = unbroken.run("results/train/taught/adapter", config=more)
    assert run.returncode == 0, run.output
    before = len(slurm.jobs())
    running = cluster.start("results/train/taught/adapter", config=more)
    rows = cluster.path / "results/train/taught/checkpoints/run.json"
    until = time.monotonic() + 400
    while not rows.exists():
        assert running.poll() is None and time.monotonic() < until
        time.sleep(0.1)
    time.sleep(3)
    # A job of more weight that needs the whole node.
    urgent = [
        "sbatch",
        "--partition=urgent",
        f"--cpus-per-task={slurm.cpus}",
        "--output=/dev/null",
        "--wrap=sleep 1",
    ]
    assert slurm.ask(*urgent)
    assert running.wait() == 0
    assert (cluster.path / adapter).read_bytes() == (unbroken.path / adapter).read_bytes()
    log = "".join(path.read_text() for path in (cluster.path / "results/logs/train_adapter").glob("*.log"))
    assert "resuming from" in log
    # It ended by itself before SLURM would have killed it, so SLURM did not put it back: Snakemake did.
    trainings = [job for job in slurm.jobs()[before:] if "train_adapter" in job.comment]
    assert [job.state for job in trainings] == ["FAILED", "COMPLETED"], trainings


# What a cluster lacks


def checked(slurm: Slurm, folder: Path, **changes) -> subprocess.CompletedProcess:
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    for section, values in changes.items():
        profile[section.replace("_", "-")] |= values
    folder.mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(profile))
    return subprocess.run(
        [sys.executable, ROOT / "scripts/utilities/check_cluster.py", "--profile", folder],
        env=os.environ | slurm.environment,
        capture_output=True,
        text=True,
    )


def test_a_profile_that_fits_the_cluster(slurm, tmp_path):
    models = {rule: {"mem_mb": "attempt * 60000"} for rule in ("train_model",)}
    gpus = {"slurm_partition": "gpu", "gpu_model": "h100", "runtime": 1440}
    done = checked(
        slurm, tmp_path / "fits", set_resources={rule: gpus | more for rule, more in models.items()}
    )
    assert done.returncode == 0, said(done)
    assert "would take every kind of job" in done.stdout


@pytest.mark.parametrize(
    ("changes", "who", "why"),
    [
        ({"default_resources": {"slurm_partition": "nowhere"}}, "any other rule", "invalid partition"),
        ({"default_resources": {"runtime": 100_000}}, "any other rule", "time limit"),
        ({"default_resources": {"mem_mb": 10**7}}, "any other rule", "node configuration is not available"),
        ({"default_resources": {"constraint": "icelake"}}, "any other rule", "feature"),
        (
            {"set_resources": {"train_model": {"slurm_partition": "cpu", "gpu_model": "h100"}}},
            "train_model, attempt 1",
            "node configuration is not available",
        ),
        (
            {"set_resources": {"train_model": {"slurm_partition": "gpu", "gpu_model": "b300"}}},
            "train_model, attempt 1",
            "node configuration is not available",
        ),
    ],
    ids=["partition", "time limit", "memory", "feature", "partition without GPUs", "model of GPU"],
)
def test_what_the_cluster_does_not_have_is_named_before_a_job_runs(slurm, tmp_path, changes, who, why):
    done = checked(slurm, tmp_path / "profile", **changes)
    assert done.returncode == 1, said(done)
    line = next(line for line in done.stdout.splitlines() if line.startswith(f"{who}: SLURM refuses"))
    assert why in line.lower(), line


def test_a_key_that_snakemake_does_not_have_is_told_before_anything_runs(cluster):
    profile = cluster.path / "profiles/slurm/config.yaml"
    profile.write_text(profile.read_text() + "slurm-partitions: cpu\n")
    done = cluster.run("results/tools/sandbox.json", config={})
    assert done.returncode == 2 and "slurm-partitions" in said(done), said(done)
    assert not (cluster.path / "results").exists()
