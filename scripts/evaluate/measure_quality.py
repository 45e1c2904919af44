"""Measure the quality of answers: clippy, idioms, documentation, shape, and what a pre-filter would say.

    python scripts/evaluate/measure_quality.py --problems problems.jsonl --answers answers.jsonl \\
        --verdicts verdicts.jsonl --crates results/problems/crates --config config/config.yaml \\
        --threads 2 --out quality.jsonl

One row per distinct answer that has code, in the order of their first sample. Clippy is asked about those that
compile, in the sandbox.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import read_jsonl, write_jsonl
from ferrule.evaluation.metrics.outcomes import compiled
from ferrule.evaluation.problems.problem import Problem, read_problems
from ferrule.evaluation.quality.answer_quality import Answer, Options, quality_of
from ferrule.sandbox.sandbox_arguments import sandbox_of
from ferrule.sandbox.setup import Unavailable


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads the answers as another user
    problems = read_problems(arguments.problems)
    verdicts = {row["key"]: row for row in read_jsonl(arguments.verdicts)}
    answers: dict[str, Answer] = {}
    for row in read_jsonl(arguments.answers):
        if row["key"]:
            answers[row["key"]] = answer_of(row, problems[row["task_id"]], verdicts.get(row["key"]))
    try:
        rows = quality_of(list(answers.values()), options(arguments))
    except Unavailable as error:
        sys.exit(str(error))
    write_jsonl(arguments.out, ({"key": key} | row for key, row in zip(answers, rows, strict=True)))


def answer_of(row: dict, problem: Problem, verdict: dict | None) -> Answer:
    return Answer(
        row["code"],
        problem.prompt,
        problem.instruction,
        problem.edition,
        problem.crates,
        # An answer that manipulates the measurement has no verdict, and is not given to clippy either.
        compiles=verdict is not None and compiled(verdict["status"], verdict["stage"]),
        needs_main=problem.entry == "main" or "fn main" in problem.instruction,
    )


def options(arguments: argparse.Namespace) -> Options:
    mode, limits = sandbox_of(arguments.config)
    settings = arguments.config["evaluate"]
    return Options(
        mode,
        limits,
        arguments.threads,
        settings.get("batch", Options.batch),
        crates=arguments.crates,
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, "problems", "answers", "verdicts", "out")
    parser.add_argument("--crates", type=Path, help="folder of the external crates that answers may use")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="runs of clippy at the same time")
    add_config(parser, "evaluate", "sandbox")
    return parser.parse_args()


if __name__ == "__main__":
    main()
