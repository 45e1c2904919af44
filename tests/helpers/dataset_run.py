"""A run of `snakemake` on the fixture crates: its crates and settings, and what it left behind."""

from __future__ import annotations

import hashlib
import json

import pyarrow.parquet as pq

DATA = "tests/data/crates"
GOOD = [
    ("tidy", "0.1.0", f"{DATA}/tidy"),
    ("counter", "2.3.4", f"{DATA}/counter"),
    ("tool", "", f"{DATA}/tool"),
]
BAD = [
    ("broken", "", f"{DATA}/broken"),
    ("derive", "", f"{DATA}/derive"),
    ("member", "", f"{DATA}/space/member"),
    ("empty", "", f"{DATA}/empty"),
]
# The fixtures are too small for the limits meant for real crates.
KINDS = {
    "code_generation": 0.6,
    "transformations": 0.15,
    "error_fixing": 0.1,
    "explanations": 0.05,
    "fill_in_middle": 0.1,
}
SMALL = {
    # Of the blocks, a hash then takes `impl Span` of tidy, which tests do not cover, and the file of counter.
    "tasks": {"min_doc_chars": 20, "kinds": list(KINDS), "blocks": {"impls": 0.4, "modules": 0.2}},
    "gates": {"min_documented": 0.0},
    "mix": KINDS,
    "choice": {
        "crate_share": 1.0,
        "one_line": 1.0,
        "prints_fix": 1.0,
        "twins": None,
        "same_answer": None,
        "siblings": None,
    },
}


# Logs, and pages and figures with what jobs cost.
TIMED = ("logs", "benchmarks", "report", "report.html", "metrics.prom")


def rows(workflow, name):
    return pq.ParquetFile(workflow.path / f"results/{name}").read().to_pylist()


def loaded(workflow, name):
    return json.loads((workflow.path / f"results/{name}").read_text())


def checksums(workflow):
    """sha256 of every data file: all of results/ but what says how long jobs took, and what snakemake keeps for itself."""
    folder = workflow.path / "results"
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.relative_to(folder).parts[0] not in TIMED
        and path.name != ".snakemake_timestamp"
    }
