"""Adds the findings of earlier steps about a crate's functions to their chunk rows, for the makers of tasks.

margin     spaces before the item's first line in the file
above      the item's docs and attributes, unchanged
broken     rows of BROKEN, each with `mistake`: what a person did wrong
rewritten  rows of REWRITES, each with `outcome` (BEHAVIOUR) and `advice`
tests      names of the crate's own tests that fail without it; None where nothing is known
calls      rows of CALLS: the functions that it calls; None where the compiler did not say
examples   rows of EXAMPLES: what its documentation shows, and runs
mutants    rows of MUTANTS that were tried: which wrong forms of it these tests notice
sources    where the text of the crate's tests is found (`ferrule.tasks.test_sources`)
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from ferrule.core.files import read_json, read_rows
from ferrule.core.schemas import BEHAVIOUR, BROKEN, CALLS, COVERAGE, EXAMPLES, MUTANTS, REWRITES
from ferrule.rust import syntax
from ferrule.tasks.test_sources import TestSources
from ferrule.transforms.mutations import mutation_catalogue

ITEMS = ("function", "method", "struct", "enum")


def add_findings(
    chunks: list[dict],
    package: Path,
    broken: str | None = None,
    rewrites: str | None = None,
    coverage: str | None = None,
    behaviour: str | None = None,
    mutants: str | None = None,
    calls: str | None = None,
    examples: str | None = None,
    targets: Iterable[dict] = (),
) -> None:
    """Give every function, struct and enum of `chunks` the keys above; paths are those of the tables."""
    mistakes = {name: entry.mistake for name, entry in mutation_catalogue.OPERATORS.items()}
    broken_by_chunk = by_chunk(read_rows(broken, BROKEN) if broken else [])
    rewritten_by_chunk = by_chunk(read_rows(rewrites, REWRITES) if rewrites else [])
    tests = {row["chunk"]: row["tests"] for row in read_rows(coverage, COVERAGE)} if coverage else {}
    outcomes = {
        (row["chunk"], row["rewrite"], row["text"]): row["outcome"]
        for row in (read_rows(behaviour, BEHAVIOUR) if behaviour else ())
    }
    called = by_chunk(read_rows(calls, CALLS) if calls else [])
    shown = by_chunk(read_rows(examples, EXAMPLES) if examples else [])
    tried = by_chunk([row for row in read_rows(mutants, MUTANTS) if row["outcome"]] if mutants else [])
    sources = TestSources(chunks, lambda file: (package / file).read_bytes(), targets)
    files: dict[str, bytes] = {}
    for row in chunks:
        if row["kind"] not in ITEMS:
            continue
        if row["file"] not in files:
            files[row["file"]] = (package / row["file"]).read_bytes()
        source = files[row["file"]]
        row["margin"] = syntax.indentation(source, row["start"])
        row["above"] = source[row["outer"] : row["start"]].decode(errors="replace")
        row["broken"], row["rewritten"] = broken_by_chunk[row["id"]], rewritten_by_chunk[row["id"]]
        for form in row["broken"]:
            form["mistake"] = mistakes.get(form["operator"], "")
        for form in row["rewritten"]:
            form["outcome"] = outcomes.get((row["id"], form["rewrite"], form["text"]), "")
        row["tests"] = tests.get(row["id"])
        row["calls"] = called[row["id"]] if called else None
        row["examples"] = shown[row["id"]]
        row["mutants"], row["sources"] = tried[row["id"]], sources


def mutation_score(row: dict) -> list[int] | None:
    """How many wrong forms of the item the tests notice, and how many were tried; of a block those of its functions."""
    functions = row.get("functions")  # of a block its functions, of a file their number
    functions = functions if isinstance(functions, list) else [row]
    tried = [one for function in functions for one in function.get("mutants") or ()]
    return [sum(one["outcome"] == "killed" for one in tried), len(tried)] if tried else None


def by_chunk(rows: list[dict]) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = defaultdict(list)
    for row in rows:
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
    """How many of clippy's findings lie inside an item."""
    if warnings is None:
        return None
    starts = warnings.get(row["file"], [])
    return bisect.bisect_left(starts, row["end"]) - bisect.bisect_left(starts, row["start"])


def top_modules(package: Path, targets: Iterable[dict]) -> set[str]:
    """The names that a library's top-level modules may have: those of the files and folders beside its root."""
    roots = [package / one["path"] for one in targets if "lib" in one["kind"] or "proc-macro" in one["kind"]]
    return {
        one.stem
        for root in roots
        if root.is_file()
        for one in root.parent.iterdir()
        if one.suffix == ".rs" or one.is_dir()
    }
