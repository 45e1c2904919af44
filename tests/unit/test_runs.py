"""The runs of a configuration: defaults, chains of runs, sweeps, and what is wrong with them."""

import copy
import re
from pathlib import Path

import pytest

from ferrule.core.errors import ConfigError
from ferrule.core.yaml_files import read_yaml
from ferrule.workflow import configuration, runs
from ferrule.workflow.configuration import run_checks
from ferrule.workflow.run_inputs import RunInputs

DEFAULTS = read_yaml(Path(__file__).parents[2] / "config/config.yaml")


def config(**sections) -> dict:
    return copy.deepcopy(DEFAULTS | sections)


ONE = {"one": {"base": "smollm2-135m"}}
WHOLE = ONE["one"] | {"lora": None, "quantization": {"bits": 16}}


def sweep(run: str, values: dict, **more) -> dict:
    return {"s": {"run": run, "values": values} | more}


ADAPTER = {"path": "hub:owner/adapter", "license": "MIT", "base": "smollm2-135m"}
EVALUATE = DEFAULTS["evaluate"] | {"benchmarks": ["own"]}


def test_a_run_has_every_setting():
    (run,) = runs.all_runs(config(runs={"one": {"base": "smollm2-135m", "lora": {"r": 4}}})).values()
    assert run["lora"] == DEFAULTS["run_defaults"]["lora"] | {"r": 4}
    assert run.keys() == DEFAULTS["run_defaults"].keys()
    assert DEFAULTS["run_defaults"]["lora"]["r"] == 16


def test_an_adapter_can_be_switched_off_and_on():
    """null trains all weights, also those of the runs that continue; with null as the default, keys switch it on."""
    further = {"continue_from": "a", "quantization": {"bits": 16}}
    found = runs.all_runs(config(runs={"a": WHOLE, "b": further}))
    assert found["a"]["lora"] is None and found["b"]["lora"] is None
    assert RunInputs(config(), found).whole_model("b") == "results/train/a/merged"
    assert RunInputs(config(), found).whole_model("a") == "results/models/smollm2-135m"
    none = DEFAULTS["run_defaults"] | {"lora": None}
    bits = {"quantization": {"bits": 16}}
    given = config(
        run_defaults=none,
        runs={"one": ONE["one"] | bits, "b": ONE["one"] | {"lora": {"r": 4}}},
    )
    found = runs.all_runs(configuration.check(given))
    assert found["one"]["lora"] is None
    assert found["b"]["lora"] == DEFAULTS["run_defaults"]["lora"] | {"r": 4}


def test_weights_and_lists_are_taken_as_a_whole():
    changes = {"base": "smollm2-135m", "task_weights": {"explanations": 2}, "sources": ["local:x.jsonl"]}
    (run,) = runs.all_runs(config(runs={"one": changes})).values()
    assert run["task_weights"] == {"explanations": 2} and run["sources"] == ["local:x.jsonl"]


def test_the_base_of_a_chain():
    chain = ONE | {"two": {"continue_from": "one"}, "three": {"continue_from": "two"}}
    found = runs.all_runs(config(runs=chain))
    assert [runs.base_of(found, name) for name in chain] == ["smollm2-135m"] * 3
    assert runs.compared(config(runs=chain, compare={"three": "two"}), found) == {
        "one": "smollm2-135m",
        "two": "smollm2-135m",
        "three": "two",
    }


@pytest.mark.train  # Snakemake's Paramspace stands on pandas
def test_a_sweep_adds_a_run_for_each_combination():
    settings = config(
        runs=ONE,
        sweeps={"lr": {"run": "one", "values": {"train.learning_rate": [0.1, 0.2], "lora.r": [4, 8]}}},
    )
    found = runs.all_runs(settings)
    names = [name for name in found if name != "one"]
    assert len(names) == 4 and all(name.startswith("lr-") for name in names)
    pairs = {(found[name]["train"]["learning_rate"], found[name]["lora"]["r"]) for name in names}
    assert pairs == {(0.1, 4), (0.1, 8), (0.2, 4), (0.2, 8)}
    table = runs.table_of_sweep(settings, "lr").splitlines()
    assert table[0] == "sweep lr: 4 runs" and len(table) == 6
    assert table[1].split() == ["run", "train.learning_rate", "lora.r"]
    assert [entry["metrics"] for entry in runs.ranked(settings, "lr")] == [
        f"results/train/{name}/metrics.json" for name in names
    ]


