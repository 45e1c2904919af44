"""Compile and run the answers to a problem set: a verdict for each distinct one.

    python scripts/evaluate/judge_answers.py --problems problems.jsonl --answers answers.jsonl \\
        --references references.json --crates results/problems/crates --journal verdicts.journal \\
        --config config/config.yaml --threads 2 --out verdicts.jsonl

Verdicts go to the journal as they come; a killed run continues there, and its result is the same file. Answers
without code, or that manipulate the measurement, are not compiled and have no line.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from dataclasses import asdict

import orjson

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_json, read_jsonl, write_jsonl
from ferrule.crates import cargo
from ferrule.crates.cargo import MachineError
from ferrule.evaluation.judging.answer_judge import Infrastructure, JudgeOptions, judge
from ferrule.evaluation.judging.judge_arguments import add_judge, batch_and_limits, cpu_limits, options_of
from ferrule.evaluation.judging.submission import Submission
from ferrule.evaluation.judging.verdict_journal import Journal, row_of
from ferrule.evaluation.problems.problem import Problem, read_problems, set_hash
from ferrule.sandbox.session import Unavailable

EVERY = 10  # seconds between two lines of progress


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads what is compiled as another user
    try:
        problems = read_problems(arguments.problems)
        options = options_of(
            arguments,
            cpu_limits(read_json(arguments.references), batch_and_limits(arguments.config["evaluate"])[1]),
        )
        submissions = read_submissions(arguments.answers, problems)
        with Journal(arguments.journal, identity(problems, options, arguments.code)) as journal:
            judge_all(submissions, journal, options)
    except (ValueError, MachineError, Infrastructure, Unavailable) as error:
        sys.exit(f"verdicts: {error}")
    write_jsonl(arguments.out, (row_of(journal.verdicts[key]) for key in sorted(submissions)))
    journal.remove()


def read_submissions(path: str, problems: dict[str, Problem]) -> dict[str, Submission]:
    """The answers that there is something to compile of, by their key."""
    found: dict[str, Submission] = {}
    for answer in read_jsonl(path):
        if not answer["code"] or answer["tampering"]:
            continue
        if answer["task_id"] not in problems:
            raise ValueError(f"{path}: no problem {answer['task_id']}")
        submission = Submission(problems[answer["task_id"]], answer["code"])
        if submission.key != answer["key"]:
            raise ValueError(f"{path}: the key of an answer to {answer['task_id']} is not that of its code")
        found[submission.key] = submission
    return found


def identity(problems: dict[str, Problem], options: JudgeOptions, code: str) -> str:
    """What verdicts depend on: toolchain, problems, limits, and our own code."""
    parts = (
        cargo.toolchain()["version"],
        set_hash(problems.values()),
        options.mode,
        asdict(options.compiler),
        asdict(options.limits),
        options.cpu,
        code,
    )
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def judge_all(submissions: dict[str, Submission], journal: Journal, options: JudgeOptions) -> None:
    left = [submission for key, submission in submissions.items() if key not in journal.verdicts]
    before, began = len(submissions) - len(left), time.monotonic()
    told = began
    if before:
        print(f"verdicts: {before} of {len(submissions)} are in the journal", file=sys.stderr)
    for done, verdict in enumerate(judge(left, options=options), 1):
        journal.add(verdict)
        if (now := time.monotonic()) - told > EVERY:
            told, rate = now, done / (now - began)
            print(f"verdicts: {before + done} of {len(submissions)}, {rate:.1f} a second", file=sys.stderr)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(
        parser,
        problems="problems.jsonl of the set",
        answers="answers.jsonl",
        references="references.json, for the limits of CPU time",
        journal="verdicts until all are there",
        out="verdicts.jsonl",
    )
    parser.add_argument(
        "--code", default="", help="checksum of the code, so that another version starts anew"
    )
    add_judge(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
