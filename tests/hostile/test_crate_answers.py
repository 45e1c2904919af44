"""Answers that attack the grading in a crate: none passes, none changes another's verdict, nothing is left running."""

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
CASES = {name: ("total", text) for name, text in CRATE_ATTACKS.items()} | {
    f"harness_{name}": ("total", text) for name, (_, text) in ATTACKS.items()
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_crate(tmp_path_factory.mktemp("attacked") / "demo@0.1.0")


@pytest.fixture(scope="module")
def results(folder):
    adopt_orphans()
    asked = CASES | HONEST
    with CrateGrader(folder, TASKS.values(), GradeOptions(limits=LIMITS)) as grader:
        return dict(zip(asked, grader.grade(asked.values()), strict=True))


def test_there_are_enough():
    assert len(CRATE_ATTACKS) >= 30


@pytest.mark.parametrize("name", CASES)
def test_no_attack_passes(name, results):
    assert results[name].status not in ("passed", "infrastructure"), results[name]


@pytest.mark.parametrize("name", HONEST)
def test_right_answers_beside_attacks_pass(name, results):
    assert results[name].status == "passed", results[name]


def test_nothing_is_left_running(results):
    assert not descendants("run_answers", "/prog/", "bwrap")


def test_attacks_do_not_change_each_others_verdicts(folder, results):
    """Some of them alone and in another order: the same verdicts."""
    some = [*list(CASES)[::12], *HONEST]
    asked = [(CASES | HONEST)[name] for name in reversed(some)]
    with CrateGrader(folder, TASKS.values(), GradeOptions(limits=LIMITS)) as grader:
        again = dict(zip(reversed(some), grader.grade(asked), strict=True))
    # Whether one that ends its process does so by a signal or an exit code may be a race of its threads.
    assert {name: again[name].score for name in some} == {name: results[name].score for name in some}