def test_a_chain_has_the_adapter_of_its_first_run():
    chain = {"one": {"base": "smollm2-135m", "lora": {"r": 4}}, "two": {"continue_from": "one"}}
    found = runs.all_runs(config(runs=chain | {"three": {"continue_from": "two"}}))
    assert found["three"]["lora"] == found["one"]["lora"] and found["one"]["lora"]["r"] == 4
    assert runs.chain(chain | {"three": {"continue_from": "two"}}, "three") == ["three", "two", "one"]


@pytest.mark.train  # Snakemake's Paramspace stands on pandas
def test_runs_of_a_sweep_over_lists_have_names_that_a_file_can_have():
    values = {
        "lora.target_modules": [["q_proj"], ["q_proj", "v_proj"]],
        "sources": [["hub:a/b@main"], ["dataset", "local:my rows.jsonl"]],
        "task_weights": [{"explanations": 2}],
    }
    found = [name for name, _, _ in runs.runs_of_sweep(config(runs=ONE, sweeps=sweep("one", values)), "s")]
    assert len(set(found)) == 4 and all(re.fullmatch(r"[A-Za-z0-9._~-]+", name) for name in found)
    settings = [each for _, each, _ in runs.runs_of_sweep(config(runs=ONE, sweeps=sweep("one", values)), "s")]
    assert [each["lora"]["target_modules"] for each in settings] == [["q_proj"]] * 2 + [
        ["q_proj", "v_proj"]
    ] * 2
    assert settings[0]["lora"]["r"] == 16 and settings[0]["task_weights"] is not settings[1]["task_weights"]


@pytest.mark.train  # Snakemake's Paramspace stands on pandas
def test_a_sweep_may_be_ranked_by_what_is_solved():
    settings = config(
        runs=ONE,
        sweeps={"lr": {"run": "one", "values": {"lora.r": [4]}, "figure": "pass@1", "benchmark": "own"}},
    )
    (entry,) = runs.ranked(settings, "lr")
    assert entry["metrics"] == f"results/evaluate/own/{entry['run']}/metrics.json"


def test_the_launcher():
    assert runs.launcher(1) == "python"
    assert "--num_processes 4" in runs.launcher(4)


