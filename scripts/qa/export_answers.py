"""Export the conversations of the database in a format that trainers read.

    python scripts/qa/export_answers.py --database results/qa/qa.sqlite --format alpaca \\
        --templates resources/chat_templates --out alpaca.jsonl

The formats are csv, alpaca, chatml, llama3, mistral, gemma and sharegpt; the order is that of the sources.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import atomic
from ferrule.qa.database import conversations
from ferrule.qa.export_formats import SUFFIXES, export_lines


def main() -> None:
    arguments = parse_arguments()
    found = (
        (sample["dataset_source"], [(role, content) for role, content, _ in sample["turns"]])
        for sample in conversations(arguments.database)
    )
    count = 0
    try:
        with atomic(arguments.out) as temporary, open(temporary, "wb") as out:
            for line in export_lines(arguments.format, found, arguments.templates):
                out.write(line)
                count += 1
    except sqlite3.Error as error:
        sys.exit(f"{arguments.database}: {error}; run `snakemake qa` to make it")
    except OSError as error:
        sys.exit(
            f"{arguments.out}: {error.strerror}; free some space or choose another place, then run again"
        )
    print(f"{arguments.format}: {count} lines")


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, database="qa.sqlite", out="the export")
    parser.add_argument("--format", required=True, choices=SUFFIXES)
    parser.add_argument(
        "--templates", default="resources/chat_templates", metavar="FOLDER", help="chat templates"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
