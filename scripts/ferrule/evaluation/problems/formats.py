"""Readers for the formats of problem sets. All return `ferrule.evaluation.problems.problem.Problem`.

    problems = read_set("HumanEval_rust.jsonl")                            # recognises the format by its fields
    problems = read_set("HumanEval_rust.jsonl", errata=read_errata("resources/errata/humaneval_rust.yaml"))
    problems = read_set("resources/problems", "own")                       # a folder of .rs files

    humaneval      task_id, prompt, canonical_solution, test, entry_point (also category and edition)
    humanevalpack  the same and declaration, buggy_solution, import, test_setup, instruction; option `task`:
                   synthesize, or fix, where the instruction is to fix the buggy function
    multiple       name, prompt, tests (a `}` and a `fn main` that asserts), stop_tokens; no reference
    own            a folder, see ferrule.evaluation.problems.own_format
    crate_tasks    executable tasks, see ferrule.evaluation.problems.crate_tasks
    programs       a YAML file of prompts, see ferrule.evaluation.problems.programs

The first three are JSONL, JSONL in .gz, or .parquet. The faults of all problems come as one ConfigError that names
file, line and problem. Errata are applied before a problem is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ferrule.core.errors import ConfigError
from ferrule.dataset.benchmark_texts import jsonl_records, parquet_records
from ferrule.evaluation.problems.crate_tasks import read_crate_tasks
from ferrule.evaluation.problems.errata import Errata
from ferrule.evaluation.problems.own_format import read_own
from ferrule.evaluation.problems.problem import Problem
from ferrule.evaluation.problems.shape import (
    complaints,
    entry_of,
    items,
    main_as_test,
    names_for_tests,
    test_items,
)

FORMATS = ("auto", "crate_tasks", "humaneval", "humanevalpack", "multiple", "own", "programs")
TASKS = ("synthesize", "fix")
CRATES = ("md5", "rand", "regex")  # the crates in resources/problem_crates
STRAY = re.compile(r"\A\s*\}")  # MultiPL-E closes the entry function in its tests

Record = dict[str, object]


class Fields:
    """The fields of a record. `faults` collects which are missing or have a wrong type."""

    def __init__(self, record: Record):
        self.record = record
        self.faults: list[str] = []

    def text(self, *names: str, default: str | None = None) -> str:
        """The text of the first of these fields that the record has."""
        name = next((name for name in names if self.record.get(name) is not None), None)
        if name is None:
            if default is None:
                self.faults.append(f"there is no field {names[0]!r}")
            return default or ""
        value = self.record[name]
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            self.faults.append(f"field {name!r} is not text")
            return ""
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.record.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.faults.append(f"field {name!r} is not a list of texts")
            return ()
        return tuple(value)


def read_set(
    path: str | Path,
    format: str = "auto",
    *,
    task: str = "synthesize",
    errata: Errata | None = None,
    chosen: dict[str, Any] | None = None,
) -> list[Problem]:
    """The problems of a file or folder, in its order. ConfigError has a line for each fault.

    `chosen` says which executable tasks are taken, as `read_crate_tasks` has it.
    """
    if format not in FORMATS:
        raise ConfigError([f"format {format!r}: it is one of {', '.join(FORMATS)}"])
    if task not in TASKS:
        raise ConfigError([f"task {task!r}: it is one of {', '.join(TASKS)}"])
    path = Path(path)
    if not path.exists():
        raise ConfigError([f"{path}: there is no such file or folder"])
    if format == "crate_tasks":
        return read_crate_tasks(path, **(chosen or {}))
    if format == "programs":
        from ferrule.evaluation.problems.programs import read_programs

        return read_programs(path)
    if format == "own" and not path.is_dir():
        raise ConfigError([f"{path}: format own is a folder of <category>/<name>.rs"])
    errors: list[str] = []
    drafts = read_own(path, errors) if path.is_dir() else read_records(path, format, task, errata, errors)
    problems = checked(drafts, errata, errors)
    if errata:
        errors += errata.unused(path)
    if not problems and not errors:
        errors.append(f"{path}: no problem in it")
    if errors:
        raise ConfigError(errors)
    return problems


def read_records(
    path: Path, format: str, task: str, errata: Errata | None, errors: list[str]
) -> Iterator[tuple[str, Problem]]:
    """(place, problem) for each record, without errata. Records that errata exclude are skipped."""
    records = parquet_records(str(path)) if path.suffix == ".parquet" else jsonl_records(str(path))
    for where, record in records:
        if format == "auto":
            format = recognised_format(record, where)
        fields = Fields(record)
        id = fields.text("name" if format == "multiple" else "task_id")
        if fields.faults or not id:
            errors.append(f"{where}: " + "; ".join(fields.faults or ["its id is empty"]))
            continue
        if errata and errata.excludes(id, record, where, errors):
            continue
        try:
            problem = READERS[format](fields, id, task)
        except ValueError as error:
            fields.faults.append(str(error))
        if fields.faults:
            errors.append(f"{where}: {id}: " + "; ".join(fields.faults))
            continue
        yield where, problem


def recognised_format(record: Record, where: str) -> str:
    """The format of a file, by the fields of its first record."""
    if "name" in record and "prompt" in record and ("tests" in record or "test" in record):
        return "multiple"
    if "task_id" in record and "declaration" in record:
        return "humanevalpack"
    if "task_id" in record and "test" in record:
        return "humaneval"
    names = ", ".join(map(str, record)) or "none"
    raise ConfigError(
        [f"{where}: no known format has these fields ({names}); name one: {', '.join(FORMATS)}"]
    )


def from_humaneval(fields: Fields, id: str, task: str) -> Problem:
    return Problem(
        id=id,
        prompt=fields.text("prompt"),
        reference=fields.text("canonical_solution", default=""),
        tests=tests_of(fields),
        entry=fields.text("entry_point", default=""),
        edition=fields.text("edition", default="2021"),
        category=fields.text("category", default=""),
        stop=fields.texts("stop_tokens"),
    )


def from_humanevalpack(fields: Fields, id: str, task: str) -> Problem:
    prompt, declaration = fields.text("prompt"), fields.text("declaration")
    if not prompt.rstrip().endswith("{"):
        prompt += declaration  # in early files the prompt is only the docs
    instruction = fields.text("instruction", default="")
    if task == "fix" and prompt.strip():
        _, entry = entry_of(prompt)
        instruction = f"Fix the bug in `{entry}`.\n\n{buggy_function(fields, declaration, entry)}"
    return Problem(
        id=id,
        prompt=prompt,
        reference=fields.text("canonical_solution", default=""),
        tests=tests_of(fields, fields.text("test_setup", default="")),
        entry="",  # taken from the prompt, as `entry_point` is the name of the Python function
        instruction=instruction,
    )


def buggy_function(fields: Fields, declaration: str, entry: str) -> str:
    """The function to fix, from its `fn` on: without docs and `use` lines, as in HumanEvalFix."""
    source = (declaration + fields.text("buggy_solution")).encode()
    start = next((item.start for item in items(source) if item.name == entry), 0)
    return source[start:].decode().strip()


def from_multiple(fields: Fields, id: str, task: str) -> Problem:
    language = fields.text("language", default="rs")
    if language not in ("rs", "rust"):
        raise ValueError(f"its language is {language!r}, not rs")
    prompt = fields.text("prompt")
    _, entry = entry_of(prompt)
    tests = main_as_test(STRAY.sub("", fields.text("tests", "test")), entry)
    return Problem(
        id=id,
        prompt=prompt,
        entry=entry,
        tests=test_items(tests) if tests.strip() else "",
        stop=fields.texts("stop_tokens"),
    )


READERS: dict[str, Callable[[Fields, str, str], Problem]] = {
    "humaneval": from_humaneval,
    "humanevalpack": from_humanevalpack,
    "multiple": from_multiple,
}


def tests_of(fields: Fields, setup: str = "") -> str:
    tests = fields.text("test")
    if not tests.strip():
        return ""
    # The setup, such as `use` lines, belongs to the tests although the file has it in a field of its own.
    return test_items(tests) if not setup.strip() else f"{setup.strip()}\n{test_items(tests)}"


def checked(drafts: Iterator[tuple[str, Problem]], errata: Errata | None, errors: list[str]) -> list[Problem]:
    """The problems with errata applied and derived fields set. `errors` gets a line for each fault."""
    problems: dict[str, Problem] = {}
    places: dict[str, str] = {}
    for where, problem in drafts:
        if problem.id in places:
            errors.append(f"{where}: {problem.id}: this id is taken by {places[problem.id]}")
            continue
        places[problem.id] = where
        try:
            problem = completed(errata.apply(problem) if errata else problem)
            faults = complaints(problem)
        except ValueError as error:
            faults = [str(error)]
        errors += [f"{where}: {problem.id}: {fault}" for fault in faults]
        problems[problem.id] = problem
    return list(problems.values())


def completed(problem: Problem) -> Problem:
    """The problem with the kind, entry, names and crates that follow from its texts."""
    kind, entry = problem.kind, problem.entry
    if problem.prompt.strip():
        kind, in_prompt = entry_of(problem.prompt)
        entry = in_prompt if kind == "impl" else entry or in_prompt
    names = names_for_tests(problem.prompt, problem.reference, problem.tests)
    crates = [name for name in CRATES if name in problem.crates or mentions(problem, name)]
    unknown = [name for name in problem.crates if name not in CRATES]
    if unknown:
        raise ValueError(f"there is no crate `{unknown[0]}` in resources/problem_crates")
    names = tuple(dict.fromkeys((*problem.names, *names)))
    return replace(problem, kind=kind, entry=entry, names=names, crates=tuple(crates))


def mentions(problem: Problem, crate: str) -> bool:
    """Whether the prompt, the reference or the tests use the crate."""
    pattern = rf"\buse\s+{crate}\b|(?<![\w:.]){crate}::"
    return any(re.search(pattern, text) for text in (problem.prompt, problem.reference, problem.tests))