@pytest.mark.parametrize(
    "sections, said",
    [
        ({"runs": {"a": {}}}, "runs.a: needs either base or continue_from"),
        (
            {"runs": ONE | {"a": {"base": "smollm2-135m", "continue_from": "one"}}},
            "runs.a: needs either base or continue_from",
        ),
        ({"runs": {"a": {"base": "zzz"}}}, "runs.a.base: zzz is not under models"),
        (
            {"runs": {"a": {"continue_from": "zzz"}}},
            "runs.a.continue_from: zzz is neither a run nor a model; a folder has a / in it, the form for the hub is"
            " hub:OWNER/NAME/FOLDER@REVISION (folder and revision may be left out)",
        ),
        (
            {"runs": {"a": {"continue_from": "a"}}},
            "runs.a: needs itself (a > a)",
        ),
        (
            {"runs": {"a": {"base": "smollm2-135m", "sources": ["file:x"]}}},
            "runs.a.sources: 'file:x' begins with none of dataset, local:, parquet:, hub:, experts:",
        ),
        (
            {"runs": {"a": {"base": "smollm2-135m", "sources": ["experts:r"]}}},
            "runs.a.sources: r is not under experts",
        ),
        (
            {"runs": {"a": {"base": "smollm2-135m", "source_weights": {"hub:x": 1}}}},
            "runs.a.source_weights: hub:x is not among the sources",
        ),
        (
            {"runs": {"smollm2-135m": {"base": "smollm2-135m"}}},
            "smollm2-135m: models, runs and rounds of experts need names of their own",
        ),
        (
            {"runs": ONE, "compare": {"one": "zzz"}},
            "compare.one: zzz is not under runs, models or evaluate.samples",
        ),
        (
            {"experts": {"r": {"model": "zzz", "benchmark": "own", "sampling": {}}}},
            "experts.r.model: zzz is neither under models nor under runs",
        ),
        (
            {"experts": {"r": {"model": "smollm2-135m", "benchmark": "zzz", "sampling": {}}}},
            "experts.r.benchmark: zzz is not under benchmarks",
        ),
        (
            {
                "runs": ONE
                | {"a": {"base": "smollm2-135m", "sources": ["experts:r"]}, "b": {"continue_from": "a"}},
                "experts": {"r": {"model": "b", "benchmark": "own", "sampling": {}}},
            },
            "runs.a: needs itself (a > b > a)",
        ),
        (
            {"runs": ONE | {"a": {"continue_from": "one", "lora": {"r": 8}}}},
            "runs.a.lora: a run that continues another trains its adapter as it is, that of one; leave lora out",
        ),
        (
            {"runs": ONE | {"a": {"continue_from": "one"}}, "sweeps": sweep("a", {"lora.r": [8, 16]})},
            "sweeps.s.values: a trains the adapter of one as it is: no lora",
        ),
        (
            {"runs": ONE, "sweeps": sweep("one", {"train.steps": [80, 300], "lora.r": [8, 16]})},
            "sweeps.s.train.warmup_steps: 100 is more than train.steps, 80",
        ),
        (
            {"runs": ONE, "sweeps": sweep("one", {"base": ["zzz"]})},
            "sweeps.s.base: zzz is not under models",
        ),
        (
            {"runs": ONE, "sweeps": sweep("one", {"sources": [["experts:zzz"]]})},
            "sweeps.s.sources: zzz is not under experts",
        ),
        (
            {"runs": ONE, "sweeps": sweep("one", {"lora": [{"r": 8}]})},
            "sweeps.s.values: lora is a section; name one of its keys, such as lora.r",
        ),
        (
            {"runs": ONE, "sweeps": sweep("one", {"lora.r": [8]}, benchmark="own")},
            "sweeps.s.benchmark: only figure: pass@1 has one",
        ),
        (
            {"runs": ONE, "sweeps": sweep("one", {"lora.r": [8]}, benchmark="zzz", figure="pass@1")},
            "sweeps.s.benchmark: zzz is not under benchmarks",
        ),
        (
            {"runs": {"references": ONE["one"]}},
            "references: this name is taken by the problems' own solutions",
        ),
        ({"runs": ONE, "compare": {"one": "one"}}, "compare.one: is compared with itself"),
        (
            {"runs": ONE, "evaluate": EVALUATE | {"k": [1, 10]}},
            "evaluate.k: pass@10 needs 10 samples of each problem, sampling.samples is 1",
        ),
        (
            {"models": DEFAULTS["models"] | {"m": {"path": "no/where", "license": "MIT"}}},
            "models.m.path: there is no folder no/where; a model of the hub is hub:no/where",
        ),
        (
            {"models": DEFAULTS["models"] | {"m": {"path": "hub:o/m", "license": "MIT", "base": "zzz"}}},
            "models.m.base: zzz is not under models",
        ),
        (
            {"models": DEFAULTS["models"] | {"m": ADAPTER, "n": ADAPTER | {"base": "m"}}},
            "models.n.base: m is an adapter itself",
        ),
        (
            {"models": DEFAULTS["models"] | {"m": ADAPTER}, "runs": {"a": {"base": "m"}}},
            "runs.a.base: m is an adapter; a run begins from a whole model, or continues another run",
        ),
        (
            {
                "runs": ONE,
                "compare": {"mine": "one"},
                "evaluate": EVALUATE | {"samples": {"mine": {"quality": "x"}}},
            },
            "compare.mine: evaluate.samples.mine has no file for own",
        ),
        (
            {"sampling": DEFAULTS["sampling"] | {"samples": 5}},
            "sampling: 5 samples at temperature 0 would all be the same: raise temperature, or set samples: 1",
        ),
        (
            {
                "experts": {
                    "r": {"model": "smollm2-135m", "benchmark": "own", "sampling": {"engine": "server"}}
                }
            },
            "experts.r.sampling.server: missing; engine: server needs its address, such as http://127.0.0.1:8000/v1",
        ),
        (
            {"runs": {"a": ONE["one"] | {"filters": {"min_tokens": 600}, "sequence": {"length": 512}}}},
            "runs.a.filters.min_tokens: 600 is more than max_tokens, 512: no row can pass",
        ),
        (
            {"runs": {"a": ONE["one"] | {"filters": {"min_chars": 600, "max_chars": 500}}}},
            "runs.a.filters.min_chars: 600 is more than max_chars, 500: no row can pass",
        ),
        (
            {"runs": {"a": ONE["one"] | {"train": {"steps": 20}}}},
            "runs.a.train.warmup_steps: 100 is more than train.steps, 20",
        ),
        (
            {"runs": {"a": ONE["one"] | {"filters": {"patterns": "no/where.yaml"}}}},
            "runs.a.filters.patterns: there is no file no/where.yaml",
        ),
        ({"sweeps": {"s": {"run": "zzz", "values": {"lora.r": [1]}}}}, "sweeps.s.run: zzz is not under runs"),
        (
            {"runs": {"a": ONE["one"] | {"lora": None}}},
            "runs.a.quantization.bits: 4, but lora: null trains all weights: set quantization.bits: 16",
        ),
        (
            {"runs": {"a": ONE["one"] | {"lora": None, "quantization": {"bits": 8}}}},
            "runs.a.quantization.bits: 8, but lora: null trains all weights: set quantization.bits: 16",
        ),
        (
            {"runs": {"a": WHOLE | {"upload": {"repository": "me/a", "what": "adapter"}}}},
            "runs.a.upload.what: adapter, but lora: null trains all weights and makes none: set it to merged",
        ),
        (
            {"runs": ONE | {"a": {"continue_from": "one", "lora": None}}},
            "runs.a.lora: a run that continues another trains its adapter as it is, that of one; leave lora out",
        ),
        (
            {"runs": {"a": WHOLE, "b": WHOLE | {"base": None, "continue_from": "a", "lora": {"r": 4}}}},
            "runs.b.lora: a run that continues another trains all weights, as a; leave lora out",
        ),
        (
            {"runs": {"a": WHOLE}, "sweeps": sweep("a", {"lora.r": [8, 16]})},
            "sweeps.s.values: a trains all weights (lora: null): no lora",
        ),
        (
            {"runs": {"a": WHOLE}, "sweeps": sweep("a", {"quantization.bits": [16, 4]})},
            "sweeps.s.quantization.bits: 4, but lora: null trains all weights: set quantization.bits: 16",
        ),
        (
            {"runs": ONE, "sweeps": {"s": {"run": "one", "values": {"lora.rank": [1]}}}},
            "sweeps.s.values: a run has no setting lora.rank",
        ),
        (
            {"runs": {"a": ONE["one"] | {"monitor": {"every": 12001}}}},
            "runs.a.monitor.every: 12001 is more than train.steps, 12000: no checkpoint would be measured; set it to 12000"
            " or less",
        ),
        (
            {"runs": {"a": ONE["one"] | {"monitor": {"every": 100, "problems": 1000}}}},
            "runs.a.monitor.problems: 1000 is more than the 101 problems of the set; take at most 101, or null for all",
        ),
        (
            {"runs": {"a": ONE["one"] | {"monitor": {"every": 100, "benchmark": "humaneval-rust"}}}},
            "runs.a.monitor.benchmark: humaneval-rust is not under benchmarks (did you mean humaneval_rust?)",
        ),
        (
            {"runs": {"a": ONE["one"] | {"monitor": {"every": 100, "benchmark": "zzz"}}}},
            "runs.a.monitor.benchmark: zzz is not under benchmarks; there are own, humaneval_rust, crate_tasks, quality",
        ),
        (
            {
                "runs": {"a": ONE["one"] | {"monitor": {"every": 100}}},
                "evaluate": EVALUATE | {"benchmarks": []},
            },
            "runs.a.monitor.benchmark: missing, and evaluate.benchmarks has none; name one under benchmarks",
        ),
        (
            {
                "runs": {
                    "a": ONE["one"] | {"lora": None, "quantization": {"bits": 16}, "monitor": {"every": 100}}
                }
            },
            "runs.a.monitor.every: lora: null trains all weights, and only adapters are monitored; set it to null, and"
            " compare runs of fewer steps",
        ),
        (
            {"runs": {"a": ONE["one"] | {"monitor": {"every": 100, "samples": 2}}}},
            "runs.a.monitor.samples: 2 samples at temperature 0 would all be the same: raise sampling.temperature, or set it"
            " to 1",
        ),
        (
            {
                "runs": {"a": ONE["one"] | {"monitor": {"every": 100}}},
                "sampling": DEFAULTS["sampling"] | {"engine": "server", "server": "http://localhost:1/v1"},
            },
            "runs.a.monitor.every: a server does not have the checkpoints of a run; set sampling.engine to transformers or"
            " vllm",
        ),
        (
            {"runs": ONE, "sweeps": sweep("one", {"monitor.every": [100, 200]})},
            "sweeps.s.values: monitor.every changes nothing about a run; set it under runs.one",
        ),
    ],
)
def test_what_is_wrong_is_named(sections, said):
    assert list(run_checks.problems(config(**sections))) == [said]


