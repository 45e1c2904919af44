"""The model card has what its files have, and nothing else."""

from __future__ import annotations

import copy
import re
import sys
from pathlib import Path

import pytest
from steps import config

from ferrule.core.files import sha256_file, write_json
from ferrule.core.yaml_files import parse_yaml
from ferrule.training import model_card
from ferrule.training.model_card import Earlier, Records
from publish import write_model_card

TEMPLATE = Path(__file__).parents[2] / "resources/model_card.md"
SETTINGS = {
    "base": "small",
    "sources": ["dataset", "local:/home/someone/rows/more.jsonl", "hub:owner/name@abc"],
    "source_weights": {},
    "filters": {"min_chars": 64, "exclude_tests": True},
    "sequence": {"length": 1024, "packing": True},
    "lora": {"r": 16, "alpha": 32, "dropout": 0.05, "target_modules": ["q_proj"]},
    "quantization": {"bits": 4, "type": "nf4", "double": True, "compute_dtype": "bfloat16"},
    "train": {"learning_rate": 0.0001, "steps": 40, "seed": 42},
    "merge": {"dtype": "bfloat16"},
    "upload": {"repository": None, "what": "merged", "private": True},
}
MODEL = {
    "name": "small",
    "origin": "hub:owner/small@0123",
    "license": "Apache-2.0",
    "revision": "0123",
    "parameters": 134515008,
    "sha256": "e" * 64,
}
METRICS = {
    "steps": 40,
    "loss": 1.5,
    "eval_loss": 1.2345678,
    "attention": "sdpa",
    "compute_dtype": "float32",
    "bf16": False,
    "device": "cpu",
    "devices": 1,
    "tokens_per_second": 1234.5,
    "seconds": 61.0,
    "mfu": None,
    "mfu_dense": None,
    "memory_mb": 2043.9,
    "trained_weights": 4884480,
    "peak_flops": None,
    "history": [{"step": step, "loss": 3 - step / 40} for step in range(1, 41)]
    + [{"step": 20, "eval_loss": 1.5}, {"step": 40, "eval_loss": 1.2345678}],
}
PACKING = {
    "rows": 1010,
    "left_out": {"control_token": 3},
    "samples": 1007,
    "sequences": 200,
    "length": 1024,
    "tokens": 190000,
    "answer_tokens": 90000,
    "filled": 0.9277,
    "longest": 1000,
    "mean": 188.7,
}
MERGE = {
    "loss": {"base": 2.0, "adapter": 1.44755, "merged": 1.44759},
    "difference": 0.00004,
    "sequences": 8,
    "dtype": "bfloat16",
    "base": "small",
    "rank": 16,
    "adapter": "a" * 64,
    "files": {"model.safetensors": "b" * 64, "config.json": "c" * 64},
}
PART = {
    "read": 1200,
    "kept": 1010,
    "rows": 1010,
    "characters": 99,
    "reasons": {"too_short": 190},
    "tasks": {"code_generation": {"rows": 1010}},
}
TELEMETRY = {
    "train": {"sources": {"dataset": PART, "local:/home/someone/rows/more.jsonl": PART}, "total": PART},
    "val": {"sources": {}, "total": PART},
}


PHASES = {  # of runs before: what was read, and how it went
    "broad": (
        ["hub:owner/broad@main", "hub:owner/name@def"],
        {"steps": 12000, "loss": 0.91234, "eval_loss": None},
    ),
    "narrow": (
        ["local:/home/someone/rows/narrow.jsonl", "dataset"],
        {"steps": 500, "loss": 0.8, "eval_loss": 0.75},
    ),
}
ROUND = {"round": "one", "kept": 1234, "problem_set": {"hash": "1" * 16, "problems": 188}}


def evaluation(model: str, value: float, problems: str = "0" * 16, benchmark: str = "own") -> dict:
    figure = {"value": value, "low": value - 0.1, "high": value + 0.1}
    view = {"pass_at_k": {"1": figure, "2": figure}, "compile_rate": {**figure, "value": 0.5}}
    unknown = {"pass_at_k": {"1": {"value": None, "low": None, "high": None}}, "compile_rate": figure}
    return {
        "benchmark": benchmark,
        "model": model,
        "samples": {"total": 188},
        "problem_set": {"hash": problems},
        "views": {"policy_off": view, "policy_on": unknown},
    }


