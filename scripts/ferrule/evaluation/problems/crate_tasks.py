"""Executable tasks as a problem set (docs/executable.md): the prompt is the task's, the tests are those of its crate.

    problems = read_crate_tasks("results/tasks/tasks.parquet", split="heldout", kinds=["docs"], max_lines=5)

`instruction` is what a model sees, `prompt` only the function up to the place where the answer begins: that is what an
answer is read against. There are no tests in a problem; `ferrule.grading` finds them by its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.core.errors import ConfigError
from ferrule.core.files import read_rows
from ferrule.core.schemas import TASKS
from ferrule.evaluation.problems.problem import CRATE_TASK, Problem

BANDS = (3, 10)  # lines of a function's body: up to these it counts as easy, medium


def read_crate_tasks(
    path: str | Path,
    *,
    split: str = "heldout",
    kinds: Sequence[str] = (),
    max_lines: int | None = None,
    max_chars: int | None = None,
    strong: bool = False,
    unsafe: bool = False,
) -> list[Problem]:
    """The tasks of one split as problems: `max_lines` of the body, `max_chars` of the prompt. ConfigError if none fits."""
    rows = [
        row
        for row in read_rows(path, TASKS)
        if row["split"] == split
        and (not kinds or row["kind"] in kinds)
        and (max_lines is None or row["lines"] <= max_lines)
        and (max_chars is None or len(row["messages"][-1]["content"]) <= max_chars)
        and (row["strength"] == "strong" or not strong)
        and (unsafe or not row["unsafe"])
    ]
    if not rows:
        raise ConfigError(
            [f"{path}: no task of split {split} fits; results/tasks/tasks.md says what there is. Add crates to the list,"
             " or ask for more kinds, longer functions or longer prompts"]
        )  # fmt: skip
    return [problem_of(row) for row in rows]


def problem_of(row: dict) -> Problem:
    code = row["reference"].encode()
    head = code[: row["body"] + 1 - row["start"]].decode()
    prompt = row["prefix"] or head
    return Problem(
        row["id"],
        prompt,
        row["entry"],
        "",
        row["reference"][len(prompt) :],
        kind=CRATE_TASK,
        edition=row["edition"],
        category=row["kind"],
        difficulty=1 + sum(row["lines"] > most for most in BANDS),
        instruction=row["messages"][-1]["content"],
    )
