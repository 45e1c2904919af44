"""The kinds of task, one module each.

A module has `NAME`, its `_task_type`, and `make(row, crate, settings, others)`: for a function's chunk row a
`Draft`, or a `Drop` with the reason why it gives no row of that kind, or a list of both. A module that makes further rows of a
type has `KIND`, their `_kind`. What earlier steps found about the function (broken forms, rewrites, tests, mutants) is in
the row, see `ferrule.tasks.chunk_facts`. `others` are the makers that this function already has a row of. It never sees a
function without a verdict. A further kind is a further module, listed here.
"""

from types import ModuleType

from ferrule.tasks import (
    api_usage,
    bug_fixing,
    code_generation,
    error_fixing,
    explanations,
    fill_in_middle,
    make_tests_pass,
    output_prediction,
    test_writing,
    transformations,
    whole_modules,
)

# In the order in which a function is offered to them.
MAKERS = (
    code_generation,
    make_tests_pass,
    test_writing,
    api_usage,
    explanations,
    output_prediction,
    fill_in_middle,
    error_fixing,
    bug_fixing,
    transformations,
    whole_modules,
)


def kinds() -> dict[str, ModuleType]:
    """Name of the maker -> module: the task's name, followed by `_kind` for those of further rows."""
    return {maker_name(module): module for module in MAKERS}


def maker_name(module: ModuleType) -> str:
    kind = getattr(module, "KIND", "")
    return f"{module.NAME}:{kind}" if kind else module.NAME
