"""Make a crate's candidates: for every function with a verdict, rows of each kind of task or a reason.
For the kind `modules`, a row per file; of whole impl blocks and small modules, as many as `tasks.blocks`
says. With `--refused` no candidate: every function names the gates.

    python scripts/tasks/make_tasks.py --crate semver@1.0.28 --crate-json crate.json --source source/ \\
        --chunks chunks.parquet --verdicts verdicts.parquet --judge-json judge.json \\
        --clippy clippy.json --broken broken.parquet --rewrites rewrites.parquet \\
        --coverage coverage.parquet --behaviour behaviour.parquet --mutants mutants.parquet \\
        --prompts resources/prompts.yaml --config config/config.yaml \\
        --candidates candidates.parquet --dropped dropped.parquet
"""

from __future__ import annotations

import argparse
from pathlib import Path

import ferrule.core.without_numpy  # noqa: F401

from ferrule.core.command_line import add_config, add_crate, add_files, add_refused, parser_of
from ferrule.core.files import read_json, read_rows, write_rows
from ferrule.core.reasons import MakeReason
from ferrule.core.schemas import CHUNKS, DROPPED, SAMPLES, VERDICTS
from ferrule.tasks import (
    blocks,
    code_generation,
    fill_in_middle,
    impl_from_tests,
    make_tests_pass,
    whole_modules,
)
from ferrule.tasks.chunk_facts import add_findings, clippy_lines, top_modules, warnings_in
from ferrule.tasks.context import Crate
from ferrule.tasks.kinds import kinds, maker_name
from ferrule.tasks.sample_rows import (
    FUNCTIONS,
    TYPES,
    Origin,
    drop_row,
    guessable,
    made_of,
    sample_row,
    too_long,
)
from ferrule.tasks.task import Draft, Drop, Settings
from ferrule.tasks.wordings import read_templates

# The kinds whose answer is the function's own text, as it is in its block's answer.
ANSWERED_BY_BLOCKS = tuple(map(maker_name, (code_generation, make_tests_pass, fill_in_middle)))


def main() -> None:
    arguments = parse_arguments()
    crate = read_json(arguments.crate_json)
    chunks = read_rows(arguments.chunks, CHUNKS)
    if crate["status"] == "ok":  # as every later stage names it: with the version that was fetched
        for row in chunks:
            row["crate"] = f"{crate['name']}@{crate['version']}"
    if arguments.refused:
        candidates, dropped = [], refused_items(chunks, arguments.refused)
    else:
        candidates, dropped = make(arguments, crate, chunks)
    candidates.sort(key=lambda s: (s["_source_file"], s["_start"], s["_task_type"], s["_id"]))
    write_rows(arguments.candidates, candidates, SAMPLES)
    write_rows(arguments.dropped, dropped, DROPPED)


