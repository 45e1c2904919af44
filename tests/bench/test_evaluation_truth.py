"""Are verdicts of batches those of single files, and do they stay the same on a busy machine?

    make bench ARGS="tests/bench/test_evaluation_truth.py"

1,000 mixed samples (references, changed references, a third of them broken) of the 164 problems and of our own; then
forty of them again and again, beside 0, 4 and 16 busy loops for each core.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from answer_forms import forms, not_passed
from judged_apart import disagreements, mixed

from ferrule.evaluation.answers.extraction import take
from ferrule.evaluation.judging.answer_judge import JudgeOptions, judge
from ferrule.evaluation.judging.submission import Submission
from ferrule.evaluation.problems.formats import read_set
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.session import Limits
from ferrule.transforms.mutants.generate import mutants

pytestmark = pytest.mark.bench

OWN = Path(__file__).parents[2] / "resources/problems"


@pytest.fixture(scope="module")
def pairs(benchmark_set):
    """The samples, and the options with which they are judged."""
    folder, problems = benchmark_set
    both = [*problems.values(), *read_set(OWN, "own")]
    found = mixed(both, lambda problem: [mutant.reference for mutant in mutants(problem)], 1000)
    options = JudgeOptions(
        compiler=Limits(wall_seconds=600),
        threads=os.cpu_count(),
        crates=folder / "crates",
        limits=JudgeLimits(cpu_seconds=2),
    )
    return found, options


def test_batches_and_single_files_agree(pairs, capsys):
    found, options = pairs
    differ = disagreements(found, options)
    with capsys.disabled():
        print(f"\n{len(found)} samples, {len(differ)} verdicts differ from those of single files")
        for problem, completion, alone, together in differ:
            print(f"  {problem}: alone {alone}, in a batch {together}: {completion[:200]!r}")
    assert len(found) == 1000 and not differ


def test_every_form_of_the_references_passes(benchmark_set, pairs, capsys):
    """Of the 164; those of our own set are judged by every `make test`."""
    _, problems = benchmark_set
    wrong = not_passed(problems.values(), pairs[1])
    with capsys.disabled():
        print(
            f"\n{sum(len(forms(each)) for each in problems.values())} forms of {len(problems)} references,"
            f" {len(wrong)} do not pass"
        )
    assert len(problems) == 164 and wrong == []


REPEATS = 10
BUSY = "import sys\nwhile True:\n    sum(range(10000))\n"


@pytest.mark.parametrize("loops", [0, 4, 16])
def test_verdicts_are_steady(pairs, loops, capsys):
    found, options = pairs
    found = found[:: len(found) // 40]
    submissions = [Submission(problem, take(problem, completion).code) for problem, completion in found]
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(loops * os.cpu_count())]
    try:
        runs = []
        for _ in range(REPEATS):
            runs.append({verdict.key: verdict.status for verdict in judge(submissions, options=options)})
    finally:
        for process in busy:
            process.kill()
            process.wait()
    changed = [key for key in runs[0] if len({run[key] for run in runs}) > 1]
    with capsys.disabled():
        print(
            f"\n{len(submissions)} samples, {REPEATS} times beside {loops} busy loops a core: {len(changed)} change"
        )
    assert not changed
