"""Prove rows that were made from tests with cargo alone, without any of the code that made them.

    python scripts/utilities/prove.py --dataset results/dataset --crates results/crates --rows 150 \\
        --config config/config.yaml

In the sandbox, on a fresh copy of each crate, `cargo test` runs the tests that a row names, twice:

code_generation tests, impl_tests   they pass with the author's code, and one fails with `todo!()` in its place
code_generation test                the answer passes, and fails with a wrong form of the function
error_fixing behaviour              the test passes with the answer, and fails with the code of the prompt
code_generation api                 the example compiles and runs, as a test beside the crate's own
explanations output                 the test passes, and fails if the value is asserted to be another one

Prints what cannot be proved; exit code 1 if anything cannot.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from ferrule.core.command_line import add_config, parser_of
from ferrule.crates.crate_records import fetched_folders
from ferrule.rust.doc_examples import as_module
from ferrule.sandbox import session as sandbox
from ferrule.sandbox.sandbox_arguments import sandbox_of

KINDS = ("tests", "impl_tests", "test", "api", "behaviour", "output")
STUB = "{ todo!() }"
WALL_SECONDS = 900  # of one command: the first one compiles all dev-dependencies


def main() -> None:
    arguments = parse_arguments()
    rows = pq.ParquetFile(arguments.dataset / "provenance.parquet").read().to_pylist()
    rows = sorted((row for row in rows if row["_kind"] in arguments.kinds), key=lambda row: row["_id"])
    rows = random.Random(arguments.seed).sample(rows, min(arguments.rows, len(rows)))
    by_crate: dict[str, list[dict]] = defaultdict(list)
    for row in rows:
        by_crate[f"{row['_source_crate']}@{row['_version']}"].append(row)
    folders = fetched_folders(arguments.crates)
    proved: Counter[str] = Counter()
    wrong = []
    for done, (spec, of_crate) in enumerate(sorted(by_crate.items()), 1):
        print(f"[{done}/{len(by_crate)}] {spec}: {len(of_crate)} rows", file=sys.stderr)
        for row, problem in check_crate(folders[spec], of_crate, *sandbox_of(arguments.config)):
            if problem:
                wrong.append(f"{row['_id']} {spec} {row['_kind']}: {problem}")
            else:
                proved[row["_kind"]] += 1
    print("\n".join(wrong))
    print(f"{proved.total()} of {len(rows)} rows proved ({dict(sorted(proved.items()))})")
    sys.exit(1 if wrong else 0)


def check_crate(
    folder: Path, rows: list[dict], mode: str, limits: sandbox.Limits
) -> Iterator[tuple[dict, str]]:
    """(row, problem) for each row; the problem is empty where cargo proves it."""
    package = json.loads((folder / "crate.json").read_text())["package"]
    with tempfile.TemporaryDirectory(prefix="ferrule-prove-") as temporary:
        source = Path(temporary) / "source"
        shutil.copytree(folder / "source", source)
        environment = {"RUSTFLAGS": "--cap-lints=allow"}
        with sandbox.Session(
            source, package=package, mode=mode, limits=limits, environment=environment
        ) as session:

            def fails(tests: list[str], edit: tuple[str, int, int, str] | None = None) -> str:
                """Which of the tests fails, or is not there; empty if all pass. `edit` puts a text into a file."""
                file, original = None, b""
                if edit:
                    file = source / package / edit[0]
                    original = file.read_bytes()
                    file.write_bytes(original[: edit[1]] + edit[3].encode() + original[edit[2] :])
                try:
                    for test in tests:
                        target, _, name = test.rpartition(" ")
                        argv = ["cargo", "test", "-q", "--offline", *target.split(), name, "--", "--exact"]
                        done = session.run(argv, wall_seconds=WALL_SECONDS)
                        said = done.stdout.decode(errors="replace")
                        if done.status != "ok" or not re.search(r"test result: ok\. 1 passed", said):
                            compiled = re.search(
                                r"^error", done.stderr.decode(errors="replace"), re.MULTILINE
                            )
                            ran = (
                                "test result: FAILED" in said
                                or "panicked" in said
                                or "process didn't exit" in done.stderr.decode(errors="replace")
                            )
                            return f"{test}{'' if ran or done.status == 'timeout' else ' does not run' if compiled else ''}"
                finally:
                    if file:
                        file.write_bytes(original)
                return ""

            for row in rows:
                if row["_kind"] == "api":
                    yield row, runs(row, source / package, session)
                    continue
                if failing := fails(row["_tests"][:1] if row["_kind"] == "behaviour" else row["_tests"]):
                    yield row, f"{failing} fails with the author's code"
                    continue
                tests, edit = wrong_side(row, folder, source / package)
                failing = fails(tests, edit)
                if not failing:
                    yield row, "no test fails with the other side"
                else:
                    yield row, f"the other side: {failing}" if failing.endswith("does not run") else ""


def runs(row: dict, package: Path, session: sandbox.Session) -> str:
    """What is wrong with an example of the documentation."""
    manifest = package / "Cargo.toml"
    original = manifest.read_bytes()
    file = package / "tests/proved_example.rs"
    file.parent.mkdir(exist_ok=True)
    file.write_text(as_module("example", row["_before"]))
    manifest.write_bytes(
        original + b'\n[[test]]\nname = "proved_example"\npath = "tests/proved_example.rs"\n'
    )
    done = session.run(
        ["cargo", "test", "-q", "--offline", "--test", "proved_example"], wall_seconds=WALL_SECONDS
    )
    manifest.write_bytes(original)
    file.unlink()
    return "" if done.status == "ok" and b"1 passed" in done.stdout else "the example does not run"


def wrong_side(row: dict, folder: Path, package: Path) -> tuple[list[str], tuple[str, int, int, str]]:
    """The tests that must fail, and the text that makes them fail: (file, start, end, text)."""
    file, start, end = row["_source_file"], row["_start"], row["_end"]
    text = (package / file).read_bytes()[start:end].decode()
    if row["_kind"] == "behaviour":
        return row["_tests"][:1], (file, start, end, row["_before"])
    if row["_kind"] == "impl_tests":
        return row["_tests"], (file, start, end, row["_before"])
    if row["_kind"] == "output":
        other = row["_before"].replace("assert_eq!", "assert_ne!", 1)
        return row["_tests"], (file, start, end, text.replace(row["_before"], other, 1))
    chunks = {chunk["id"]: chunk for chunk in pq.ParquetFile(folder / "chunks.parquet").read().to_pylist()}
    if row["_kind"] == "tests":
        chunk = next(c for c in chunks.values() if (c["file"], c["start"], c["end"]) == (file, start, end))
        return row["_tests"], (file, chunk["body"], end, STUB)
    chunk = chunks[row["_variant"].removeprefix("test_of ")]
    mutants = pq.ParquetFile(folder / "mutants.parquet").read().to_pylist()
    killed = next(m for m in mutants if m["chunk"] == chunk["id"] and row["_tests"][0] in m["tests"])
    return row["_tests"], (chunk["file"], chunk["start"], chunk["end"], killed["text"])


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--dataset", type=Path, default=Path("results/dataset"))
    parser.add_argument("--crates", type=Path, default=Path("results/crates"))
    parser.add_argument("--rows", type=int, default=150, help="how many, taken at random")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS, help="which `_kind`")
    parser.add_argument("--seed", type=int, default=0)
    add_config(parser, "sandbox")
    return parser.parse_args()


if __name__ == "__main__":
    main()
