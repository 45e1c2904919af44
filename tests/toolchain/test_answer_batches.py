"""A batch says of each answer what compiling and running it alone says."""

from pathlib import Path

import pytest
from judged_apart import disagreements, mixed

from ferrule.evaluation.judging.answer_judge import JudgeOptions
from ferrule.evaluation.problems.formats import read_set
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.session import Limits
from ferrule.transforms.mutants.generate import mutants

OWN = Path(__file__).parents[2] / "resources/problems"


@pytest.mark.parametrize(
    ("part", "count"),
    [(0, 12), pytest.param(0, 50, marks=pytest.mark.slow), pytest.param(1, 50, marks=pytest.mark.slow)],
)
def test_batches_and_single_files_agree(part, count):
    problems = list(read_set(OWN, "own"))[part::2]
    pairs = mixed(problems, lambda problem: [mutant.reference for mutant in mutants(problem)], count)
    options = JudgeOptions(compiler=Limits(wall_seconds=120), threads=1, limits=JudgeLimits(cpu_seconds=2))
    assert disagreements(pairs, options) == []
