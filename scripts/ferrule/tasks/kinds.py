"""The kinds of task, one module each.

A module has `NAME`, its `_task_type`, and `make(row, crate, settings, others)`: for a function's chunk row a
`Draft`, or a `Drop` with the reason why it gives no row of that kind, or a list of both. What earlier steps
found about the function (broken forms, rewrites, tests) is in the row, see `ferrule.tasks.chunk_facts`.
`others` are the kinds that this function already has a row of. It never sees a function without a
verdict. A further kind is a further module, listed here.
"""

from types import ModuleType

from ferrule.tasks import (
    code_generation,
    error_fixing,
    explanations,
    fill_in_middle,
    transformations,
    whole_modules,
)

# In the order in which a function is offered to them.
MAKERS = (code_generation, explanations, fill_in_middle, error_fixing, transformations, whole_modules)


def kinds() -> dict[str, ModuleType]:
    """Name of the kind -> module."""
    return {module.NAME: module for module in MAKERS}
