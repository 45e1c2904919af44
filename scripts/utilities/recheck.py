"""Put rows of a dataset back into their crates and ask cargo again, without any of the code that judged them.

    python scripts/utilities/recheck.py --dataset results/dataset --crates results/crates \\
        --rows 300 --kinds error_fixing --config config/config.yaml

In the sandbox, on a fresh copy of each crate, a `cargo check` for each text that a row claims something of:

error_fixing     the broken side gives the stored code at the stored place; the answer, which is the text in
                 the crate, compiles
transformations  both sides compile, each in place of the item
blocks           rows of code_generation for whole impl blocks and modules: the crate checks with the cut block
                 of the prompt, and with the answer
other kinds      the crate compiles as it is

Prints what does not agree; exit code 1 if anything does not.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow.parquet as pq

from ferrule.core.command_line import add_config
from ferrule.crates.crate_records import fetched_folders
from ferrule.rust.fences import code_of
from ferrule.sandbox import session as sandbox
from ferrule.sandbox.sandbox_arguments import sandbox_of


def main() -> None:
    arguments = parse_arguments()
    rows = pq.ParquetFile(arguments.dataset / "provenance.parquet").read().to_pylist()
    rows = [row for row in rows if kind_of(row) in arguments.kinds and row["_source"] == "crates"]
    rows = [row | {"gen": code_of(row["gen"])} for row in rows]  # without the words around it
    rows.sort(key=lambda row: row["_id"])
    rows = random.Random(arguments.seed).sample(rows, min(arguments.rows, len(rows)))
    by_crate = defaultdict(list)
    for row in rows:
        by_crate[f"{row['_source_crate']}@{row['_version']}"].append(row)
    folders = fetched_folders(arguments.crates)
    agree, wrong = Counter(), []
    for done, (spec, of_crate) in enumerate(sorted(by_crate.items()), 1):
        print(f"[{done}/{len(by_crate)}] {spec}: {len(of_crate)} rows", file=sys.stderr)
        for row, problem in check_crate(folders[spec], of_crate, *sandbox_of(arguments.config)):
            if problem:
                wrong.append(f"{row['_id']} {spec} {row['_source_file']} {row['_variant']}: {problem}")
            else:
                agree[kind_of(row)] += 1
    print("\n".join(wrong))
    print(f"{sum(agree.values())} of {len(rows)} rows agree ({dict(agree)})")
    sys.exit(1 if wrong else 0)


def check_crate(folder: Path, rows: list[dict], mode: str, limits: sandbox.Limits):
    """(row, problem) for each row; the problem is empty where cargo agrees with the row."""
    crate = json.loads((folder / "crate.json").read_text())
    package = crate["package"]
    kinds = {k for t in crate["targets"] for k in t["kind"]}
    targets = (["--bins"] if "bin" in kinds else []) + (
        ["--lib"] if kinds - {"bin", "test", "bench", "example", "custom-build"} else []
    )
    with tempfile.TemporaryDirectory(prefix="ferrule-recheck-") as temporary:
        source = Path(temporary) / "source"
        shutil.copytree(folder / "source", source)
        with sandbox.Session(
            source, package=package, mode=mode, limits=limits, environment={"RUSTFLAGS": "--cap-lints=allow"}
        ) as session:

            def errors() -> list[dict]:
                done = session.run(["cargo", "check", "-q", "--offline", "--message-format=json", *targets])
                lines = (json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{"))
                messages = (line["message"] for line in lines if line["reason"] == "compiler-message")
                found = [
                    m for m in messages if m["level"] == "error" and not m["message"].startswith("aborting")
                ]
                return found or (
                    [] if done.status == "ok" else [dict(code=None, spans=[], message=done.reason)]
                )

            whole = errors()
            for row in rows:
                if whole:
                    yield row, f"the crate does not compile: {whole[0]['message']}"
                    continue
                file = source / package / row["_source_file"]
                original = file.read_bytes()
                item = original[row["_start"] : row["_end"]].decode()

                def errors_with(text: str, file=file, original=original, row=row) -> list[dict]:
                    file.write_bytes(original[: row["_start"]] + text.encode() + original[row["_end"] :])
                    found = errors()
                    file.write_bytes(original)
                    return found

                if row["_task_type"] == "error_fixing":
                    wrong = disagreement(row, errors_with(row["_before"]), package)
                    yield (
                        row,
                        wrong or ("" if same(item, row["gen"]) else "the answer is not the crate's text"),
                    )
                elif kind_of(row) == "blocks":
                    yield row, whole_block(row, errors_with)
                elif row["_task_type"] == "transformations":
                    yield row, two_sides(row, item, errors_with)
                else:
                    yield row, ""  # its answer stands in the crate, which compiles; trace compares the text


def kind_of(row: dict) -> str:
    """The task of a row; `blocks` for code_generation of a block, whose cut form is in the row."""
    if row["_kind"] in ("behaviour", "output", "api"):
        return row["_kind"]  # both sides compile: prove.py runs their tests
    block = row["_task_type"] == "code_generation" and row["_before"] is not None
    return "blocks" if block else row["_task_type"]


def whole_block(row: dict, errors_with) -> str:
    for name, text in (("cut block", row["_before"]), ("answer", row["gen"])):
        if found := errors_with(text):
            return f"the crate does not compile with the {name}: {found[0]['message']}"
    return ""


def same(one: str, other: str) -> bool:
    return [line.strip() for line in one.split("\n")] == [line.strip() for line in other.split("\n")]


def two_sides(row: dict, item: str, errors_with) -> str:
    """What is wrong with a transformation. A side that is the crate's own text compiles unchanged."""
    before = item if row["_before"] is None else row["_before"]  # none: a function elsewhere in the crate
    if not (same(item, row["gen"]) or same(item, before)):
        return "neither side is the crate's text"
    for name, text in (("prompt", before), ("answer", row["gen"])):
        if not same(item, text) and (found := errors_with(text)):
            return f"the side of the {name} does not compile: {found[0]['message']}"
    return ""


def disagreement(row: dict, errors: list[dict], package: str) -> str:
    if not errors:
        return "the broken side compiles"
    name = row["_source_file"] if package == "." else f"{package}/{row['_source_file']}"
    wanted = (
        row["_error_code"] or None,
        row["_start"] + row["_error_start"],
        row["_start"] + row["_error_end"],
    )
    found = [
        ((error["code"] or {}).get("code"), span["byte_start"], span["byte_end"])
        for error in errors
        for span in error["spans"]
        if span["is_primary"] and span["file_name"] == name
    ]
    # An error in a macro's text is placed where the macro is called.
    inside = [
        ((error["code"] or {}).get("code"), outer["byte_start"], outer["byte_end"])
        for error in errors
        for span in error["spans"]
        for outer in call_sites(span)
        if outer["file_name"] == name
    ]
    return (
        "" if wanted in found + inside else f"stored {wanted}, cargo says {found[:3] or errors[0]['message']}"
    )


def call_sites(span: dict):
    while span := (span.get("expansion") or {}).get("span"):
        yield span


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", type=Path, default=Path("results/dataset"))
    parser.add_argument("--crates", type=Path, default=Path("results/crates"))
    parser.add_argument("--rows", type=int, default=300, help="how many, taken at random")
    parser.add_argument(
        "--kinds", nargs="+", default=["error_fixing", "transformations", "blocks"], help="kinds of task"
    )
    parser.add_argument("--seed", type=int, default=0)
    add_config(parser, "sandbox")
    return parser.parse_args()


if __name__ == "__main__":
    main()
