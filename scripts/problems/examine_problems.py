"""Examine a problem set: do references pass, do empty bodies fail, do the tests catch wrong programs?

    python scripts/problems/examine_problems.py --problems results/problems/own/problems.jsonl \\
        --equivalent resources/problems/equivalent_mutants.tsv --config config/config.yaml \\
        --out results/problems/own/exam.json --table results/problems/own/exam.md

What is asked of a set is in `ferrule.evaluation.exam.examination`. A weak set is a finding and no fault of the run: the exit code
is 0, unless `--strict` is given, which lists what is weak and ends with 1.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import write_json, write_text
from ferrule.core.reasons import WeakSpot
from ferrule.evaluation.exam.examination import (
    KILLED,
    Examined,
    examine,
    listed_wrongly,
    read_equivalent,
)
from ferrule.evaluation.judging.answer_judge import JudgeOptions, judge
from ferrule.evaluation.judging.judge_arguments import add_judge, options_of
from ferrule.evaluation.judging.submission import Submission, Verdict
from ferrule.evaluation.problems.problem import Problem, read_problems, set_hash

PATIENCE = 10  # times the CPU time of the reference: a wrong program that needs more has been caught


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads what is compiled as another user
    problems = list(read_problems(arguments.problems).values())
    try:
        equivalent = read_equivalent(arguments.equivalent) if arguments.equivalent else {}
    except (OSError, ValueError) as error:
        sys.exit(f"{error}")
    report = examine(problems, Judged(options_of(arguments)), equivalent)
    wrong = listed_wrongly(problems, report, equivalent)
    figures = summary(problems, report, wrong)
    write_json(arguments.out, dict(set=figures, problems=[row(found) for found in report]))
    write_text(arguments.table, table(figures, report))
    lines = [f"{found.id}: {', '.join(found.weak())}" for found in report if found.weak()] + wrong
    print(
        f"{len(problems)} problems, {len(lines)} findings; {figures['killed']} of {figures['counted']} mutants died"
    )
    if arguments.strict and lines:
        sys.exit("\n".join(lines))


class Judged:
    """The judge; what the references took, which come first, says how long their mutants may take."""

    def __init__(self, options: JudgeOptions):
        self.options = options

    def __call__(self, submissions: list[Submission]) -> Iterator[Verdict]:
        problem_of = {submission.key: submission.problem.id for submission in submissions}
        first, cpu = not self.options.cpu, {}
        for verdict in judge(submissions, options=self.options):
            cpu[problem_of[verdict.key]] = max(1, math.ceil(PATIENCE * verdict.cpu_ms / 1000))
            yield verdict
        if first:
            self.options = replace(self.options, cpu=cpu)


def summary(problems: list[Problem], report: list[Examined], wrong: list[str]) -> dict:
    """The figures of the set."""
    weak = {reason: [found.id for found in report if reason in found.weak()] for reason in WeakSpot}
    killed, counted = sum(found.died for found in report), sum(found.counted for found in report)
    return dict(
        hash=set_hash(problems),
        problems=len(report),
        references_pass=sum(found.reference == "passed" for found in report),
        todo_fails=sum(found.todo not in ("", "passed", "infrastructure") for found in report),
        default_fails=sum(found.default not in ("", "passed", "infrastructure") for found in report),
        mutants=sum(found.mutants for found in report),
        not_compiled=sum(found.not_compiled for found in report),
        equivalent=sum(len(found.equivalent) for found in report),
        counted=counted,
        killed=killed,
        killed_share=share(killed, counted),
        under=sum("survivors" in found.weak() for found in report),
        unknown=sum(found.unknown for found in report),
        weak={reason: ids for reason, ids in weak.items() if ids},
        listed_wrongly=wrong,
    )


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def row(found: Examined) -> dict:
    return asdict(found) | dict(
        counted=found.counted, killed=share(found.died, found.counted), weak=found.weak()
    )


def table(figures: dict, report: list[Examined]) -> str:
    """exam.md: the set, what is weak, what survived."""
    killed = "-" if figures["killed_share"] is None else f"{figures['killed_share']:.1%}"
    lines = [
        "# Exam of the problem set",
        "",
        "| what | figure |",
        "| --- | ---: |",
        f"| problems | {figures['problems']} |",
        f"| references that pass | {figures['references_pass']} |",
        f"| `todo!()` fails | {figures['todo_fails']} |",
        f"| `Default::default()` fails or does not compile | {figures['default_fails']} |",
        f"| mutants that compile and are not listed as equivalent | {figures['counted']} of {figures['mutants']} |",
        f"| of these killed | {figures['killed']} ({killed}) |",
        f"| problems whose tests kill less than {KILLED:.0%} | {figures['under']} |",
        f"| mutants listed as equivalent | {figures['equivalent']} |",
    ]
    if figures["unknown"]:
        lines.append(f"| not known, because the machine failed | {figures['unknown']} |")
    lines += ["", "## What is weak", ""]
    lines += [
        f"- {WeakSpot(reason).meaning} ({len(ids)}): {', '.join(ids)}"
        for reason, ids in figures["weak"].items()
    ]
    lines += [f"- wrongly listed as equivalent: {each}" for each in figures["listed_wrongly"]]
    if lines[-1] == "":
        lines.append("Nothing.")
    lines += [
        "",
        "## Problems",
        "",
        "| problem | reference | todo | default | killed | weak |",
        "| --- | --- | --- | --- | ---: | --- |",
    ]
    for found in report:
        died = f"{found.died} of {found.counted}"
        cells = [found.id, found.reference, found.todo, found.default, died, ", ".join(found.weak())]
        lines.append(f"| {' | '.join(cell or '-' for cell in cells)} |")
    reasons = [f"- {found.id}: {found.reason}" for found in report if found.reason]
    if reasons:
        lines += ["", "## Why references do not pass", "", *reasons]
    survivors = [f"- {found.id}: `{name}`" for found in report for name in found.survived]
    if survivors:
        lines += ["", "## Mutants that survive", "", *survivors]
    return "\n".join(lines) + "\n"


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(
        parser, problems="problems.jsonl of the set", out="everything, as JSON", table="the same for readers"
    )
    parser.add_argument(
        "--equivalent", type=Path, help="table of mutants that mean the same as the reference"
    )
    parser.add_argument("--strict", action="store_true", help="exit code 1 if anything is weak")
    add_judge(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
