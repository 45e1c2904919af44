"""The database: the four tables of the published pipeline, and a table for the version of their columns.

    with Database.open("results/qa/qa.sqlite") as database:
        database.replace(samples, files, failed)        # in one transaction: all of it or nothing

Numbers (`sample_id` ...) are made of content, so they are the same in every run and stay when others are added. Times are
those of the answers. A database of an older version is migrated; the version is in `PRAGMA user_version`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ferrule.core.schemas import identity

SECONDS = 30.0  # to wait for another program that has the database locked

# The steps from one version to the next; step N makes version N + 1. Never change one: add another.
MIGRATIONS = [
    """
    CREATE TABLE TrainingSamples (
        sample_id INTEGER PRIMARY KEY,
        dataset_source VARCHAR NOT NULL,
        creation_date TIMESTAMP,
        model_type_intended VARCHAR,
        sample_quality_score REAL,
        is_multiturn BOOLEAN NOT NULL
    );
    CREATE TABLE ConversationTurns (
        turn_id INTEGER PRIMARY KEY,
        sample_id INTEGER NOT NULL REFERENCES TrainingSamples (sample_id) ON DELETE CASCADE,
        turn_index INTEGER NOT NULL,
        role VARCHAR NOT NULL CHECK (role IN ('user', 'assistant')),
        content TEXT NOT NULL,
        is_label BOOLEAN NOT NULL,
        metadata_json TEXT,
        UNIQUE (sample_id, turn_index)
    );
    CREATE TABLE FileHashes (
        file_path TEXT PRIMARY KEY,
        content_hash TEXT NOT NULL,
        last_processed DATETIME,
        sample_id INTEGER REFERENCES TrainingSamples (sample_id) ON DELETE SET NULL
    );
    CREATE TABLE FailedFiles (
        failed_id INTEGER PRIMARY KEY,
        file_path TEXT NOT NULL,
        reason TEXT NOT NULL,
        failed_at TIMESTAMP
    );
    """,
    """
    CREATE INDEX samples_by_source ON TrainingSamples (dataset_source);
    CREATE INDEX samples_by_quality ON TrainingSamples (sample_quality_score);
    CREATE INDEX hashes_by_sample ON FileHashes (sample_id);
    CREATE INDEX hashes_by_content ON FileHashes (content_hash);
    CREATE INDEX failed_by_path ON FailedFiles (file_path);
    CREATE INDEX failed_by_reason ON FailedFiles (reason);
    """,
]
TABLES = {
    "TrainingSamples": "sample_id dataset_source creation_date model_type_intended sample_quality_score is_multiturn",
    "ConversationTurns": "turn_id sample_id turn_index role content is_label metadata_json",
    "FileHashes": "file_path content_hash last_processed sample_id",
    "FailedFiles": "failed_id file_path reason failed_at",
}
# In this order rows are put in; the other way round they are taken out.
ORDER = list(TABLES)


class DatabaseError(RuntimeError):
    """The database cannot be used; the message says what to do."""


class Database:
    """An open database of the newest version."""

    def __init__(self, path: Path, connection: sqlite3.Connection):
        self.path, self.connection = path, connection

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: str | Path, seconds: float = SECONDS) -> Iterator[Database]:
        """The database at `path`, made or migrated if need be. DatabaseError for one that is locked or is not ours."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=seconds, isolation_level=None)
        try:
            database = cls(path, connection)
            with database.told():
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA journal_mode = WAL")
                database.migrate()
                yield database
                # One file when nobody else has it open: what was written is moved out of the log.
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def migrate(self) -> None:
        version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise DatabaseError(
                f"{self.path}: of a newer version of Ferrule ({version}); move it away, or use that one"
            )
        tables = {
            row[0] for row in self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        if not version and tables:
            raise DatabaseError(f"{self.path}: a database of something else; move it away, then run again")
        for number in range(version, len(MIGRATIONS)):
            self.connection.executescript(
                f"BEGIN IMMEDIATE; {MIGRATIONS[number]} PRAGMA user_version = {number + 1}; COMMIT;"
            )

    def replace(self, **rows: Iterable[tuple]) -> None:
        """Make the rows of each table those given, by the table's name. Rows that are there already stay as they are."""
        with self.told():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                for table in ORDER:
                    columns = TABLES[table].split()
                    self.connection.execute(f"CREATE TEMP TABLE new_{table} AS SELECT * FROM {table} WHERE 0")
                    marks = ", ".join("?" * len(columns))
                    self.connection.executemany(f"INSERT INTO new_{table} VALUES ({marks})", rows[table])
                for table in reversed(ORDER):
                    key = TABLES[table].split()[0]
                    self.connection.execute(
                        f"DELETE FROM {table} WHERE {key} NOT IN (SELECT {key} FROM new_{table})"
                    )
                for table in ORDER:
                    self._upsert(table, TABLES[table].split())
                    self.connection.execute(f"DROP TABLE new_{table}")
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def _upsert(self, table: str, columns: list[str]) -> None:
        key, *others = columns
        changed = " OR ".join(f"{table}.{name} IS NOT excluded.{name}" for name in others)
        self.connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns)} FROM new_{table} WHERE true"
            f" ON CONFLICT ({key}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in others)}"
            f" WHERE {changed}"
        )

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Errors of sqlite as messages with the next step."""
        try:
            yield
        except sqlite3.OperationalError as error:
            words = str(error)
            if "locked" in words or "busy" in words:
                words = "another program has it locked; close it (a browser of databases?), then run again"
            elif "full" in words:
                words = "the disk is full; free some space, then run again: nothing of it was changed"
            raise DatabaseError(f"{self.path}: {words}") from None
        except sqlite3.DatabaseError as error:
            raise DatabaseError(f"{self.path}: {error}; move the file away, then run again") from None


def number(*parts: Any) -> int:
    """A number of 53 bits made of content: every program and JSON reader keeps it whole."""
    return int(identity(*parts), 16) >> 11


def conversations(path: str | Path) -> Iterator[dict]:
    """The samples in the order of source and number: its columns, and `turns`: (role, content, metadata)."""
    connection = sqlite3.connect(f"file:{Path(path).absolute()}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT s.sample_id, s.dataset_source, s.creation_date, s.model_type_intended, s.sample_quality_score,"
            " s.is_multiturn, t.role, t.content, t.metadata_json FROM TrainingSamples s JOIN ConversationTurns t"
            " USING (sample_id) ORDER BY s.dataset_source, s.sample_id, t.turn_index"
        )
        names = TABLES["TrainingSamples"].split()
        current: dict | None = None
        for *sample, role, content, metadata in rows:
            if current is None or current["sample_id"] != sample[0]:
                if current:
                    yield current
                current = dict(zip(names, sample, strict=True)) | {"turns": []}
            current["turns"].append((role, content, metadata))
        if current:
            yield current
    finally:
        connection.close()
