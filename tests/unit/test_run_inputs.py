"""Which files a run, a round of expert iteration or a comparison needs."""

import pytest

from ferrule.workflow.monitoring import phase
from ferrule.workflow.run_inputs import RunInputs

RUNS = {
    "first": {"base": "small", "continue_from": None, "sources": ["dataset", "experts:one"]},
    "second": {"base": None, "continue_from": "first", "sources": ["experts:two", "experts:one"]},
    "third": {"base": None, "continue_from": "second", "sources": ["local:a.jsonl"]},
    "apart": {"base": "large", "continue_from": None, "sources": ["local:a.jsonl", "hub:owner/name@main"]},
}
CONFIG = {
    "models": {
        "small": {"path": "hub:owner/small", "license": "MIT"},
        "large": {"path": "models/large", "license": "MIT"},
        "tuned": {"path": "tuned", "license": "MIT", "base": "small"},
    },
    "experts": {
        "one": {"model": "small", "benchmark": "own"},
        "two": {"model": "first", "benchmark": "own", "sampling": {"temperature": 0.8}},
        "three": {"model": "tuned", "benchmark": "own", "sampling": {"engine": "server"}},
    },
    "sampling": {"engine": "transformers", "temperature": 0.0, "batch": 16},
}
INPUTS = RunInputs(CONFIG, RUNS)
SERVED = RunInputs(CONFIG | {"sampling": CONFIG["sampling"] | {"engine": "server"}}, RUNS)


@pytest.mark.parametrize(
    ("run", "base"), [("first", "small"), ("second", "small"), ("third", "small"), ("apart", "large")]
)
def test_a_run_stands_on_the_base_of_the_first_of_its_chain(run, base):
    assert INPUTS.model(run) == f"results/models/{base}"


def test_a_run_that_continues_another_has_its_adapter():
    assert INPUTS.continued_adapter("first") == []
    assert INPUTS.continued_adapter("third") == ["results/train/second/adapter"]


def test_a_run_may_continue_a_checkpoint_or_an_adapter():
    """An adapter is imported, with its base before it; the data of a checkpoint's run counts as well."""
    own = "results/train/first/checkpoints/checkpoint-4"
    more = {
        "checkpoint": {"base": "small", "continue_from": own, "sources": ["local:a.jsonl"]},
        "adapter": {"base": "small", "continue_from": "tuned", "sources": ["local:a.jsonl"]},
        "after": {"base": None, "continue_from": "adapter", "sources": ["local:a.jsonl"]},
    }
    inputs = RunInputs(CONFIG | {"models": dict(CONFIG["models"])}, RUNS | more)
    (name,) = set(inputs.models) - set(CONFIG["models"])
    assert inputs.continued_adapter("checkpoint") == [f"results/models/{name}"]
    assert inputs.base_files(name) == ["results/models/small", "results/models/small.json"]
    assert inputs.base_files("small") == []
    assert inputs.earlier_records("checkpoint") == {
        "first": [
            "results/train/first/telemetry.json",
            f"results/models/{name}.json",
            "results/train/first/packed/train.json",
        ]
    }
    assert inputs.dataset_behind("checkpoint", "README.md")
    assert inputs.continued_adapter("adapter") == ["results/models/tuned"]
    assert inputs.model("after") == "results/models/small"
    assert inputs.started_from("after") == {"tuned": "results/models/tuned.json"}
    assert list(inputs.earlier_records("after")) == ["adapter"] and inputs.started_from("first") == {}
    assert inputs.records("after") == {
        "small": "results/models/small.json",
        "tuned": "results/models/tuned.json",
        "after": "results/train/after/merge.json",
    }


def test_of_an_adapter_s_folder_only_the_adapter_is_an_input(tmp_path):
    for file in ("adapter_config.json", "adapter_model.safetensors", "optimizer.pt"):
        (tmp_path / file).touch()
    models = CONFIG["models"] | {"mine": {"path": str(tmp_path), "license": "MIT", "base": "small"}}
    files = RunInputs(CONFIG | {"models": models}, RUNS).local_files("mine")
    assert files == [str(tmp_path / name) for name in ("adapter_config.json", "adapter_model.safetensors")]
    assert INPUTS.local_files("small") == []


