"""Check a file of samples against a problem set before anything long is done with it.

    python scripts/evaluate/import_samples.py --problems results/problems/own/problems.jsonl \\
        --file answers.jsonl --config '{"evaluate": {"k": [1, 10]}}' --out results/evaluate/own/mine/samples.jsonl
    python scripts/evaluate/import_samples.py --problems results/problems/own/problems.jsonl \\
        --references --out results/evaluate/own/references/samples.jsonl

A sample is a JSON object on a line: `task_id`, `completion`, and `sample`, its number among the samples of its
problem (0 ...); where no line has one they are numbered in the file's order. Other columns are kept. Everything
that is wrong with the file is reported at once, with its lines, and nothing is written. A completion that is not
valid Unicode is not a mistake in the file: it is kept with `unusable`, and counts as no answer.
`--references` makes a file of the problems' own solutions: what a perfect model would give. With `evaluate.sample_n`,
samples of problems outside the subset are left out, and their number is printed.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import ferrule.core.without_numpy  # noqa: F401

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import write_jsonl
from ferrule.evaluation.problems.problem import Problem, read_problems
from ferrule.evaluation.problems.subset import in_words, subset_of

MOST = 10  # mistakes that are shown


class Mistakes(list):
    """What is wrong with the file, in words with the line's number."""

    def add(self, number: int, text: str) -> None:
        self.append(f"line {number}: {text}")


def main() -> None:
    arguments = parse_arguments()
    problems = read_problems(arguments.problems)
    mistakes = Mistakes()
    try:
        taken, subset = subset_of(problems, arguments.config["evaluate"])
    except ValueError as error:
        sys.exit(f"{arguments.problems}: {error}")
    if arguments.references:
        rows = list(references(taken))
        if not rows:
            sys.exit(f"{arguments.problems}: no problem has a reference; name a file of samples instead")
    else:
        rows = list(read_samples(Path(arguments.file), problems, mistakes))
        rows = inside(numbered(rows, mistakes), taken)
    check_k(rows, arguments.config["evaluate"].get("k", []), mistakes)
    if mistakes:
        more = f"\n... and {len(mistakes) - MOST} more" if len(mistakes) > MOST else ""
        sys.exit(f"{arguments.file}: cannot be used:\n" + "\n".join(mistakes[:MOST]) + more)
    if not rows:
        sys.exit(f"{arguments.file}: has no sample of the {len(taken)} problems that evaluate.sample_n takes")
    order = {task: number for number, task in enumerate(problems)}
    rows.sort(key=lambda row: (order[row["task_id"]], row["sample"]))
    missing = taken.keys() - {row["task_id"] for row in rows}
    if missing:
        some = ", ".join(sorted(missing)[:5])
        print(
            f"{len(missing)} of {len(taken)} problems have no sample and count as not solved: {some}",
            file=sys.stderr,
        )
    if subset:
        print(f"a subset: {in_words(subset)}", file=sys.stderr)
    write_jsonl(arguments.out, rows)


def inside(rows: list[dict], taken: dict[str, Problem]) -> list[dict]:
    """The rows of the problems that are taken; the number of the others is printed."""
    found = [row for row in rows if row["task_id"] in taken]
    if others := len(rows) - len(found):
        print(f"{others} samples are of problems outside the subset and are left out", file=sys.stderr)
    return found


def references(problems: dict[str, Problem]) -> Iterator[dict]:
    for problem in problems.values():
        if problem.reference:
            yield {"task_id": problem.id, "sample": 0, "completion": problem.reference}


def read_samples(path: Path, problems: dict[str, Problem], mistakes: Mistakes) -> Iterator[dict]:
    """The rows as they are in the file, each with `line`; rows that are wrong only add to `mistakes`."""
    if not path.is_file():
        sys.exit(f"{path}: there is no such file; evaluate.samples in the configuration names it")
    empty = True
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            empty = False
            text = line.decode("utf-8", "surrogateescape")
            try:
                row = json.loads(text)
            except ValueError as error:
                mistakes.add(number, f"not a JSON object ({error})")
                continue
            if row_is_whole(row, number, problems, mistakes):
                yield checked(row) | {"line": number}
    if empty:
        mistakes.add(1, "the file is empty")


def row_is_whole(row: object, number: int, problems: dict[str, Problem], mistakes: Mistakes) -> bool:
    if not isinstance(row, dict):
        mistakes.add(number, "not a JSON object")
        return False
    before = len(mistakes)
    task = row.get("task_id")
    if not isinstance(task, str):
        mistakes.add(number, f"no task_id; its columns are {', '.join(sorted(row)) or 'none'}")
    elif task not in problems:
        close = difflib.get_close_matches(task, problems, 1)
        hint = f" (did you mean {close[0]}?)" if close else f" (the first one is {next(iter(problems))})"
        mistakes.add(number, f"unknown problem {task!r}{hint}")
    if not isinstance(row.get("completion"), str):
        mistakes.add(number, f"no text in completion; its columns are {', '.join(sorted(row)) or 'none'}")
    sample = row.get("sample")
    if sample is not None and (not isinstance(sample, int) or isinstance(sample, bool) or sample < 0):
        mistakes.add(number, f"sample is {sample!r}, not a number from 0 on")
    return len(mistakes) == before


def checked(row: dict) -> dict:
    """The row with text that can be written as UTF-8."""
    text = json.dumps(row, ensure_ascii=False)
    if text.isascii() or text.encode("utf-8", "replace").decode() == text:
        return row
    whole = json.loads(text.encode("utf-8", "replace").decode())
    return whole | {"unusable": "not_utf8"} if whole["completion"] != row["completion"] else whole


def numbered(rows: list[dict], mistakes: Mistakes) -> list[dict]:
    """The rows with a `sample` each; no two of a problem have the same."""
    lines = [row.pop("line") for row in rows]
    without = [line for row, line in zip(rows, lines, strict=True) if "sample" not in row]
    if without and len(without) < len(rows):
        mistakes.add(without[0], "has no sample, other lines have one: give it to all lines or to none")
        return rows
    seen: dict[tuple[str, int], int] = {}
    count: Counter[str] = Counter()
    for row, line in zip(rows, lines, strict=True):
        if without:
            row["sample"] = count[row["task_id"]]
        count[row["task_id"]] += 1
        twin = seen.setdefault((row["task_id"], row["sample"]), line)
        if twin != line:
            mistakes.add(line, f"{row['task_id']} has a sample {row['sample']} already on line {twin}")
    first = ("task_id", "sample", "completion")
    return [{name: row[name] for name in first} | row for row in rows]


def check_k(rows: list[dict], wanted: list[int], mistakes: Mistakes) -> None:
    """pass@k needs k samples of every problem that has any."""
    counts = Counter(row["task_id"] for row in rows)
    for k in wanted:
        for task, count in counts.items():
            if count < k:
                mistakes.append(
                    f"evaluate.k asks for pass@{k}, and {task} has {count} sample{'s' * (count > 1)}"
                    " (pass@k needs k samples of a problem)"
                )
                break


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--file", help="the samples, JSONL")
    source.add_argument("--references", action="store_true", help="take the problems' own solutions")
    add_files(parser, "out", problems="the set, problems.jsonl")
    add_config(parser, "evaluate")
    return parser.parse_args()


if __name__ == "__main__":
    main()
