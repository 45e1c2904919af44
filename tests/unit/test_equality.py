"""A batch says of each answer what compiling and running it alone says."""

from pathlib import Path

import pytest
from judged_apart import Apart, mixed

from ferrule.evaluation.answers.extraction import take
from ferrule.evaluation.judging.answer_judge import JudgeOptions, judge
from ferrule.evaluation.judging.submission import Submission
from ferrule.evaluation.mutants.generate import mutants
from ferrule.evaluation.problems.formats import read_set
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.session import Limits

OWN = Path(__file__).parents[2] / "resources/problems"


def disagreements(pairs, options) -> list[tuple[str, str, str, str]]:
    """(problem, completion, alone, in the batch) where the two differ."""
    submissions = [Submission(problem, take(problem, completion).code) for problem, completion in pairs]
    judged = {verdict.key: verdict.status for verdict in judge(submissions, options=options)}
    found = []
    with Apart(options.crates) as apart:
        for (problem, completion), submission in zip(pairs, submissions, strict=True):
            alone, together = apart.verdict(problem, completion), judged[submission.key]
            if alone != together:
                found.append((problem.id, completion, alone, together))
    return found


@pytest.mark.parametrize("part", [0, 1])
def test_batches_and_single_files_agree(part):
    problems = list(read_set(OWN, "own"))[part::2]
    pairs = mixed(problems, lambda problem: [mutant.reference for mutant in mutants(problem)], 50)
    options = JudgeOptions(compiler=Limits(wall_seconds=120), threads=1, limits=JudgeLimits(cpu_seconds=2))
    assert disagreements(pairs, options) == []