def test_the_dataset_is_read_by_runs_that_have_it_among_their_sources():
    assert INPUTS.dataset_file("first", "val.parquet") == ["results/dataset/val.parquet"]
    assert INPUTS.dataset_file("second", "val.parquet") == []


def test_the_dataset_is_behind_runs_that_continue_one_that_has_it():
    for name, expected in (("third", ["results/dataset/README.md"]), ("apart", []), ("small", [])):
        assert INPUTS.dataset_behind(name, "README.md") == expected


def test_local_sources_are_the_files_of_their_patterns_in_order(tmp_path):
    for name in ("b.jsonl", "a.jsonl", "c.parquet"):
        (tmp_path / name).touch()
    sources = [
        f"parquet:{tmp_path}/c.parquet",
        "dataset",
        f"local:{tmp_path}/*.jsonl",
        "hub:owner/name@main",
        "local:missing-*.jsonl",
    ]
    inputs = RunInputs(CONFIG, {"run": {"sources": sources}})
    files = [str(tmp_path / name) for name in ("c.parquet", "a.jsonl", "b.jsonl")]
    # What is not there stays as it is written, for Snakemake to name.
    assert inputs.source_files("run") == [*files, "missing-*.jsonl"]


def test_rounds_of_a_run_and_of_those_that_it_continues():
    assert INPUTS.round_rows("second") == ["results/experts/two.jsonl", "results/experts/one.jsonl"]
    assert INPUTS.round_rows("apart") == INPUTS.round_rows("small") == []
    # The oldest first, each once.
    assert INPUTS.round_records("third") == ["results/experts/one.json", "results/experts/two.json"]
    assert INPUTS.round_records("small") == []


def test_the_records_of_the_runs_before_it_come_oldest_first():
    found = INPUTS.earlier_records("third")
    assert list(found) == ["first", "second"]
    assert found["second"] == [
        "results/train/second/telemetry.json",
        "results/train/second/metrics.json",
        "results/train/second/packed/train.json",
    ]
    assert INPUTS.earlier_records("first") == INPUTS.earlier_records("small") == {}


def test_the_files_of_a_local_model_are_seen_one_by_one(tmp_path):
    for name in ("config.json", "sub/a.bin", ".cache/x", "sub/.hidden"):
        (tmp_path / ".models/one" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / ".models/one" / name).touch()
    folder = tmp_path / ".models/one"  # a hidden folder above it hides nothing
    models = {"one": {"path": str(folder)}, "far": {"path": "hub:owner/name"}, "none": {"path": "nothing"}}
    inputs = RunInputs(CONFIG | {"models": models}, {})
    assert inputs.local_files("one") == [str(folder / "config.json"), str(folder / "sub/a.bin")]
    assert inputs.local_files("far") == inputs.local_files("none") == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("small", ("results/models/small", [])),
        ("tuned", ("results/models/small", "results/models/tuned")),
        ("second", ("results/train/second/merged", [])),
        ("one", ("results/models/small", [])),
        ("two", ("results/train/first/merged", [])),
        ("three", ([], [])),  # by a server, as its own settings say
    ],
)
def test_what_is_sampled(name, expected):
    assert INPUTS.sampled(name) == expected


def test_what_a_server_samples_need_not_be_here():
    assert SERVED.sampled("small") == SERVED.sampled("second") == ([], [])


def test_a_round_has_settings_of_its_own_over_those_of_the_configuration():
    assert INPUTS.sampling("two") == {"engine": "transformers", "temperature": 0.8, "batch": 16}
    assert INPUTS.sampling("small") == CONFIG["sampling"]


