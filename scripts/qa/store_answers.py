"""Put the exchanges into the database, with a quality score, the hashes of the files and what failed.

    python scripts/qa/store_answers.py --exchanges exchanges.parquet --failed failed.parquet --verdicts verdicts.jsonl \\
        --files */files.parquet --licences */licence.json --snapshots */snapshot.json --config config/config.yaml \\
        --database results/qa/qa.sqlite

The database is changed in one transaction. What is in it already and is still right stays as it is.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import defaultdict
from collections.abc import Iterator

import orjson

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import read_json, read_jsonl, read_rows
from ferrule.qa.database import Database, DatabaseError, number
from ferrule.qa.qa_tables import EXCHANGES, FAILED, REPOSITORY_FILES
from ferrule.qa.quality import score
from ferrule.qa.rust_blocks import BlockVerdict, verdict_of


def main() -> None:
    arguments = parse_arguments()
    verdicts = {row["block"]: row["verdict"] for row in read_jsonl(arguments.verdicts)}
    licences = [read_json(path) for path in arguments.licences]
    records = [read_json(path) for path in arguments.snapshots]
    origins = {
        record["name"]: dict(address=record["address"], commit=record["commit"], license=licence["license"])
        for record, licence in zip(records, licences, strict=True)
    }
    samples, turns, first, last = [], [], {}, {}
    intended = arguments.config["qa"]["intended_model"]
    for group in conversations_of(read_rows(arguments.exchanges, EXCHANGES)):
        sample, own_turns = rows_of(group, verdicts, origins, intended)
        samples.append(sample)
        turns += own_turns
        path = sample[1]
        first.setdefault(path, sample[0])
        last[path] = max(last.get(path, ""), sample[2])
    files = [
        (path, row["sha256"], last.get(path), first.get(path))
        for name in arguments.files
        for row in read_rows(name, REPOSITORY_FILES)
        if not row["reason"]
        for path in [f"{row['repository']}/{row['path']}"]
    ]
    failed = [
        (
            number("failed", *(row[name] for name in ("repository", "path", "id", "turn"))),
            file_of(row),
            reason_of(row),
            row["at"],
        )
        for row in read_rows(arguments.failed, FAILED)
    ]
    failed += [
        (number("failed", record["name"]), record["name"], f"{why['reason']}: {why['detail']}", "")
        for record, why in zip(records, licences, strict=True)
        if why["reason"]
    ]
    try:
        with Database.open(arguments.database) as database:
            database.replace(
                TrainingSamples=samples,
                ConversationTurns=turns,
                FileHashes=files,
                FailedFiles=dict.fromkeys(failed),
            )
    except DatabaseError as error:
        sys.exit(str(error))
    print(f"{len(samples)} samples with {len(turns)} turns, {len(files)} files, {len(failed)} failures")


def conversations_of(rows: list[dict]) -> Iterator[list[dict]]:
    """The turns of each question at each place, in their order."""
    found: dict[tuple, list[dict]] = defaultdict(list)
    for row in rows:
        found[row["repository"], row["path"], row["start"], row["id"]].append(row)
    yield from found.values()


def rows_of(group: list[dict], verdicts: dict, origins: dict, intended: str) -> tuple[tuple, list[tuple]]:
    """The row of TrainingSamples and those of ConversationTurns."""
    top = group[0]
    sample = number("sample", top["repository"], top["path"], top["start"], top["id"])
    turns, scores = [], []
    for row in group:
        found = [BlockVerdict(verdicts.get(block_id(code), BlockVerdict.PARSES)) for code in row["rust"]]
        verdict = verdict_of(found)
        quality = score(row["answer"], row["code"], verdict)
        scores.append(quality)
        about = {
            name: row[name] for name in ("kind", "language", "name", "start", "end", "sha256", "question")
        }
        about |= {"repository": row["repository"], "path": row["path"]} | origins[row["repository"]]
        answer = dict(key=row["key"], tokens=row["tokens"], prompt_tokens=row["prompt_tokens"])
        answer |= dict(verdict=verdict, quality=quality)
        for role, content, more in (("user", row["user"], about), ("assistant", row["answer"], answer)):
            index = len(turns)
            turns.append(
                (
                    number("turn", sample, index),
                    sample,
                    index,
                    role,
                    content,
                    role == "assistant",
                    encoded(more),
                )
            )
    quality = round(sum(scores) / len(scores), 3)
    return (sample, file_of(top), max(row["at"] for row in group), intended, quality, len(group) > 1), turns


def file_of(row: dict) -> str:
    return f"{row['repository']}/{row['path']}"


def reason_of(row: dict) -> str:
    return f"{row['reason']}: {row['detail']}" if row["detail"] else row["reason"]


def block_id(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def encoded(value: dict) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(
        parser, exchanges="exchanges.parquet", failed="failed.parquet", verdicts="on blocks of Rust code"
    )
    for name in ("files", "licences", "snapshots"):
        parser.add_argument(f"--{name}", nargs="*", required=True, metavar="FILE", help="of each repository")
    add_files(parser, database="made, or changed in one transaction")
    add_config(parser, "qa")
    return parser.parse_args()


if __name__ == "__main__":
    main()
