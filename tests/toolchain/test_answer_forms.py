"""Every reference passes in every form in which a model may give it."""

from pathlib import Path

import pytest
from answer_forms import forms, not_passed

from ferrule.evaluation.judging.answer_judge import JudgeOptions
from ferrule.evaluation.problems.formats import read_set
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.session import Limits

OWN = Path(__file__).parents[2] / "resources/problems"
# What is promised; `forms` has more of each.
SIX = {"body", "body_closed", "function", "file", "function_in_fence", "function_in_prose"}


@pytest.mark.parametrize("sixth", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 6))])
def test_all_forms_of_our_own_problems_pass(sixth):
    problems = list(read_set(OWN, "own"))[sixth::6]
    options = JudgeOptions(compiler=Limits(wall_seconds=120), threads=2, limits=JudgeLimits())
    assert not_passed(problems, options) == []


def test_the_six_forms_are_among_them():
    """Two references go on behind their entry item, so that their body alone is no answer."""
    for problem in read_set(OWN, "own"):
        assert SIX - forms(problem).keys() <= {"body"}
    assert sum("body" in forms(problem) for problem in read_set(OWN, "own")) >= 99