def test_a_folder_with_an_adapter_is_recognised(tmp_path):
    (tmp_path / "adapter_config.json").touch()
    models = DEFAULTS["models"] | {"m": {"path": str(tmp_path), "license": "MIT"}}
    said = f"models.m: {tmp_path} holds an adapter; name the model that it stands on: base: NAME"
    assert list(run_checks.problems(config(models=models))) == [said]
    models["m"]["base"] = "smollm2-135m"
    assert list(run_checks.problems(config(models=models, compare={"m": "smollm2-135m"}))) == []


def test_rows_of_a_round_and_their_code_alone():
    """A run that continues the one whose answers it learns from; the card names the round once."""
    sources = ["experts:r", "experts:r/code_only"]
    given = config(
        runs=copy.deepcopy(ONE) | {"next": {"continue_from": "one", "sources": sources}},
        experts={"r": {"model": "one", "benchmark": "own", "sampling": {}}},
    )
    assert list(run_checks.problems(given)) == []
    inputs = RunInputs(given, runs.all_runs(given))
    assert inputs.round_rows("next") == ["results/experts/r.jsonl", "results/experts/r/code_only.jsonl"]
    assert inputs.round_records("next") == ["results/experts/r.json"]
    given["runs"]["next"]["sources"] = ["experts:r/code"]
    (said,) = run_checks.problems(given)
    assert said == ("runs.next.sources: experts:r/code: a round has rows (experts:r) and experts:r/code_only")
    given["runs"]["one"]["sources"] = ["experts:r/code_only"]
    del given["runs"]["next"]
    assert list(run_checks.problems(given)) == ["runs.one: needs itself (one > one)"]


