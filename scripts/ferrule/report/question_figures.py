"""Questions and answers of a results folder: counts and some of them, from the SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ferrule.report.results_folder import Results

FILE = "qa/qa.sqlite"
TABLES = {
    "TrainingSamples": "questions with an answer",
    "ConversationTurns": "turns",
    "FileHashes": "files asked about",
    "FailedFiles": "files without an answer",
}
EXAMPLES = 6
SHOWN = 4_000  # characters of a turn


@dataclass
class Questions:
    """The content of the SQLite file."""

    counts: list[tuple[str, int]]
    reasons: list[tuple[str, int]]  # why files have no answer, the most frequent first
    examples: list[list[tuple[str, str]]]  # turns: role and text


def questions(results: Results) -> Questions | None:
    return results.read(FILE, _questions)


def _questions(path: Path) -> Questions:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            there = {
                name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            counts = [
                (label, database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
                for table, label in TABLES.items()
                if table in there
            ]
            reasons = (
                database.execute(
                    "SELECT reason, count(*) FROM FailedFiles GROUP BY reason ORDER BY count(*) DESC, reason LIMIT 20"
                ).fetchall()
                if "FailedFiles" in there
                else []
            )
            return Questions(
                counts, reasons, list(_examples(database)) if "ConversationTurns" in there else []
            )
    except sqlite3.Error as error:
        raise ValueError(str(error)) from None


def _examples(database: sqlite3.Connection) -> Iterator[list[tuple[str, str]]]:
    """Conversations from all over the table."""
    ids = [
        id
        for (id,) in database.execute("SELECT DISTINCT sample_id FROM ConversationTurns ORDER BY sample_id")
    ]
    step = max(1, len(ids) // EXAMPLES)
    for id in ids[::step][:EXAMPLES]:
        turns = database.execute(
            "SELECT role, content FROM ConversationTurns WHERE sample_id IS ? ORDER BY turn_index", (id,)
        )
        yield [(role or "", (content or "")[:SHOWN]) for role, content in turns]
