"""Benchmark files: the problems that a model is measured with, so must not be trained on.

JSONL (also with .gz) or Parquet, one problem a line or row. The names of the fields are detected from the first
problem, for files in the style of HumanEval, MultiPL-E and MBPP; `fields` names them where that does not do.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ferrule.core.errors import ConfigError

# What each part of a problem is called, the usual name first.
FIELDS = {
    "id": ("task_id", "name", "id"),
    "prompt": ("prompt", "text", "question"),
    "declaration": ("declaration",),
    "solution": ("canonical_solution", "solution", "code"),
    "tests": ("test", "tests", "test_list", "test_code"),
    "entry_point": ("entry_point",),
}
NEEDED = ("id", "prompt")
FUNCTION = re.compile(r"\bfn\s+(?:r#)?(\w+)")


@dataclass(frozen=True)
class Problem:
    benchmark: str
    id: str
    prompt: str
    declaration: str = ""  # the signature, where the prompt does not hold it
    solution: str = ""
    tests: str = ""
    entry_point: str = ""


def read_benchmarks(benchmarks: list[dict]) -> list[Problem]:
    """The problems of all files; ConfigError names file and line of all that is wrong."""
    problems, wrong = [], []
    for benchmark in benchmarks:
        try:
            problems += read_benchmark(benchmark["name"], benchmark["path"], benchmark.get("fields") or {})
        except ConfigError as error:
            wrong += error.problems
    if wrong:
        raise ConfigError(wrong)
    return problems


def read_benchmark(name: str, path: str, fields: dict[str, str]) -> list[Problem]:
    if not Path(path).is_file():
        raise ConfigError([f"decontaminate.benchmarks: {name}: there is no file {path}"])
    records = parquet_records(path) if path.endswith(".parquet") else jsonl_records(path)
    names: dict[str, str] = {}
    problems: list[Problem] = []
    for where, record in records:
        names = names or field_names(record, fields, where)
        parts = {part: text_of(record, field, where) for part, field in names.items()}
        if not parts["prompt"].strip():
            raise ConfigError([f"{where}: field {names['prompt']!r} is empty"])
        problems.append(Problem(name, **parts | {"entry_point": entry_point(parts)}))
    if not problems:
        raise ConfigError([f"{path}: no problem in it"])
    return problems


def jsonl_records(path: str) -> Iterator[tuple[str, dict]]:
    """Each object with its place, `file:line`."""
    opened = gzip.open if path.endswith(".gz") else open
    number = 0
    try:
        with opened(path, "rb") as lines:
            for number, line in enumerate(lines, 1):
                where = f"{path}:{number}"
                try:
                    text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                except UnicodeDecodeError:
                    raise ConfigError([f"{where}: not UTF-8 text"]) from None
                if not text:
                    continue
                try:
                    record = orjson.loads(text)
                except orjson.JSONDecodeError as error:
                    raise ConfigError([f"{where}: not a JSON line ({error})"]) from None
                if not isinstance(record, dict):
                    raise ConfigError([f"{where}: expected an object with the fields of a problem"])
                yield where, record
    except (OSError, EOFError) as error:
        raise ConfigError([f"{path}: cannot be read after line {number} ({error})"]) from None


def parquet_records(path: str) -> Iterator[tuple[str, dict]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            rows = file.read().to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise ConfigError([f"{path}: not a Parquet file ({str(error).splitlines()[0]})"]) from None
    for number, record in enumerate(rows, 1):
        yield f"{path}: row {number}", record


def field_names(record: dict, given: dict[str, str], where: str) -> dict[str, str]:
    """Part of a problem to the field that holds it, as the first problem of a file shows."""
    names = {part: next((n for n in usual if n in record), "") for part, usual in FIELDS.items()}
    names |= {part: field for part, field in given.items() if field}
    has = ", ".join(map(str, record)) or "none"
    for part in NEEDED:
        if not names[part]:
            raise ConfigError([f"{where}: no field for the {part} (fields: {has}); name it under `fields`"])
    if not (names["solution"] or names["tests"]):
        raise ConfigError(
            [f"{where}: no field for a solution or for tests (fields: {has}); name one under `fields`"]
        )
    return {part: field for part, field in names.items() if field}


def text_of(record: dict, field: str, where: str) -> str:
    """A field's text; a list of texts counts as lines."""
    if field not in record:
        raise ConfigError([f"{where}: no field {field!r}, which the file's first problem or `fields` has"])
    value: Any = record[field]
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # MBPP numbers its problems
    if not isinstance(value, str):
        raise ConfigError([f"{where}: field {field!r} is not text"])
    return value


def entry_point(parts: dict[str, str]) -> str:
    """The function that is asked for: as the file says, else the last one of the signature."""
    named = parts.get("entry_point", "")
    for part in ("declaration", "prompt", "solution"):
        found = FUNCTION.findall(parts.get(part, ""))
        if not named and found:
            named = found[-1]
    return named
