"""Everything that can be done from each kind of start: a run, its checkpoint, a local adapter, one of the hub.

A run of a model of two layers is trained; its checkpoints are also in a hub, which is a stand-in on this machine. From
each kind of start it is then continued, sampled, evaluated, merged, compared and uploaded, by the rules themselves.
"""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

import pytest
import torch
import yaml
from fake_hub import FakeHub
from safetensors.torch import load_file
from snakemake.utils import update_config

from ferrule.core.files import read_json, read_jsonl, sha256_file, write_jsonl

pytestmark = [pytest.mark.train, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
PROBLEMS = ["ownership/crate_relabel", "traits/berth_display"]
KINDS = ("run", "checkpoint", "folder", "hub")
WEIGHTS = "adapter_model.safetensors"
TRAIN = {
    "micro_batch_size": 1,
    "gradient_accumulation": 1,
    "steps": 6,
    "warmup_steps": 1,
    "learning_rate": 0.01,
    "optimizer": "adamw_torch",
    "gradient_checkpointing": False,
    "logging_steps": 1,
    "save_steps": 2,
    "eval_steps": 0,
    "loader_workers": 0,
}
RUN = {
    "sources": ["local:rows.jsonl"],
    "sequence": {"length": 512},
    "quantization": {"bits": 16},
    "merge": {"dtype": "float32"},
}
SMALL = {
    "benchmarks": {"small": {"path": "small", "format": "own", "license": "MIT"}},
    "evaluate": {"benchmarks": ["small"], "bootstrap": 200, "quality": False},
    "sampling": {"max_new_tokens": 12, "dtype": "float32"},
    "run_defaults": {"merge": {"dtype": "float32"}},
}


@pytest.fixture(scope="module")
def hub():
    with FakeHub() as hub:
        yield hub


@pytest.fixture(scope="module")
def place(tmp_path_factory, workflow_in, tiny_model, rows, hub):
    """A workflow with a trained run, its adapter as a folder of the user's, and its checkpoints in the hub."""
    workflow = workflow_in(tmp_path_factory.mktemp("starts") / "workflow")
    for name in PROBLEMS:
        file = workflow.path / "small" / f"{name}.rs"
        file.parent.mkdir(parents=True)
        shutil.copy(ROOT / f"resources/problems/{name}.rs", file)
    write_jsonl(workflow.path / "rows.jsonl", rows[:40])
    workflow.env = {
        "HF_ENDPOINT": hub.address,
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(workflow.path / "cache"),
        "HF_TOKEN": "hf_none",
    }
    workflow.first = {
        **SMALL,
        "models": {"tiny": {"path": str(tiny_model), "license": "MIT"}},
        "runs": {"first": RUN | {"base": "tiny", "train": TRAIN, "lora": {"r": 4}}},
    }
    run = workflow.run("results/train/first/adapter", config=workflow.first)
    assert run.returncode == 0, run.output
    results = workflow.path / "results/train/first"
    shutil.copytree(results / "adapter", workflow.path / "mine")
    workflow.commit = hub.add("owner/adapters", results / "checkpoints")
    return workflow


@pytest.fixture(scope="module")
def starts(place):
    """The same workflow after everything that the starts are good for."""
    settings = copy.deepcopy(place.first)
    at = {
        "run": "first",
        "checkpoint": "results/train/first/checkpoints/checkpoint-4",
        "folder": "mine/",
        "hub": f"hub:owner/adapters/checkpoint-4@{place.commit}",
    }
    for kind, start in at.items():
        settings["runs"][f"from-{kind}"] = (
            RUN
            | {"continue_from": start, "train": TRAIN | {"steps": 2}, "upload": f"me/from-{kind}"}
            | ({"base": "tiny"} if kind in ("folder", "hub") else {})
        )
    # To be sampled as they are; a folder of checkpoints, and a repository without a revision, stand for the newest.
    for name, path in {
        "checkpoint": "results/train/first/checkpoints",
        "folder": "mine",
        "hub": "hub:owner/adapters",
    }.items():
        settings["models"][name] = {"path": path, "base": "tiny", "license": "MIT"}
    settings["compare"] = {"first": "tiny"} | {
        f"from-{kind}": "first" if kind == "run" else kind for kind in KINDS
    }
    place.settings = settings
    targets = [f"results/train/from-{kind}/uploaded.json" for kind in KINDS]
    targets += [f"results/merged/{kind}" for kind in KINDS[1:]]
    run = place.run("compare", *targets, config=settings, env=place.env)
    assert run.returncode == 0, run.output + "".join(
        file.read_text()[-2000:]
        for file in place.path.glob("results/logs/*/*.log")
        if "rror" in file.read_text()
    )
    return place


def weights(place, name: str) -> str:
    return sha256_file(place.path / "results" / name / WEIGHTS)


def test_the_same_start_gives_the_same_run_wherever_it_lies(starts):
    """On a CPU training is reproducible: equal bytes show which adapter was continued."""
    whole, four = weights(starts, "train/from-run/adapter"), weights(starts, "train/from-checkpoint/adapter")
    assert weights(starts, "train/from-folder/adapter") == whole
    assert weights(starts, "train/from-hub/adapter") == four
    assert len({whole, four, weights(starts, "train/first/adapter")}) == 3
    first = read_json(starts.path / "results/train/first/metrics.json")["history"]
    for kind in KINDS:
        assert read_json(starts.path / f"results/train/from-{kind}/metrics.json")["history"][0]["loss"] < (
            first[0]["loss"] - 0.2
        )


def test_only_the_folder_that_is_asked_for_is_fetched(starts, hub):
    files = {file for name, file in hub.fetched if name == "owner/adapters"}
    assert not any(file.endswith((".pt", ".bin", ".pth")) for file in files)
    assert {file for file in files if file.endswith(".safetensors")} == {
        f"checkpoint-4/{WEIGHTS}",
        f"checkpoint-6/{WEIGHTS}",
    }


def test_records_say_where_an_adapter_comes_from(starts):
    records = {
        read_json(file)["origin"]: read_json(file) for file in (starts.path / "results/models").glob("*.json")
    }
    assert set(records) == {
        "folder:tiny",
        "folder:mine",
        "run:first/checkpoint-4",
        "run:first/checkpoint-6",
        "hub:owner/adapters/checkpoint-4",
        "hub:owner/adapters/checkpoint-6",
    }
    for origin, record in records.items():
        assert record["revision"] == (starts.commit if origin.startswith("hub:") else "")
        if origin != "folder:tiny":
            assert (record["base"], record["made_for"], record["lora"]["r"]) == ("tiny", "tiny", 4)
            assert set(record["files"]) == {"adapter_config.json", WEIGHTS}
    assert records["run:first/checkpoint-4"]["steps"] == 4
    assert str(starts.path) not in json.dumps(records)


def test_each_start_is_sampled_evaluated_and_compared(starts):
    results = starts.path / "results"
    said = {}
    for name in ("tiny", "first", "checkpoint", "folder", "hub"):
        samples = list(read_jsonl(results / f"evaluate/small/{name}/samples.jsonl"))
        assert [row["task_id"] for row in samples] == PROBLEMS
        said[name] = [row["completion"] for row in samples]
        assert (results / f"evaluate/small/{name}/metrics.json").exists()
    # One adapter, by four ways; in 32 bits the merged model of the run answers as its adapter on the base.
    assert said["checkpoint"] == said["folder"] == said["hub"] == said["first"] != said["tiny"]
    for kind in KINDS:
        one = "first" if kind == "run" else kind
        environment = read_json(results / f"compare/small/{one}-vs-from-{kind}.environment.json")
        assert {one, f"from-{kind}", "tiny"} <= set(environment["models"])
        assert (results / f"compare/small/{one}-vs-from-{kind}.md").exists()
    assert environment["models"]["hub"]["revision"] == starts.commit


def test_each_start_is_merged(starts):
    """A run's merged model, and an adapter merged as it is; all of the same adapter have the same weights."""
    results = starts.path / "results"
    expected = load_file(results / "train/first/merged/model.safetensors")
    for kind in KINDS[1:]:
        record = read_json(results / f"merged/{kind}.json")
        assert record["base"] == "tiny" and record["difference"] < 0.001
        assert record["loss"]["base"] != record["loss"]["adapter"]
        merged = load_file(results / f"merged/{kind}/model.safetensors")
        assert all(torch.equal(merged[name], tensor) for name, tensor in expected.items())
    for kind in KINDS:
        assert (results / f"train/from-{kind}/merged/model.safetensors").exists()


def test_each_continued_run_is_uploaded_with_a_card_that_names_its_start(starts, hub):
    for kind in KINDS:
        files = hub.files(f"me/from-{kind}")
        merged = starts.path / f"results/train/from-{kind}/merged/model.safetensors"
        assert files["model.safetensors"] == merged.read_bytes()
        card = files["README.md"].decode()
        assert "`lora.r` | 4 |" in card
        named = {
            "run": "It continues another run: first (",
            "checkpoint": "run:first/checkpoint-4",
            "folder": "folder:mine",
            "hub": f"hub:owner/adapters/checkpoint-4 at revision {starts.commit}",
        }
        assert named[kind] in card, card
        assert ("What that was trained on is not known here" in card) == (kind in ("folder", "hub"))
        assert ("| first |" in card) == (kind in ("run", "checkpoint"))
        steps = {"run": 6 + 2, "checkpoint": 4 + 2}.get(kind)
        assert not steps or f"{steps} steps in all" in card


def test_what_is_not_a_start_ends_with_one_line(starts, hub):
    """Before anything runs where the configuration shows it, else in the log of the one job that fetches it."""
    folder = hub.repositories["owner/adapters"][starts.commit]
    other = json.loads(folder["checkpoint-4/adapter_config.json"])
    other |= {"base_model_name_or_path": "someone/large"}
    hub.commit("owner/other", folder | {"checkpoint-4/adapter_config.json": json.dumps(other).encode()})
    for reference, says in {
        "hub:owner/adapter/checkpoint-4": "owner/adapter: the hub has no such repository",
        "hub:owner/adapters/checkpoint-5": "there is hub:owner/adapters/checkpoint-6",
        "hub:owner/adapters@v9": "owner/adapters has no revision 'v9'",
        "hub:owner/other/checkpoint-4": "was made for someone/large, not for tiny",
    }.items():
        settings = copy.deepcopy(starts.settings)
        settings["models"]["wrong"] = {"path": reference, "base": "tiny", "license": "MIT"}
        run = starts.run("results/models/wrong", config=settings, env=starts.env)
        said = (starts.path / "results/logs/import_model/wrong.log").read_text()
        assert run.returncode != 0 and says in said and "Traceback" not in said
        assert not (starts.path / "results/models/wrong").exists()
        assert said.strip().splitlines()[-1].startswith("model wrong: ")
    settings["models"]["tiny"]["aliases"] = ["someone/large"]
    run = starts.run("results/models/wrong", config=settings, env=starts.env)
    assert run.returncode == 0, run.output


def test_the_published_comparison_is_one_command_that_trains_nothing(place, hub, tiny_model):
    """config/published.yaml as it is, but for the problems and the number of samples; models of its names are in the hub."""
    published = yaml.safe_load((ROOT / "config/published.yaml").read_text())
    base, adapter = (published["models"][name] for name in ("llama-3.1-8b", "rust-qlora"))
    hub.add(base["path"].removeprefix("hub:"), tiny_model, commit=base["revision"])
    owner, name, folder = adapter["path"].removeprefix("hub:").split("/")
    files = {file.name: file.read_bytes() for file in (place.path / "mine").iterdir()}
    config = json.loads(files["adapter_config.json"]) | {"base_model_name_or_path": base["aliases"][0]}
    # As adapters were saved before safetensors.
    torch.save(load_file(place.path / "mine" / WEIGHTS), place.path / "adapter_model.bin")
    pickle = (place.path / "adapter_model.bin").read_bytes()
    commit = hub.commit(
        f"{owner}/{name}",
        {
            f"{folder}/adapter_config.json": json.dumps(config).encode(),
            f"{folder}/adapter_model.bin": pickle,
            f"{folder}/training_state.bin": b"no pickle",
            "README.md": b"",
        },
    )
    update_config(published, copy.deepcopy(SMALL))
    published["evaluate"]["k"] = [1]
    published["sampling"]["samples"] = 2
    run = place.run("compare", config=published, env=place.env)
    assert run.returncode == 0, run.output
    assert not {"train_adapter", "merge_adapter", "choose_rows"} & set(run.jobs)
    assert run.jobs["generate_samples"] == 2
    results = place.path / "results/compare/small/llama-3.1-8b-vs-rust-qlora"
    assert set(read_json(f"{results}.json")["views"]) == {"policy_off", "policy_on"}
    environment = read_json(f"{results}.environment.json")
    models = environment["models"]
    assert models["llama-3.1-8b"]["revision"] == base["revision"]
    assert models["rust-qlora"]["revision"] == commit
    assert models["rust-qlora"]["origin"] == adapter["path"]
    assert all(environment["toolchain"].values()) and environment["problems"]["small"]["hash"]
    assert environment["python"]["distributions"]["torch"] == environment["python"]["packages"]["torch"]
    imported = load_file(place.path / "results/models/rust-qlora" / WEIGHTS)
    assert all(
        torch.equal(imported[name], tensor)
        for name, tensor in load_file(place.path / "mine" / WEIGHTS).items()
    )
