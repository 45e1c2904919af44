"""Answers that attack the evaluator: none passes, each has its status, nothing is left running."""

import pytest
from attack_answers import ATTACKS, METHOD_ATTACKS, TRAIT_ATTACKS
from leftover_processes import adopt_orphans, descendants

from ferrule.evaluation.answers import tampering
from ferrule.evaluation.answers.extraction import take
from ferrule.evaluation.judging.answer_judge import JudgeOptions, judge
from ferrule.evaluation.judging.submission import Submission, Verdict
from ferrule.evaluation.problems.problem import Problem
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.session import Limits

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
METHODS = Problem(
    id="raised",
    prompt="use std::fmt;\n\n#[derive(Debug, Clone, Copy, PartialEq)]\npub struct Level(pub i64);\n\n"
    'impl fmt::Display for Level {\n    fn fmt(&self, f: &mut fmt::Formatter<\'_>) -> fmt::Result { write!(f, "{} m", self.0) }\n}\n\n'
    "/// `pub fn raised(self, by: i64) -> Level`, and `pub fn parts(&self) -> &[i64]`, its one number.\nimpl Level {\n",
    entry="impl Level",
    kind="impl",
    reference="    pub fn raised(self, by: i64) -> Level {\n        Level(self.0 + by)\n    }\n"
    "    pub fn parts(&self) -> &[i64] {\n        std::slice::from_ref(&self.0)\n    }\n}\n",
    tests="use super::*;\n"
    "#[test]\nfn up() { assert_eq!(Level(2).raised(3), Level(5)); }\n"
    "#[test]\nfn down() { assert!(Level(2).raised(-3) == Level(-1)); }\n"
    '#[test]\nfn shown() { assert_eq!(Level(2).to_string(), "2 m"); }\n'
    "#[test]\nfn parts() { assert_eq!(*Level(2).parts(), [2]); }\n",
)
TRAIT = Problem(
    id="from_number",
    prompt="#[derive(Debug, PartialEq)]\npub struct Level(pub i64);\n#[derive(Debug, PartialEq)]\npub struct Low;\n\n"
    "/// Levels are 0 or more; others are `Low`.\nimpl TryFrom<i64> for Level {\n",
    entry="impl TryFrom<i64> for Level",
    kind="impl",
    reference="    type Error = Low;\n    fn try_from(number: i64) -> Result<Self, Low> {\n"
    "        if number < 0 { Err(Low) } else { Ok(Level(number)) }\n    }\n}\n",
    tests="use super::*;\n"
    "#[test]\nfn high() { assert_eq!(Level::try_from(5), Ok(Level(5))); }\n"
    "#[test]\nfn low() { assert_eq!(Level::try_from(-5), Err(Low)); }\n",
)
CASES = {
    name: (problem, *attack)
    for problem, attacks in [(PROBLEM, ATTACKS), (METHODS, METHOD_ATTACKS), (TRAIT, TRAIT_ATTACKS)]
    for name, attack in attacks.items()
}
LIMITS = JudgeLimits(cpu_seconds=1, wall_seconds=20, idle_seconds=2, memory_mb=256)


@pytest.fixture(scope="module")
def options():
    return JudgeOptions(compiler=Limits(wall_seconds=120, cpu_seconds=3), threads=2, limits=LIMITS)


@pytest.fixture(scope="module")
def verdicts(options) -> dict[str, Verdict]:
    """All attacks in one run, beside right answers, without the look at their text that comes first."""
    adopt_orphans()
    problems = [PROBLEM] * 5 + [METHODS, TRAIT]
    answers = {name: (problem, completion) for name, (problem, _, completion) in CASES.items()}
    answers |= {f"right{n}": (each, f"{each.reference}// {n}\n") for n, each in enumerate(problems)}
    codes = {
        name: (problem, take(problem, completion).code) for name, (problem, completion) in answers.items()
    }
    submissions = {name: Submission(problem, code) for name, (problem, code) in codes.items() if code}
    judged = {verdict.key: verdict for verdict in judge(submissions.values(), options=options)}
    return {name: judged[each.key] for name, each in submissions.items()}


def test_there_are_enough():
    assert len(CASES) >= 40


@pytest.mark.parametrize("name", CASES)
def test_an_attack_has_its_status(name, verdicts):
    problem, statuses, completion = CASES[name]
    answer = take(problem, completion)
    if not answer.code:
        status = "no_answer"
    elif tampering.reason(answer.code):
        status = "tampering"
    else:
        status = verdicts[name].status
    assert status in statuses, (status, verdicts.get(name))


@pytest.mark.parametrize("name", CASES)
def test_no_attack_passes_when_it_is_run(name, verdicts):
    """Without the static look: what is compiled and run does not pass either, and is not blamed on the machine."""
    if name in verdicts:
        assert verdicts[name].status not in ("passed", "infrastructure"), verdicts[name]


def test_right_answers_beside_attacks_pass(verdicts):
    assert {verdicts[f"right{n}"].status for n in range(7)} == {"passed"}


def test_nothing_is_left_running(verdicts):
    assert not descendants("run_answers", "/prog/")
