"""What coverage costs, and whether it is what removing one function at a time gives.

    make bench ARGS="tests/bench/test_behaviour_cost.py"

CPU seconds of the whole process tree. "runs" is everything but the build: sandbox, Python, baseline,
one run and more per function; it is the difference between a full examination and a build alone.
"""

import resource

import pytest
from one_by_one import OneByOne

from ferrule.compiler.crate_tests import BuiltTests
from ferrule.compiler.judge import Judge
from ferrule.compiler.test_coverage import Behaviour
from ferrule.core.schemas import choose

pytestmark = pytest.mark.bench

SPECS = ["strsim@0.11.1", "heck@0.5.0", "shlex@2.0.1", "slab@0.4.12"]
MOST_MS = 15
COMPARED = 50  # and some more, for those whose removal is no longer a program: const ones
SPARE = 6


def cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def inside(build: BuiltTests) -> float:
    """CPU seconds of the commands that have run in a session that is still open."""
    with open(f"/proc/{build.session.driver}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / 100


@pytest.fixture(scope="module")
def examined(crate):
    """Of each crate: folder, crate.json, live functions, findings, CPU seconds of build and runs."""
    found = {}
    for spec in SPECS:
        folder, row, functions = crate(spec)
        with Judge(folder, row["package"], row["targets"]) as judge:
            judge.baseline()
            live = judge.liveness(functions)
        functions = [f for f in functions if f.id in live]
        start = cpu()
        with BuiltTests(folder, row["package"], row["targets"]) as build:
            behaviour = Behaviour(build, functions)
            behaviour.build()
            building = inside(build)
            behaviour.build = lambda: None
            findings = behaviour.examine()
        found[spec] = folder, row, functions, findings, building, cpu() - start - building
    return found


def test_cost(examined, capsys):
    with capsys.disabled():
        for spec, (_, _, functions, findings, building, running) in examined.items():
            coverage = findings.coverage.values()
            print(
                f"\n{spec}: {len(functions)} functions, {findings.reach.tests} tests, "
                f"{sum(c.covered is True for c in coverage)} covered, {sum(c.covered is None for c in coverage)} unknown"
                f"\n  {findings.builds} build {building:6.2f} CPU s, runs {running:5.2f} CPU s, "
                f"{1000 * running / len(functions):5.2f} ms a function",
                end="",
            )
        print()
    for spec, (_, _, functions, findings, _, running) in examined.items():
        assert (findings.status, findings.builds) == ("ok", 1), spec
        assert running / len(functions) <= MOST_MS / 1000, spec


def test_equal_to_removing_one_at_a_time(examined, capsys):
    everything = [(spec, f) for spec, (_, _, functions, *_) in examined.items() for f in functions]
    chosen = sorted(everything, key=lambda pair: choose(4, *pair[0:1], pair[1].id))[: COMPARED + SPARE]
    equal, not_built, different = 0, 0, []
    start = cpu()
    for spec in SPECS:
        folder, row, _, findings, *_ = examined[spec]
        with OneByOne(folder, row["package"]) as slow:
            for function in [f for its_spec, f in chosen if its_spec == spec]:
                ours = findings.coverage[function.id]
                theirs = slow.failing(function)
                not_built += theirs is None
                equal += theirs is not None and sorted(ours.arguments) == theirs
                if theirs is not None and sorted(ours.arguments) != theirs:
                    different.append((spec, function, ours.arguments, theirs))
    with capsys.disabled():
        print(
            f"\n{equal} of {len(chosen)} functions as when removed one at a time, {not_built} not built so; "
            f"{(cpu() - start) / len(chosen):.2f} CPU s a function that way, builds included"
        )
    assert not different
    assert equal >= COMPARED
