"""What Snakemake makes once and not for every job: each installed in a process of its own."""

import json
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


@pytest.fixture(scope="module")
def told():
    def ask(how):
        done = subprocess.run([sys.executable, "-c", ASKED, how], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return {how: ask(how) for how in ("installed", "as it is")}


def test_both_are_made_once(told):
    assert told["installed"]["shared"] and told["installed"]["once"]


def test_nothing_else_is_different(told):
    installed, before = ({**each, "shared": None, "once": None} for each in told.values())
    assert installed == before
    assert installed["said"].startswith("sort() cannot be used") and installed["named"] == "a file"
    assert installed["said_of_copy"].startswith("index() cannot be used")
    assert installed["parameters"] == [["wildcards", "input"], ["wildcards", "attempt"], ["obj"]]


def test_snakemake_still_needs_it(told):
    """If this fails, Snakemake makes one of the two once by itself: remove that half of ferrule.workflow.planning_costs."""
    assert not told["as it is"]["shared"] and not told["as it is"]["once"]
