"""The models of the configuration: what is made of them, texts that stand for another type, files that are wrong."""

import copy
import datetime
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from steps import run_here

from ferrule.core.errors import ConfigError
from ferrule.core.yaml_files import read_yaml
from ferrule.workflow.configuration import check
from ferrule.workflow.configuration.models import Configuration
from ferrule.workflow.configuration.rendering import default_of
from ferrule.workflow.configuration.shapes import leaves, type_at

ROOT = Path(__file__).parents[2]
DEFAULTS = read_yaml(ROOT / "config/config.yaml")
WRITER = ROOT / "scripts/utilities/write_configuration.py"


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch):
    monkeypatch.chdir(ROOT)  # paths in the configuration are taken from where snakemake runs


def with_changes(changes: dict, config: dict = DEFAULTS) -> dict:
    """The defaults with changes laid over them as Snakemake does it."""
    from snakemake.utils import update_config

    config = copy.deepcopy(config)
    update_config(config, copy.deepcopy(changes))
    return config


def told(changes: dict, **more) -> list[str]:
    with pytest.raises(ConfigError) as error:
        check(with_changes(changes), **more)
    return error.value.problems


def lines_of(config: dict, **more) -> list[str]:
    try:
        check(config, **more)
    except ConfigError as error:
        return error.problems
    return []


# The files that are made of the models


def write_configuration(*arguments) -> subprocess.CompletedProcess:
    return run_here("write_configuration", *arguments)


def test_the_files_are_what_the_models_say():
    done = write_configuration("--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_stale_files_are_named_and_written_anew(tmp_path):
    for name in ("config", "docs"):
        (tmp_path / name).mkdir()
    for name in ("config/config.yaml", "docs/configuration.md"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    with (tmp_path / "config/config.yaml").open("a") as file:
        file.write("# mine\n")
    done = write_configuration("--check", "--root", tmp_path)
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "config/config.yaml",
        "config/schema.json",
    ]
    assert write_configuration("--root", tmp_path).returncode == 0
    for name in ("config/config.yaml", "config/schema.json", "docs/configuration.md"):
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()


def test_the_defaults_of_the_models_are_valid_themselves():
    """pydantic does not look at defaults: each is given here as a value."""
    for section, field in Configuration.model_fields.items():
        model = type_at(Configuration, [section])
        for path in leaves(model):
            place, value = (section, *path.split(".")), default_of(field)
            for key in path.split("."):
                value = getattr(value, key)
            config = copy.deepcopy(DEFAULTS)
            part = config
            for key in place[:-1]:
                part = part[key]
            assert part[place[-1]] == value, place
            assert type(part[place[-1]]) is type(value), place


def test_editors_are_told_where_the_schema_is():
    for path in (ROOT / "config").glob("*.yaml"):
        assert path.read_text().startswith("# yaml-language-server: $schema=schema.json\n"), path


@pytest.mark.skipif(not importlib.util.find_spec("jsonschema"), reason="snakemake brings it along")
def test_the_schema_accepts_what_the_models_accept():
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json.loads((ROOT / "config/schema.json").read_text()))
    for path in (ROOT / "config").glob("*.yaml"):
        assert not list(validator.iter_errors(read_yaml(path))), path
    for wrong in (
        {"crate": {}},
        {"crates": {"limit": 0}},
        {"gates": {"max_deny_severity": "hihg"}},
        {"benchmarks": {"A": {"path": "x", "license": "MIT"}}},
        {"benchmarks": {"mine": {"path": "x"}}},
        {"benchmarks": {"own": {"pathh": "x"}}},
        {"models": {"m": {"path": "x"}}},
        {"sources": {"s": {"kind": "stack", "files": None}}},
        {"experts": {"r": {"model": "m", "benchmark": "b", "sampling": {"top_p": 0}}}},
    ):
        assert list(validator.iter_errors(wrong)), wrong


# Texts that stand for another type