@pytest.fixture
def make(tmp_path, monkeypatch):
    """make(evaluations, settings, more, files) is the card's text: `more` are further arguments, `files` replace those
    above."""
    dataset = tmp_path / "dataset.md"
    dataset.write_text("---\npretty_name: Rust of the test\nlicense:\n- apache-2.0\n- mit\n---\n\n# Rust\n")

    def run(evaluations=(), settings=SETTINGS, more=(), **files) -> str:
        given = {
            "model-record": MODEL,
            "train-metrics": METRICS,
            "packing": PACKING,
            "telemetry": TELEMETRY,
            "merge": MERGE,
        } | files
        command = [
            "write_model_card.py",
            "--run",
            "mine",
            *config(run=settings),
            "--template",
            str(TEMPLATE),
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
        monkeypatch.setattr(sys, "argv", [*command, *more, "--out", str(tmp_path / "README.md")])
        write_model_card.main()
        return (tmp_path / "README.md").read_text()

    run.dataset = dataset
    return run


@pytest.fixture
def earlier(tmp_path):
    """earlier(name) is the value of --earlier for a run of PHASES, with its files written."""

    def value(name: str) -> str:
        sources, metrics = PHASES[name]
        files = {
            "telemetry": {"train": {"sources": dict.fromkeys(sources, PART), "total": PART}},
            "metrics": METRICS | metrics,
            "packing": PACKING | {"samples": 70000, "length": 2048},
        }
        for kind, found in files.items():
            write_json(tmp_path / f"{name}.{kind}.json", found)
        return f"{name}=" + ",".join(str(tmp_path / f"{name}.{kind}.json") for kind in files)

    return value


@pytest.fixture
def trained_on(tmp_path):
    """trained_on(record, ...) are the arguments for records of rounds of experts."""

    def arguments(*records: dict) -> list[str]:
        for record in records:
            write_json(tmp_path / f"round-{record['round']}.json", record)
        return ["--trained-on", *(str(tmp_path / f"round-{record['round']}.json") for record in records)]

    return arguments


def section(text: str, title: str) -> str:
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def head(text: str) -> dict:
    return parse_yaml(text.split("---\n")[1])


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


def test_the_head_of_an_adapter_alone(make):
    found = head(make(settings=SETTINGS | {"upload": SETTINGS["upload"] | {"what": "adapter"}}))
    assert (found["library_name"], found["base_model_relation"]) == ("peft", "adapter")


def test_a_model_all_of_whose_weights_were_trained(make):
    """No adapter is spoken of, and the losses are of the trained and of the written model."""
    merge = MERGE | {
        "rank": None,
        "adapter": None,
        "loss": {"base": 2.0, "trained": 1.3, "merged": 1.30001},
    }
    settings = SETTINGS | {"lora": None, "quantization": SETTINGS["quantization"] | {"bits": 16}}
    text = make(settings=settings, merge=merge)
    assert head(text)["tags"] == ["rust", "code"]
    assert "All weights were trained, in 32 bits, and\nrounded to bfloat16." in text
    assert "| trained | 1.30000 |\n| merged | 1.30001 |" in section(text, "Rounding")
    assert "| `lora` | null |" in text
    assert "adapter" not in text.lower().replace("base_model_relation", "")


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


def test_figures_of_a_subset_say_of_how_many_problems_they_are(make):
    text = make([evaluation("mine", 0.25) | {"subset": {"n": 32, "of": 101, "seed": 0, "sha256": "0" * 64}}])
    (entry,) = head(text)["model-index"]
    assert entry["results"][0]["dataset"] == {"type": "own", "name": "own, 32 of 101 problems"}
    assert "| own, 32 of 101 problems | mine | policy off |" in text


def test_the_card_says_what_the_files_say(make):
    text = make()
    assert "$" not in text
    for words in (
        "1,007 samples, 40 steps",
        "rank 16",
        "| code_generation | 1,010 |",
        "too_short 190, control_token 3",
        "| train | dataset | 1,200 | 1,010 | 1,010 | too_short 190 |",
        "92.8% filled",
        "| `lora.alpha` | 32 |",
        "| `train.learning_rate` | 0.0001 |",
        "| `exclude_tests` | true |",
        "| 1 | 2.9750 |",
        "| 40 | 2.0000 |",
        "| 40 | 1.2346 |",
        "| tokens a second | 1,234 |",
        "| merged | 1.44759 |",
        "Rust of the test (licences of its rows: apache-2.0, mit)",
        "b" * 64,
        "a" * 64,
        "e" * 64,
        sha256_file(make.dataset),
    ):
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


def test_what_it_continues_is_in_the_first_paragraph(make, earlier):
    (first,) = (
        part.replace("\n", " ")
        for part in make(more=["--earlier", earlier("broad")]).split("\n\n")
        if "1,007" in part
    )
    assert first.startswith(
        "small, trained further on Rust code: 1,007 samples, 40 steps. It continues another run: broad (70,000"
        " samples, 12,000 steps). Its data is in these weights too: 12,040 steps in all. A LoRA adapter of rank 16"
    )
    both = make(more=["--earlier", earlier("broad"), earlier("narrow")])
    assert (
        "It continues other runs, the oldest first: broad (70,000 samples, 12,000 steps), narrow (70,000 samples, 500"
        " steps). Their data is in these weights too: 12,540 steps in all." in both
    )


def test_the_earlier_runs_are_a_table_in_the_data(make, earlier):
    text = make(more=["--earlier", earlier("broad"), earlier("narrow")])
    data = section(text, "Data")
    lines = [line for line in data.splitlines() if line.startswith(("| run ", "| broad ", "| narrow "))]
    assert lines == [
        "| run | sources | samples | steps | mean training loss | evaluation loss |",
        # Sources are in the order of the file.
        "| broad | hub:owner/broad@main, hub:owner/name@def | 70,000 | 12,000 | 0.9123 | none |",
        "| narrow | dataset, local:narrow.jsonl | 70,000 | 500 | 0.8000 | 0.7500 |",
    ]
    assert "/home" not in text and str(make.dataset.parent) not in text
    assert "at most 2,048 tokens" in text  # the longest of all


def test_data_sets_of_earlier_runs_are_in_the_head_once(make, earlier):
    text = make(more=["--earlier", earlier("broad"), earlier("narrow")])
    assert head(text)["datasets"] == ["owner/name", "owner/broad"]
    none = SETTINGS | {"sources": ["local:rows.jsonl"]}
    assert head(make(settings=none, more=["--earlier", earlier("broad")]))["datasets"] == [
        "owner/broad",
        "owner/name",
    ]
    assert "datasets" not in head(make(settings=none, more=["--earlier", earlier("narrow")]))


def test_licences_of_a_dataset_that_only_an_earlier_run_read(make, earlier):
    without = SETTINGS | {"sources": ["local:rows.jsonl"]}
    assert "apache-2.0, mit" not in make(settings=without, more=["--earlier", earlier("broad")])
    assert "apache-2.0, mit" in make(settings=without, more=["--earlier", earlier("narrow")])


def test_earlier_runs_in_one_use_or_in_several_and_in_none(make, earlier):
    broad, narrow = earlier("broad"), earlier("narrow")
    together = make(more=["--earlier", broad, narrow])
    assert make(more=["--earlier", broad, "--earlier", narrow]) == together
    assert make(more=["--earlier", narrow, broad]) != together
    assert make(more=["--earlier", "--trained-on"]) == make()


@pytest.mark.parametrize(
    "value", ["broad", "broad=a.json,b.json", "=a.json,b.json,c.json", "broad=a.json,,c.json"]
)
def test_an_earlier_run_that_is_not_whole(make, capsys, value):
    with pytest.raises(SystemExit):
        make(more=["--earlier", value])
    assert f"{value!r} is not RUN=TELEMETRY.json,METRICS.json,PACKING.json" in capsys.readouterr().err


def test_figures_on_problems_that_it_was_trained_on(make, trained_on):
    known = [evaluation("small", 0.2, "1" * 16), evaluation("mine", 0.9, "1" * 16)]
    unseen = [evaluation("mine", 0.3, "2" * 16, "other")]
    text = make(known + unseen, more=trained_on(ROUND))
    measured = section(text, "Evaluation")
    assert (
        measured.count(
            "**own says nothing about problems that are new to mine.** It was trained on answers that its base or an"
        )
        == 1
    )
    assert (
        "gave to these very problems (expert iteration one)" in measured
        and "what it has memorised" in measured
    )
    assert "| own (trained on it) | mine | policy off |" in measured
    assert "| own | small | policy off |" in measured and "| other | mine | policy off |" in measured
    (result,) = head(text)["model-index"][0]["results"]
    assert result["dataset"]["name"] == "other"
    assert "evaluated on no problems but those" not in text

    alone = make(known, more=trained_on(ROUND))
    assert "model-index" not in head(alone) and "evaluated on no problems but those" in section(
        alone, "Limits"
    )


def test_a_round_on_other_problems_leaves_the_figures_alone(make, trained_on):
    found = [evaluation("mine", 0.3, "2" * 16)]
    text = make(found, more=trained_on(ROUND))
    assert section(text, "Evaluation") == section(make(found), "Evaluation") and head(text) == head(
        make(found)
    )


def test_all_rounds_are_in_the_data(make, trained_on):
    two = {"round": "two", "kept": 5, "problem_set": {"hash": "2" * 16, "problems": 40}}
    one_use = make(more=trained_on(ROUND, two))
    data = section(one_use, "Data")
    assert (
        "answers that its base or an earlier run gave to problems, from rounds of expert iteration:" in data
    )
    assert f"one (1,234 answers, to problems of a set of 188 with hash `{'1' * 16}`), two (5 answers" in data
    several = [
        *trained_on(ROUND),
        *trained_on(two),
        *trained_on(ROUND),
    ]  # named for two runs: once in the card
    assert make(more=several) == one_use
    both = make(
        [evaluation("mine", 0.9, "1" * 16)],
        more=trained_on(ROUND, two | {"problem_set": ROUND["problem_set"]}),
    )
    assert "(expert iteration one, two)" in both


HOSTILE = "<script>alert(1)</script> {{ 7*7 }} {% raw %} a|b \\|c `d`\ne\n\n# f"


def test_hostile_values_break_no_table_and_are_no_html(make, trained_on):
    part = PART | {"reasons": {HOSTILE: 190}, "tasks": {HOSTILE: {"rows": 1010}}}
    sides = {"train": {"sources": {HOSTILE: part}, "total": part}, "val": {"sources": {}, "total": part}}
    evaluations = [evaluation(model, 0.2, "1" * 16, HOSTILE) for model in ("mine", HOSTILE)]
    text = make(
        evaluations,
        settings=SETTINGS | {"filters": {"min_chars": HOSTILE}, "train": {"optimizer": HOSTILE}},
        more=trained_on(ROUND | {"round": "one"}),
        **{
            "model-record": MODEL | {"name": HOSTILE, "origin": HOSTILE, "revision": HOSTILE},
            "train-metrics": METRICS | {"device": HOSTILE, "attention": HOSTILE},
            "packing": PACKING | {"left_out": {HOSTILE: 3}},
            "merge": MERGE | {"files": {HOSTILE: "b" * 64}},
            "telemetry": sides,
        },
    )
    head(text)  # is YAML
    body = text.split("---\n", 2)[2]
    assert "{{ 7*7 }} {% raw %}" in body and body.count(r"\<script>") > 15
    assert "<script>" not in body.replace(r"\<script>", "") and "\n# f" not in body
    tables = [block.splitlines() for block in body.split("\n\n") if block.startswith("| ")]
    assert len(tables) == 10 and sum(map(len, tables)) == sum(
        line.startswith("| ") for line in body.splitlines()
    )
    for lines in tables:
        # Some readers take a backslash with whatever follows it.
        assert len({len(re.findall(r"(?:\\.|[^|\\])+", line.strip("|"))) for line in lines}) == 1, lines


def test_few_lines_of_a_long_history_with_both_ends():
    history = [{"step": step, "loss": step / 10} for step in range(1, 101)] + [
        {"step": 100, "eval_loss": 0.5}
    ]
    shown = model_card.losses({"history": history}, "loss")
    assert len(shown) == model_card.SHOWN and shown[0] == [1, "0.1000"] and shown[-1] == [100, "10.0000"]
    assert shown == sorted(shown) and model_card.losses({"history": history}, "eval_loss") == [
        [100, "0.5000"]
    ]
    assert model_card.losses({"history": history[:3]}, "loss") == [
        [1, "0.1000"],
        [2, "0.2000"],
        [3, "0.3000"],
    ]
    assert model_card.losses({"history": []}, "loss") == []


def test_figures_that_were_not_measured_have_no_line():
    shown = dict(model_card.speed(METRICS | {"tokens_per_second": None, "mfu": 0.5}))
    assert "tokens a second" not in shown and shown["share of the peak in bf16 (MFU)"] == "50.0%"
    assert shown["most memory, MiB"] == "2,044" and shown["device"] == "1 x cpu"
    earlier = {name: value for name, value in METRICS.items() if name not in ("bf16", "compute_dtype")}
    assert "products computed in" not in dict(model_card.speed(earlier))


def test_the_types_of_the_training_are_shown():
    def shown(**types) -> str:
        return dict(model_card.speed(METRICS | types))["products computed in"]

    assert shown() == "float32, those with weights of 4 bits in float32"
    assert shown(bf16=True, compute_dtype=None) == "bfloat16 (mixed precision)"


def test_a_benchmark_is_learnt_once_for_each_set_of_rounds():
    rounds = [ROUND, ROUND | {"round": "two"}]
    known = [evaluation("small", 0.2, "1" * 16), evaluation("mine", 0.9, "1" * 16)]
    assert model_card.learnt([*known, evaluation("mine", 0.9)], rounds) == [("own", ["one", "two"])]
    rows = model_card.evaluation_rows("mine", known, rounds)
    assert [row[:3] for row in rows] == [
        ["own", "small", "policy off"],
        ["own", "small", "policy on"],
        ["own (trained on it)", "mine", "policy off"],
        ["own (trained on it)", "mine", "policy on"],
    ]
    assert rows[0][3:] == [188, "20.0 [10.0, 30.0]", "50.0 [10.0, 30.0]"] and rows[1][4] == "unknown"


def test_figures_count_what_it_continues():
    earlier = Earlier("broad", TELEMETRY, METRICS | {"steps": 2}, PACKING | {"length": 4096})
    records = Records(MODEL, METRICS, PACKING, TELEMETRY, MERGE, earlier=[earlier])
    found = model_card.figures("mine", SETTINGS | {"sources": ["local:/home/me/a.jsonl"]}, records)
    assert (found["steps_in_all"], found["longest"], found["measured"]) == (42, 4096, False)
    assert found["settings"]["sources"] == ["local:a.jsonl"]
    assert earlier.sources == ["dataset", "local:more.jsonl"]
    assert found["dataset"] is None  # no card was given
    dataset = dict(name="Rust", licences=["mit"], sha256="d" * 64)
    by_earlier = Records(**vars(records) | {"dataset": dataset})
    assert model_card.figures("mine", SETTINGS | {"sources": ["local:a"]}, by_earlier)["dataset"] == dataset
    alone = Records(**vars(by_earlier) | {"earlier": []})
    assert model_card.figures("mine", SETTINGS | {"sources": ["local:a"]}, alone)["dataset"] is None


def test_a_card_names_the_adapters_that_it_continues():
    """Their data is known only if it is that of a run that the card lists."""
    lora = {"r": 4, "alpha": 8, "dropout": 0.0, "target_modules": ["q_proj"]}
    adapter = {
        "origin": "hub:owner/name/checkpoint-9",
        "revision": "c0ffee",
        "sha256": "a" * 64,
        "lora": lora,
    }
    checkpoint = adapter | {"origin": "run:broad/checkpoint-2", "revision": "", "steps": 2, "loss": 1.25}
    records = Records(MODEL, METRICS, PACKING, TELEMETRY, MERGE, started=[adapter])
    text = render(records)
    assert "the adapter hub:owner/name/checkpoint-9 at revision c0ffee, sha256 `aaa" in text
    assert "What that was trained on is not known here." in text
    assert "| `lora.r` | 4 |" in text
    earlier = [Earlier("broad", TELEMETRY, checkpoint, PACKING)]
    records = Records(MODEL, METRICS, PACKING, TELEMETRY, MERGE, earlier=earlier, started=[checkpoint])
    text = render(records)
    assert "the adapter run:broad/checkpoint-2, sha256" in text and "not known here" not in text
    assert "42 steps in all" in text and "| 2 | 1.2500 | none |" in text
    # A checkpoint of a run that the configuration does not have any more.
    alone = Records(MODEL, METRICS, PACKING, TELEMETRY, MERGE, started=[checkpoint])
    assert "What that was trained on is not known here." in render(alone)


def render(records: Records) -> str:
    from ferrule.core.templates import markdown_template

    return markdown_template(TEMPLATE).render(model_card.figures("mine", SETTINGS, records))