def test_the_shipped_configurations_are_in_order():
    from snakemake.utils import update_config

    for name in ("tiny", "llama8b", "published"):
        settings = copy.deepcopy(DEFAULTS)
        update_config(settings, read_yaml(Path(__file__).parents[2] / f"config/{name}.yaml"))
        assert list(run_checks.problems(settings)) == []
        assert bool(runs.all_runs(settings)) == (name != "published")  # which trains nothing


def test_the_phases_have_the_published_values():
    """Phase 1 and phase 2, as the guide has them."""
    settings = config(**read_yaml(Path(__file__).parents[2] / "config/llama8b.yaml"))
    settings["models"] = DEFAULTS["models"] | settings["models"]
    found = runs.all_runs(settings)
    first, second = found["phase1"], found["phase2"]
    assert [
        (
            run["train"]["steps"],
            run["train"]["learning_rate"],
            run["train"]["warmup_steps"],
            run["train"]["save_steps"],
            run["sequence"]["length"],
        )
        for run in (first, second)
    ] == [
        (12000, 1e-4, 100, 500, 4096),
        (4000, 5e-5, 100, 500, 2048),
    ]
    assert second["continue_from"] == "phase1"
    assert not first["filters"]["prefer_idiomatic"] and second["filters"]["prefer_idiomatic"]
    assert not first["filters"]["prefer_documented"] and second["filters"]["prefer_documented"]
    assert (first["lora"]["r"], first["lora"]["alpha"], first["lora"]["dropout"]) == (16, 16, 0.05)
    assert len(first["lora"]["target_modules"]) == 7
    assert first["quantization"] == {"bits": 4, "type": "nf4", "double": True, "compute_dtype": "auto"}


