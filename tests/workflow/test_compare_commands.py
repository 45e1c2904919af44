"""What the rules would run for chains of runs, rounds of expert iteration, patterns and servers: commands of a dry run."""

import json
import re
import shlex

import pytest

MODEL = {"path": "base", "license": "MIT"}


@pytest.fixture(scope="module")
def commands(tmp_path_factory, workflow_in):
    """{script: its commands, as lists of words} of `snakemake compare`."""
    workflow = workflow_in(tmp_path_factory.mktemp("dry") / "workflow")
    (workflow.path / "base").mkdir()
    (workflow.path / "base/config.json").write_text("{}")
    for name in ("a", "b"):
        (workflow.path / f"{name}.jsonl").touch()
    config = {
        "models": {"base": MODEL},
        "evaluate": {"benchmarks": ["own"], "sample_n": 20, "sample_seed": 3},
        "sampling": {"samples": 2, "temperature": 0.5},
        "runs": {
            "one": {"base": "base", "sources": ["local:*.jsonl"]},
            "two": {"base": "base", "sources": ["experts:first", "experts:second"]},
            "three": {"continue_from": "two", "sources": ["dataset"]},
        },
        "experts": {
            "first": {"model": "one", "benchmark": "own", "sampling": {"batch": 3}},
            "second": {
                "model": "one",
                "benchmark": "quality",
                "sampling": {"engine": "server", "server": "http://127.0.0.1:1/v1"},
            },
        },
        "compare": {"three": "two"},
    }
    run = workflow.run("compare", config=config, args=["-n", "-p"])
    assert run.returncode == 0, run.output
    found: dict[str, list[list[str]]] = {}
    for line in run.stdout.splitlines():
        if script := re.search(
            r"scripts/(?:train/choose_rows|publish/write_model_card|compare/generate_samples|compare/compare_models)\.py",
            line,
        ):
            found.setdefault(script[0].rpartition("/")[2], []).append(shlex.split(line))
    return found


def of(commands, script: str, *words: str) -> list[str]:
    """The one command of a script that has these words."""
    (found,) = (each for each in commands[script] if set(words) <= set(each))
    return found


def values(command: list[str], option: str) -> list[str]:
    """What stands behind each use of an option, up to the next one."""
    found, inside = [], False
    for word in command:
        inside = word == option or (inside and not word.startswith("--") and word != ">")
        found += [word] if inside and word != option else []
    return found


def test_a_run_may_have_rows_of_several_rounds(commands):
    command = of(commands, "choose_rows.py", "results/train/two/train.parquet")
    assert values(command, "--experts") == [
        "first=results/experts/first.jsonl",
        "second=results/experts/second.jsonl",
    ]


def test_both_uses_of_the_option_count(monkeypatch):
    from train import choose_rows

    needed = ("--prompts", "--patterns", "--train-out", "--val-out", "--telemetry", "--telemetry-table")
    arguments = ["choose_rows.py", *(word for option in needed for word in (option, "x"))]
    monkeypatch.setattr("sys.argv", [*arguments, "--experts", "a=1", "--experts", "b=2", "c=3"])
    assert choose_rows.parse_arguments().experts == [("a", "1"), ("b", "2"), ("c", "3")]


def test_a_round_asks_a_server_for_its_model_and_keeps_its_batch_out_of_the_settings(commands):
    served = of(commands, "generate_samples.py", "results/evaluate/quality/second/samples.jsonl")
    assert values(served, "--model") == ["one"]
    local = of(commands, "generate_samples.py", "results/evaluate/own/first/samples.jsonl")
    assert values(local, "--model") == ["results/train/one/merged"] and values(local, "--batch") == ["3"]
    assert "batch" not in json.loads(values(local, "--config")[0])["sampling"]


def test_a_subset_is_asked_of_what_is_measured_and_not_of_a_round(commands):
    def evaluate(folder: str) -> dict:
        command = of(commands, "generate_samples.py", f"results/evaluate/{folder}/samples.jsonl")
        return json.loads(values(command, "--config")[0])["evaluate"]

    assert evaluate("own/three") == evaluate("own/base") == {"sample_n": 20, "sample_seed": 3}
    assert evaluate("own/first") == evaluate("quality/second") == {}


def test_what_was_trained_on_follows_the_chain(commands):
    records = ["results/experts/first.json", "results/experts/second.json"]
    command = of(commands, "compare_models.py", "three")
    assert values(command, "--trained-on") == values(command, "--base-trained-on") == records
    card = of(commands, "write_model_card.py", "results/train/three/README.md")
    files = [f"results/train/two/{name}" for name in ("telemetry.json", "metrics.json", "packed/train.json")]
    assert values(card, "--earlier") == [f"two={','.join(files)}"] and values(card, "--trained-on") == records
    assert values(card, "--dataset-card") == ["results/dataset/README.md"]
    first = of(commands, "write_model_card.py", "results/train/one/README.md")
    assert not values(first, "--earlier") and not values(first, "--trained-on")
