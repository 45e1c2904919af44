"""Read the answers: exchanges of question and answer, and a reason for each answer that cannot be used.

    python scripts/qa/read_answers.py --questions questions.parquet --turns turns.parquet --config config/config.yaml \\
        --out exchanges.parquet --failed failed.parquet

Nothing is asked here: a changed reader reads the same answers again. A follow-up of an answer that cannot be used is left
out with it, under the reason of the first.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import read_rows, write_rows
from ferrule.qa.prompts import user_turn
from ferrule.qa.qa_tables import EXCHANGES, FAILED, QUESTIONS, TURNS
from ferrule.qa.reading import Unread, read
from ferrule.qa.rust_blocks import blocks


def main() -> None:
    arguments = parse_arguments()
    settings = arguments.config["qa"]
    structured = settings["structured"]
    if structured == "auto":
        structured = "text" if settings["server"] is None else "schema"
    turns: dict[str, list[dict]] = defaultdict(list)
    for row in read_rows(arguments.turns, TURNS):
        turns[row["id"]].append(row)
    exchanges, failed = [], []
    for path in arguments.questions:
        for question in read_rows(path, QUESTIONS):
            for fine, row in rows_of(
                question, turns.get(question["id"], []), structured, settings["cut_off"]
            ):
                (exchanges if fine else failed).append(row)
    write_rows(arguments.out, exchanges, EXCHANGES)
    write_rows(arguments.failed, failed, FAILED)
    print(f"{len(exchanges)} exchanges, {len(failed)} questions without an answer that can be used")


def rows_of(question: dict, turns: list[dict], structured: str, cut_off: str) -> Iterator[tuple[bool, dict]]:
    """(True, a row of EXCHANGES) for each turn, or (False, a row of FAILED) for the first that has none."""
    place = {name: question[name] for name in ("id", "repository", "path", "kind")}
    for turn in turns:
        said = {name: turn[name] for name in ("turn", "key", "at")}
        if turn["reason"]:
            yield False, place | said | dict(reason=turn["reason"], detail=turn["detail"])
            return
        found = read(turn["text"], turn["finish_reason"], structured, cut_off)
        if isinstance(found, Unread):
            yield False, place | said | dict(reason=found.reason, detail=found.detail)
            return
        asked = found.question or turn["wording"]
        about = {name: question[name] for name in ("sha256", "start", "end", "language", "name", "code")}
        yield (
            True,
            place
            | said
            | about
            | dict(
                question=asked,
                user=asked if turn["turn"] else user_turn(asked, question),
                answer=found.answer,
                rust=blocks(found.answer),
                tokens=turn["tokens"],
                prompt_tokens=turn["prompt_tokens"],
            ),
        )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument(
        "--questions", nargs="*", required=True, metavar="FILE", help="questions.parquet of each repository"
    )
    add_files(
        parser, turns="the answers as they were given", out="exchanges", failed="questions without an answer"
    )
    add_config(parser, "qa")
    return parser.parse_args()


if __name__ == "__main__":
    main()
