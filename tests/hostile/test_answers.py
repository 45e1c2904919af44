"""Answers that attack the evaluator: none passes, each has its status, nothing is left running."""

from pathlib import Path

import pytest
from attack_answers import ATTACKS

from ferrule.answers import tampering
from ferrule.answers.extraction import take
from ferrule.evaluation import JudgeLimits, Submission, Verdict
from ferrule.evaluation.judging import JudgeOptions, judge
from ferrule.problems import Problem
from ferrule.sandbox import Limits

PROBLEM = Problem(
    id="total",
    prompt="/// The sum of all values; 0 if there is none.\npub fn total(values: &[i64]) -> i64 {\n",
    entry="total",
    reference="    values.iter().sum()\n}\n",
    tests="use super::*;\n"
    "#[test]\nfn some() { assert_eq!(total(&[1, 2, 3]), 6); }\n"
    "#[test]\nfn negative() { assert!(total(&[-5, 2]) == -3); }\n"
    "#[test]\nfn one() { assert_eq!(total(&[7]), 7); }\n",
)
LIMITS = JudgeLimits(cpu_seconds=1, wall_seconds=20, idle_seconds=2, memory_mb=512)


@pytest.fixture(scope="module")
def options():
    return JudgeOptions(compiler=Limits(wall_seconds=120, cpu_seconds=5), threads=2, limits=LIMITS)


@pytest.fixture(scope="module")
def verdicts(options) -> dict[str, Verdict]:
    """All attacks in one run, beside right answers, without the look at their text that comes first."""
    right = {f"right{n}": take(PROBLEM, PROBLEM.reference + f"// {n}\n").code for n in range(5)}
    codes = {name: take(PROBLEM, completion).code for name, (_, completion) in ATTACKS.items()} | right
    submissions = {name: Submission(PROBLEM, code) for name, code in codes.items() if code}
    judged = {verdict.key: verdict for verdict in judge(submissions.values(), options=options)}
    return {name: judged[each.key] for name, each in submissions.items()}


def test_there_are_enough():
    assert len(ATTACKS) >= 40


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_has_its_status(name, verdicts):
    statuses, completion = ATTACKS[name]
    answer = take(PROBLEM, completion)
    if not answer.code:
        status = "no_answer"
    elif tampering.reason(answer.code):
        status = "tampering"
    else:
        status = verdicts[name].status
    assert status in statuses, (status, verdicts.get(name))


@pytest.mark.parametrize("name", ATTACKS)
def test_no_attack_passes_when_it_is_run(name, verdicts):
    """Without the static look: what is compiled and run does not pass either, and is not blamed on the machine."""
    if name in verdicts:
        assert verdicts[name].status not in ("passed", "infrastructure"), verdicts[name]


def test_right_answers_beside_attacks_pass(verdicts):
    assert {verdicts[f"right{n}"].status for n in range(5)} == {"passed"}


def test_nothing_is_left_running(verdicts):
    left = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if b"run_answers" in command or b"/prog/" in command:
                left.append(command)
    assert not left
