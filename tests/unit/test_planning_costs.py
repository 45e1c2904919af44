"""What Snakemake makes once and not for every job: each installed in a process of its own."""

import json
import logging
import queue
import subprocess
import sys
import time
from logging.handlers import QueueHandler, QueueListener

import pytest

from ferrule.workflow import planning_costs

ASKED = """
import inspect, json, pickle, sys
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
class Listed:
    made = 0

    @property
    def shellcmd(self):
        self.made += 1
        return f"command {self.made}"

    def log_info(self, other=None):
        self.told = [self.shellcmd, self.shellcmd, other and other.shellcmd]

if sys.argv[1] == "installed":
    planning_costs.format_once(Listed)
job, another = Listed(), Listed()
job.log_info(other=another)
first = job.told
job.log_info()
print(json.dumps({
    "commands": [first, job.told, job.shellcmd, job.shellcmd, another.made],
    "asked": inspect.getsource(jobs.Job.log_info).count("self.shellcmd"),
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


def test_all_are_made_once(told):
    assert told["installed"]["shared"] and told["installed"]["once"]
    one, two = ["command 1", "command 1", "command 1"], ["command 2", "command 2", None]
    assert told["installed"]["commands"] == [one, two, "command 3", "command 4", 1]


def test_nothing_else_is_different(told):
    installed, before = ({**each, "shared": 0, "once": 0, "commands": 0} for each in told.values())
    assert installed == before
    assert installed["said"].startswith("sort() cannot be used") and installed["named"] == "a file"
    assert installed["said_of_copy"].startswith("index() cannot be used")
    assert installed["parameters"] == [["wildcards", "input"], ["wildcards", "attempt"], ["obj"]]


def test_snakemake_still_needs_it(told):
    """If this fails, Snakemake makes one of them once by itself: remove that part of ferrule.workflow.planning_costs."""
    assert not told["as it is"]["shared"] and not told["as it is"]["once"]
    assert told["as it is"]["asked"] > 1


def test_a_queue_that_nobody_reads_holds_nobody_up_for_long(monkeypatch):
    monkeypatch.setattr(planning_costs, "PATIENCE", 0.01)
    records = queue.Queue()
    logger = logging.Logger("one of ours")
    logger.addHandler(QueueHandler(records))
    planning_costs.limit_queues(logger)
    for number in range(planning_costs.MOST_WAITING):
        logger.warning("record %d", number)
    assert records.qsize() == planning_costs.MOST_WAITING
    logger.warning("one more")
    logger.warning("and one")
    assert records.qsize() == planning_costs.MOST_WAITING + 2


def test_a_queue_that_is_read_stays_short(monkeypatch):
    records, lengths = queue.Queue(), []

    class Slow(logging.Handler):
        def emit(self, record):
            lengths.append(records.qsize())
            time.sleep(0.001)

    monkeypatch.setattr(planning_costs, "MOST_WAITING", 5)
    logger = logging.Logger("another")
    logger.addHandler(QueueHandler(records))
    planning_costs.limit_queues(logger)
    listener = QueueListener(records, Slow())
    listener.start()
    for number in range(50):
        logger.warning("record %d", number)
    listener.stop()
    assert len(lengths) == 50 and max(lengths) <= 5
