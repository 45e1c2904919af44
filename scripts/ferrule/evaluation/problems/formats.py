"""Readers of the formats that problem sets come in, all to `ferrule.evaluation.problems.problem.Problem`.

    problems = read_set("HumanEval_rust.jsonl")                            # the format by its fields
    problems = read_set("HumanEval_rust.jsonl", errata=read_errata("resources/errata/humaneval_rust.yaml"))
    problems = read_set("resources/problems", "own")                       # a folder of .rs files

    humaneval      task_id, prompt, canonical_solution, test, entry_point (also category and edition)
    humanevalpack  the same and declaration, buggy_solution, import, test_setup, instruction; option `task`:
                   synthesize, or fix, where the instruction is to mend the buggy function
    multiple       name, prompt, tests (a `}` and a `fn main` that asserts), stop_tokens; no reference
    own            a folder, see ferrule.evaluation.problems.own_format

JSONL, also .gz, or .parquet. What is wrong, in whichever problems, comes as one ConfigError that names file, line
and problem. Errata are laid on before a problem is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from ferrule.core.errors import ConfigError
from ferrule.dataset.benchmark_texts import jsonl_records, parquet_records
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

FORMATS = ("auto", "humaneval", "humanevalpack", "multiple", "own", "programs")
TASKS = ("synthesize", "fix")
CRATES = ("md5", "rand", "regex")  # those that resources/problem_crates has
STRAY = re.compile(r"\A\s*\}")  # MultiPL-E closes the entry function in its tests


class Fields:
    """The fields of a record; what is missing or no text is told at the end, all at once."""

    def __init__(self, record: dict):
        self.record, self.wrong = record, []

    def text(self, *names: str, default: str | None = None) -> str:
        """The first of these fields that is there."""
        name = next((name for name in names if self.record.get(name) is not None), None)
        if name is None:
            if default is None:
                self.wrong.append(f"there is no field {names[0]!r}")
            return default or ""
        value = self.record[name]
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            self.wrong.append(f"field {name!r} is not text")
            return ""
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.record.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.wrong.append(f"field {name!r} is not a list of texts")
            return ()
        return tuple(value)


def read_set(
    path: str | Path, format: str = "auto", *, task: str = "synthesize", errata: Errata | None = None
) -> list[Problem]:
    """The problems of a file or folder, in its order. ConfigError has a line for everything that is wrong."""
    if format not in FORMATS:
        raise ConfigError([f"format {format!r}: it is one of {', '.join(FORMATS)}"])
    if task not in TASKS:
        raise ConfigError([f"task {task!r}: it is one of {', '.join(TASKS)}"])
    path = Path(path)
    if not path.exists():
        raise ConfigError([f"{path}: there is no such file or folder"])
    if format == "programs":
        from ferrule.evaluation.problems.programs import read_programs

        return read_programs(path)
    if format == "own" and not path.is_dir():
        raise ConfigError([f"{path}: format own is a folder of <category>/<name>.rs"])
    wrong: list[str] = []
    drafts = read_own(path, wrong) if path.is_dir() else read_records(path, format, task, errata, wrong)
    problems = finished(drafts, errata, wrong)
    if errata:
        wrong += errata.unused(path)
    if not problems and not wrong:
        wrong.append(f"{path}: no problem in it")
    if wrong:
        raise ConfigError(wrong)
    return problems


def read_records(
    path: Path, format: str, task: str, errata: Errata | None, wrong: list[str]
) -> Iterator[tuple[str, Problem]]:
    """Each problem as the file has it, with its place. Those that errata exclude are not looked at."""
    records = parquet_records(str(path)) if path.suffix == ".parquet" else jsonl_records(str(path))
    for where, record in records:
        if format == "auto":
            format = recognised(record, where)
        fields = Fields(record)
        id = fields.text("name" if format == "multiple" else "task_id")
        if fields.wrong or not id:
            wrong.append(f"{where}: " + "; ".join(fields.wrong or ["its id is empty"]))
            continue
        if errata and errata.excludes(id, record, where, wrong):
            continue
        try:
            problem = READERS[format](fields, id, task)
        except ValueError as error:
            fields.wrong.append(str(error))
        if fields.wrong:
            wrong.append(f"{where}: {id}: " + "; ".join(fields.wrong))
            continue
        yield where, problem


def recognised(record: dict, where: str) -> str:
    """The format of a file by the fields of its first record."""
    if "name" in record and "prompt" in record and ("tests" in record or "test" in record):
        return "multiple"
    if "task_id" in record and "declaration" in record:
        return "humanevalpack"
    if "task_id" in record and "test" in record:
        return "humaneval"
    has = ", ".join(map(str, record)) or "none"
    raise ConfigError([f"{where}: no known format has these fields ({has}); name one: {', '.join(FORMATS)}"])


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
        prompt += declaration  # early files have the docs alone as prompt
    instruction = fields.text("instruction", default="")
    if task == "fix" and prompt.strip():
        _, entry = entry_of(prompt)
        instruction = f"Fix the bug in `{entry}`.\n\n{buggy_function(fields, declaration, entry)}"
    return Problem(
        id=id,
        prompt=prompt,
        reference=fields.text("canonical_solution", default=""),
        tests=tests_of(fields, fields.text("test_setup", default="")),
        entry="",  # the prompt says it: `entry_point` is the name that the function has in Python
        instruction=instruction,
    )


def buggy_function(fields: Fields, declaration: str, entry: str) -> str:
    """What is to be mended, from its `fn` on: without docs and `use` lines, as HumanEvalFix gives it."""
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
    # What a file keeps apart, such as `use` lines, goes where the tests see it.
    return test_items(tests) if not setup.strip() else f"{setup.strip()}\n{test_items(tests)}"


def finished(drafts: Iterator[tuple[str, Problem]], errata: Errata | None, wrong: list[str]) -> list[Problem]:
    """Errata laid on, what follows from the text filled in, everything checked."""
    problems: dict[str, Problem] = {}
    places: dict[str, str] = {}
    for where, problem in drafts:
        if problem.id in places:
            wrong.append(f"{where}: {problem.id}: this id is taken by {places[problem.id]}")
            continue
        places[problem.id] = where
        try:
            problem = completed(errata.mend(problem) if errata else problem)
            found = complaints(problem)
        except ValueError as error:
            found = [str(error)]
        wrong += [f"{where}: {problem.id}: {each}" for each in found]
        problems[problem.id] = problem
    return list(problems.values())


def completed(problem: Problem) -> Problem:
    """With the kind, entry, names and crates that its texts show."""
    kind, entry = problem.kind, problem.entry
    if problem.prompt.strip():
        kind, found = entry_of(problem.prompt)
        entry = found if kind == "impl" else entry or found
    names = names_for_tests(problem.prompt, problem.reference, problem.tests)
    crates = [name for name in CRATES if name in problem.crates or mentions(problem, name)]
    others = [name for name in problem.crates if name not in CRATES]
    if others:
        raise ValueError(f"there is no crate `{others[0]}` in resources/problem_crates")
    names = tuple(dict.fromkeys((*problem.names, *names)))
    return replace(problem, kind=kind, entry=entry, names=names, crates=tuple(crates))


def mentions(problem: Problem, crate: str) -> bool:
    """Is the crate used by what every answer is compiled with: the prompt, the reference, the tests?"""
    pattern = rf"\buse\s+{crate}\b|(?<![\w:.]){crate}::"
    return any(re.search(pattern, text) for text in (problem.prompt, problem.reference, problem.tests))
