"""Make a crate's candidates: for every function with a verdict, a row per kind of task or a reason.

    python scripts/tasks/make.py --crate semver@1.0.28 --crate-json crate.json --source source/ \
        --chunks chunks.parquet --verdicts verdicts.parquet --judge-json judge.json [--clippy clippy.json] \
        --prompts resources/prompts.yaml --tasks '{"seed": 0}' \
        --candidates candidates.parquet --dropped dropped.parquet
"""

from __future__ import annotations

import argparse
import bisect
import json
import re
from collections import defaultdict
from pathlib import Path

import yaml

from ferrule import syntax, tasks
from ferrule.context import Crate
from ferrule.rows import BROKEN, CHUNKS, DROPPED, SAMPLES, VERDICTS, choose, identity
from ferrule.tables import read_json, read_rows, write_rows

NOTHING = dict.fromkeys(SAMPLES.names)


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
    broken = broken_by_chunk(arguments.broken)
    for row in chunks:
        row["broken"] = broken.get(row["id"], [])
    crate = Crate(chunks)
    add_margins(chunks, Path(arguments.source) / crate_row.get("package", "."))
    warnings = clippy_lines(arguments.clippy)
    candidates, dropped = [], []
    for row in chunks:
        if row["kind"] not in ("function", "method"):
            continue
        if reason := withheld(row, verdicts):
            dropped.append(drop_row(row, *reason))
            continue
        kinds: set[str] = set()  # of the rows that this function has given
        for name, module in makers.items():
            if name == "error_fixing":
                unbroken = [b for b in row["broken"] if b["reason"]]
                dropped += [drop_row(row, "mutate", b["reason"], b["operator"], name) for b in unbroken]
            made = module.make(row, crate, settings, frozenset(kinds))
            if isinstance(made, tasks.Drop):
                dropped.append(drop_row(row, "make", made.reason, made.detail, name))
                continue
            for draft in made if isinstance(made, list) else [made]:
                sample = sample_row(row, crate_row, draft, name, templates[name], settings.seed)
                sample |= dict(_rustc=rustc, _clippy=warnings_in(row, warnings))
                sample["_idiomatic"] = None if sample["_clippy"] is None else sample["_clippy"] == 0
                if why := too_long(sample):
                    dropped.append(drop_row(row, "make", *why, name))
                else:
                    candidates.append(sample)
                    kinds.add(name)
    candidates.sort(key=lambda s: (s["_source_file"], s["_start"], s["_task_type"], s["_id"]))
    write_rows(arguments.candidates, candidates, SAMPLES)
    write_rows(arguments.dropped, dropped, DROPPED)


def withheld(row: dict, verdicts: dict[str, dict]) -> tuple[str, str] | None:
    """(stage, reason) for a function that no task may use."""
    if row["reason"]:
        return "chunk", row["reason"]
    verdict = verdicts[row["id"]]
    return None if verdict["compiles"] else ("judge", verdict["reason"])


def sample_row(row: dict, crate: dict, made: tasks.Draft, task: str, templates: dict, seed: int) -> dict:
    source = "crates"
    key = identity(
        source, crate["name"], crate["version"], row["file"], row["start"], row["end"], task, made.variant
    )
    wordings = templates["method" if row["kind"] == "method" else "function"]
    wording = choose(seed, key, "wording") % len(wordings)
    prompt = wordings[wording].strip("\n")
    # In one pass, and not by str.format: the code itself is full of braces.
    prompt = re.sub(r"\{(\w+)\}", lambda field: made.values.get(field[1], field[0]), prompt)
    return NOTHING | dict(
        prompt=prompt, gen=made.gen, split="", _id=key, _task_type=task, _source=source,
        _source_crate=crate["name"], _source_file=row["file"], _version=crate["version"],
        _sha256=crate["sha256"], _license=crate["license"], _repository=crate["repository"],
        _commit=crate["commit"], _edition=crate["edition"], _start=row["start"], _end=row["end"],
        _verdict="compiles", _tests=[], _variant=made.variant or f"wording_{wording}", _error_code=made.error_code,
        _diagnostic=made.diagnostic, _broken=made.broken, _error_start=made.error_start, _error_end=made.error_end,
        _prefix=made.prefix, _suffix=made.suffix, _documented=bool(row["docs"].strip()),
        _unsafe=row["unsafe"] > 0, _is_test=False,
    )  # fmt: skip


def too_long(sample: dict) -> tuple[str, str] | None:
    for name in ("prompt", "gen"):
        text = sample[name]
        if len(text) > tasks.TOO_LONG or text.count("\n") + 1 > 200:
            return f"{name}_too_long", f"{len(text)} characters, {text.count(chr(10)) + 1} lines"
    return None


def add_margins(chunks: list[dict], package: Path) -> None:
    """Give every function chunk `margin`: the blanks before its first line in the file."""
    files: dict[str, bytes] = {}
    for row in chunks:
        if row["kind"] in ("function", "method"):
            if row["file"] not in files:
                files[row["file"]] = (package / row["file"]).read_bytes()
            row["margin"] = syntax.indentation(files[row["file"]], row["start"])


def broken_by_chunk(path: str | None) -> dict[str, list[dict]]:
    """Broken forms of the functions, by their chunk; none where no mutations were made."""
    found: dict[str, list[dict]] = defaultdict(list)
    for row in read_rows(path, BROKEN) if path else ():
        found[row["chunk"]].append(row)
    return found


def clippy_lines(path: str | None) -> dict[str, list[int]] | None:
    """Offsets of clippy's findings by file, sorted; None where clippy gave no answer."""
    envelope = read_json(path) if path else None
    if not envelope or envelope["status"] != "ok":
        return None
    found: dict[str, list[int]] = defaultdict(list)
    for finding in envelope["findings"]:
        if finding.get("file") and finding.get("start") is not None:
            found[finding["file"]].append(finding["start"])
    return {file: sorted(starts) for file, starts in found.items()}


def warnings_in(row: dict, warnings: dict[str, list[int]] | None) -> int | None:
    if warnings is None:
        return None
    starts = warnings.get(row["file"], [])
    return bisect.bisect_left(starts, row["end"]) - bisect.bisect_left(starts, row["start"])


def drop_row(row: dict, stage: str, reason: str, detail: str = "", task: str = "") -> dict:
    return dict(stage=stage, reason=reason, detail=detail, task=task, crate=row["crate"], file=row["file"],
                start=row["start"], end=row["end"], id=row["id"])  # fmt: skip


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("crate", "crate-json", "source", "chunks", "verdicts", "judge-json", "prompts", "candidates",
                 "dropped"):  # fmt: skip
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--clippy", help="clippy's envelope; without it `_clippy` stays empty")
    parser.add_argument(
        "--broken", help="broken forms of the functions; without them error_fixing has no rows"
    )
    parser.add_argument("--tasks", type=json.loads, default={}, help="the section `tasks`, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