@pytest.mark.parametrize(
    "path, text, value",
    [
        ("behaviour.run", "false", False),
        ("behaviour.run", "True", True),
        ("crates.limit", "3", 3),
        ("crates.limit", "null", None),
        ("crates.limit", "~", None),
        ("crates.max_files", "1_000", 1000),
        ("crates.max_files", 1000.0, 1000),
        ("sampling.seed", "-1", -1),
        ("gates.min_edition", "2018", 2018),
        ("gates.max_deny_severity", "null", None),
        ("gates.min_live", "0.25", 0.25),
        ("gates.min_live", "1", 1),
        ("run_defaults.train.learning_rate", "1e-4", 1e-4),
        ("run_defaults.quantization.bits", "16", 16),
        ("run_defaults.train.bf16", "false", False),
        ("run_defaults.train.bf16", "auto", "auto"),
        ("evaluate.k", ["1", "10"], [1, 10]),
        ("crates.names", ["1.10", "true", "null", "3"], ["1.10", "true", "null", "3"]),
        ("crates.list", "5", "5"),
        ("sandbox.mode", "none", "none"),
        ("sampling.instruction", "1e-4", "1e-4"),
        ("sampling.server", "null", "null"),
        ("run_defaults.source_weights", {"true": "2", "null": "0.5"}, {"true": 2, "null": 0.5}),
    ],
)
def test_a_text_becomes_the_value_that_it_stands_for(path, text, value):
    *sections, key = path.split(".")
    changes: dict = {key: text}
    for section in reversed(sections):
        changes = {section: changes}
    config = with_changes(changes)
    lines_of(config)  # crates.list = "5" is no file; what matters is the value
    for section in sections:
        config = config[section]
    assert config[key] == value and type(config[key]) is type(value)


def test_check_returns_the_configuration_that_it_was_given():
    config = with_changes({"crates": {"limit": "2"}})
    assert check(config) is config
    assert config == with_changes({"crates": {"limit": 2}})


@pytest.mark.parametrize(
    "path, text, said",
    [
        ("crates.limit", "many", "expected an integer or null, got 'many'"),
        ("crates.limit", "", "expected an integer or null, got ''"),
        ("crates.limit", "010", "expected an integer or null, got '010'"),
        ("crates.limit", "2.5", "expected an integer or null, got '2.5'"),
        ("crates.limit", "1__0", "expected an integer or null, got '1__0'"),
        ("crates.limit", "0", "0 is too small, the least is 1"),
        ("crates.limit", "9" * 5000, "expected an integer or null, got '" + "9" * 199 + " ..."),
        ("behaviour.run", "yes", "expected true or false, got 'yes'"),
        ("behaviour.run", 1, "expected true or false, got 1"),
        ("behaviour.wall_seconds", "true", "expected a number, got 'true'"),
        ("behaviour.wall_seconds", True, "expected a number, got true"),
        ("behaviour.wall_seconds", "1e999", "inf is not a number that can be used"),
        ("behaviour.wall_seconds", 0, "0 is too small, it must be above 0"),
        ("scrub.opt_out", 5, "expected text or null, got 5"),
        ("crates.list", datetime.date(2024, 1, 1), "expected text, got 2024-01-01"),
    ],
)
def test_a_text_that_stands_for_nothing_wanted_is_named(path, text, said):
    section, key = path.split(".")
    assert told({section: {key: text}}) == [f"{path}: {said}"]


def test_null_on_the_command_line_is_null_also_where_a_text_may_stand():
    for text in ("null", "", "None"):
        given = {"sampling": {"server": text}, "gates": {"min_live": text}, "crates": {"names": [text]}}
        config = check(with_changes(given), commanded=given)
        assert config["sampling"]["server"] is config["gates"]["min_live"] is None
        assert config["crates"]["names"] == [text]


def test_texts_in_runs_and_sweeps_are_converted_by_the_types_of_a_run():
    text = {
        "runs": {"a": {"base": "smollm2-135m", "train": {"steps": "300"}, "streaming": "true"}},
        "sweeps": {
            "s": {"run": "a", "values": {"train.learning_rate": ["1e-4", "0.1"], "lora.r": ["8", "16"]}}
        },
    }
    config = check(with_changes(text))
    assert config["runs"]["a"] == {"base": "smollm2-135m", "train": {"steps": 300}, "streaming": True}
    assert config["sweeps"]["s"]["values"] == {"train.learning_rate": [1e-4, 0.1], "lora.r": [8, 16]}
    text["sweeps"]["s"]["values"]["lora.r"] = ["8", 8]
    assert told(text) == ["sweeps.s.values.lora.r: given twice: 8"]


# Mistakes


