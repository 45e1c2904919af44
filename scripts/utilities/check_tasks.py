"""Check executable tasks with cargo alone, without any of the code that proved or grades them.

    python scripts/utilities/check_tasks.py --tasks results/tasks/tasks.parquet --crates results/crates --number 200 \\
        --config config/config.yaml

In the sandbox, on a fresh copy of each crate, `cargo test` runs all unit and integration tests: once unchanged, and
once for each task with its stub in place of the function. The unchanged crate must pass every test that the task names,
and the tests that fail with the stub must be exactly those of `fail_to_pass`. Tests that proofs.json sets aside, because
they are not steady or need more than the answer room has, are left out of the comparison.

Prints what differs; exit code 1 if anything does.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from ferrule.core.command_line import add_config, parser_of
from ferrule.crates.crate_records import fetched_folders
from ferrule.sandbox import session as sandbox
from ferrule.sandbox.sandbox_arguments import sandbox_of

WALL_SECONDS = 900  # of one command: the first one compiles all dev-dependencies
OUTCOME = re.compile(r"^test (\S+)(?: - should panic)? \.\.\. (?:.*\s)?(ok|FAILED)$", re.MULTILINE)


def main() -> None:
    arguments = parse_arguments()
    rows = sorted(pq.ParquetFile(arguments.tasks).read().to_pylist(), key=lambda row: row["id"])
    rows = random.Random(arguments.seed).sample(rows, min(arguments.number, len(rows)))
    by_crate: dict[str, list[dict]] = defaultdict(list)
    for row in rows:
        by_crate[f"{row['crate']}@{row['version']}"].append(row)
    folders = fetched_folders(arguments.crates)
    wrong = []
    for done, (spec, of_crate) in enumerate(sorted(by_crate.items()), 1):
        print(f"[{done}/{len(by_crate)}] {spec}: {len(of_crate)} tasks", file=sys.stderr)
        for row, problem in check_crate(folders[spec], of_crate, *sandbox_of(arguments.config)):
            if problem:
                wrong.append(f"{row['id']} {spec} {row['file']} {row['entry']}: {problem}")
    print("\n".join(wrong))
    print(f"{len(rows) - len(wrong)} of {len(rows)} tasks are as cargo has them")
    sys.exit(1 if wrong else 0)


def check_crate(
    folder: Path, rows: list[dict], mode: str, limits: sandbox.Limits
) -> Iterator[tuple[dict, str]]:
    """(task, problem) for each task; the problem is empty where cargo agrees."""
    package = json.loads((folder / "crate.json").read_text())["package"]
    set_aside = set(json.loads((folder / "proofs.json").read_text())["set_aside"])
    targets = sorted(
        {target_of(test) for row in rows for test in (*row["fail_to_pass"], *row["pass_to_pass"])}
    )
    with tempfile.TemporaryDirectory(prefix="ferrule-check-") as temporary:
        source = Path(temporary) / "source"
        shutil.copytree(folder / "source", source)
        environment = {"RUSTFLAGS": "--cap-lints=allow"}
        with sandbox.Session(
            source, package=package, mode=mode, limits=limits, environment=environment
        ) as session:
            unchanged = outcomes(session, targets, [])
            known: dict[tuple, dict[str, bool]] = {}
            for row in rows:
                named = {*row["fail_to_pass"], *row["pass_to_pass"]}
                if not_passed := sorted(test for test in named if not unchanged.get(test)):
                    yield row, f"{not_passed[0]} does not pass with the author's code"
                    continue
                place = (row["file"], row["start"])
                if place not in known:
                    file = source / package / row["file"]
                    original = file.read_bytes()
                    file.write_bytes(original[: row["start"]] + row["stub"].encode() + original[row["end"] :])
                    known[place] = outcomes(session, targets, [test for test in unchanged if unchanged[test]])
                    file.write_bytes(original)
                if not known[place]:
                    yield row, "the stub does not compile"
                    continue
                passing = {test for test, passed in unchanged.items() if passed} - set_aside
                failing = {test for test in passing if not known[place].get(test)}
                if more := sorted(failing - set(row["fail_to_pass"])):
                    yield row, f"{more[0]} fails with the stub as well ({len(more)} such tests)"
                elif fewer := sorted(set(row["fail_to_pass"]) - failing):
                    yield row, f"{fewer[0]} passes with the stub ({len(fewer)} such tests)"
                else:
                    yield row, ""


def target_of(test: str) -> str:
    return test.rpartition(" ")[0]


def outcomes(session: sandbox.Session, targets: list[str], expected: list[str]) -> dict[str, bool]:
    """Whether each test passes. If a program ends early, the expected tests that are missing run alone."""
    found: dict[str, bool] = {}
    for target in targets:
        argv = [
            "cargo",
            "test",
            "-q",
            "--offline",
            "--no-fail-fast",
            *target.split(),
            "--",
            "--format=pretty",
        ]
        done = session.run([*argv, "--test-threads=1"], wall_seconds=WALL_SECONDS)
        said = done.stdout.decode(errors="replace")
        if "running " not in said:
            continue  # it does not compile
        found |= {f"{target} {name}": word == "ok" for name, word in OUTCOME.findall(said)}
        for test in expected:
            if target_of(test) == target and test not in found:
                name = test.rpartition(" ")[2]
                alone = session.run([*argv, "--exact", name], wall_seconds=WALL_SECONDS)
                found[test] = b"test result: ok. 1 passed" in alone.stdout
    return found


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--tasks", type=Path, default=Path("results/tasks/tasks.parquet"))
    parser.add_argument("--crates", type=Path, default=Path("results/crates"))
    parser.add_argument("--number", type=int, default=200, help="how many, taken at random")
    parser.add_argument("--seed", type=int, default=0)
    add_config(parser, "sandbox")
    return parser.parse_args()


if __name__ == "__main__":
    main()
