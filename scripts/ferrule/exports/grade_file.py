"""Grade one file: python -m ferrule.exports.grade_file --tasks FOLDER --answer answer.rs --reward reward.json

FOLDER has one task, as `snakemake tasks` writes them. The reward file has `reward` (1 or 0) and partial credit beside it. A
task that cannot be graded, because the crate or the machine is at fault, gives no reward file and exit code 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ferrule.core.command_line import parser_of
from ferrule.core.reasons import AnswerStatus
from ferrule.grading.crate_grader import CrateGrader, GradeOptions, Result, TaskGone
from ferrule.grading.task_rows import read_tasks, spec_of
from ferrule.sandbox.setup import Unavailable


def main() -> None:
    arguments = parse_arguments()
    text = arguments.answer.read_text(errors="replace") if arguments.answer.is_file() else ""
    (task,) = read_tasks(arguments.tasks / "tasks.parquet")
    crate = arguments.tasks / "crates" / spec_of(task)
    try:
        result = graded(crate, task, text, arguments.sandbox)
    except (TaskGone, Unavailable) as error:
        sys.exit(f"not graded: {error}")
    if result.status == AnswerStatus.INFRASTRUCTURE:
        sys.exit(f"not graded: {result.reason}")
    figures = dict(reward=result.score, compiles=float(result.compiles), tests_passed=result.share)
    arguments.reward.write_text(json.dumps(figures) + "\n")
    print(result.status, result.reason)


def graded(crate: Path, task, text: str, sandbox: str) -> Result:
    """In a sandbox; inside a container that allows none, the container has to do."""
    modes = ["bubblewrap", "none"] if sandbox == "auto" else [sandbox]
    for mode in modes:
        try:
            with CrateGrader(crate, [task], GradeOptions(mode=mode)) as grader:
                return grader.grade([(task["id"], text)])[0]
        except Unavailable:
            if mode == modes[-1]:
                raise
    raise AssertionError("the last mode returns or raises")


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--tasks", type=Path, required=True, metavar="FOLDER", help="a folder of one task")
    parser.add_argument("--answer", type=Path, required=True, metavar="FILE", help="what to grade")
    parser.add_argument("--reward", type=Path, required=True, metavar="FILE", help="where the figures go")
    parser.add_argument(
        "--sandbox",
        choices=["auto", "bubblewrap", "none"],
        default="auto",
        help="auto: bubblewrap, or none where the container allows none",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
