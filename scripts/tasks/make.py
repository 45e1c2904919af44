"""Make a crate's candidates: for every function with a verdict, rows of each kind of task or a reason.

    python scripts/tasks/make.py --crate semver@1.0.28 --crate-json crate.json --source source/ \
        --chunks chunks.parquet --verdicts verdicts.parquet --judge-json judge.json [--clippy clippy.json] \
        [--broken broken.parquet] [--rewrites rewrites.parquet] \
        [--coverage coverage.parquet --behaviour behaviour.parquet] \
        --prompts resources/prompts.yaml --tasks '{"seed": 0}' \
        --candidates candidates.parquet --dropped dropped.parquet
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from ferrule import tasks
from ferrule.context import Crate
from ferrule.findings import add_findings, clippy_lines, warnings_in
from ferrule.rows import CHUNKS, DROPPED, SAMPLES, VERDICTS, choose, identity
from ferrule.tables import read_json, read_rows, write_rows
from ferrule.tasks import transformations

NOTHING = dict.fromkeys(SAMPLES.names)
FUNCTIONS, TYPES = ("function", "method"), ("struct", "enum")


def main() -> None:
    arguments = parse_arguments()
    crate_row = read_json(arguments.crate_json)
    chunks = read_rows(arguments.chunks, CHUNKS)
    verdicts = {row["chunk"]: row for row in read_rows(arguments.verdicts, VERDICTS)}
    rustc = read_json(arguments.judge_json)["rustc"]
    templates = yaml.safe_load(Path(arguments.prompts).read_text(encoding="utf-8"))
    wanted = arguments.tasks.pop("kinds", None) or list(tasks.kinds())
    settings = tasks.Settings(**arguments.tasks)
    makers = {name: module for name, module in tasks.kinds().items() if name in wanted}

    if crate_row["status"] == "ok":  # as every later stage names it: with the version that was fetched
        for row in chunks:
            row["crate"] = f"{crate_row['name']}@{crate_row['version']}"
    package = Path(arguments.source) / crate_row.get("package", ".")
    add_findings(
        chunks, package, arguments.broken, arguments.rewrites, arguments.coverage, arguments.behaviour
    )
    crate = Crate(chunks)
    warnings = clippy_lines(arguments.clippy)
    candidates, dropped = [], []
    for row in chunks:
        if row["kind"] not in FUNCTIONS and not (row["kind"] in TYPES and row["rewritten"]):
            continue
        if reason := withheld(row, verdicts):
            dropped.append(drop_row(row, *reason))
            continue
        for name, made in made_of(row, crate, settings, makers):
            if isinstance(made, tasks.Drop):
                dropped.append(drop_row(row, made.stage, made.reason, made.detail, name))
                continue
            sample = sample_row(row, crate_row, made, name, templates[name], settings.seed)
            sample |= dict(_rustc=rustc, _clippy=warnings_in(row, warnings))
            sample["_idiomatic"] = None if sample["_clippy"] is None else sample["_clippy"] == 0
            if why := too_long(sample):
                dropped.append(drop_row(row, "make", *why, name))
            else:
                candidates.append(sample)
    candidates.sort(key=lambda s: (s["_source_file"], s["_start"], s["_task_type"], s["_id"]))
    write_rows(arguments.candidates, candidates, SAMPLES)
    write_rows(arguments.dropped, dropped, DROPPED)


def withheld(row: dict, verdicts: dict[str, dict]) -> tuple[str, str] | None:
    """(stage, reason) for an item that no task may use. A type has no verdict of its own, its rewrites have."""
    if row["reason"]:
        return "chunk", row["reason"]
    verdict = verdicts.get(row["id"])
    return ("judge", verdict["reason"]) if verdict and not verdict["compiles"] else None


def made_of(
    row: dict, crate: Crate, settings: tasks.Settings, makers: dict
) -> Iterator[tuple[str, tasks.Draft | tasks.Drop]]:
    """(kind, what it made) for an item; of a type there are transformations alone."""
    kinds: set[str] = set()
    for name, module in makers.items():
        if row["kind"] in TYPES and name != transformations.NAME:
            continue
        made = module.make(row, crate, settings, frozenset(kinds))
        for one in made if isinstance(made, list) else [made]:
            if isinstance(one, tasks.Draft):
                kinds.add(name)
            yield name, one


def sample_row(row: dict, crate: dict, made: tasks.Draft, task: str, templates: dict, seed: int) -> dict:
    source, start = "crates", row["start"] if made.start is None else made.start
    key = identity(
        source, crate["name"], crate["version"], row["file"], start, row["end"], task, made.variant
    )
    wordings = templates[made.wording or ("method" if row["kind"] == "method" else "function")]
    wording = choose(seed, key, "wording") % len(wordings)
    prompt = wordings[wording].strip("\n")
    # In one pass, and not by str.format: the code itself is full of braces.
    prompt = re.sub(r"\{(\w+)\}", lambda field: made.values.get(field[1], field[0]), prompt)
    return NOTHING | dict(
        prompt=prompt, gen=made.gen, split="", _id=key, _task_type=task, _source=source,
        _source_crate=crate["name"], _source_file=row["file"], _version=crate["version"],
        _sha256=crate["sha256"], _license=crate["license"], _repository=crate["repository"],
        _commit=crate["commit"], _edition=crate["edition"], _start=start, _end=row["end"],
        _verdict=made.verdict or ("tested" if row["tests"] else "compiles"), _tests=row["tests"] or [],
        _variant=made.variant or f"wording_{wording}", _error_code=made.error_code,
        _diagnostic=made.diagnostic, _before=made.before, _error_start=made.error_start, _error_end=made.error_end,
        _prefix=made.prefix, _suffix=made.suffix, _documented=bool(row["docs"].strip()),
        _unsafe=row["unsafe"] > 0, _is_test=False,
    )  # fmt: skip


def too_long(sample: dict) -> tuple[str, str] | None:
    for name in ("prompt", "gen"):
        text = sample[name]
        if len(text) > tasks.TOO_LONG or text.count("\n") + 1 > 200:
            return f"{name}_too_long", f"{len(text)} characters, {text.count(chr(10)) + 1} lines"
    return None


def drop_row(row: dict, stage: str, reason: str, detail: str = "", task: str = "") -> dict:
    return dict(stage=stage, reason=reason, detail=detail, task=task, crate=row["crate"], file=row["file"],
                start=row["start"], end=row["end"], id=row["id"])  # fmt: skip


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("crate", "crate-json", "source", "chunks", "verdicts", "judge-json", "prompts", "candidates",
                 "dropped"):  # fmt: skip
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--clippy", help="clippy's envelope; without it `_clippy` stays empty")
    parser.add_argument("--broken", help="broken forms; without them error_fixing has no rows")
    parser.add_argument("--rewrites", help="rewritten forms; without them transformations has no rows")
    parser.add_argument(
        "--coverage", help="the tests that cover each function; without them `_tests` is empty"
    )
    parser.add_argument("--behaviour", help="what the tests say of the rewritten forms")
    parser.add_argument("--tasks", type=json.loads, default={}, help="the section `tasks`, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
