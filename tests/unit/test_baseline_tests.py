"""Which tests are set aside because the budget does not reach for them."""

import pytest

from ferrule.compiler.baseline_tests import Budget, Reach, too_expensive
from ferrule.compiler.test_runs import Program, Result

PROGRAM = Program("--lib", "/lib")
# Of each test: seconds of CPU time, seconds asleep.
COSTS = dict(quick=(0.1, 0), slow=(5, 0), sleepy=(0.1, 4), nap=(0.1, 0.5))


@pytest.mark.parametrize(
    ("seconds", "waiting", "out"),
    [
        (100, 100, []),
        (10, 100, ["slow"]),
        (100, 10, ["sleepy"]),
        (10, 10, ["slow", "sleepy"]),
        (100, 1, ["sleepy", "nap"]),
        (0.1, 100, ["quick", "slow", "sleepy", "nap"]),
    ],
)
def test_what_computes_or_sleeps_longest_is_set_aside_first(seconds, waiting, out):
    tests = {name: (PROGRAM, name) for name in COSTS}
    reach = Reach(
        seconds={tests[name]: seconds for name, (seconds, _) in COSTS.items()},
        waited={tests[name]: waited for name, (_, waited) in COSTS.items()},
        breadth=dict.fromkeys(tests.values(), 1),
    )
    alone = {test: Result(0, reached=frozenset({(1, test[1])})) for test in tests.values()}
    budget = Budget(seconds, waiting, tests_per_function=12, rewrites=1)
    assert [name for _, name in too_expensive([*tests.values()], alone, reach, budget)] == out


def test_no_cheap_test_goes_with_an_expensive_one():
    """Among so many, five per cent would be forty."""
    tests = [(PROGRAM, f"t{number:03d}") for number in range(800)]
    reach = Reach(
        seconds=dict.fromkeys(tests, 0.001) | {tests[5]: 3, tests[6]: 4, tests[7]: 0.02},
        waited=dict.fromkeys(tests, 0),
        breadth=dict.fromkeys(tests, 1),
    )
    alone = {test: Result(0, reached=frozenset({(1, test[1])})) for test in tests}
    budget = Budget(2, 100, tests_per_function=12, rewrites=1)
    assert too_expensive(tests, alone, reach, budget) == tests[5:7]
