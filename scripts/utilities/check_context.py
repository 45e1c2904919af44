"""Check that prompts show what their answers call: by the compiler's answer, and by the text of the prompt alone.

    python scripts/utilities/check_context.py --dataset results/dataset --crates results/crates --rows 200

For random rows that ask for a function: every function that the answer calls is one of the standard library, of
another crate, or is declared in the prompt, under the type or trait that the compiler names. A call that the syntax of
the answer shows and that the compiler did not resolve counts as missing. Prints what is missing; exit code 1 if anything
is.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow.parquet as pq
from tree_sitter import Node

from ferrule.compiler.resolved_calls import plain, receiver_and_trait
from ferrule.core.command_line import parser_of
from ferrule.crates.crate_records import fetched_folders
from ferrule.rust import syntax
from ferrule.rust.fences import fences

KINDS = ("docs", "tests")
IMPL = re.compile(r"<impl (?:.* for )?(.*)>")


def main() -> None:
    arguments = parse_arguments()
    rows = pq.ParquetFile(arguments.dataset / "provenance.parquet").read().to_pylist()
    rows = [
        row
        for row in rows
        if row["_task_type"] == "code_generation" and row["_kind"] in KINDS and row["_source"] == "crates"
    ]
    rows.sort(key=lambda row: row["_id"])
    rows = random.Random(arguments.seed).sample(rows, min(arguments.rows, len(rows)))
    folders = fetched_folders(arguments.crates)
    fine, calls, wrong = 0, 0, []
    tables: dict[Path, tuple[dict, dict]] = {}
    for row in rows:
        folder = folders[f"{row['_source_crate']}@{row['_version']}"]
        if folder not in tables:
            tables[folder] = read_tables(folder)
        chunks, by_chunk = tables[folder]
        chunk = chunks[row["_source_file"], row["_start"], row["_end"]]
        local = names_of(chunks)
        missing = []
        for call in by_chunk[chunk["id"]]:
            calls += 1
            if not shown(call, row, local):
                missing.append(f"{call['name']} ({call['path']})")
        known = {call["name"] for call in by_chunk[chunk["id"]]}
        missing += [f"{name} (not resolved)" for name in sorted(called(row["gen"]) - known)]
        fine += not missing
        if missing:
            wrong.append(f"{row['_id']} {row['_source_crate']} {chunk['name']}: {', '.join(missing)}")
    print("\n".join(wrong))
    print(f"{fine} of {len(rows)} rows show all of their own crate's functions, {calls} calls looked at")
    sys.exit(1 if wrong else 0)


def read_tables(folder: Path) -> tuple[dict, dict]:
    chunks = pq.ParquetFile(folder / "chunks.parquet").read().to_pylist()
    by_chunk: dict[str, list[dict]] = defaultdict(list)
    for call in pq.ParquetFile(folder / "calls.parquet").read().to_pylist():
        by_chunk[call["chunk"]].append(call)
    return {(c["file"], c["start"], c["end"]): c for c in chunks}, by_chunk


def names_of(chunks: dict) -> set[str]:
    """First names of paths into the crate."""
    return {
        (c["path"].split("::")[0] if c["path"] else c["owner"] or c["name"])
        for c in chunks.values()
        if not c["test"]
    }


def shown(call: dict, row: dict, local: set[str]) -> bool:
    """Whether a call needs nothing, or the prompt declares what it means."""
    receiver, trait = receiver_and_trait(call["path"])
    target = plain(trait or receiver or call["path"])
    if target.split("::")[0].strip("&") not in local:
        return True
    name = call["name"]
    if name[:1].isupper() or re.search(rf"\bfn\s+{name}\b", row["gen"]):
        return True  # a variant or tuple struct; a function inside of it, or itself
    if trait:
        owner = plain(trait).rpartition("::")[2]
    else:
        head = plain(call["path"]).rpartition("::")[0]
        impl = IMPL.search(call["path"])
        owner = plain(impl[1]).rpartition("::")[2] if impl else head.rpartition("::")[2]
    declared = Counter((o, n) for text in code_blocks(row["prompt"]) for o, n in declarations(text))
    by_name = {o for o, n in declared if n == name}
    return bool(by_name) and (owner in by_name or (not owner[:1].isupper() and "" in by_name))


def called(gen: str) -> set[str]:
    """Names that the answer calls, as its syntax shows; not macros, variants and what it binds itself."""
    names: set[str] = set()
    stack: list[Node] = [syntax.parse(b"impl X {" + gen.encode() + b"\n}")]
    while stack:
        node = stack.pop()
        if node.type == "call_expression":
            function = node.child_by_field_name("function")
            if function is not None and function.type == "generic_function":
                function = function.child_by_field_name("function")
            if function is not None and function.type in ("identifier", "scoped_identifier"):
                names.add((function.text or b"").decode().rpartition("::")[2])
            elif function is not None and function.type == "field_expression":
                field = function.child_by_field_name("field")
                names.add((field.text or b"").decode() if field else "")
        stack += node.children
    bound = set(re.findall(r"\b(?:let|mut|ref|fn)\s+(\w+)|[(,|]\s*&?(?:mut\s+)?(\w+)\s*[:,|)]", gen))
    own = {word for pair in bound for word in pair}
    return {name for name in names if name[:1].islower() or name[:1] == "_"} - own


def code_blocks(prompt: str) -> list[str]:
    return [prompt[fence.start : fence.end] for fence in fences(prompt)]


def declarations(text: str) -> list[tuple[str, str]]:
    """(type or trait, function) of every function that a text declares."""
    found: list[tuple[str, str]] = []
    stack: list[tuple[Node, str]] = [(syntax.parse(text.encode()), "")]
    while stack:
        node, owner = stack.pop()
        if node.type in ("impl_item", "trait_item"):
            kind = node.child_by_field_name("type") or node.child_by_field_name("name")
            words = re.findall(r"[A-Za-z_]\w*", (kind.text or b"").decode().partition("<")[0]) if kind else []
            owner = words[-1] if words else ""
        if node.type in ("function_item", "function_signature_item"):
            name = node.child_by_field_name("name")
            found.append((owner, (name.text or b"").decode() if name else ""))
        stack += [(child, owner) for child in node.children]
    return found


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--dataset", type=Path, default=Path("results/dataset"))
    parser.add_argument("--crates", type=Path, default=Path("results/crates"))
    parser.add_argument("--rows", type=int, default=200, help="how many, taken at random")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
