"""Grade the answers to executable tasks inside their crates: a verdict for each distinct one.

    python scripts/executable/grade_answers.py --problems problems.jsonl --tasks results/tasks/tasks.parquet \\
        --answers answers.jsonl --journal verdicts.journal --config config/config.yaml --threads 2 --out verdicts.jsonl

Verdicts go to the journal crate by crate; a killed run continues there, and its result is the same file. Answers without
code, or that manipulate the measurement, are not graded and have no line.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

import orjson

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_jsonl, write_jsonl
from ferrule.crates import cargo
from ferrule.evaluation.judging.submission import Verdict
from ferrule.evaluation.judging.verdict_journal import Journal, row_of
from ferrule.evaluation.problems.problem import read_problems, set_hash
from ferrule.grading.grading_arguments import add_grading, options_of
from ferrule.grading.many_crates import Graded, grade_by_crate
from ferrule.grading.task_rows import read_tasks, spec_of


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads what is compiled as another user
    options = options_of(arguments)
    problems = read_problems(arguments.problems)
    tasks = {task["id"]: task for task in read_tasks(arguments.tasks)}
    if missing := sorted(problems.keys() - tasks.keys()):
        sys.exit(f"{arguments.tasks} has no task {missing[0]}; delete {arguments.problems} and run again")
    answers = {
        row["key"]: row for row in read_jsonl(arguments.answers) if row["code"] and not row["tampering"]
    }
    parts = (cargo.toolchain()["version"], set_hash(problems.values()), asdict(options), arguments.code)
    identity = hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
    with Journal(arguments.journal, identity) as journal:
        todo: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for key, row in answers.items():
            if key not in journal.verdicts:
                todo[spec_of(tasks[row["task_id"]])].append((key, row["task_id"], row["code"]))
        folder = Path(arguments.tasks).parent / "crates"
        for done, graded in enumerate(grade_by_crate(folder, tasks, todo, options, arguments.threads), 1):
            for verdict in map(verdict_of, graded):
                if verdict.status == "infrastructure":
                    sys.exit(f"verdicts: {verdict.reason}")
                journal.add(verdict)
            print(f"verdicts: {done} of {len(todo)} crates", file=sys.stderr)
    write_jsonl(arguments.out, (row_of(journal.verdicts[key]) for key in sorted(answers)))
    journal.remove()


def verdict_of(graded: Graded) -> Verdict:
    result = graded.result
    return Verdict(
        graded.key,
        result.status,
        "run" if result.compiles else "compile",
        result.reason,
        result.error_code,
        result.tests_total,
        result.tests_passed,
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(
        parser,
        "out",
        problems="problems.jsonl of the set",
        answers="answers.jsonl",
        journal="verdicts until all are there",
    )
    parser.add_argument(
        "--code", default="", help="checksum of the code, so that another version starts anew"
    )
    add_grading(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
