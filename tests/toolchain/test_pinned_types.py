"""What the clean module holds an answer to, beside the entry function's signature."""

from dataclasses import replace

import pytest

from ferrule.evaluation.judging.answer_judge import JudgeOptions, judge
from ferrule.evaluation.judging.pinned_types import pins
from ferrule.evaluation.judging.submission import Submission
from ferrule.evaluation.problems.problem import Problem

QUEUE = Problem(
    id="queue",
    prompt="#[derive(Debug, Clone)]\npub struct Queue<T> { items: Vec<T> }\n\n/// `front`, `take_all`.\nimpl<T> Queue<T> {\n",
    entry="impl<T> Queue<T>",
    kind="impl",
    reference="    pub fn front(&self) -> Option<&T> { self.items.first() }\n"
    "    pub fn take_all(self, most: usize) -> impl Iterator<Item = T> { self.items.into_iter().take(most) }\n"
    "    fn spare(&self) -> u8 { 0 }\n}\n",
    tests="use super::*;\n#[test]\nfn both() { let q = Queue { items: vec![1, 2] }; assert_eq!(q.front(), Some(&1));\n"
    "assert_eq!(q.clone().take_all(1_usize).collect::<Vec<_>>(), [1]); }\n",
)
FRONT = "pub fn front(&self) -> Option<&T> { self.items.first() }"
TAKE_ALL = (
    "pub fn take_all(self, most: usize) -> impl Iterator<Item = T> { self.items.into_iter().take(most) }"
)
LIAR = "#[derive(Debug)] pub struct Liar; impl<T> PartialEq<Option<T>> for Liar { fn eq(&self, _: &Option<T>) -> bool { true } }"

ANSWERS = {
    "as the reference": (FRONT + TAKE_ALL, "", "passed"),
    "another iterator": (
        FRONT
        + "pub fn take_all(mut self, most: usize) -> std::vec::IntoIter<T> { self.items.truncate(most); self.items.into_iter() }",
        "",
        "passed",
    ),
    "wider parameters": (
        FRONT + TAKE_ALL.replace("usize", "impl Into<usize>").replace("(most)", "(most.into())"),
        "",
        "passed",
    ),
    "helpers of its own": (FRONT + TAKE_ALL + "fn len(&self) -> usize { 0 } fn next(&self) {}", "", "passed"),
    "clone of its own": (FRONT + TAKE_ALL + "fn clone(&self) -> Self { loop {} }", "", "compile_error"),
    "another result": ("pub fn front(&self) -> Liar { Liar }" + TAKE_ALL, LIAR, "compile_error"),
}


@pytest.fixture(scope="module")
def verdicts():
    codes = {n: f"{QUEUE.prompt}{methods} }}\n{behind}\n" for n, (methods, behind, _) in ANSWERS.items()}
    submissions = {name: Submission(QUEUE, code) for name, code in codes.items()}
    judged = {verdict.key: verdict for verdict in judge(submissions.values(), options=JudgeOptions())}
    return {name: judged[submission.key] for name, submission in submissions.items()}


@pytest.mark.parametrize("name", ANSWERS)
def test_types_of_results_are_held_and_nothing_else(name, verdicts):
    assert verdicts[name].status == ANSWERS[name][-1], verdicts[name]


def test_only_what_tests_call_is_held():
    text = pins(QUEUE)
    assert "__pinned_front" in text and "__pinned_take_all" in text and "spare" not in text


def test_without_a_reference_methods_are_free():
    assert "__pinned" not in pins(Problem(**{**QUEUE.to_row(), "reference": ""}))


# A function that the tests need besides the entry function: `decode` has to be the reference's.
CODEC = Problem(
    id="codec",
    prompt="/// Shifts every letter; `decode` shifts it back.\npub fn encode(text: &str) -> String {\n",
    entry="encode",
    reference="    text.chars().rev().collect()\n}\npub fn decode(text: &str) -> String { text.chars().rev().collect() }\n",
    names=("decode",),
    tests='use super::*;\n#[test]\nfn both() { assert_eq!(decode(&encode("ab")), "ab"); assert_eq!(encode("ab"), "ba"); }\n',
)
ENCODE = "    text.chars().rev().collect()\n}\n"
EQUAL_TO_ALL = (
    "#[derive(Debug)] pub struct Liar; impl PartialEq<&str> for Liar { fn eq(&self, _: &&str) -> bool { true } }"
    " impl PartialEq<str> for Liar { fn eq(&self, _: &str) -> bool { true } }\n"
)
DECODERS = {
    "as the reference": (CODEC.reference, "passed"),
    "wider": (
        ENCODE + "pub fn decode<T: AsRef<str>>(t: T) -> String { t.as_ref().chars().rev().collect() }\n",
        "passed",
    ),
    "equal to everything": (
        ENCODE + "pub fn decode(_: &str) -> Liar { Liar }\n" + EQUAL_TO_ALL,
        "compile_error",
    ),
    "missing": (ENCODE, "compile_error"),
}


def test_further_functions_have_the_types_of_the_reference():
    submissions = {name: Submission(CODEC, CODEC.prompt + text) for name, (text, _) in DECODERS.items()}
    judged = {verdict.key: verdict.status for verdict in judge(submissions.values(), options=JudgeOptions())}
    found = {name: judged[submission.key] for name, submission in submissions.items()}
    assert found == {name: status for name, (_, status) in DECODERS.items()}


def test_unsafe_code_is_refused_where_nothing_of_the_problem_has_any():
    code = CODEC.prompt + CODEC.reference.replace(
        "text.chars()", "unsafe { text.get_unchecked(..) }.chars()", 1
    )
    needing = replace(CODEC, id="needing", reference=code.removeprefix(CODEC.prompt))
    mentioned = CODEC.prompt + "    // unsafe\n" + CODEC.reference
    asked = [Submission(CODEC, code), Submission(needing, code), Submission(CODEC, mentioned)]
    judged = {verdict.key: verdict for verdict in judge(asked, options=JudgeOptions())}
    assert [judged[each.key].status for each in asked] == ["compile_error", "passed", "passed"]
    assert judged[asked[0].key].reason.startswith("unsafe code")
