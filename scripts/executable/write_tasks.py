"""Make a crate's executable tasks: its candidates whose answer is a function, with the proof of the function.

    python scripts/executable/write_tasks.py --crate-json crate.json --resolved resolved.json --source source/ \\
        --chunks chunks.parquet --calls calls.parquet --proofs proofs.parquet --candidates candidates.parquet \\
        --config config/config.yaml --tasks tasks.parquet --dropped tasks_dropped.json

The prompts are those of the dataset's candidates, all of them and not only those that the mix takes. Beside them each
function is asked for by its beginning (completion). A task whose reference the grader would refuse is left out.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import ferrule.core.without_numpy  # noqa: F401

from ferrule.core.command_line import add_config, add_crate, add_files, parser_of
from ferrule.core.files import read_json, read_rows, write_json, write_rows
from ferrule.core.schemas import CALLS, CHUNKS, PROOFS, SAMPLES, TASKS, ProofRow, TaskRow, choose, identity
from ferrule.crates import cargo
from ferrule.grading.answer_functions import answer_function, risky_macros
from ferrule.grading.task_rows import branches_of, completion_of, kind_of, lines_of

DEFAULTS = dict(
    kinds=["docs", "tests", "compile_error", "behaviour", "completion", "rewrite"], per_function=2, seed=0
)
MANY = ("compile_error", "behaviour", "rewrite")  # kinds of which a function may have several tasks


def main() -> None:
    arguments = parse_arguments()
    crate = read_json(arguments.crate_json)
    settings = DEFAULTS | arguments.config["executable"]
    tasks, dropped = make_tasks(arguments, crate, settings) if crate["status"] == "ok" else ([], Counter())
    write_rows(arguments.tasks, tasks, TASKS)
    write_json(arguments.dropped, dict(sorted(dropped.items())))
    print(
        f"{len(tasks)} tasks of {len({(t['file'], t['start']) for t in tasks})} functions; left out: {dict(dropped)}"
    )


def make_tasks(arguments, crate: dict, settings: dict) -> tuple[list[TaskRow], Counter]:
    dropped: Counter = Counter()
    proofs = {row["chunk"]: row for row in read_rows(arguments.proofs, PROOFS)}
    dropped.update(row["reason"] for row in proofs.values() if row["reason"])
    chunks = {
        (row["file"], row["start"], row["end"]): row
        for row in read_rows(arguments.chunks, CHUNKS)
        if row["id"] in proofs and not proofs[row["id"]]["reason"]
    }
    if not chunks:
        return [], dropped
    calls = Counter(row["chunk"] for row in read_rows(arguments.calls, CALLS))
    facts = dict(
        crate=crate["name"],
        version=crate["version"],
        sha256=crate["sha256"],
        repository=crate["repository"] or "",
        commit=crate["commit"] or "",
        license=crate["license"] or "",
        edition=crate["edition"],
        published=published(arguments.resolved),
        rustc=cargo.toolchain()["version"],
        features=arguments.config["crates"].get("features", "default"),
        split="",
    )
    forbidden = risky_macros(Path(arguments.source) / crate["package"])
    made: dict[tuple, list[TaskRow]] = defaultdict(list)
    for kind, chunk, shown in asked(arguments.candidates, chunks, settings):
        row = task_row(facts, kind, chunk, shown, proofs[chunk["id"]], calls[chunk["id"]])
        source = (Path(arguments.source) / crate["package"] / row["file"]).read_bytes()
        answer = row["reference"]
        if kind == "completion":
            answer = answer[len(row["prefix"]) : len(answer) - len(row["suffix"])]
        if answer_function(row, answer, "reference", source, forbidden).form is None:
            dropped["reference_refused"] += 1
        else:
            made[kind, chunk["id"]].append(row)
    kept = []
    for (kind, _), rows in made.items():
        # More of one function only where its tests say much about an answer.
        most = settings["per_function"] if kind in MANY and rows[0]["strength"] == "strong" else 1
        rows.sort(key=lambda row: choose(settings["seed"], "task", row["id"]))
        kept += rows[:most]
        dropped["more_of_one_function"] += len(rows[most:])
    return sorted(kept, key=lambda row: (row["file"], row["start"], row["kind"], row["id"])), dropped


def asked(candidates: str, chunks: dict, settings: dict) -> Iterator[tuple[str, dict, dict]]:
    """(kind, chunk, what the prompt shows) of every candidate, then of every function's completion."""
    for sample in read_rows(candidates, SAMPLES):
        kind = kind_of(sample)
        chunk = chunks.get((sample["_source_file"], sample["_start"], sample["_end"]))
        if chunk is None or kind not in settings["kinds"]:
            continue
        yield (
            kind,
            chunk,
            dict(
                id=sample["_id"],
                prompt=sample["prompt"],
                prefix="",
                suffix="",
                before=sample["_before"] or "",
            ),
        )
        if (
            kind == "docs"
            and "completion" in settings["kinds"]
            and (cut := completion_of(chunk, sample["prompt"]))
        ):
            yield "completion", chunk, cut | dict(id=identity(sample["_id"], "completion"), before="")


def task_row(facts: dict, kind: str, chunk: dict, shown: dict, proof: ProofRow, calls: int) -> TaskRow:
    code = chunk["code"]
    body = chunk["body"] - chunk["start"]
    text = code.encode()
    return TaskRow(
        **facts,
        id=shown["id"],
        kind=kind,
        file=chunk["file"],
        start=chunk["start"],
        end=chunk["end"],
        body=chunk["body"],
        entry=chunk["name"],
        messages=[dict(role="user", content=shown["prompt"])],
        prefix=shown["prefix"],
        suffix=shown["suffix"],
        before=shown["before"],
        stub=text[: body + 1].decode() + " todo!() }",
        reference=code,
        fail_to_pass=proof["fail_to_pass"],
        pass_to_pass=proof["pass_to_pass"],
        strength=proof["strength"],
        killed=proof["killed"],
        tried=proof["tried"],
        repeats=proof["repeats"],
        default=proof["default"],
        empty=proof["empty"],
        unsafe=chunk["unsafe"] > 0,
        cpu_seconds=proof["cpu_seconds"],
        lines=lines_of(text[body + 1 : -1].decode()),
        context_chars=len(shown["prompt"]),
        calls=calls,
        branches=branches_of(text),
    )


def published(resolved: str) -> str | None:
    """The day that the version was published, where the registry's index has it."""
    return (read_json(resolved).get("published") or None) if resolved else None


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_crate(parser)
    add_files(parser, "chunks", "calls", "proofs", "candidates", "tasks", "dropped")
    parser.add_argument(
        "--resolved", default="", metavar="FILE", help="what the registry's index says of the crate"
    )
    add_config(parser, "crates", "executable")
    return parser.parse_args()


if __name__ == "__main__":
    main()