def test_ten_mistakes_of_all_kinds_at_once():
    changes = {
        "crate": {},
        "crates": {"limit": "many", "max_file": 5},
        "gates": None,
        "files": {"max_average_line": 600},
        "mix": {"modules": 0.5},
        "evaluate": {"benchmarks": ["onw"], "batch": 501},
        "models": {"a b": {"path": "hub:a/b", "licence": "MIT"}, "m": {"path": "no/where", "license": "MIT"}},
        "sampling": {"engine": "server"},
        "sources": {"x": {"kind": "stack"}, "crates": {"kind": "stack", "files": ["a"]}},
    }
    assert told(changes) == [
        "crate: there is no such key (did you mean crates?)",
        "crates.max_file: there is no such key (did you mean crates.max_files?)",
        "crates.limit: expected an integer or null, got 'many'",
        "evaluate.batch: 501 is too large, the most is 500",
        "gates: expected keys and values, got null",
        "models.a b: expected a name of letters, digits and . _ -",
        "models.a b.licence: there is no such key (did you mean models.a b.license?)",
        "models.a b.license: missing: SPDX expression, or the licence's own name",
        "files.max_average_line: 600 is more than files.max_line, 500",
        "mix: the shares sum to 1.5, not 1 (a share that your file leaves out keeps its default: set it to 0)",
        "mix.modules: 0.5 asked of a task that tasks.kinds leaves out",
        "sources.x: expected either files or hub",
        "sources.crates: this name is taken by the rows of crates",
        "sampling.server: missing; engine: server needs its address, such as http://127.0.0.1:8000/v1",
    ]


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"crates": {1: 2}}, "crates.1: there is no such key"),
        ({"compare": {None: "x"}}, "compare.null: expected text as a name, got null; put it in quotes"),
        ({"sources": {7: {"kind": "stack"}}}, "sources.7: expected text as a name, got 7; put it in quotes"),
        ({"runs": {"a": None}}, "runs.a: expected keys and values, got null"),
        (
            {"sources": {"My": {"kind": "stack", "files": ["a"]}}},
            "sources.My: expected a name of small letters, digits and _, got 'My'",
        ),
        (
            {"sources": {"my": {"kind": "stack", "fils": ["a"]}}},
            "sources.my.fils: there is no such key (did you mean sources.my.files?)",
        ),
        (
            {"runs": {"a": {"base": "smollm2-135m", "learning_rate": 1}}},
            "runs.a.learning_rate: there is no such key (did you mean runs.a.train.learning_rate?)",
        ),
        (
            {"runs": {"a": {"base": "smollm2-135m", "train": {"step": 1}}}},
            "runs.a.train.step: there is no such key (did you mean runs.a.train.steps?)",
        ),
        ({"lora": {"r": 8}}, "lora: there is no such key"),
        (
            {"learning_rate": 1},
            "learning_rate: there is no such key (did you mean run_defaults.train.learning_rate?)",
        ),
        (
            {"decontaminate": {"benchmarks": [{"name": "x", "path": "README.md", "fields": {"test": "t"}}]}},
            "decontaminate.benchmarks[0].fields.test: there is no such key"
            " (did you mean decontaminate.benchmarks[0].fields.tests?)",
        ),
        ({"crates": {"a\nb": 1}}, "crates.'a\\nb': there is no such key"),
        ({"crates": {"list": "a\ud800"}}, "crates.list: expected text, got 'a\\ud800'"),
    ],
)
def test_a_mistake_is_named(changes, said):
    assert told(changes) == [said]


@pytest.mark.parametrize("value", [[1], "text", None, 5])
def test_a_configuration_that_is_no_mapping(value):
    with pytest.raises(ConfigError, match=r"^the configuration: expected keys and values, got "):
        check(value)


def test_sections_that_have_lost_a_key_are_told_of():
    config = copy.deepcopy(DEFAULTS)
    del config["run_defaults"]["train"]["steps"], config["sampling"], config["mix"]["modules"]
    assert lines_of(config) == [
        "sampling: missing; config/config.yaml has its default",
        "run_defaults.train.steps: missing; config/config.yaml has its default",
    ]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.none(), inner),
    max_leaves=10,
)


@example("executable", None, "0")  # a text with a pattern
@example("compare", None, "a\nb")  # a name in a message
@given(st.sampled_from(list(DEFAULTS)), ANYTHING, ANYTHING)
def test_anything_in_any_section_is_valid_or_explained(section, value, below):
    for changed in (value, {**DEFAULTS[section], "x": below}, dict.fromkeys(DEFAULTS[section], below)):
        config = copy.deepcopy(DEFAULTS) | {section: copy.deepcopy(changed)}
        lines = lines_of(config, commanded={section: changed})
        assert all("\n" not in line for line in lines)
        json.dumps(lines)


# Files


