"""Judge the reference of every problem of a set: what passes, and how much CPU time it needs.

    python scripts/problems/judge_references.py --problems problems.jsonl \\
        --crates results/problems/crates --config config/config.yaml --threads 2 --out references.json

    references.json    {id: {"status", "reason", "tests", "cpu_ms"}}; status "" where there is no reference

Limits of CPU time for answers are scaled to it. A reference that does not pass is a finding, not a failure.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import write_json
from ferrule.evaluation.judging.answer_judge import Infrastructure, judge
from ferrule.evaluation.judging.answer_layout import unusable
from ferrule.evaluation.judging.judge_arguments import add_judge, options_of
from ferrule.evaluation.judging.submission import Submission
from ferrule.evaluation.problems.problem import Problem, read_problems
from ferrule.sandbox.session import Unavailable

PATIENT = 60  # CPU seconds that a reference may take, if the usual limit is lower


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads what is compiled as another user
    problems = read_problems(arguments.problems)
    options = options_of(arguments)
    seconds = max(PATIENT, options.limits.cpu_seconds)
    options = replace(options, limits=replace(options.limits, cpu_seconds=seconds))
    rows = {
        id_: dict(status="", reason=unusable(problem), tests=0, cpu_ms=0.0)
        for id_, problem in problems.items()
    }
    references = [reference_of(p) for p in problems.values() if p.reference and not rows[p.id]["reason"]]
    ids = {submission.key: submission.problem.id for submission in references}
    try:
        for verdict in judge(references, options=options):
            rows[ids[verdict.key]] = dict(
                status=verdict.status,
                reason=verdict.reason,
                tests=verdict.tests_total,
                cpu_ms=round(verdict.cpu_ms, 1),
            )
    except (ValueError, Infrastructure, Unavailable) as error:
        sys.exit(f"references: {error}")
    write_json(arguments.out, rows)
    for id_, row in rows.items():
        if row["status"] != "passed":
            print(f"{id_}: {row['status'] or 'not judged'}: {row['reason'] or 'no reference'}")


def reference_of(problem: Problem) -> Submission:
    """The reference as a whole answer."""
    return Submission(problem, f"{problem.prompt}\n{problem.reference}")


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, "out", problems="problems.jsonl of the set")
    add_judge(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
