"""Write the executable tasks in train as rows of prompt and answer: what a run of kind grpo has as its source.

    python scripts/executable/write_task_rows.py --tasks results/tasks/tasks.parquet --rows results/tasks/rows.parquet

Tasks that are held out are not among them, nor those whose reference has unsafe code. A twentieth of the functions is for
the evaluation loss.
"""

from __future__ import annotations

import argparse

import pyarrow as pa

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import write_table
from ferrule.core.schemas import TaskRow, choose
from ferrule.grading.task_rows import read_tasks

NAMES = ("prompt", "gen", "split", "_id", "_task_type", "_source_file")
VAL = 20  # one function of so many


def main() -> None:
    arguments = parse_arguments()
    rows = [
        row_of(task)
        for task in read_tasks(arguments.tasks)
        if task["split"] == "train" and not task["unsafe"]
    ]
    write_table(
        arguments.rows, pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in NAMES]))
    )
    print(f"{len(rows)} tasks")


def row_of(task: TaskRow) -> dict[str, str]:
    code = task["reference"]
    if task["prefix"] or task["suffix"]:
        code = code[len(task["prefix"]) : len(code) - len(task["suffix"])]
    place = f"{task['crate']}/{task['file']}:{task['start']}"
    return dict(
        prompt=task["messages"][0]["content"],
        gen=code,
        split="val" if choose(0, "rows", place) % VAL == 0 else "train",
        _id=task["id"],
        _task_type=task["kind"],
        _source_file=f"{task['crate']}/{task['file']}",
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, "tasks", "rows")
    return parser.parse_args()


if __name__ == "__main__":
    main()
