"""Summarize the questions and answers in a few lines: repositories, files, answers, failures, tokens, price.

    python scripts/qa/summarize_questions.py --asked asked.json --failed failed.parquet \\
        --snapshots */snapshot.json --licences */licence.json --counts */questions.json --out summary.txt
"""

from __future__ import annotations

import argparse
from collections import Counter

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_json, read_rows, write_text
from ferrule.qa.qa_tables import FAILED


def main() -> None:
    arguments = parse_arguments()
    text = "\n".join(lines_of(arguments)) + "\n"
    write_text(arguments.out, text)
    print(text, end="")


def lines_of(arguments: argparse.Namespace) -> list[str]:
    asked = read_json(arguments.asked)
    failed = Counter(row["reason"] for row in read_rows(arguments.failed, FAILED))
    lines = []
    for paths in zip(arguments.snapshots, arguments.licences, arguments.counts, strict=True):
        snapshot, licence, counts = map(read_json, paths)
        if licence["reason"]:
            lines.append(f"{snapshot['name']}: nothing asked, {licence['reason']}: {licence['detail']}")
            continue
        left_out = {reason: count for reason, count in licence["files_by_reason"].items() if reason}
        lines.append(
            f"{snapshot['name']} at {snapshot['commit'][:12]}, {licence['license']}: {counts['questions']:,} questions"
            f" about {counts['files']:,} files; files left out: {shown(left_out)}"
        )
    lines.append(f"asked: {asked['questions']:,} questions, {asked['answers']:,} answers")
    lines.append(f"without an answer that can be used: {shown(failed)}")
    tokens = asked["tokens"]
    lines.append(f"tokens: {tokens['prompt']:,} sent, {tokens['answer']:,} generated")
    if asked["price"] is not None:
        lines.append(f"price of all answers, cached ones too: {asked['price']:,.2f}")
    if asked["small_model"]:
        lines.append(
            "The answers are those of the small model: a demonstration. Set qa.server for real ones."
        )
    return lines


def shown(counts: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in sorted(counts.items())) or "none"


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, asked="asked.json", failed="failed.parquet", out="summary.txt")
    for name in ("snapshots", "licences", "counts"):
        parser.add_argument(f"--{name}", nargs="*", required=True, metavar="FILE", help="of each repository")
    return parser.parse_args()


if __name__ == "__main__":
    main()
