"""Parts of a task's row: its kind, how hard its function is, and where a completion begins."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

from ferrule.core.files import read_rows
from ferrule.core.schemas import TASKS, TaskRow
from ferrule.rust import syntax
from ferrule.rust.nodes import child_of, descendants

KINDS = {
    ("code_generation", "docs"): "docs",
    ("code_generation", "tests"): "tests",
    ("error_fixing", "compile_error"): "compile_error",
    ("error_fixing", "behaviour"): "behaviour",
    ("transformations", None): "rewrite",
}
BRANCHES = {
    "if_expression", "match_arm", "for_expression", "while_expression", "loop_expression", "try_expression",
    "let_chain",
}  # fmt: skip
TODO = re.compile(r"\{\s*todo!\(\)\s*\}")


def read_tasks(file: str | Path) -> list[TaskRow]:
    """The tasks of a tasks.parquet."""
    return [cast(TaskRow, row) for row in read_rows(file, TASKS)]


def spec_of(task: TaskRow) -> str:
    """The task's crate as NAME@VERSION."""
    return f"{task['crate']}@{task['version']}"


def kind_of(sample: dict) -> str:
    """The kind of task that a sample's prompt asks for; "" if the answer is not a function."""
    return KINDS.get((sample["_task_type"], sample["_kind"]), "")


def lines_of(body: str) -> int:
    """Lines with code in the inside of a function."""
    return sum(bool(line.strip()) and not line.strip().startswith("//") for line in body.splitlines())


def branches_of(function: bytes) -> int:
    """Places where a function's path divides: if, arms of match, loops and `?`."""
    return sum(node.type in BRANCHES for node in descendants(syntax.parse(b"impl X {" + function + b"}")))


def completion_of(chunk: dict, prompt: str) -> dict[str, str] | None:
    """A prompt that shows the first statements of a function, with the text before and after the answer.

    None for a function of one statement, and where the prompt does not show the function with `todo!()`.
    """
    code = chunk["code"]
    prefix_bytes = b"impl X {"
    root = syntax.parse(prefix_bytes + code.encode() + b"}")
    functions = [] if root.has_error else child_of(root.named_children[0], "body").named_children
    if len(functions) != 1:
        return None
    body = child_of(functions[0], "body")
    statements = [node for node in body.named_children if node.kind_id not in syntax.COMMENTS]
    if len(statements) < 2:
        return None
    cut = statements[len(statements) // 2].start_byte - len(prefix_bytes)
    prefix = code.encode()[:cut].decode().rstrip(" \t")
    shown = prefix[chunk["body"] - chunk["start"] :].rstrip()
    places = TODO.findall(prompt)
    if len(places) != 1 or not shown:
        return None
    before, _, after = prompt.partition(places[0])
    fence = after.find("```")
    if fence < 0 or "```rust" not in before:
        return None
    margin = places[0].rpartition("\n")[2].removesuffix("}")
    context = before[before.index("```rust") :]
    asked = (
        f"Finish the function `{chunk['name']}`. Answer with the code that is missing at `// ...`, and no more.\n\n"
        f"{context}{shown}\n{margin}    // ...\n{margin}}}{after[:fence]}```\n"
    )
    return dict(prompt=asked, prefix=prefix, suffix="\n}")