# What a run continues


HUB = "hub:owner/adapter/checkpoint-9000@c0ffee"
CHECKPOINT = "results/train/one/checkpoints/checkpoint-4"


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A folder with a checkpoint of the run `one`, an adapter in `mine`, and an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in (CHECKPOINT, "mine", "out/phase1/checkpoint-12000"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "adapter_config.json").write_text("{}")
        (tmp_path / name / "adapter_model.bin").touch()
    (tmp_path / "empty").mkdir()


def starts(start: str, **more) -> dict:
    return {
        "models": DEFAULTS["models"] | {"rusty": ADAPTER},
        "runs": ONE | {"a": {"continue_from": start} | more},
    }


@pytest.mark.parametrize(
    ("start", "more", "adapter"),
    [
        ("one", {}, ""),
        (CHECKPOINT, {}, "one-checkpoint-4-"),
        ("results/train/one/checkpoints", {}, "one-checkpoints-"),
        ("rusty", {}, "rusty"),
        (HUB, {"base": "smollm2-135m"}, "adapter-checkpoint-9000-"),
        ("hub:owner/adapter", {"base": "smollm2-135m"}, "owner-adapter-"),
        ("./mine", {"base": "smollm2-135m"}, "mine-"),
        ("out/phase1", {"base": "smollm2-135m"}, "out-phase1-"),
    ],
)
def test_a_run_continues_each_kind_of_start(folders, start, more, adapter):
    settings = config(**starts(start, **more))
    assert list(run_checks.problems(settings)) == []
    found = runs.all_runs(settings)
    assert runs.base_of(found, "a") == "smollm2-135m"
    name = runs.model_behind(settings["models"], found, start)
    assert name.startswith(adapter) and bool(name) == bool(adapter)
    models = runs.all_models(settings["models"], found)
    assert set(models) - set(settings["models"]) == ({name} - {"rusty", ""})
    if name not in ("", "rusty"):
        assert models[name] == {"path": start, "base": "smollm2-135m", "license": "Apache-2.0"}
    # The data of a run counts also where only its checkpoint is continued.
    assert runs.chain(found, "a") == (["a", "one"] if "one" in start else ["a"])


def test_a_run_of_a_chain_that_begins_with_an_adapter_has_its_base(folders):
    settings = config(**starts(HUB, base="smollm2-135m"))
    settings["runs"]["b"] = {"continue_from": "a"}
    assert runs.base_of(runs.all_runs(settings), "b") == "smollm2-135m"