def test_keys_that_are_there_twice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mine = Path("mine.yaml")
    mine.write_text(
        "crates: {limit: 1}\ngates:\n  min_live: 0\n  min_live: 1\n"
        "models:\n  m: &m {path: a, license: MIT, path: b}\n  n: *m\n"
        "decontaminate:\n  benchmarks:\n    - name: x\n      name: y\ncrates: {}\n"
    )
    said = lines_of({**DEFAULTS, "benchmarks": {}}, files=[mine])
    assert [line for line in said if "given twice" in line] == [
        "gates.min_live: given twice in mine.yaml, on lines 3 and 4; keep one of them",
        "models.m.path: given twice in mine.yaml, on line 6; keep one of them",
        "decontaminate.benchmarks[0].name: given twice in mine.yaml, on lines 10 and 11; keep one of them",
        "crates: given twice in mine.yaml, on lines 1 and 12; keep one of them",
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{\n\t"gates": {\n\t\t"min_live": 0,\n\t\t"min_live": 1}}',
        '{\n"\\ud83d\\ude00": "\\/",\n"gates": {"min_live": 0,\n"min_live": 1}}',
    ],
)
def test_keys_that_are_there_twice_in_json(tmp_path, text):
    (tmp_path / "mine.json").write_text(text)
    assert json.loads(text)["gates"] == {"min_live": 1}
    (said,) = lines_of(DEFAULTS, files=[tmp_path / "mine.json"])
    assert said.startswith("gates.min_live: given twice in ") and said.endswith(
        "lines 3 and 4; keep one of them"
    )


def test_keys_that_are_alike_but_not_there_twice(tmp_path):
    (tmp_path / "mine.yaml").write_text("a: &a {x: 1}\nb: {<<: *a, x: 2}\nc: [{x: 1}, {x: 1}]\nd: *a\n")
    assert lines_of(DEFAULTS, files=[tmp_path / "mine.yaml"]) == []


@pytest.mark.parametrize("text", ["", "- a\n", "text\n", "[1, 2]", "5"])
def test_files_without_keys_do_no_harm(tmp_path, text):
    """Snakemake has refused them before."""
    (tmp_path / "mine.yaml").write_text(text)
    assert lines_of(DEFAULTS, files=[tmp_path / "mine.yaml", tmp_path / "none.yaml"]) == []


def test_messages_say_where_a_value_comes_from(tmp_path, monkeypatch):
    first = {
        "gates": {"min_edition": "abc", "min_live": 5, "allowed_licenses": ["MIT", "a b"]},
        "runs": {"a": {"train": {"steps": 10}}},
    }
    second = {"gates": {"min_live": 7}}
    commanded = {"crates": {"limit": "many"}, "evaluate": {"k": ["0"]}}
    (tmp_path / "first.yaml").write_text(yaml.safe_dump(first, sort_keys=False))
    (tmp_path / "second.json").write_text(json.dumps(second, indent=1))
    files = ["config/config.yaml", tmp_path / "first.yaml", tmp_path / "second.json"]
    config = with_changes(commanded, with_changes(second, with_changes(first)))
    config["files"]["max_line"] = 50
    with pytest.raises(ConfigError) as error:
        check(config, commanded, files)
    here = tmp_path
    assert error.value.problems == [
        "crates.limit: expected an integer or null, got 'many' [--config]",
        "evaluate.k[0]: 0 is too small, the least is 1 [--config]",
        f"gates.allowed_licenses[1]: expected one SPDX id such as MIT, got 'a b' [{here}/first.yaml, line 6]",
        f"gates.min_edition: expected an integer, got 'abc' [{here}/first.yaml, line 2]",
        f"gates.min_live: 7 is too large, the most is 1 [{here}/second.json, line 3]",
        f"files.max_average_line: 100 is more than files.max_line, 50 [config/config.yaml, line {line_of('max_average_line')}]",
        f"runs.a: needs either base or continue_from [{here}/first.yaml, line 8]",
        f"runs.a.train.warmup_steps: 100 is more than train.steps, 10 [{here}/first.yaml, line 9]",
    ]


def line_of(key: str) -> int:
    lines = (ROOT / "config/config.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(f"  {key}:"))


def test_what_snakemake_has_to_load_at_every_start():
    """Rendering and its templates are for the tool alone."""
    code = (
        "import sys, yaml; from ferrule.workflow.configuration import check;"
        "check(yaml.load(open('config/config.yaml'), yaml.CSafeLoader));"
        "print([name for name in sys.modules if name.startswith(('jsonschema', 'ferrule'))])"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in ("jsonschema", "configuration.rendering", "configuration.documentation", "crates.spdx"):
        assert name not in done.stdout
