"""Every reference passes in every form in which a model may give it."""

from pathlib import Path

import pytest
from answer_forms import forms

from ferrule.answers.extraction import take
from ferrule.evaluation import JudgeLimits, Submission
from ferrule.evaluation.judging import JudgeOptions, judge
from ferrule.problems.formats import read_set
from ferrule.sandbox import Limits

OWN = Path(__file__).parents[2] / "resources/problems"
# What is promised; `forms` has more of each.
SIX = {"body", "body_closed", "function", "file", "function_in_fence", "function_in_prose"}


@pytest.mark.parametrize("third", [0, 1, 2])
def test_all_forms_of_our_own_problems_pass(third):
    problems = list(read_set(OWN, "own"))[third::3]
    wrong, submissions = [], {}
    for problem in problems:
        for name, text in forms(problem).items():
            answer = take(problem, text)
            if not answer.code:
                wrong.append((problem.id, name, answer.reason))
            else:
                submissions.setdefault(Submission(problem, answer.code), []).append((problem.id, name))
    options = JudgeOptions(compiler=Limits(wall_seconds=120), threads=2, limits=JudgeLimits())
    verdicts = {verdict.key: verdict for verdict in judge(submissions, options=options)}
    for submission, which in submissions.items():
        verdict = verdicts[submission.key]
        if verdict.status != "passed":
            wrong += [(*each, verdict.status, verdict.reason) for each in which]
    assert wrong == []


def test_the_six_forms_are_among_them():
    """Two references go on behind their entry item, so that their body alone is no answer."""
    for problem in read_set(OWN, "own"):
        assert SIX - forms(problem).keys() <= {"body"}
    assert sum("body" in forms(problem) for problem in read_set(OWN, "own")) >= 99