@pytest.mark.parametrize(
    ("start", "more", "says"),
    [
        ("ones", {}, "ones is neither a run nor a model (did you mean one?)"),
        ("smollm2-135m", {}, "smollm2-135m is a whole model: give it as base"),
        ("hub:name", {"base": "smollm2-135m"}, "expected hub:OWNER/NAME/FOLDER@REVISION"),
        ("hf:owner/name", {"base": "smollm2-135m"}, "write hub:owner/name"),
        (HUB, {}, "nothing says which base"),
        ("owner/name/checkpoint-9", {"base": "smollm2-135m"}, "is hub:owner/name/checkpoint-9"),
        ("empty", {"base": "smollm2-135m"}, "empty: no adapter in it (no adapter_config.json)"),
        (
            "results/train/one/checkpoints/checkpoint-5",
            {},
            "checkpoints in results/train/one/checkpoints: checkpoint-4",
        ),
        (CHECKPOINT, {"base": "other"}, "leave base out"),
        ("rusty", {"base": "other"}, "rusty stands on smollm2-135m, not on other; leave base out"),
        (HUB, {"base": "smollm2-135m", "lora": {"r": 8}}, "trains its adapter as it is; leave lora out"),
        (HUB, {"base": "rusty"}, "rusty is an adapter"),
    ],
)
def test_a_start_that_cannot_be_is_told_in_one_line(folders, start, more, says):
    settings = config(**starts(start, **more))
    settings["models"]["other"] = {"path": "hub:o/m", "license": "MIT"}
    (said,) = run_checks.problems(settings)
    assert said.startswith("runs.a.") and says in said


@pytest.mark.parametrize("value", ["none", "", None])
def test_load_from_is_understood_as_published_configurations_have_it(folders, value):
    from ferrule.workflow.configuration.checking import understand_load_from

    one = ONE["one"] | {"load_from": value}
    two = {"base": "smollm2-135m", "load_from": "out/phase1/checkpoint-12000"}
    settings = config(runs={"one": one, "two": two})
    understand_load_from(settings)
    assert list(run_checks.problems(settings)) == []
    found = runs.all_runs(settings)
    assert found["one"]["continue_from"] is None
    assert found["two"]["continue_from"] == "out/phase1/checkpoint-12000"
    both = config(runs=ONE | {"a": {"continue_from": "one", "load_from": "two"}})
    understand_load_from(both)
    assert list(run_checks.problems(both)) == [
        "runs.a.load_from: continue_from is another name of it and says something else; keep one of them"
    ]


def test_an_adapter_is_continued_also_where_runs_train_all_weights():
    none = DEFAULTS["run_defaults"] | {"lora": None}
    none["quantization"] = none["quantization"] | {"bits": 16}
    given = config(**starts("rusty"), run_defaults=none)
    given["runs"]["b"] = {"continue_from": "a"}
    found = runs.all_runs(configuration.check(copy.deepcopy(given)))
    assert found["one"]["lora"] is None and found["a"]["lora"] and found["b"]["lora"]
    said = re.escape("a.lora: a run that continues another trains its adapter as it is; leave lora out")
    for usual in (none, DEFAULTS["run_defaults"]):
        refused = copy.deepcopy(given) | {"run_defaults": copy.deepcopy(usual)}
        refused["runs"] = {"a": refused["runs"]["a"] | {"lora": None}}
        with pytest.raises(ConfigError, match=said):
            configuration.check(refused)


def test_two_revisions_of_a_model_are_told():
    model = {"path": "hub:o/m@v1", "license": "MIT", "revision": "v1"}
    assert list(run_checks.problems(config(models=DEFAULTS["models"] | {"m": model}))) == []
    model["revision"] = "v2"
    assert list(run_checks.problems(config(models=DEFAULTS["models"] | {"m": model}))) == [
        "models.m.revision: v2 is not the revision in path, v1; keep one of them"
    ]


def test_of_a_run_that_trains_all_weights_a_checkpoint_is_a_base(folders):
    later = {"continue_from": CHECKPOINT, "quantization": {"bits": 16}}
    settings = config(runs={"one": WHOLE, "a": later})
    (said,) = run_checks.problems(settings)
    assert said == (
        "runs.a.continue_from: one trains all weights: name its checkpoint under models, and give that name as base"
    )
