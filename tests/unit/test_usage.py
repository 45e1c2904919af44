"""The example commands in the docstrings of the scripts: each has the options that the script has today."""

import argparse
import ast
import importlib.util
import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml

from ferrule.core.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(path for path in (ROOT / "scripts").glob("*/*.py") if not path.name.startswith("__"))


def examples(script: Path) -> list[str]:
    """The commands of a docstring, each on one line."""
    doc = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")), clean=False)
    lines = doc.replace("\\\n", " ").split("\n")
    return [line.strip() for line in lines if re.match(r" +(?:\w+=\S+ )?python ", line)]


COMMANDS = [(script, command) for script in SCRIPTS for command in examples(script)]


def test_every_script_has_an_example():
    assert {script for script, _ in COMMANDS} == set(SCRIPTS)


class Parsed(Exception):
    """The command line was read, and the script would begin."""


@pytest.mark.parametrize(
    ("script", "command"), COMMANDS, ids=[f"{script.stem}-{n}" for n, (script, _) in enumerate(COMMANDS)]
)
def test_the_example_is_read(script, command, tmp_path, monkeypatch):
    python, path, *arguments = shlex.split(command, comments=True)
    assert (python, path) == ("python", script.relative_to(ROOT).as_posix())
    # In a folder with what a checkout has, and with the file of a run's settings that some examples name.
    for name in ("config", "resources", "scripts"):
        (tmp_path / name).symlink_to(ROOT / name)
    defaults = read_yaml(ROOT / "config/config.yaml")["run_defaults"]
    (tmp_path / "run.yaml").write_text(yaml.safe_dump({"run": defaults}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [path, *arguments])
    read = argparse.ArgumentParser.parse_args
    found = []

    def parse_args(parser, *given, **named):
        found.append(read(parser, *given, **named))
        raise Parsed

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_args)
    spec = importlib.util.spec_from_file_location(f"usage_of_{script.stem}", script)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # where dataclasses look themselves up
    spec.loader.exec_module(module)
    with pytest.raises(Parsed):
        module.main()
    if "--config" in arguments:
        assert any(found[0].config.values()), "the example gives none of the sections that the script reads"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_what_a_command_names_of_the_checkout_is_there(script):
    for command in examples(script):
        for word in shlex.split(command, comments=True):
            if word.startswith(("config/", "resources/", "scripts/")):
                assert (ROOT / word).exists(), word
