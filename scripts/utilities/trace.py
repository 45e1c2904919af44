"""Show where rows of the dataset come from: crate, file, span, licence and the exact bytes.

    python scripts/utilities/trace.py --id 0123456789abcdef --dataset results/dataset --crates results/crates
    python scripts/utilities/trace.py --all --dataset results/dataset --crates results/crates

--all prints no bytes but checks every row: the crate's checksum is the row's, the span is in the file, and
the answer is the text there. Code is compared line by line without leading spaces, because items
inside an impl lose their indentation. Exits with 1 and names the rows that do not fit.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from ferrule.core.files import read_json
from ferrule.core.row_stream import batches
from ferrule.dataset.masking import is_masked
from ferrule.rust.fences import code_of
from ferrule.rust.item_text import without_docs

COLUMNS = [
    "gen",
    "_id",
    "_task_type",
    "_source",
    "_source_crate",
    "_source_file",
    "_version",
    "_sha256",
    "_license",
    "_repository",
    "_commit",
    "_start",
    "_end",
    "_variant",
    "_before",
    "_prefix",
    "_suffix",
    "_verdict",
    "_kind",
]


def main() -> None:
    arguments = parse_arguments()
    wanted = set(arguments.id)
    found, wrong, elsewhere, masked = 0, 0, 0, 0
    for row in read_rows(arguments.dataset / "provenance.parquet"):
        if not arguments.all and row["_id"] not in wanted:
            continue
        wanted.discard(row["_id"])
        found += 1
        if row["_source"] != "crates":
            elsewhere += 1
            if not arguments.all:
                print(f"{row['_id']}: from {row['_source']}, not from a crate of this run\n")
            continue
        if is_masked(row):  # its text differs from the crate on purpose
            masked += 1
            continue
        problem, item = trace(row, arguments.crates)
        if not arguments.all:
            show(row, item)
        if problem:
            wrong += 1
            print(f"{row['_id']} {place(row)}: {problem}")
    for missing in sorted(wanted):
        print(f"{missing}: no such row in {arguments.dataset / 'provenance.parquet'}")
    if arguments.all:
        print(
            f"{found} rows, {wrong} do not fit, {elsewhere} from other sources and {masked} masked not checked"
        )
    sys.exit(1 if wrong or wanted else 0)


def read_rows(path: Path) -> Iterator[dict]:
    for table in batches(path, COLUMNS):
        yield from table.to_pylist()


def trace(row: dict, crates: Path) -> tuple[str, bytes]:
    """What is wrong with a row (empty: nothing) and the bytes it comes from."""
    crate, package = find_crate(crates, row["_source_crate"], row["_version"] or "")
    if crate is None:
        return "its crate is not among the crates of this run", b""
    if crate.get("sha256") != row["_sha256"]:
        return f"the checksum of the crate is {crate.get('sha256')}, the row has {row['_sha256']}", b""
    try:
        source = read_source(package / row["_source_file"])
    except FileNotFoundError:
        return "its file is not in the crate", b""
    start, end = row["_start"], row["_end"]
    if not 0 <= start < end <= len(source):
        return f"the file has {len(source)} bytes", b""
    return compare(row, source, start, end), source[start:end]


@cache
def find_crate(crates: Path, name: str, version: str) -> tuple[dict | None, Path]:
    """crate.json and the package folder of a crate; the list may have it with or without its version."""
    for spec in (f"{name}@{version}", name):
        path = crates / spec / "crate.json"
        if path.exists():
            crate = read_json(path)
            if (crate.get("version") or "") == version:
                return crate, crates / spec / "source" / (crate.get("package") or ".")
    return None, crates


@lru_cache(maxsize=8)  # rows are in the order of a hash: more files would fill the memory, fewer read twice
def read_source(path: Path) -> bytes:
    return path.read_bytes()


def compare(row: dict, source: bytes, start: int, end: int) -> str:
    item = source[start:end].decode(errors="replace")
    if row["_kind"] == "output":
        return (
            ""
            if row["gen"] in item and row["_before"] in unmargined(item)
            else "the test asserts no such value"
        )
    if row["_task_type"] == "explanations" or row["_kind"] == "api":
        around = documentation(source, start) + "\n" + item
        missing = [line for line in row["gen"].split("\n") if line.strip() not in around]
        return f"not in the item's documentation: {missing[0]!r}" if missing else ""
    text = (row["_prefix"] or "") + code_of(row["gen"]) + (row["_suffix"] or "")
    if row["_task_type"] == "transformations" and row["_variant"].startswith("clippy::"):
        text = row["_before"]  # the answer is clippy's; what the authors wrote is in the prompt
    if row["_task_type"] == "code_generation" and row["_before"] is not None:
        item = without_docs(source[start:end]).decode(errors="replace")  # a whole block: so is its answer
    return "" if unindented(text) == unindented(item) else "the answer is not what stands there"


def unmargined(item: str) -> str:
    """An item without the margin of its first line on the others, as answers have it."""
    return "\n".join(unindented(item)) if "\n" in item else item


def unindented(text: str) -> list[str]:
    return [line.lstrip() for line in text.strip().split("\n")]


def documentation(source: bytes, start: int) -> str:
    """The lines just above an item that can be its comments and attributes."""
    lines = source[:start].decode(errors="replace").split("\n")
    taken: list[str] = []
    comment = attribute = False  # inside of one, going up: what a line there looks like says nothing
    while lines:
        text = lines[-1].strip()
        comment = (comment or text.endswith("*/")) and "/*" not in text
        attribute = (attribute or text.endswith("]")) and not text.startswith(("#[", "//"))
        if not comment and not attribute and not text.startswith(("//", "#[")):
            above = next((line.strip() for line in reversed(lines[:-1]) if line.strip()), "")
            if not text and not above.startswith(("//", "#[")) and not above.endswith(("*/", "]")):
                break
            if text.endswith(("}", ";")):
                break  # the end of the item before
        taken.append(lines.pop())
    return "\n".join(reversed(taken))


def show(row: dict, item: bytes) -> None:
    print(f"id        {row['_id']}  {row['_task_type']} {row['_variant'] or ''}".rstrip())
    print(f"crate     {row['_source_crate']} {row['_version']}, sha256 {row['_sha256']}")
    print(f"file      {row['_source_file']}, bytes {row['_start']} to {row['_end']}")
    print(f"licence   {row['_license']}")
    print(f"origin    {row['_repository'] or 'no repository named'} {row['_commit'] or ''}".rstrip())
    print("-" * 80, flush=True)
    sys.stdout.buffer.write(item + b"\n\n")
    sys.stdout.buffer.flush()


def place(row: dict) -> str:
    return f"{row['_source_crate']}@{row['_version']} {row['_source_file']}:{row['_start']}-{row['_end']}"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", nargs="+", default=[], help="rows to show")
    which.add_argument("--all", action="store_true", help="check every row")
    parser.add_argument("--dataset", type=Path, default=Path("results/dataset"))
    parser.add_argument("--crates", type=Path, default=Path("results/crates"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
