"""The README's own commands in a clean clone: environment, checks and the demonstration, as a newcomer types them.

Needs a package index and a crate registry, as a newcomer does, and a quarter of an hour.
"""

import os
import subprocess

import pytest
from documented_commands import ROOT, commands_of

from ferrule.core.files import read_json

pytestmark = pytest.mark.slow


def test_make_run_in_a_clean_clone(tmp_path):
    clone = tmp_path / "ferrule"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    commands = [command.text.partition("  #")[0].strip() for command in commands_of(ROOT / "README.md")]
    assert commands[0] == "make run", "the first command of the README"
    # Without what the tests' own environment sets.
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")
    }
    done = subprocess.run(
        ["bash", "-c", commands[0]], cwd=clone, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = clone / "results"
    rows = read_json(results / "dataset/funnel.json")["split"]["rows"]
    assert sum(rows.values()) > 1_000
    assert f"{sum(rows.values()):,} rows from" in (results / "report.html").read_text()
    assert (results / "metrics.prom").exists() and list((results / "logs/runs").glob("*.jsonl"))
    # The plugin that the profile names came with the installation.
    plugins = "import pkgutil; print([each.name for each in pkgutil.iter_modules() if 'logger_plugin' in each.name])"
    said = subprocess.run(
        [clone / ".venv/bin/python", "-c", plugins], env=environment, capture_output=True, text=True
    )
    assert "snakemake_logger_plugin_ferrule" in said.stdout
