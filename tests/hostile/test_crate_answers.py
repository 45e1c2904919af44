"""Answers that attack the grading in a crate: none passes, none changes another's verdict, nothing is left running."""

import functools

import pytest
from attack_answers import ATTACKS
from crate_attacks import CRATE_ATTACKS
from graded_crate import ALL, task, write_crate
from leftover_processes import adopt_orphans, descendants

from ferrule.grading.crate_grader import CrateGrader, GradeOptions
from ferrule.sandbox.answer_limits import JudgeLimits

TASKS = {name: task(name) for name in ALL}
LIMITS = JudgeLimits(cpu_seconds=1, wall_seconds=20, idle_seconds=1, memory_mb=256)
HONEST = {
    "right0": ("total", "pub fn total(values: &[i64]) -> i64 { values.iter().sum() }"),
    "right1": ("total", TASKS["total"]["reference"]),
    "right2": ("twice", "pub fn twice(value: i64) -> i64 { value + value }"),
    "right3": ("counted", TASKS["counted"]["reference"]),
    "right4": ("raised", TASKS["raised"]["reference"]),
    "right5": ("first", TASKS["first"]["reference"]),
}
CASES = {name: ("total", text) for name, text in CRATE_ATTACKS.items()}
# The evaluator's attacks: here some of them, in `make test-all` the others.
OF_THE_EVALUATOR = {f"harness_{name}": ("total", text) for name, (_, text) in ATTACKS.items()}
SOME = {
    name: OF_THE_EVALUATOR[name] for name in [*OF_THE_EVALUATOR][1::4] + ["harness_constant_that_never_ends"]
}
GROUPS = {
    "some": CASES | SOME,
    "others": {name: OF_THE_EVALUATOR[name] for name in OF_THE_EVALUATOR if name not in SOME},
}
MARKS = {"some": [], "others": [pytest.mark.slow]}
IN_BOTH = pytest.mark.parametrize("group", [pytest.param(group, marks=MARKS[group]) for group in GROUPS])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_crate(tmp_path_factory.mktemp("attacked") / "demo@0.1.0")


@pytest.fixture(scope="module")
def results(folder):
    """results(group): the results of its attacks and of the right answers beside them."""

    @functools.cache
    def graded(group):
        adopt_orphans()
        asked = GROUPS[group] | HONEST
        with CrateGrader(folder, TASKS.values(), GradeOptions(limits=LIMITS)) as grader:
            return dict(zip(asked, grader.grade(asked.values()), strict=True))

    return graded


def test_there_are_enough():
    assert len(CRATE_ATTACKS) >= 30


@pytest.mark.parametrize(
    ("group", "name"),
    [
        pytest.param(group, name, id=name, marks=MARKS[group])
        for group, names in GROUPS.items()
        for name in names
    ],
)
def test_no_attack_passes(group, name, results):
    assert results(group)[name].status not in ("passed", "infrastructure"), results(group)[name]


@IN_BOTH
@pytest.mark.parametrize("name", HONEST)
def test_right_answers_beside_attacks_pass(group, name, results):
    assert results(group)[name].status == "passed", results(group)[name]


@IN_BOTH
def test_nothing_is_left_running(group, results):
    results(group)
    assert not descendants("run_answers", "/prog/", "bwrap")


def test_attacks_do_not_change_each_others_verdicts(folder, results):
    """Some of them alone and in another order: the same verdicts."""
    together = results("some")
    some = [*list(GROUPS["some"])[::8], *HONEST]
    asked = [(GROUPS["some"] | HONEST)[name] for name in reversed(some)]
    with CrateGrader(folder, TASKS.values(), GradeOptions(limits=LIMITS)) as grader:
        again = dict(zip(reversed(some), grader.grade(asked), strict=True))
    # Whether one that ends its process does so by a signal or an exit code may be a race of its threads.
    assert {name: again[name].score for name in some} == {name: together[name].score for name in some}
