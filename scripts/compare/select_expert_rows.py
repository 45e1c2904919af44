"""Keep those answers of a model that are good enough to train on: a round of expert iteration.

    python scripts/compare/select_expert_rows.py --round one --problems problems.jsonl \\
        --samples samples.jsonl --answers answers.jsonl --results results.jsonl --quality quality.jsonl \\
        --config '{"round": {"passed": true, "clippy_max": 2, "idiomatic_min": 0.7, "doc_min": 0.5}}' \\
        --out experts.jsonl --code-out code_only.jsonl --record experts.json

A row per distinct answer that is kept: prompt, gen, _id, _task_type, _source, _weight, and what it was an answer to.
code_only.jsonl has the code of the same rows as `text`, without prompt and fence.
experts.json says what was dropped and why. With nothing kept the step fails and prints that table.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import read_jsonl, write_json, write_jsonl
from ferrule.evaluation.comparison.expert_iteration import (
    REASONS,
    Candidate,
    Thresholds,
    code_only,
    kept,
)
from ferrule.evaluation.metrics.metrics_page import aligned
from ferrule.evaluation.metrics.outcomes import read_results
from ferrule.evaluation.problems.problem import read_problems, set_hash


def main() -> None:
    arguments = parse_arguments()
    try:
        thresholds = Thresholds.of(arguments.config["round"])
        problems = read_problems(arguments.problems)
        rows, record = kept(candidates(arguments, problems), thresholds)
    except ValueError as error:
        sys.exit(str(error))
    table = reasons(record)
    if not rows:
        sys.exit(
            f"no sample of {record['samples']:,} is good enough to train on; lower the thresholds of "
            f"experts.{arguments.round}, or sample more\n\n{table}"
        )
    about = {
        "round": arguments.round,
        "settings": arguments.config["round"],
        "problem_set": {"hash": set_hash(problems.values()), "problems": len(problems)},
    }
    write_jsonl(arguments.out, rows)
    write_jsonl(arguments.code_out, map(code_only, rows))
    write_json(arguments.record, about | record)
    print(
        f"{record['kept']:,} of {record['samples']:,} samples kept, of {record['problems']:,} problems\n\n{table}"
    )


def candidates(arguments: argparse.Namespace, problems: dict) -> list[Candidate]:
    def by_place(rows: Iterable) -> dict:
        return {(row["task_id"], row["sample"]): row for row in rows}

    answers, results = by_place(read_jsonl(arguments.answers)), by_place(read_results(arguments.results))
    quality = {row["key"]: row for row in read_jsonl(arguments.quality)}
    found = []
    for sample in read_jsonl(arguments.samples):
        place = sample["task_id"], sample["sample"]
        if place not in answers or place not in results or place[0] not in problems:
            raise ValueError(
                f"sample {place[1]} of {place[0]} is not in all files: they are not of one run; delete them, run again"
            )
        answer = answers[place]
        found.append(
            Candidate(sample, answer, results[place], quality.get(answer["key"]), problems[place[0]])
        )
    return found


def reasons(record: dict) -> str:
    samples = record["samples"] or 1
    rows = [
        [reason, f"{count:,}", f"{100 * count / samples:.1f} %", REASONS[reason]]
        for reason, count in record["dropped"].items()
    ]
    rows.append(["kept", f"{record['kept']:,}", f"{100 * record['kept'] / samples:.1f} %", ""])
    return aligned(["reason", "samples", "share", "meaning"], rows, left=(0, 3))


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument(
        "--round", default="experts", metavar="NAME", help="of the round, for messages and the record"
    )
    for name in ("problems", "samples", "answers", "results", "quality"):
        parser.add_argument(f"--{name}", required=True, help=f"{name}.jsonl")
    add_config(parser, "round")
    parser.add_argument("--out", required=True, help="the rows, JSONL")
    parser.add_argument("--code-out", required=True, help="their code alone, JSONL")
    parser.add_argument("--record", required=True, help="what was kept and dropped, JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
