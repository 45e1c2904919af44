"""How settings reach the rules: values of --config and of files, and files that are wrong, with Snakemake's own reading."""

import json
import re

import pytest

# A value of every type: true or false, integer, number, null, list, mapping in a mapping, text that looks like a number.
SETTINGS = {
    "behaviour": {"run": False, "wall_seconds": 1.5, "project_tools": ["1.10", "true", "null"]},
    "crates": {"limit": 2, "names": ["syn", "semver@1.0.28"], "max_files": 1000},
    "gates": {"max_unsafe_items": 3, "min_live": None, "min_edition": 2018},
    "tools": {"advisory_db": None},
    "run_defaults": {"train": {"learning_rate": 0.0001, "bf16": False}, "source_weights": {"dataset": 2}},
    "sampling": {"samples": 3, "temperature": 0.5, "server": None, "instruction": "1e-4"},
    "evaluate": {"k": [1, 3]},
}
COMMANDED = [
    "behaviour={run: false, wall_seconds: 1.5, project_tools: [1.10, true, null]}",
    "crates={limit: 2, names: [syn, semver@1.0.28], max_files: 1000}",
    "gates={max_unsafe_items: 3, min_live: null, min_edition: 2018}",
    "tools={'advisory_db': None}",  # Python's way is what Snakemake's help speaks of
    "run_defaults={train: {learning_rate: 1e-4, bf16: False}, source_weights: {dataset: 2}}",
    "sampling={samples: 3, temperature: 0.5, server: null, instruction: 1e-4}",
    "evaluate={k: [1, 3]}",
]


@pytest.fixture(scope="module")
def place(tmp_path_factory, workflow_in):
    """A workflow of which nothing is built: for dry runs alone."""
    return workflow_in(tmp_path_factory.mktemp("given") / "workflow")


def dry_run(place, *args, **more):
    return place.run("dataset", args=["-n", "-p", *args], **more)


def checksum(run) -> str:
    """Snakemake's own checksum of the configuration that the rules see."""
    assert run.returncode == 0, run.output
    return re.search(r"Config MD5: (\w+)", run.output)[1]


def commands(run) -> list[str]:
    return sorted(re.findall(r"^Shell command: .*", run.output, flags=re.MULTILINE))


def test_a_value_is_the_same_whichever_way_it_is_given(place):
    by_command = dry_run(place, "--config", *COMMANDED)
    in_a_file = dry_run(place, config=SETTINGS)
    assert checksum(by_command) == checksum(in_a_file) != checksum(dry_run(place))
    assert commands(by_command) == commands(in_a_file)
    assert any('"max_files": 1000' in line for line in commands(by_command))


def test_files_are_laid_over_each_other(place):
    (place.path / "one.yaml").write_text("crates: {limit: 1, max_files: 7}\n")
    (place.path / "two.json").write_text(json.dumps({"crates": {"limit": "2"}}))
    run = dry_run(place, "--config", "crates={max_files: 8}", "--configfile", "one.yaml", "two.json")
    assert run.jobs["download"] == 2 and '"max_files": 8' in run.output


def test_every_mistake_is_told_with_its_file(place):
    (place.path / "mine.yaml").write_text(
        "gates:\n  min_edition: abc\n  min_live: 0\n  min_live: 0.5\nmix:\n  modules: 0.5\n"
    )
    (place.path / "more.json").write_text('{"crates": {"limit": "many"}}')
    run = dry_run(place, "--config", "behaviour={run: maybe}", "--configfile", "mine.yaml", "more.json")
    assert run.returncode == 1
    for line in (
        "gates.min_live: given twice in mine.yaml, on lines 3 and 4; keep one of them",
        "behaviour.run: expected true or false, got 'maybe' [--config]",
        "crates.limit: expected an integer or null, got 'many' [more.json, line 1]",
        "gates.min_edition: expected an integer, got 'abc' [mine.yaml, line 2]",
        "mix: the shares sum to 1.5, not 1"
        " (a share that your file leaves out keeps its default: set it to 0) [mine.yaml, line 5]",
    ):
        assert f"\n{line}\n" in run.output


@pytest.mark.parametrize("text", ["", "- a\n", "text\n"])
def test_a_file_without_keys_is_refused_by_snakemake(place, text):
    (place.path / "mine.yaml").write_text(text)
    run = dry_run(place, "--configfile", "mine.yaml")
    assert run.returncode == 1
    assert "Config file must be given as JSON or YAML with keys at top level." in run.output


def test_a_key_that_config_yaml_itself_has_twice(place):
    path = place.path / "config/config.yaml"
    text = path.read_text()
    path.write_text(text + "crates: {}\n")
    try:
        run = dry_run(place)
    finally:
        path.write_text(text)
    assert run.returncode == 1 and "\ncrates: given twice in config/config.yaml, on lines " in run.output
