"""The stage of questions and answers on small git repositories: its steps in this process, and what came of them.

repository = git_repository(folder / "mine", {"src/lib.rs": "...", "LICENSE": MIT})
run = QaRun(folder, [repository], server=llm.address)
run.prepare()                   # snapshot, list_files, make_questions
run.ask(); run.build()          # answers; database and exports
"""

from __future__ import annotations

import copy
import os
import sqlite3
import subprocess
from pathlib import Path

from dataset_samples import run as call
from steps import config

from ferrule.core.files import read_json, read_rows
from ferrule.core.yaml_files import read_yaml
from ferrule.qa.database import TABLES
from ferrule.qa.export_formats import SUFFIXES
from ferrule.qa.repository_list import Repository
from qa import ask, export_answers, list_files, make_questions, read_answers, retry, snapshot, store_answers

ROOT = Path(__file__).parents[2]
DEFAULTS = read_yaml(ROOT / "config/config.yaml")
MIT = (
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software ... to deal in the"
    " Software without restriction ... permission notice shall be included ... THE SOFTWARE IS PROVIDED AS IS, WITHOUT"
    " WARRANTY OF ANY KIND, EXPRESS OR IMPLIED ... BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY"
)
GIT = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", folder, *arguments], env=os.environ | GIT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def git_repository(folder: Path, files: dict[str, str | bytes], branch: str = "main") -> Path:
    """A repository with one commit of these files."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--template=", f"--initial-branch={branch}")
    commit(folder, files)
    return folder


def commit(folder: Path, files: dict[str, str | bytes | None]) -> str:
    """Write these files (None: delete), commit, and return the commit."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=files")
    return git(folder, "rev-parse", "HEAD")


def rust_function(number: int, lines: int = 3) -> str:
    """A function that is long enough to be asked about."""
    body = "".join(f"    let value_{n} = {number} + {n} * 2; // step {n} of it\n" for n in range(lines))
    return f"/// Computes number {number}.\npub fn compute_{number}() -> u64 {{\n{body}    value_0\n}}\n"


class QaRun:
    """A folder with the files of the stage. `settings` are laid over those of `qa`."""

    def __init__(self, folder: Path, repositories: list[Path | Repository], **settings):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.repositories = [
            each if isinstance(each, Repository) else Repository(each.name, str(each))
            for each in repositories
        ]
        self.settings = (
            copy.deepcopy(DEFAULTS["qa"]) | {"model": "mine", "cache": str(folder / "cache")} | settings
        )
        self.prompts = ROOT / "resources/qa/prompts.yaml"

    def place(self, repository: Repository, name: str) -> Path:
        return self.folder / "repositories" / repository.name / name

    def each(self, name: str) -> list[Path]:
        return [self.place(repository, name) for repository in self.repositories]

    def prepare(self) -> None:
        for repository in self.repositories:
            self.take(repository)

    def take(self, repository: Repository) -> None:
        """The steps of one repository, up to its questions."""

        def at(name: str) -> Path:
            return self.place(repository, name)

        call(snapshot, "--name", repository.name, "--address", repository.address, "--ref", repository.ref,
             "--license", repository.license, "--clone", self.folder / f"clones/{repository.name}.git",
             "--out", at("objects.git"), "--record", at("snapshot.json"))  # fmt: skip
        call(list_files, "--record", at("snapshot.json"), "--objects", at("objects.git"),
             *config(qa=self.settings, gates=DEFAULTS["gates"]),
             "--out", at("files.parquet"), "--licence", at("licence.json"))  # fmt: skip
        call(make_questions, "--files", at("files.parquet"), "--objects", at("objects.git"),
             "--prompts", self.prompts, *config(qa=self.settings, chunks=DEFAULTS["chunks"]),
             "--out", at("questions.parquet"), "--counts", at("questions.json"))  # fmt: skip

    def ask_arguments(self) -> list[str]:
        arguments = ["--questions", *self.each("questions.parquet"), "--prompts", self.prompts]
        arguments += [*config(qa=self.settings), "--out", self.folder / "turns.parquet"]
        arguments += ["--summary", self.folder / "asked.json", "--log", self.folder / "ask.log"]
        return [str(argument) for argument in arguments]

    def ask(self) -> None:
        call(ask, *self.ask_arguments())

    def read(self) -> None:
        call(read_answers, "--questions", *self.each("questions.parquet"), "--turns", self.folder / "turns.parquet",
             *config(qa=self.settings), "--out", self.folder / "exchanges.parquet",
             "--failed", self.folder / "failed.parquet")  # fmt: skip

    def build(self) -> None:
        """Database and exports, without a compiler: the code of the answers has no verdict."""
        self.read()
        (self.folder / "verdicts.jsonl").touch()
        call(store_answers, "--exchanges", self.folder / "exchanges.parquet", "--failed", self.folder / "failed.parquet",
             "--verdicts", self.folder / "verdicts.jsonl", "--files", *self.each("files.parquet"),
             "--licences", *self.each("licence.json"), "--snapshots", *self.each("snapshot.json"),
             *config(qa=self.settings), "--database", self.folder / "qa.sqlite")  # fmt: skip
        for name in SUFFIXES:
            call(export_answers, "--database", self.folder / "qa.sqlite", "--format", name,
                 "--templates", ROOT / "resources/chat_templates", "--out", self.folder / f"export.{name}")  # fmt: skip

    def retry(self) -> None:
        call(retry, "--failed", self.folder / "failed.parquet", *config(qa=self.settings))

    def rows(self, name: str) -> list[dict]:
        return read_rows(self.folder / name)

    def of(self, name: str, place: int = 0) -> dict | list[dict]:
        """A file of one repository."""
        path = self.each(name)[place]
        return read_json(path) if path.suffix == ".json" else read_rows(path)

    def database(self) -> dict[str, list[tuple]]:
        """The rows of every table, without the columns that are times."""
        times = {"creation_date", "last_processed", "failed_at"}
        with sqlite3.connect(self.folder / "qa.sqlite") as connection:
            return {
                table: sorted(
                    connection.execute(
                        f"SELECT {', '.join(c for c in columns.split() if c not in times)} FROM {table}"
                    ),
                    key=repr,
                )
                for table, columns in TABLES.items()
            }

    def exports(self) -> dict[str, bytes]:
        return {name: (self.folder / f"export.{name}").read_bytes() for name in SUFFIXES}
