"""The database: columns, migrations, one transaction, ids and rows that stay, what is told when it cannot be used."""

import sqlite3

import pytest

from ferrule.qa import database as database_module
from ferrule.qa.database import MIGRATIONS, TABLES, Database, DatabaseError, conversations, number

SAMPLE = (1, "mine/a.rs", "2026-01-01T00:00:00Z", "", 0.5, False)
TURNS = [(10, 1, 0, "user", "Why?", False, "{}"), (11, 1, 1, "assistant", "So.", True, "{}")]
FILE = ("mine/a.rs", "0" * 64, "2026-01-01T00:00:00Z", 1)
FAILED = (5, "mine/b.rs", "cut_off", "2026-01-01T00:00:00Z")


def filled(path, samples=(SAMPLE,), turns=TURNS, files=(FILE,), failed=(FAILED,)):
    with Database.open(path, seconds=0.1) as database:
        database.replace(
            TrainingSamples=samples, ConversationTurns=turns, FileHashes=files, FailedFiles=failed
        )


def rows(path, table: str) -> list[tuple]:
    with sqlite3.connect(path) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def test_the_tables_have_the_published_columns(tmp_path):
    filled(tmp_path / "qa.sqlite")
    published = {
        "TrainingSamples": {
            "sample_id": "INTEGER", "dataset_source": "VARCHAR", "creation_date": "TIMESTAMP",
            "model_type_intended": "VARCHAR", "sample_quality_score": "REAL", "is_multiturn": "BOOLEAN",
        },
        "ConversationTurns": {
            "turn_id": "INTEGER", "sample_id": "INTEGER", "turn_index": "INTEGER", "role": "VARCHAR",
            "content": "TEXT", "is_label": "BOOLEAN", "metadata_json": "TEXT",
        },
        "FileHashes": {
            "file_path": "TEXT", "content_hash": "TEXT", "last_processed": "DATETIME", "sample_id": "INTEGER",
        },
        "FailedFiles": {"failed_id": "INTEGER", "file_path": "TEXT", "reason": "TEXT", "failed_at": "TIMESTAMP"},
    }  # fmt: skip
    with sqlite3.connect(tmp_path / "qa.sqlite") as connection:
        for table, columns in published.items():
            found = {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}
            assert found == columns and list(found) == TABLES[table].split()
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        keys = {row[2] for row in connection.execute("PRAGMA foreign_key_list(ConversationTurns)")}
        assert keys == {"TrainingSamples"}
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_rows_are_replaced_and_those_that_stay_keep_their_ids(tmp_path):
    path = tmp_path / "qa.sqlite"
    filled(path)
    better = (*SAMPLE[:4], 0.9, False)
    other = (2, "mine/c.rs", None, "", 0.7, False)
    filled(path, [better, other], TURNS[:1] + [(11, 1, 1, "assistant", "Thus.", True, "{}")], [], [])
    assert rows(path, "TrainingSamples") == [(*SAMPLE[:4], 0.9, 0), (2, "mine/c.rs", None, "", 0.7, 0)]
    assert [row[4] for row in rows(path, "ConversationTurns")] == ["Why?", "Thus."]
    assert rows(path, "FileHashes") == rows(path, "FailedFiles") == []
    filled(path, [other], [], [], [])
    assert rows(path, "ConversationTurns") == []


def test_it_is_all_or_nothing(tmp_path):
    path = tmp_path / "qa.sqlite"
    filled(path)
    orphan = [(12, 99, 0, "user", "Whose?", False, "{}")]
    with pytest.raises(DatabaseError, match="FOREIGN KEY constraint failed"):
        filled(path, [], orphan, [], [])
    assert len(rows(path, "ConversationTurns")) == 2


def test_an_older_database_is_migrated_with_its_rows(tmp_path):
    path = tmp_path / "qa.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(f"{MIGRATIONS[0]} PRAGMA user_version = 1;")
        connection.execute(f"INSERT INTO TrainingSamples VALUES ({', '.join('?' * 6)})", SAMPLE)
    with Database.open(path):
        pass
    with sqlite3.connect(path) as connection:
        indexes = {
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
        }
    assert "failed_by_reason" in indexes and len(rows(path, "TrainingSamples")) == 1


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("PRAGMA user_version = 99;", "newer version"),
        ("CREATE TABLE theirs (x);", "a database of something else"),
    ],
)
def test_a_database_that_is_not_ours_is_left_alone(script, said, tmp_path):
    path = tmp_path / "qa.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(script)
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match=said):
        filled(path)
    with sqlite3.connect(path) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    assert tables == (["theirs"] if "theirs" in script else []) and before


def test_a_file_that_is_not_a_database(tmp_path):
    (tmp_path / "qa.sqlite").write_bytes(b"hello, world" * 100)
    with pytest.raises(DatabaseError, match="not a database; move the file away"):
        filled(tmp_path / "qa.sqlite")


def test_a_locked_database_is_told_and_nothing_is_lost(tmp_path):
    path = tmp_path / "qa.sqlite"
    filled(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseError, match="another program has it locked; close it"):
        filled(path, [], [], [], [])
    other.execute("ROLLBACK")
    other.close()
    assert len(rows(path, "TrainingSamples")) == 1


def test_a_reader_sees_the_old_rows_until_the_new_ones_are_there(tmp_path):
    path = tmp_path / "qa.sqlite"
    filled(path)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM TrainingSamples").fetchone() == (1,)
    filled(path, [], [], [], [])
    assert reader.execute("SELECT count(*) FROM TrainingSamples").fetchone() == (1,)
    reader.execute("COMMIT")
    assert reader.execute("SELECT count(*) FROM TrainingSamples").fetchone() == (0,)
    reader.close()


def test_a_full_disk_changes_nothing(tmp_path):
    path = tmp_path / "qa.sqlite"
    filled(path)
    with (
        pytest.raises(DatabaseError, match="the disk is full; free some space"),
        Database.open(path) as database,
    ):
        database.connection.execute("PRAGMA max_page_count = 20")
        turns = [(20 + n, 1, 2 + n, "user", "x" * 5000, False, "{}") for n in range(50)]
        database.connection.execute("PRAGMA temp_store = MEMORY")
        database.replace(
            TrainingSamples=[SAMPLE], ConversationTurns=TURNS + turns, FileHashes=[], FailedFiles=[]
        )
    assert len(rows(path, "ConversationTurns")) == 2


def test_conversations_come_in_the_order_of_source_and_id(tmp_path):
    path = tmp_path / "qa.sqlite"
    samples = [
        (3, "b.rs", None, "", 1.0, False),
        (2, "a.rs", None, "", 1.0, False),
        (1, "b.rs", None, "", 1.0, True),
    ]
    turns = [
        (10 * sample + n, sample, n, ("user", "assistant")[n % 2], f"{sample}.{n}", n % 2, "{}")
        for sample in (3, 2, 1)
        for n in reversed(range(4 if sample == 1 else 2))
    ]
    filled(path, samples, turns, [], [])
    found = [
        (each["dataset_source"], [content for _, content, _ in each["turns"]]) for each in conversations(path)
    ]
    assert found == [
        ("a.rs", ["2.0", "2.1"]),
        ("b.rs", ["1.0", "1.1", "1.2", "1.3"]),
        ("b.rs", ["3.0", "3.1"]),
    ]


def test_numbers_are_made_of_content_and_fit_into_a_double():
    assert number("sample", "a", 1) == number("sample", "a", 1) != number("sample", "a", 2)
    assert all(number(n) < 2**53 for n in range(1000))
    assert database_module.SECONDS > 1
