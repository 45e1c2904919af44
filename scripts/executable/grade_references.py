"""Grade the author's function of every task of a problem set.

    python scripts/executable/grade_references.py --problems problems.jsonl --tasks results/tasks/tasks.parquet \\
        --config config/config.yaml --threads 2 --out references.json

    references.json    {id: {"status", "reason", "tests", "cpu_ms"}}

A reference that does not pass is a fault of the machine or of the proof. It is written, and named in the log.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from pathlib import Path

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import write_json
from ferrule.evaluation.problems.problem import read_problems
from ferrule.grading.grading_arguments import add_grading, options_of
from ferrule.grading.many_crates import grade_by_crate
from ferrule.grading.task_rows import read_tasks, spec_of


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads what is compiled as another user
    problems = read_problems(arguments.problems)
    tasks = {task["id"]: task for task in read_tasks(arguments.tasks)}
    todo: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for id_ in problems:
        todo[spec_of(tasks[id_])].append((id_, id_, tasks[id_]["reference"]))
    folder = Path(arguments.tasks).parent / "crates"
    rows = {}
    for graded in grade_by_crate(folder, tasks, todo, options_of(arguments), arguments.threads):
        for one in graded:
            result = one.result
            rows[one.key] = dict(
                status=result.status, reason=result.reason, tests=result.tests_total, cpu_ms=0.0
            )
            if result.status != "passed":
                print(f"{one.key}: {result.status}: {result.reason}")
    write_json(arguments.out, rows)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, "out", problems="problems.jsonl of the set")
    add_grading(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
