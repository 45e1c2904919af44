"""Everything that can be done from each kind of start: a run, its checkpoint, a local adapter, one of the hub.

A run of a model of two layers is trained; its checkpoints are also in a hub, which is a stand-in on this machine. From
each kind of start it is then imported, continued, merged, sampled and uploaded by the scripts themselves. The rules are
looked at in a dry run of all kinds, and one kind goes through them whole, with evaluation and comparison.
"""

from __future__ import annotations

import copy
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

# ruff: noqa: E402
from fake_hub import FakeHub
from safetensors.torch import load_file
from script_runs import call_script
from snakemake.utils import update_config
from steps import config, run_script

from ferrule.core.files import read_json, read_jsonl, sha256_file, write_jsonl
from ferrule.core.yaml_files import read_yaml
from ferrule.evaluation.problems.problem import Problem, write_problems

pytestmark = pytest.mark.train

ROOT = Path(__file__).parents[2]
PROBLEMS = ["ownership/crate_relabel", "traits/berth_display"]
# Whose commands are looked at
SCRIPTS = (
    "train/train_adapter",
    "train/import_model",
    "publish/write_model_card",
    "compare/generate_samples",
    "compare/compare_models",
)
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
    "log_to": "none",
}
RUN = {
    "sources": ["local:rows.jsonl"],
    "sequence": {"length": 320},
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


# By the scripts


class Place:
    """A folder with a trained run of the base `models/tiny`, its adapter as a user's, and its checkpoints in the hub."""

    def __init__(self, folder: Path, context, packed: dict[str, Path], defaults: dict, hub: FakeHub):
        self.folder, self.context, self.packed = folder, context, packed
        self.settings = copy.deepcopy(defaults)
        update_config(self.settings, copy.deepcopy(RUN | {"train": TRAIN, "lora": {"r": 4, "dropout": 0.0}}))
        self.env = {
            "HF_ENDPOINT": hub.address,
            "HF_HUB_OFFLINE": "0",
            "HF_HOME": str(folder / "cache"),
            "HF_TOKEN": "hf_none",
        }

    def call(self, script: str, *arguments) -> None:
        done = call_script(self.context, self.folder, script, [str(each) for each in arguments])
        assert done.code == 0, done.output

    def train(self, name: str, *more, **changes) -> Path:
        """Train a run of this name, and return its folder."""
        folder, settings = self.folder / "results/train" / name, copy.deepcopy(self.settings)
        settings["train"].update(changes)
        folder.mkdir(parents=True)
        options = {"work": "checkpoints", "logs": "logs", "adapter": "adapter", "metrics": "metrics.json"}
        files = [f"--{option}={folder / file}" for option, file in options.items()]
        rows = ["--train", self.packed["train"], "--val", self.packed["none"]]
        self.call("train_adapter", "--model", self.base, *more, *rows, *files, *config(run=settings))
        return folder

    @property
    def base(self) -> Path:
        return self.folder / "models/tiny"

    def bring(self, name: str, path: str, **more: str) -> Path:
        """Import a model; one of the hub in a process of its own, since the hub's address is read at its start."""
        entry = {"path": path, "license": "MIT"} | more
        arguments = ["--name", name, *config(models={name: entry}), "--out", self.folder / "models" / name]
        arguments += ["--record", self.folder / f"models/{name}.json"]
        arguments += ["--base", self.base] if "base" in more else []
        if path.startswith("hub:"):
            done = run_script("import_model", *arguments, env=self.env)
            assert done.returncode == 0, done.stderr
        else:
            self.call("import_model", *arguments)
        return self.folder / "models" / name


@pytest.fixture(scope="module")
def place(tmp_path_factory, forker, tiny_model, packed, defaults, hub):
    place = Place(tmp_path_factory.mktemp("starts"), forker, packed, defaults, hub)
    place.bring("tiny", str(tiny_model))
    first = place.train("first")
    shutil.copytree(first / "adapter", place.folder / "mine")
    place.commit = hub.add("owner/adapters", first / "checkpoints")
    hub.fetched.clear()
    work = first / "checkpoints"
    place.starts = {
        "run": first / "adapter",
        "checkpoint": place.bring("checkpoint", str(work / "checkpoint-4"), base="tiny"),
        "folder": place.bring("folder", str(place.folder / "mine"), base="tiny"),
        "hub": place.bring("hub", f"hub:owner/adapters/checkpoint-4@{place.commit}", base="tiny"),
    }
    return place


@pytest.fixture(scope="module")
def continued(place):
    """{kind of start: folder of the run that continues it}, with a merged model in each."""
    found = {}
    for kind, start in place.starts.items():
        found[kind] = place.train(f"from-{kind}", "--continue-from", start, steps=2)
        rows = ["--rows", place.packed["none"], "--fallback-rows", place.packed["train"]]
        out = ["--out", found[kind] / "merged", "--record", found[kind] / "merge.json"]
        adapter = ["--model", place.base, "--adapter", found[kind] / "adapter"]
        place.call("merge_adapter", *adapter, *rows, *out, *config(run=RUN))
    return found


def test_the_same_start_gives_the_same_run_wherever_it_lies(place, continued):
    """On a CPU training is reproducible: equal bytes show which adapter was continued."""
    adapters = {kind: sha256_file(folder / "adapter" / WEIGHTS) for kind, folder in continued.items()}
    assert adapters["run"] == adapters["folder"] and adapters["checkpoint"] == adapters["hub"]
    assert len({adapters["run"], adapters["hub"], sha256_file(place.starts["run"] / WEIGHTS)}) == 3
    first = read_json(place.folder / "results/train/first/metrics.json")["history"]
    for folder in continued.values():
        assert read_json(folder / "metrics.json")["history"][0]["loss"] < first[0]["loss"] - 0.2
        made_for = read_json(folder / "adapter/adapter_config.json")["base_model_name_or_path"]
        assert made_for == "tiny"


def test_only_the_folder_that_is_asked_for_is_fetched(place, hub):
    assert {file for _, file in hub.fetched if "checkpoint-4/" in file} == {f"checkpoint-4/{WEIGHTS}"} | {
        file for _, file in hub.fetched if file.endswith("checkpoint-4/adapter_config.json")
    }
    assert {Path(file).name for _, file in hub.fetched} == {"adapter_config.json", WEIGHTS}
    assert {str(Path(file).parent) for _, file in hub.fetched if file.endswith(WEIGHTS)} == {"checkpoint-4"}


def test_records_say_where_an_adapter_comes_from(place):
    records = {kind: read_json(place.folder / f"models/{kind}.json") for kind in KINDS[1:]}
    assert {kind: record["origin"] for kind, record in records.items()} == {
        "checkpoint": "folder:checkpoints/checkpoint-4",
        "folder": "folder:mine",
        "hub": "hub:owner/adapters/checkpoint-4",
    }
    for kind, record in records.items():
        assert record["revision"] == (place.commit if kind == "hub" else "")
        assert (record["base"], record["made_for"], record["lora"]["r"]) == ("tiny", "tiny", 4)
        assert set(record["files"]) == {"adapter_config.json", WEIGHTS}
    assert records["checkpoint"]["steps"] == 4 and records["checkpoint"]["loss"] > 0
    assert str(place.folder) not in json.dumps(records)


def test_the_newest_checkpoint_is_found_here_and_in_the_hub(place):
    work = place.folder / "results/train/first/checkpoints"
    newest = sha256_file(work / "checkpoint-6" / WEIGHTS)
    for name, path in {"newest-here": str(work), "newest-there": "hub:owner/adapters"}.items():
        assert sha256_file(place.bring(name, path, base="tiny") / WEIGHTS) == newest
    record = read_json(place.folder / "models/newest-there.json")
    assert (record["origin"], record["revision"]) == ("hub:owner/adapters/checkpoint-6", place.commit)


def test_each_start_and_each_merged_run_is_sampled(place, continued):
    """The adapter on its base and, in 32 bits, the model that it was merged into give the same answers."""
    write_problems(place.folder / "p.jsonl", [Problem("a/0", "fn add(a: u8) -> u8 {\n", "add", "")])
    sampling = read_yaml(ROOT / "config/config.yaml")["sampling"] | SMALL["sampling"]

    def sample(name: str, *model) -> str:
        out = place.folder / f"{name}.jsonl"
        arguments = ["--problems", place.folder / "p.jsonl", *model, *config(sampling=sampling)]
        place.call("generate_samples", *arguments, "--journal", f"{out}.journal", "--out", out)
        return next(iter(read_jsonl(out)))["completion"]

    said = {kind: sample(kind, "--model", place.base, "--adapter", place.starts[kind]) for kind in KINDS}
    assert said["run"] == said["folder"] and said["checkpoint"] == said["hub"] != said["run"]
    for kind in ("run", "hub"):
        alone = sample(f"merged-{kind}", "--model", continued[kind] / "merged")
        beside = sample(f"beside-{kind}", "--model", place.base, "--adapter", continued[kind] / "checkpoints")
        assert alone == beside


def test_each_start_is_merged_as_it_is(place):
    problem = Problem("a/0", "fn add(a: u8) -> u8 {\n", "add", "", reference="    a + 1\n}\n")
    write_problems(place.folder / "references.jsonl", [problem])
    merged = {}
    for kind, start in place.starts.items():
        out = place.folder / "merged" / kind
        arguments = [
            "--model",
            place.base,
            "--adapter",
            start,
            "--problems",
            place.folder / "references.jsonl",
        ]
        place.call("merge_model", *arguments, *config(run=RUN), "--out", out, "--record", f"{out}.json")
        record = read_json(f"{out}.json")
        assert record["base"] == "tiny" and record["sequences"] == 1
        assert record["difference"] < 0.001 < abs(record["loss"]["base"] - record["loss"]["adapter"])
        merged[kind] = sha256_file(out / "model.safetensors")
    assert merged["run"] == merged["folder"] and merged["checkpoint"] == merged["hub"] != merged["run"]


def test_each_continued_run_is_uploaded_and_can_be_fetched_again(place, continued, hub):
    (place.folder / "README.md").write_text("# card\n")
    for kind, folder in continued.items():
        upload = {"repository": f"me/from-{kind}", "what": "merged", "private": True}
        arguments = ["--folder", folder / "merged", "--card", place.folder / "README.md"]
        arguments += ["--model-record", place.folder / "models/tiny.json"]
        done = run_script(
            "upload_model",
            *[*arguments, "--record", folder / "uploaded.json", *config(run={"upload": upload})],
            env=place.env,
        )
        assert done.returncode == 0, done.stderr
        merged = (folder / "merged/model.safetensors").read_bytes()
        assert hub.files(f"me/from-{kind}")["model.safetensors"] == merged
        assert read_json(folder / "uploaded.json")["commit"] in hub.repositories[f"me/from-{kind}"]
    again = place.bring("again", "hub:me/from-hub")
    assert (again / "model.safetensors").read_bytes() == merged


# By the rules


@pytest.fixture(scope="module")
def workflow(tmp_path_factory, workflow_in, place, rows):
    """A workflow that has the checkpoints and the adapter of the run `first`, but not the run itself."""
    workflow = workflow_in(tmp_path_factory.mktemp("rules") / "workflow")
    for name in PROBLEMS:
        file = workflow.path / "small" / f"{name}.rs"
        file.parent.mkdir(parents=True)
        shutil.copy(ROOT / f"resources/problems/{name}.rs", file)
    write_jsonl(workflow.path / "rows.jsonl", rows[:40])
    shutil.copytree(place.folder / "mine", workflow.path / "mine")
    work = "results/train/first/checkpoints"
    shutil.copytree(place.folder / work, workflow.path / work)
    return workflow


def settings_of(place, tiny_model: Path) -> dict:
    """Runs that continue each kind of start, and the starts under `models`, to be compared with their base."""
    settings = copy.deepcopy(SMALL)
    settings["models"] = {"tiny": {"path": str(tiny_model), "license": "MIT"}}
    settings["runs"] = {"first": RUN | {"base": "tiny", "train": TRAIN, "lora": {"r": 4}}}
    starts = {
        "run": "first",
        "checkpoint": "results/train/first/checkpoints/checkpoint-4",
        "folder": "mine/",
        "hub": f"hub:owner/adapters/checkpoint-4@{place.commit}",
    }
    for kind, start in starts.items():
        base = {"base": "tiny"} if kind in ("folder", "hub") else {}
        more = {
            "continue_from": start,
            "train": TRAIN | {"steps": 2},
            "upload": {"repository": f"me/ruled-{kind}"},
        }
        settings["runs"][f"from-{kind}"] = RUN | more | base
        if kind != "run":
            settings["models"][kind] = {"path": start, "base": "tiny", "license": "MIT"}
    settings["compare"] = dict.fromkeys(KINDS[1:], "tiny")
    return settings


@pytest.mark.slow
def test_the_rules_serve_each_kind_of_start(workflow, place, tiny_model):
    """A dry run that trains, merges, uploads, samples, evaluates and compares from each."""
    settings = settings_of(place, tiny_model)
    targets = [f"results/train/from-{kind}/uploaded.json" for kind in KINDS]
    targets += [f"results/merged/{kind}" for kind in KINDS[1:]]
    run = workflow.run("compare", *targets, config=settings, args=["-n", "-p"])
    assert run.returncode == 0, run.output
    assert (run.jobs["train_adapter"], run.jobs["upload_model"], run.jobs["merge_model"]) == (5, 4, 3)
    scripts = "|".join(f"{script}.py" for script in SCRIPTS)
    lines = [shlex.split(line) for line in run.stdout.splitlines() if re.search(scripts, line)]

    def of(script: str, word: str) -> list[str]:
        (line,) = (line for line in lines if f"scripts/{script}.py" in line and word in line)
        return line

    def after(line: list[str], option: str) -> str:
        return line[line.index(option) + 1] if option in line else ""

    starts = {
        kind: after(of("train/train_adapter", f"results/train/from-{kind}/adapter"), "--continue-from")
        for kind in KINDS
    }
    assert starts["run"] == "results/train/first/adapter"
    for kind in KINDS[1:]:
        name = Path(starts[kind]).name
        imported = of("train/import_model", f"results/models/{name}")
        assert after(imported, "--base") == "results/models/tiny"
        assert (
            json.loads(after(imported, "--config"))["models"][name]["path"]
            == (settings["runs"][f"from-{kind}"]["continue_from"])
        )
        sampled = of("compare/generate_samples", f"results/evaluate/small/{kind}/samples.jsonl")
        assert after(sampled, "--model") == "results/models/tiny"
        assert after(sampled, "--adapter") == f"results/models/{kind}"
        card = of("publish/write_model_card", f"results/train/from-{kind}/README.md")
        assert after(card, "--started-from") == f"results/models/{name}.json"
        # Of the run whose checkpoint is continued the data is listed, with the steps of the checkpoint.
        files = f"first=results/train/first/telemetry.json,results/models/{name}.json,results/train/first/packed/train.json"
        assert after(card, "--earlier") == (files if kind == "checkpoint" else "")
        assert of("compare/compare_models", f"results/compare/small/tiny-vs-{kind}.json")


@pytest.mark.slow
def test_an_adapter_of_the_hub_goes_through_all_rules(workflow, place, tiny_model, hub):
    settings = settings_of(place, tiny_model)
    settings["runs"] = {name: settings["runs"][name] for name in ("from-hub",)}
    settings["models"] = {name: settings["models"][name] for name in ("tiny", "hub")}
    settings["compare"] = {"from-hub": "hub"}
    targets = ["results/train/from-hub/uploaded.json", "results/merged/hub"]
    run = workflow.run("compare", *targets, config=settings, env=place.env)
    assert run.returncode == 0, run.output
    results = workflow.path / "results"
    for name in ("hub", "from-hub"):
        samples = list(read_jsonl(results / f"evaluate/small/{name}/samples.jsonl"))
        assert [row["task_id"] for row in samples] == PROBLEMS
    environment = read_json(results / "compare/small/hub-vs-from-hub.environment.json")
    assert environment["models"]["hub"]["revision"] == place.commit
    assert {"tiny", "hub", "from-hub"} < set(environment["models"])
    assert read_json(results / "merged/hub.json")["sequences"] == 8
    files = hub.files("me/ruled-hub")
    assert files["model.safetensors"] == (results / "train/from-hub/merged/model.safetensors").read_bytes()
    card = files["README.md"].decode()
    assert f"the adapter hub:owner/adapters/checkpoint-4 at revision {place.commit}" in card
    assert "What that was trained on is not known here." in card and "| `lora.r` | 4 |" in card


def test_what_is_not_a_start_ends_with_one_line(place, hub):
    folder = hub.repositories["owner/adapters"][place.commit]
    other = json.loads(folder["checkpoint-4/adapter_config.json"])
    other |= {"base_model_name_or_path": "someone/large"}
    hub.commit("owner/other", folder | {"checkpoint-4/adapter_config.json": json.dumps(other).encode()})
    for reference, says in {
        "hub:owner/adapter/checkpoint-4": "owner/adapter: the hub has no such repository",
        "hub:owner/adapters/checkpoint-5": "there is hub:owner/adapters/checkpoint-6",
        "hub:owner/adapters@v9": "owner/adapters has no revision 'v9'",
        "hub:owner/other/checkpoint-4": "was made for someone/large, not for tiny",
    }.items():
        out = place.folder / "models/wrong"
        models = {"wrong": {"path": reference, "base": "tiny", "license": "MIT"}}
        files = ["--base", place.base, "--out", out, "--record", f"{out}.json"]
        done = run_script("import_model", "--name", "wrong", *config(models=models), *files, env=place.env)
        assert done.returncode == 1 and "Traceback" not in done.stderr
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith("model wrong: ") and says in last
        assert not out.exists()


@pytest.mark.slow
def test_the_published_comparison_is_one_command_that_trains_nothing(workflow, place, hub, tiny_model):
    """config/published.yaml as it is, but for the problems and the number of samples; models of its names are in the hub."""
    published = read_yaml(ROOT / "config/published.yaml")
    base, adapter = (published["models"][name] for name in ("llama-3.1-8b", "rust-qlora"))
    hub.add(base["path"].removeprefix("hub:"), tiny_model, commit=base["revision"])
    owner, name, folder = adapter["path"].removeprefix("hub:").split("/")
    files = {file.name: file.read_bytes() for file in (place.folder / "mine").iterdir()}
    settings = json.loads(files["adapter_config.json"]) | {"base_model_name_or_path": base["aliases"][0]}
    # As adapters were saved before safetensors.
    torch.save(load_file(place.folder / "mine" / WEIGHTS), place.folder / "adapter_model.bin")
    pickle = (place.folder / "adapter_model.bin").read_bytes()
    commit = hub.commit(
        f"{owner}/{name}",
        {
            f"{folder}/adapter_config.json": json.dumps(settings).encode(),
            f"{folder}/adapter_model.bin": pickle,
            f"{folder}/training_state.bin": b"no pickle",
            "README.md": b"",
        },
    )
    update_config(published, copy.deepcopy(SMALL))
    published["evaluate"]["k"] = [1]
    published["sampling"]["samples"] = 2
    run = workflow.run("compare", config=published, env=place.env)
    assert run.returncode == 0, run.output
    assert not {"train_adapter", "merge_adapter", "choose_rows"} & set(run.jobs)
    assert run.jobs["generate_samples"] == 2
    results = workflow.path / "results/compare/small/llama-3.1-8b-vs-rust-qlora"
    assert set(read_json(f"{results}.json")["views"]) == {"policy_off", "policy_on"}
    environment = read_json(f"{results}.environment.json")
    models = environment["models"]
    assert models["llama-3.1-8b"]["revision"] == base["revision"]
    assert models["rust-qlora"]["revision"] == commit
    assert models["rust-qlora"]["origin"] == adapter["path"]
    assert all(environment["toolchain"].values()) and environment["problems"]["small"]["hash"]
    assert environment["python"]["distributions"]["torch"] == environment["python"]["packages"]["torch"]
    imported = load_file(workflow.path / "results/models/rust-qlora" / WEIGHTS)
    assert all(
        torch.equal(imported[name], tensor)
        for name, tensor in load_file(place.folder / "mine" / WEIGHTS).items()
    )
