"""Cut the files of a repository into pieces, and choose the questions about each.

    python scripts/qa/make_questions.py --files files.parquet --objects objects.git --prompts resources/qa/prompts.yaml \\
        --config config/config.yaml --out questions.parquet --counts questions.json

The id of a question depends on the piece, not on its place: a moved file and an unchanged function of a changed file ask
nothing again. A piece that the repository has twice is asked about once.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import read_rows, write_json, write_rows
from ferrule.core.schemas import identity
from ferrule.qa.git import Store
from ferrule.qa.pieces import Limits, cut
from ferrule.qa.prompts import PromptError, Prompts
from ferrule.qa.qa_tables import QUESTIONS, REPOSITORY_FILES
from ferrule.rust import syntax


def main() -> None:
    arguments = parse_arguments()
    settings = arguments.config["qa"]
    try:
        prompts = Prompts.read(arguments.prompts)
        questions, empty = all_questions(arguments, prompts, settings)
    except PromptError as error:
        sys.exit(str(error))
    write_rows(arguments.out, questions, QUESTIONS)
    counts = dict(
        questions=len(questions),
        files=len({row["path"] for row in questions}),
        by_kind=Counter(row["kind"] for row in questions),
        by_language=Counter(row["language"] for row in questions),
        nothing_to_ask=empty,  # files without a piece that is long enough
    )
    write_json(arguments.counts, counts)
    print(
        f"{counts['questions']} questions about {counts['files']} files, {len(empty)} files without a piece"
    )


def all_questions(arguments, prompts: Prompts, settings: dict) -> tuple[list[dict], list[str]]:
    """The questions, and the paths of files that have none."""
    limits = Limits(**arguments.config["chunks"])
    files = [row for row in read_rows(arguments.files, REPOSITORY_FILES) if not row["reason"]]
    store, questions, empty = Store(Path(arguments.objects)), [], []
    seen: set[str] = set()
    for row, (_, source) in zip(files, store.contents(row["oid"] for row in files), strict=True):
        pieces = cut(row["language"], source, limits)
        if not pieces:
            empty.append(row["path"])
        for piece in pieces:
            code = source[piece.start : piece.end].decode(errors="replace")
            if row["language"] == "rust":
                code = syntax.dedent(code, syntax.indentation(source, piece.start))
            code = code.strip("\n")
            about = dict(code=code, context=piece.context, name=piece.name, language=row["language"])
            piece_id = identity("piece", *about.values())
            if piece_id in seen:
                continue
            seen.add(piece_id)
            kinds = prompts.chosen(
                piece_id,
                row["language"],
                settings["kinds"],
                settings.get("per_piece"),
                settings.get("seed", 0),
            )
            place = {name: row[name] for name in ("repository", "path", "sha256")}
            place |= dict(start=piece.start, end=piece.end)
            questions += [dict(id=identity(piece_id, kind), kind=kind) | place | about for kind in kinds]
    return questions, empty


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, files="files.parquet", prompts="templates", out="the questions", counts="how many")
    parser.add_argument("--objects", required=True, metavar="FOLDER", help="bare repository with the commit")
    add_config(parser, "qa", "chunks")
    return parser.parse_args()


if __name__ == "__main__":
    main()
