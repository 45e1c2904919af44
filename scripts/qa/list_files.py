"""List the files of a repository's commit, with the reason of each that is left out, and the repository's licence.

    python scripts/qa/list_files.py --record snapshot.json --objects objects.git --config config/config.yaml \\
        --out files.parquet --licence licence.json

Contents are read from git's objects, one at a time. A file that has the same bytes as an earlier one is left out.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from pathlib import Path

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import read_json, write_json, write_rows
from ferrule.core.reasons import RepositoryFileReason, RepositoryReason, Status
from ferrule.qa.file_rules import FileRules, shown_path
from ferrule.qa.git import Entry, Store
from ferrule.qa.languages import language_of
from ferrule.qa.qa_tables import REPOSITORY_FILES
from ferrule.qa.repository_licence import licence_of


def main() -> None:
    arguments = parse_arguments()
    record, config = read_json(arguments.record), arguments.config
    rows: list[dict] = []
    licence = dict(license=None, allowed=False, reason=record["reason"], detail=record["detail"], files={})
    licence["from"] = ""
    if record["status"] == Status.OK:
        store = Store(Path(arguments.objects))
        entries = list(store.entries(record["commit"]))
        gates = config["gates"]
        licence = licence_of(
            store,
            entries,
            record["license"],
            gates["allowed_licenses"],
            gates.get("license_conflict", "reject"),
        )
        licence["reason"] = "" if licence["allowed"] else RepositoryReason.LICENSE
        rules = FileRules(**config["qa"]["files"])
        rows = file_rows(record["name"], store, entries, rules, licence)
    write_rows(arguments.out, rows, REPOSITORY_FILES)
    write_json(arguments.licence, licence | {"files_by_reason": Counter(row["reason"] for row in rows)})
    kept = sum(not row["reason"] for row in rows)
    print(f"{record['name']}: {kept} of {len(rows)} files, licence {licence['license']}")
    if licence["reason"]:
        print(f"{record['name']}: nothing is asked: {licence['reason']}: {licence['detail']}")


def file_rows(name: str, store: Store, entries: list[Entry], rules: FileRules, licence: dict) -> list[dict]:
    rows = [
        dict(
            repository=name,
            path=(path := shown_path(entry.path)),
            oid=entry.oid,
            sha256="",
            bytes=min(entry.size, 2**31 - 1),
            language=language_of(path),
            reason=RepositoryFileReason.LICENSE if licence["reason"] else "",
            detail="",
        )
        for entry in entries
    ]
    for row, entry in zip(rows, entries, strict=True):
        if not row["reason"]:
            row["reason"], row["detail"] = rules.by_name(entry)
    first: dict[str, str] = {}
    wanted = [row for row in rows if not row["reason"]]
    # One answer for each question: git gives an object again where it is asked for again.
    for row, (_, content) in zip(wanted, store.contents(row["oid"] for row in wanted), strict=True):
        row["reason"], row["detail"] = rules.by_content(content)
        if row["reason"]:
            continue
        row["sha256"] = hashlib.sha256(content).hexdigest()
        if (twin := first.setdefault(row["sha256"], row["path"])) != row["path"]:
            row["reason"], row["detail"] = RepositoryFileReason.SAME_CONTENT, twin
    return rows


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(
        parser, record="snapshot.json", out="every file", licence="the licence, and whether it is allowed"
    )
    parser.add_argument("--objects", required=True, metavar="FOLDER", help="bare repository with the commit")
    add_config(parser, "qa", "gates")
    return parser.parse_args()


if __name__ == "__main__":
    main()