def test_a_round_asks_a_server_for_its_model():
    assert (INPUTS.served_name("three"), INPUTS.served_name("small")) == ("tuned", "small")


def test_the_records_say_which_models_were_compared():
    small = {"small": "results/models/small.json"}
    assert INPUTS.records("small") == small
    assert INPUTS.records("tuned") == small | {"tuned": "results/models/tuned.json"}
    assert INPUTS.records("third") == small | {"third": "results/train/third/merge.json"}
    assert INPUTS.records("from elsewhere") == {}
    both = INPUTS.compared_records("tuned", "third")
    assert both == INPUTS.records("tuned") | INPUTS.records("third") and len(both) == 3


def test_a_model_that_is_served_has_no_record_but_a_run_has():
    assert SERVED.records("small") == {} and set(SERVED.records("first")) == {"small", "first"}


def monitored(earlier=None, **more) -> dict:
    """A run of six steps, every second of which is monitored."""
    monitor = {"every": 2, "benchmark": None, "problems": 8, "seed": 3, "samples": 2, "phase": None} | more
    start = {"base": None, "continue_from": earlier} if earlier else {"base": "small", "continue_from": None}
    return start | {"sources": ["local:a.jsonl"], "train": {"steps": 6}, "monitor": monitor}


MONITORED = RunInputs(
    CONFIG | {"evaluate": {"benchmarks": ["own", "other"]}},
    {
        "broad": monitored(),
        "odd": monitored("broad", every=4, benchmark="other", problems=None),
        "off": monitored("odd", every=None),
        "last": monitored("off", every=6),
    },
)


def test_measured_are_every_so_many_steps_and_the_last():
    metrics = "results/evaluate/{}~checkpoint-{}/metrics.json".format
    assert MONITORED.monitored_metrics("broad") == {n: metrics("own/broad", n) for n in (2, 4, 6)}
    assert MONITORED.monitored_metrics("odd") == {n: metrics("other/odd", n) for n in (4, 6)}
    assert MONITORED.monitored_metrics("off") == {}
    assert MONITORED.monitored_metrics("last") == {6: metrics("own/last", 6)}


def test_a_checkpoint_is_sampled_with_its_own_adapter_on_the_base():
    assert MONITORED.sampled("odd~checkpoint-4") == ("results/models/small", "results/train/odd/monitored")
    assert MONITORED.adapter("odd~checkpoint-4") == "results/train/odd/monitored/checkpoint-4"
    assert MONITORED.sampled("odd~checkpoint-6") == ("results/models/small", "results/train/odd/adapter")
    assert MONITORED.adapter("odd~checkpoint-6") == "results/train/odd/adapter"
    assert MONITORED.adapter("tuned") == "results/models/tuned" and MONITORED.adapter("broad") == ""


def test_a_checkpoint_takes_the_subset_and_the_number_of_samples_of_its_run():
    key = "runs.broad.monitor.problems"
    assert MONITORED.subset("broad~checkpoint-2") == {"sample_n": 8, "sample_seed": 3, "sample_key": key}
    assert MONITORED.subset("odd~checkpoint-4")["sample_n"] is None and MONITORED.subset("broad") == {}
    assert MONITORED.sampling("broad~checkpoint-2")["samples"] == 2
    assert "samples" not in MONITORED.sampling("broad")


def test_the_table_of_a_run_shows_those_that_it_continues_where_they_are_monitored():
    rows = "results/train/{}/monitor.jsonl".format
    assert MONITORED.earlier_monitored("broad") == []
    assert MONITORED.earlier_monitored("last") == [rows("broad"), rows("odd")]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (monitored(), "phase_1"),
        (monitored("broad"), "phase_2"),
        (monitored("broad") | {"sources": ["dataset", "experts:one"]}, "expert_iteration"),
        (monitored() | {"sources": ["experts:one"]}, "expert_iteration"),
        (monitored(phase="phase_2"), "phase_2"),
    ],
)
def test_the_phase_of_a_run(run, expected):
    assert phase(run) == expected
