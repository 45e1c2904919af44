"""Answers to a task whose verdict is known: the author's code passes, and the stub does not."""

from __future__ import annotations

from ferrule.core.schemas import TaskRow


def reference_answer(task: TaskRow) -> str:
    """The author's code as a model would answer; of a completion, the part that is asked for."""
    code = task["reference"]
    if task["prefix"] or task["suffix"]:
        code = code[len(task["prefix"]) : len(code) - len(task["suffix"])]
    return f"```rust\n{code}\n```\n"


def stub_answer(task: TaskRow) -> str:
    """The function with nothing in it."""
    code = "todo!()" if task["prefix"] or task["suffix"] else task["stub"]
    return f"```rust\n{code}\n```\n"
