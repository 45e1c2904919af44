"""The table of lints against the clippy that is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from analysis import clippy

TABLE = clippy.read_lints(Path(__file__).parents[2] / "resources" / "lints.tsv")


@pytest.fixture(scope="module")
def installed():
    """lint -> default level, group -> its lints, as the installed clippy tells."""
    if not shutil.which("clippy-driver"):
        pytest.skip("clippy is not installed")
    text = subprocess.run(["clippy-driver", "-W", "help"], capture_output=True, text=True, check=True).stdout
    levels, groups = {}, {}
    for line in text.replace("-", "_").splitlines():
        if found := re.match(r"\s+(\S+)\s+(allow|warn|deny)\s", line):
            levels[found[1]] = found[2]
        elif found := re.match(r"\s+(clippy::\S+)\s+(clippy::.*)", line):
            groups[found[1]] = found[2].split(", ")
    return levels, groups


def test_every_lint_exists_with_its_default_level(installed):
    levels, _ = installed
    wrong = {lint: row["default"] for lint, row in TABLE.items() if levels.get(lint) != row["default"]}
    assert wrong == {}


def test_every_lint_that_is_on_by_default_is_in_the_table(installed):
    levels, groups = installed
    usual = {lint for lint, level in levels.items() if level != "allow" and "::" not in lint} - {"warnings"}
    assert sorted((usual | set(groups["clippy::all"])) - TABLE.keys()) == []
