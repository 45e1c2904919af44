"""Ask a crate's own tests which functions they cover, and whether rewrites keep the behaviour.

    python scripts/tasks/run_tests.py --crate semver@1.0.28 --crate-json crate.json --source source/ \\
        --chunks chunks.parquet --verdicts verdicts.parquet --rewrites rewrites.parquet \\
        --config config/config.yaml --coverage coverage.parquet \\
        --behaviour-out behaviour.parquet --json behaviour.json

One build in the sandbox, then a few milliseconds per function. Tests that fail before any change, or that are too
expensive, are set aside by name. A crate whose tests cannot be built or run has the reason in every row and in the JSON. With `--refused` the tables are empty.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from functools import partial

from ferrule.compiler.compiler_arguments import add_compiler, compiler_of
from ferrule.compiler.crate_tests import BuiltTests
from ferrule.compiler.function_switches import Form
from ferrule.compiler.judge import Function
from ferrule.compiler.test_coverage import Behaviour, Covered, Findings
from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_json, read_rows, write_json, write_rows
from ferrule.core.reasons import Status
from ferrule.core.schemas import BEHAVIOUR, CHUNKS, COVERAGE, REWRITES, VERDICTS
from ferrule.crates import cargo
from ferrule.crates.tool_report import refused_by

DEFAULTS = dict(wall_seconds=600, run_seconds=10, cpu_seconds=60, tests_per_function=12)


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads the copy as another user
    crate = read_json(arguments.crate_json)
    refused = bool(arguments.refused)
    functions = [] if refused else judged_functions(arguments.chunks, arguments.verdicts)
    forms = usable_forms(arguments.rewrites) if arguments.rewrites and not refused else []
    findings = examine(arguments, crate, functions, forms)
    coverage = [
        dict(chunk=f.id, covered=found.covered, tests=found.arguments, reason=found.reason)
        for f in functions
        for found in [findings.coverage[f.id]]
    ]
    behaviour = [
        dict(chunk=form.chunk, rewrite=form.rewrite, text=form.text, outcome=outcome, reason=reason)
        for form, (outcome, reason) in sorted(
            findings.outcomes.items(), key=lambda item: (item[0].chunk, item[0].rewrite, item[0].text)
        )
    ]
    write_rows(arguments.coverage, coverage, COVERAGE)
    write_rows(arguments.behaviour_out, behaviour, BEHAVIOUR)
    write_json(arguments.json, dict(crate=arguments.crate) | summary(findings))
    if findings.status != "ok":
        print(f"{arguments.crate}: {findings.status}: {findings.reason}")


def judged_functions(chunks: str, verdicts: str) -> list[Function]:
    """The functions that the compiler reads and accepts, in the order of the chunks."""
    live = {row["chunk"] for row in read_rows(verdicts, VERDICTS) if row["compiles"]}
    return [
        Function(row["id"], row["file"], row["start"], row["end"], row["body"])
        for row in read_rows(chunks, CHUNKS)
        if row["id"] in live and not row["test"]
    ]


def usable_forms(rewrites: str) -> list[Form]:
    rows = (row for row in read_rows(rewrites, REWRITES) if not row["reason"])
    return [Form(row["chunk"], row["rewrite"], row["start"], row["end"], row["text"]) for row in rows]


def examine(arguments, crate: dict, functions: list[Function], forms: list[Form]) -> Findings:
    if crate["status"] != "ok":
        return nothing(Status.FAILED, f"not fetched: {crate['reason']}", functions, forms)
    if arguments.refused:
        return nothing(Status.NOT_ASKED, refused_by(arguments.refused), functions, forms)
    settings = DEFAULTS | arguments.config["behaviour"]
    if not functions:
        return nothing("ok", "no function has been judged", functions, forms)
    if any("proc-macro" in target["kind"] for target in crate["targets"]):
        # What it does happens inside the compiler, when its users are built.
        return nothing("ok", "proc_macro", functions, forms)
    tested = partial(BuiltTests, project_tools=settings.get("project_tools", ()))
    with compiler_of(tested, crate, arguments) as build:
        return Behaviour(build, functions, forms, **{name: settings[name] for name in DEFAULTS}).examine()


def nothing(status: str, reason: str, functions: list[Function], forms: list[Form]) -> Findings:
    word = reason if reason == "proc_macro" else "no_verdict"
    return Findings(
        status,
        reason,
        coverage={f.id: Covered(reason=word) for f in functions},
        outcomes=dict.fromkeys(forms, ("", word)),
    )


def summary(findings: Findings) -> dict:
    coverage = findings.coverage.values()
    return dict(
        status=findings.status,
        reason=findings.reason,
        tests=findings.reach.tests,
        ignored=findings.reach.ignored,
        set_aside=findings.reach.set_aside,
        left_out=findings.left_out | findings.reach.left_out,
        builds=findings.builds,
        functions=len(coverage),
        covered=sum(c.covered is True for c in coverage),
        not_covered=sum(c.covered is False for c in coverage),
        unknown=dict(Counter(c.reason for c in coverage if c.covered is None)),
        rewrites=dict(Counter(outcome or reason for outcome, reason in findings.outcomes.values())),
        rustc=cargo.toolchain()["version"],
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, "chunks", "verdicts", "coverage", "behaviour-out", "json")
    parser.add_argument(
        "--rewrites", help="functions written in other ways; without it only removal is tried"
    )
    add_compiler(parser, "behaviour")
    return parser.parse_args()


if __name__ == "__main__":
    main()
