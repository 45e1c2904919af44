"""What Snakemake makes once and not for every job: each installed in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

ASKED = """
import json, pickle, sys
from snakemake import common, iocontainers, jobs, rules
from ferrule.workflow import planning_costs
if sys.argv[1] == "installed":
    planning_costs.install()
    planning_costs.install()  # twice is once

class Unhashable:
    __hash__ = None
    def __call__(self, wildcards, attempt): ...

def function(wildcards, *, input): ...

one, other = iocontainers.Namedlist(["b", "a"]), iocontainers.Namedlist()
try:
    one.sort()
except AttributeError as error:
    said = str(error)
copied = pickle.loads(pickle.dumps(one))
try:
    copied.index()
except AttributeError as error:
    said_of_copy = str(error)
named = iocontainers.Namedlist(fromdict={"index": "a file"})
print(json.dumps({
    "shared": one.sort is other.sort and one.index is not one.sort,
    "said": said, "said_of_copy": said_of_copy, "named": named.index,
    "once": rules.get_function_params(function) is jobs.get_function_params(function),
    "parameters": [list(rules.get_function_params(f)) for f in (function, Unhashable(), len)],
}))
"""

PLANNED = """
import sys
from snakemake import cli, jobs
from ferrule.workflow import planning_costs
if sys.argv[1] == "installed":
    planning_costs.install()
    planning_costs.install()  # twice is once

format_text, times = jobs.format, 0
def count(text, **values):
    global times
    times += text.startswith("echo")
    return format_text(text, **values)
jobs.format = count
try:
    cli.main(["--dry-run", "--printshellcmds", "--cores", "1"])
finally:
    print("formatted", times)
"""
SNAKEFILE = """
rule all:
    input: "a.txt", "b.txt"
rule one:
    output: "{name}.txt"
    shell: "echo {wildcards.name} > {output}"
"""


@pytest.fixture(scope="module")
def told():
    def ask(how):
        done = subprocess.run([sys.executable, "-c", ASKED, how], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return {how: ask(how) for how in ("installed", "as it is")}


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """{how: (lines of the plan, how often a shell command was formatted)}"""
    folder = tmp_path_factory.mktemp("planned")
    (folder / "Snakefile").write_text(SNAKEFILE)

    def plan(how):
        argv = [sys.executable, "-c", PLANNED, how]
        # Snakemake names changed files in the order of a set.
        environment = os.environ | {"PYTHONHASHSEED": "0"}
        done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=True)
        lines = done.stdout[done.stdout.index("Building DAG") :].splitlines()
        kept = [line for line in lines if not line.startswith("[")]  # without the dates
        return kept[:-1], int(kept[-1].removeprefix("formatted "))

    return {how: plan(how) for how in ("installed", "as it is")}


def test_all_are_made_once(told, planned):
    assert told["installed"]["shared"] and told["installed"]["once"]
    assert planned["installed"][1] == 2  # a job each


def test_nothing_else_is_different(told, planned):
    installed, before = ({**each, "shared": None, "once": None} for each in told.values())
    assert installed == before
    assert planned["installed"][0] == planned["as it is"][0]
    assert any("echo a > a.txt" in line for line in planned["installed"][0])
    assert installed["said"].startswith("sort() cannot be used") and installed["named"] == "a file"
    assert installed["said_of_copy"].startswith("index() cannot be used")
    assert installed["parameters"] == [["wildcards", "input"], ["wildcards", "attempt"], ["obj"]]


def test_snakemake_still_needs_it(told, planned):
    """If this fails, Snakemake makes one of them once by itself: remove that part of ferrule.workflow.planning_costs."""
    assert not told["as it is"]["shared"] and not told["as it is"]["once"]
    assert planned["as it is"][1] > 2
