"""Prove which functions of a crate its own tests can grade, each in a room of its own.

    python scripts/executable/prove_functions.py --crate semver@1.0.28 --crate-json crate.json --source source/ \\
        --chunks chunks.parquet --coverage coverage.parquet --mutants mutants.parquet \\
        --config config/config.yaml --proofs proofs.parquet --json proofs.json

One build in the sandbox, then runs of a few milliseconds. A crate whose tests are not built has no rows with a proof,
and the JSON says why.
"""

from __future__ import annotations

import argparse
import os
import re
from collections import Counter

import ferrule.core.without_numpy  # noqa: F401

from ferrule.compiler.compiler_arguments import add_compiler, compiler_of
from ferrule.compiler.crate_tests import BuiltTests
from ferrule.compiler.judge import Function
from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_json, read_rows, write_json, write_rows
from ferrule.core.schemas import CHUNKS, COVERAGE, MUTANTS, PROOFS, ProofRow, choose
from ferrule.crates import cargo
from ferrule.crates.tool_report import refused_by
from ferrule.evaluation.judging.judge_arguments import batch_and_limits
from ferrule.grading.crate_programs import CratePrograms, NotBuilt
from ferrule.grading.program_room import ProgramRoom
from ferrule.grading.proof import Prover
from ferrule.rust.signatures import head
from ferrule.sandbox.sandbox_arguments import sandbox_of

# `-> impl Iterator`: another body has another type, and two of them cannot stand behind a switch.
OPAQUE = re.compile(r"->[^{]*\bimpl\b")


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads the copy as another user
    crate = read_json(arguments.crate_json)
    rows: list[ProofRow] = []
    reason = refused_by(arguments.refused) if arguments.refused else ""
    set_aside: dict[str, str] = {}
    covered = [] if reason else covered_functions(arguments.chunks, arguments.coverage)
    functions = some_of(covered, **arguments.config["executable"])
    if functions:
        try:
            rows, set_aside = prove(arguments, crate, functions)
        except NotBuilt as error:
            reason = str(error)
    write_rows(arguments.proofs, rows, PROOFS)
    strengths = Counter(row["strength"] or row["reason"] for row in rows)
    facts = dict(
        crate=arguments.crate,
        reason=reason,
        covered=len(covered),
        functions=len(functions),
        outcomes=dict(sorted(strengths.items())),
        set_aside=set_aside,
        rustc=cargo.toolchain()["version"],
    )
    write_json(arguments.json, facts)
    print(f"{arguments.crate}: {reason or dict(strengths) or 'no covered function'}")


def covered_functions(chunks: str, coverage: str) -> list[Function]:
    """The functions that the crate's tests cover, without those whose type another body may change."""
    covered = {row["chunk"] for row in read_rows(coverage, COVERAGE) if row["covered"]}
    return [
        Function(row["id"], row["file"], row["start"], row["end"], row["body"])
        for row in read_rows(chunks, CHUNKS)
        if row["id"] in covered and not row["nested"] and not OPAQUE.search(head(row))
    ]


def some_of(covered: list[Function], functions: int | None, seed: int) -> list[Function]:
    """`functions` of them, or all, in the order of the file."""
    if functions is None or len(covered) <= functions:
        return covered
    by_hash = sorted(covered, key=lambda one: choose(seed, one.id, "proof"))
    chosen = {one.id for one in by_hash[:functions]}
    return [one for one in covered if one.id in chosen]


def prove(arguments, crate: dict, functions: list[Function]) -> tuple[list[ProofRow], dict[str, str]]:
    mode, _ = sandbox_of(arguments.config)
    _, limits = batch_and_limits(arguments.config["evaluate"])
    with compiler_of(BuiltTests, crate, arguments) as built, ProgramRoom(limits, mode) as room:
        programs = CratePrograms(built)
        prover = Prover(programs, room)
        rows = prover.prove(functions, list(read_rows(arguments.mutants, MUTANTS)))
        return rows, programs.left_out | prover.tests.set_aside


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, "chunks", "coverage", "mutants", "proofs", "json")
    add_compiler(parser, "evaluate", "executable")
    return parser.parse_args()


if __name__ == "__main__":
    main()
