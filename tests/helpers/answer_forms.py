"""The reference of a problem, given in the forms in which models give answers.

Each is a right answer: it has to pass like the reference itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ferrule.evaluation.answers.assembly import layout
from ferrule.evaluation.answers.continuation import level
from ferrule.evaluation.answers.extraction import take
from ferrule.evaluation.judging.answer_judge import JudgeOptions, judge
from ferrule.evaluation.judging.submission import Submission
from ferrule.evaluation.problems.problem import Problem
from ferrule.rust.items import Code

# What a whole file has around its entry item. The names are in no problem.
HELPERS = """\
use std::collections::BTreeMap as AnswerMap;
use std::fmt::{self as answer_fmt, Display as _};

/// Keeps what was `{` counted: '"' and "}" are no brackets.
#[derive(Debug, Clone, PartialEq)]
struct AnswerTally<'a> {
    words: AnswerMap<&'a str, usize>,
}

impl<'a> AnswerTally<'a> {
    fn new() -> Self {
        let _open = ['{', '"', '\\''];
        let _text = r#"} " fn main() {"#;
        AnswerTally { words: AnswerMap::new() }
    }
}

fn answer_helper(n: u64) -> u64 {
    fn inner(n: u64) -> u64 { n + 1 }
    inner(n)
}
"""
BEHIND = """
#[cfg(test)]
mod answer_tests {
    use super::*;

    #[test]
    fn tally() {
        assert_eq!(AnswerTally::new().words.len(), 0);
    }
}

fn main() {
    println!("{} {:?}", answer_helper(1), AnswerTally::new());
}
"""
BEFORE_PROSE = "Sure! Here's what you're asking for; it doesn't need anything else (I think):"
AFTER_PROSE = "It's O(n): the loop doesn't allocate. Let me know if you'd like \"tests\" as well!"


def forms(problem: Problem) -> dict[str, str]:
    """The forms by name. One that cannot be made of this reference is left out."""
    code = Code(problem.reference)
    stop, end = level(code)
    assert end == "closed", f"{problem.id}: the reference does not close its entry item"
    start = len(layout(problem).context)
    entry = problem.prompt[start:].lstrip("\n") + problem.reference
    context = problem.prompt[:start]
    file = f"#![allow(dead_code)]\n{context}{HELPERS}\n{entry}{BEHIND}"
    made = {
        "body_closed": problem.reference,
        "body_closed_running_on": problem.reference.rstrip()
        + "\n\nfn answer_unfinished(n: u64) -> u64 {\n    le",
        "body_closed_and_prose": f"{problem.reference.rstrip()}\n```\n\n{AFTER_PROSE}\n",
        "function": entry,
        "function_public": public(problem, entry),
        "prompt_repeated": problem.prompt + problem.reference,
        "file": file,
        "file_windows": "\ufeff" + file.replace("\n", "\r\n"),
        "function_in_fence": f"```rust\n{entry}\n```\n",
        "function_in_fence_and_prose": f"{BEFORE_PROSE}\n\n```rust\n{entry}\n```\n\n{AFTER_PROSE}\n",
        "function_in_tildes": f"~~~rs\n{entry}\n~~~",
        "function_in_prose": f"{BEFORE_PROSE}\n\n{entry.rstrip()}\n\n{AFTER_PROSE}\n",
        "file_in_fence": f"{BEFORE_PROSE}\r\n```\r\n" + file.replace("\n", "\r\n") + "```\r\n",
        "file_in_open_fence": f"```rust\n{file}",
        "file_after_other_fences": f"Add nothing:\n```toml\n[dependencies]\n```\nthen\n```rust\n{file}\n```\n",
        "function_indented": "1. Like this:\n\n   ```rust\n" + indented(entry) + "\n   ```\n",
        "after_thoughts": f"<think>\nMaybe\n```rust\nfn wrong() {{\n```\n</think>\n```rust\n{entry}\n```",
        "body_closed_in_fence": f"{BEFORE_PROSE}\n```rust\n{problem.reference}\n```",
        "helper_in_earlier_fence": helper_apart(problem, entry),
    }
    if not code.items(stop + 1)[0]:
        made["body"] = problem.reference[: code.tokens[stop].start]
        made["body_in_fence"] = f"The body:\n```rust\n{made['body']}```\n"
    return made


def public(problem: Problem, entry: str) -> str:
    """With `pub`, an attribute and other spacing, where the entry item is a plain function."""
    name = re.escape(problem.entry)
    return re.sub(rf"^fn {name}\b", f"#[inline]\npub  fn\n  {problem.entry} ", entry, count=1, flags=re.M)


def indented(text: str) -> str:
    lines = text.split("\n")
    if any('"' in line and line.count('"') % 2 for line in lines):
        return text  # a string over several lines would change
    return "\n".join(f"   {line}" if line.strip() else line for line in lines)


def helper_apart(problem: Problem, entry: str) -> str:
    """A helper in one fence, the entry item that uses it in the next."""
    name = "answer_helper"
    if problem.kind == "impl":
        used = f"{entry}\nconst ANSWER: u64 = {name}(1);"
    else:
        at = len(entry) - len(problem.reference)
        used = f"{entry[:at]}\nlet _ = {name}(1);\n{entry[at:]}"
    helper = f"/// One more.\nconst fn {name}(n: u64) -> u64 {{\n    n + 1\n}}"
    return f"First a helper:\n```rust\n{helper}\n```\nThen\n```rust\n{used}\n```\n"


def not_passed(problems: Iterable[Problem], options: JudgeOptions) -> list[tuple]:
    """(problem, form, what became of it) of every form of every reference that does not pass."""
    wrong, submissions = [], {}
    for problem in problems:
        for name, text in forms(problem).items():
            answer = take(problem, text)
            if not answer.code:
                wrong.append((problem.id, name, answer.reason))
            else:
                submissions.setdefault(Submission(problem, answer.code), []).append((problem.id, name))
    verdicts = {verdict.key: verdict for verdict in judge(submissions, options=options)}
    for submission, which in submissions.items():
        verdict = verdicts[submission.key]
        if verdict.status != "passed":
            wrong += [(*each, f"{verdict.status}: {verdict.reason}") for each in which]
    return wrong
