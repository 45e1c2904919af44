"""Write a folder that a hub of datasets loads as it is: Parquet per configuration, card, licences, manifest.

    python scripts/publish/write_hub_folder.py --dataset results/dataset --template resources/hub_card.md \\
        --licences-template resources/hub_licences.md --out results/hub

Nothing is uploaded. `datasets.load_dataset("results/hub", "sft")` reads the folder, and so does a copy of it on a hub.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import yaml

from ferrule.core.command_line import parser_of
from ferrule.core.files import read_json, read_table, sha256_file, write_json, write_text
from ferrule.core.hub_metadata import size_category
from ferrule.core.markdown import ranked
from ferrule.core.row_stream import batches
from ferrule.core.templates import markdown_template
from ferrule.dataset.hub_folder import (
    CONFIGS,
    HubRecord,
    card_metadata,
    write_config,
    write_questions,
    write_tasks,
)

TITLE = "Ferrule, Rust instructions judged by the compiler"
# What the hub lists as a benchmark.
EVALUATION = {
    "name": "Ferrule crate tasks",
    "description": "Functions of Rust crates, graded inside their crates by the tests that fail without them.",
    "evaluation_framework": "ferrule",
    "tasks": [{"id": "crate_tasks", "config": "tasks", "split": "test"}],
}


def main() -> None:
    arguments = parse_arguments()
    source, folder = arguments.dataset / "provenance.parquet", arguments.out
    # Files of an earlier run, whose shards may have had other names.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        records = [write_config(folder, config, source) for config in CONFIGS]
        if arguments.qa:
            records.append(write_questions(folder, arguments.qa))
        if arguments.tasks:
            records += write_tasks(folder, arguments.tasks, arguments.task_exports)
    except (ValueError, sqlite3.Error) as error:
        sys.exit(str(error))
    records = [record for record in records if record.splits]
    if any(record.name == "tasks" for record in records):
        write_text(folder / "eval.yaml", yaml.safe_dump(EVALUATION, sort_keys=False))
    crates, verdicts = count(source)
    licensed = crates + (licences_of_tasks(arguments.tasks) if arguments.tasks else Counter())
    shutil.copyfile(arguments.dataset / "NOTICE", folder / "NOTICE")
    licences = markdown_template(arguments.licences_template).render(
        licences=ranked(sum_by(licensed, lambda key: key[2])), crates=sorted(licensed.items())
    )
    write_text(folder / "LICENSES.md", licences)
    card = markdown_template(arguments.template).render(
        header=header(records),
        title=TITLE,
        records=records,
        total=sum(verdicts.values()),
        crates=len({key[:2] for key in crates}),
        verdicts=ranked(verdicts),
        funnel=read_json(arguments.dataset / "funnel.json"),
    )
    write_text(folder / "README.md", card)
    write_json(folder / "manifest.json", manifest(folder, records))
    for record in records:
        print(f"{record.name}: " + ", ".join(f"{split.rows:,} {split.name}" for split in record.splits))


def count(source: Path) -> tuple[Counter, Counter]:
    """Rows by (crate, version, licence), and by verdict."""
    crates, verdicts = Counter(), Counter()
    for table in batches(source, ["_source_crate", "_version", "_license", "_verdict"]):
        columns = [[value or "" for value in table[name].to_pylist()] for name in table.column_names]
        *keys, judged = columns
        crates.update(zip(*keys, strict=True))
        verdicts.update(judged)
    return crates, verdicts


def licences_of_tasks(tasks: Path) -> Counter:
    """Tasks by (crate, version, licence)."""
    table = read_table(tasks / "tasks.parquet", columns=["crate", "version", "license"])
    return Counter(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))


def sum_by(counts: Counter, key) -> Counter:
    found: Counter = Counter()
    for one, rows in counts.items():
        found[key(one)] += rows
    return found


def header(records: list[HubRecord]) -> str:
    """The YAML that a hub reads. Every row has a licence of its own, so the dataset's is `other`."""
    rows = max((sum(split.rows for split in record.splits) for record in records), default=0)
    head = {
        "pretty_name": TITLE,
        "license": "other",
        "license_name": "per-row",
        "license_link": "LICENSES.md",
        "language": ["en", "code"],
        "task_categories": ["text-generation"],
        "size_categories": [size_category(rows)],
        "source_datasets": ["original"],
        "tags": ["rust", "code", "instruction-tuning", "compiler-verified"],
        **card_metadata(records),
    }
    return "---\n" + yaml.safe_dump(head, sort_keys=False, allow_unicode=True) + "---"


def manifest(folder: Path, records: list[HubRecord]) -> dict:
    """Every file with its size and checksum; tables with configuration, split and rows."""
    tables = {
        file.path: asdict(file) for record in records for split in record.splits for file in split.files
    }
    files = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        plain = {"path": name, "bytes": path.stat().st_size, "sha256": sha256_file(path)}
        files.append(tables.get(name, plain))
    return {"files": files}


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--dataset", required=True, type=Path, metavar="FOLDER", help="results/dataset")
    parser.add_argument("--template", required=True, type=Path, help="the card's text, a Jinja2 template")
    parser.add_argument("--licences-template", required=True, type=Path, help="the text of LICENSES.md")
    parser.add_argument(
        "--qa", type=Path, metavar="FILE", help="results/qa/qa.sqlite, for a configuration qa"
    )
    parser.add_argument(
        "--tasks", type=Path, metavar="FOLDER", help="results/tasks, for a configuration tasks"
    )
    parser.add_argument(
        "--task-exports", type=Path, metavar="FOLDER", help="results/task_exports, with --tasks"
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FOLDER", help="the folder; what is in it is replaced"
    )
    arguments = parser.parse_args()
    if bool(arguments.tasks) != bool(arguments.task_exports):
        parser.error("--tasks and --task-exports belong together")
    return arguments


if __name__ == "__main__":
    main()
