"""The tutorial, word for word, in a clean clone: from nothing to a compared model, its report and its hub folder.

Needs a crate registry and a package index, as its readers do, and a quarter of an hour. `make train` and the activation
of the environment are left out: the environment is the one that runs the tests.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from documented_commands import ROOT, commands_of

from ferrule.core.files import read_json

pytestmark = [pytest.mark.train, pytest.mark.slow]
LEFT_OUT = r"make train|source "


def test_the_tutorial(tmp_path):
    clone = tmp_path / "ferrule"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(clone / "scripts")}
    commands = [command.text.partition("  #")[0] for command in commands_of(ROOT / "docs/tutorial.md")]
    ran = 0
    for command in commands:
        if re.match(LEFT_OUT, command) or command.endswith("llama8b.yaml"):
            continue
        done = subprocess.run(
            ["bash", "-c", command], cwd=clone, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        ran += 1
    assert ran >= 6
    results = clone / "results"
    comparison = read_json(results / "compare/crate_tasks/smollm2-135m-vs-tiny.json")
    assert comparison["problems"] == 115 and comparison["views"]["policy_off"]["says"]
    report = (results / "report.html").read_text()
    assert "Losses of tiny by step" in report and "tiny against smollm2-135m on crate_tasks" in report
    assert (results / "hub/manifest.json").exists() and (results / "costs.md").exists()