def make(arguments: argparse.Namespace, crate_row: dict, chunks: list[dict]) -> tuple[list[dict], list[dict]]:
    """The candidates of an accepted crate, and the items that give none."""
    verdicts = {row["chunk"]: row for row in read_rows(arguments.verdicts, VERDICTS)}
    origin = origin_of(crate_row, read_json(arguments.judge_json)["rustc"])
    templates = read_templates(arguments.prompts)
    wanted = arguments.config["tasks"].pop("kinds", None) or [module.NAME for module in kinds().values()]
    settings = Settings(**arguments.config["tasks"])
    makers = {name: module for name, module in kinds().items() if module.NAME in wanted}

    package = Path(arguments.source) / crate_row.get("package", ".")
    add_findings(
        chunks,
        package,
        arguments.broken,
        arguments.rewrites,
        arguments.coverage,
        arguments.behaviour,
        arguments.mutants,
        arguments.calls,
        arguments.examples,
        crate_row.get("targets", ()),  # none of a crate that was not fetched
    )
    for row in chunks:  # of the functions of a program the compiler was not asked
        if "calls" in row and verdicts.get(row["id"], {}).get("target") != "lib":
            row["calls"] = None
    crate = Crate(chunks, top_modules(package, crate_row.get("targets", ())))
    warnings = clippy_lines(arguments.clippy)
    candidates, dropped, whole = [], [], []

    def add(row: dict, name: str, made: Draft | Drop) -> bool:
        """Put what a maker made of an item where it belongs; True for a row."""
        if isinstance(made, Drop):
            dropped.append(drop_row(row, made.stage, made.reason, made.detail, name))
            return False
        sample = sample_row(row, origin, made, name, templates[name], settings.seed)
        sample["_clippy"] = warnings_in(row, warnings)
        sample["_idiomatic"] = None if sample["_clippy"] is None else sample["_clippy"] == 0
        if why := too_long(sample):
            dropped.append(drop_row(row, "make", *why, name))
            return False
        candidates.append(sample)
        return True

    def read(file: str) -> bytes:
        return (package / file).read_bytes()

    served: set[str] = set()  # ids of what is in a block that has a row of code_generation
    for row in blocks.chosen_blocks(chunks, read, verdicts, settings):
        if row["chunk"] in served:
            continue
        for name in [name for name in makers if name in blocks.MAKERS]:
            asked = add(row, name, guessable(name, blocks.MAKERS[name](row, crate, settings)))
            if name == code_generation.NAME and not asked:
                asked = add(row, name, guessable(name, impl_from_tests.make(row, crate, settings)))
            if name == code_generation.NAME and asked:
                served |= row["inside"]
    if whole_modules.NAME in makers:
        whole = whole_modules.whole_rows(chunks, read, verdicts)
    items = [row for row in chunks if row["kind"] in FUNCTIONS or (row["kind"] in TYPES and row["rewritten"])]
    for row in (items if makers.keys() - {whole_modules.NAME} else []) + whole:
        if reason := withheld(row, verdicts):
            dropped.append(drop_row(row, *reason))
            continue
        its_makers = makers
        if row["id"] in served:
            for name in [name for name in makers if name in ANSWERED_BY_BLOCKS]:
                dropped.append(drop_row(row, "make", MakeReason.IN_A_BLOCK, "", makers[name].NAME))
            its_makers = {name: maker for name, maker in makers.items() if name not in ANSWERED_BY_BLOCKS}
        for name, made in made_of(row, crate, settings, its_makers):
            add(row, name, made)
    return candidates, dropped


def refused_items(chunks: list[dict], gates: str) -> list[dict]:
    """Every function of a refused crate, with the first gate against the crate as the reason and all in the detail."""
    return [
        drop_row(row, "chunk", row["reason"])
        if row["reason"]
        else drop_row(row, "gate", gates.split(",")[0], gates)
        for row in chunks
        if row["kind"] in FUNCTIONS
    ]


def origin_of(crate: dict, rustc: str) -> Origin:
    names = ("name", "version", "sha256", "license", "repository", "commit", "edition")
    return Origin("crates", **{name: crate.get(name) for name in names}, rustc=rustc)


def withheld(row: dict, verdicts: dict[str, dict]) -> tuple[str, str] | None:
    """(stage, reason) for an item that no task may use. A type has no verdict of its own, its rewrites have."""
    if row["reason"]:
        return "chunk", row["reason"]
    verdict = verdicts.get(row["id"])
    return ("judge", verdict["reason"]) if verdict and not verdict["compiles"] else None


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_crate(parser)
    parser.add_argument("--crate", required=True, help="NAME@VERSION")
    add_refused(parser)
    add_files(parser, "chunks", "verdicts", "judge-json", "prompts", "candidates", "dropped")
    parser.add_argument("--clippy", help="clippy's envelope; without it `_clippy` stays empty")
    parser.add_argument("--broken", help="broken forms; without them error_fixing has no rows")
    parser.add_argument("--rewrites", help="rewritten forms; without them transformations has no rows")
    parser.add_argument(
        "--coverage", help="the tests that cover each function; without them `_tests` is empty"
    )
    parser.add_argument("--behaviour", help="what the tests say of the rewritten forms")
    parser.add_argument(
        "--examples", help="examples of the documentation that run; without them none is asked for"
    )
    parser.add_argument(
        "--calls", help="what functions call, as the compiler says; without it names have to do"
    )
    parser.add_argument(
        "--mutants", help="what the tests say of wrong forms; without them no task is made of tests"
    )
    add_config(parser, "tasks")
    return parser.parse_args()


if __name__ == "__main__":
    main()
