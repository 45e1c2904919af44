"""Ask a crate's own tests which functions they cover, whether rewrites keep the behaviour, and which mutants they kill.

    python scripts/tasks/run_tests.py --crate semver@1.0.28 --crate-json crate.json --source source/ \\
        --chunks chunks.parquet --verdicts verdicts.parquet --rewrites rewrites.parquet \\
        --config config/config.yaml --coverage coverage.parquet \\
        --behaviour-out behaviour.parquet --mutants mutants.parquet --examples examples.parquet \\
        --json behaviour.json

One build in the sandbox, then a few milliseconds per function. Tests that fail before any change, or that are too
expensive, are set aside by name. A crate whose tests cannot be built or run has the reason in every row and in the JSON. With `--refused` the tables are empty.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import ferrule.core.without_numpy  # noqa: F401

from ferrule.compiler.compiler_arguments import add_compiler, compiler_of
from ferrule.compiler.crate_tests import BuiltTests
from ferrule.compiler.example_tests import ExampleTests
from ferrule.compiler.function_switches import Form
from ferrule.compiler.judge import Function
from ferrule.compiler.mutant_tests import MutantTrials, Outcome
from ferrule.compiler.test_coverage import Behaviour, Covered, Findings
from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_json, read_rows, write_json, write_rows
from ferrule.core.reasons import Status
from ferrule.core.schemas import BEHAVIOUR, CHUNKS, COVERAGE, EXAMPLES, MUTANTS, REWRITES, VERDICTS
from ferrule.crates import cargo
from ferrule.crates.tool_report import refused_by
from ferrule.rust import doc_examples
from ferrule.transforms.mutants.generate import Code, Mutant, mutants

DEFAULTS = dict(wall_seconds=600, run_seconds=5, cpu_seconds=30, wait_seconds=30, tests_per_function=12)
LEAST_MUTANTS = 4  # of a function, where a crate has too many functions for all that may be tried
MUTANT_DEFAULTS = dict(mutants=12, mutants_per_crate=400, mutant_seconds=0.1, examples=True)


@dataclass
class Tried:
    """The mutants of covered functions, by the form that is behind a switch, and the outcome of each."""

    mutants: dict[Form, Mutant] = field(default_factory=dict)
    outcomes: dict[Form, Outcome] = field(default_factory=dict)
    examples: list[dict] = field(default_factory=list)  # those that run


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads the copy as another user
    crate = read_json(arguments.crate_json)
    refused = bool(arguments.refused)
    functions = [] if refused else judged_functions(arguments.chunks, arguments.verdicts)
    forms = usable_forms(arguments.rewrites) if arguments.rewrites and not refused else []
    findings, tried = examine(arguments, crate, functions, forms)
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
    write_rows(arguments.mutants, mutant_rows(tried), MUTANTS)
    write_rows(arguments.examples, tried.examples, EXAMPLES)
    write_json(arguments.json, dict(crate=arguments.crate) | summary(findings, tried))
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


def examine(arguments, crate: dict, functions: list[Function], forms: list[Form]) -> tuple[Findings, Tried]:
    if crate["status"] != "ok":
        return nothing(Status.FAILED, f"not fetched: {crate['reason']}", functions, forms)
    if arguments.refused:
        return nothing(Status.NOT_ASKED, refused_by(arguments.refused), functions, forms)
    settings = DEFAULTS | MUTANT_DEFAULTS | arguments.config["behaviour"]
    if not functions:
        return nothing("ok", "no function has been judged", functions, forms)
    if any("proc-macro" in target["kind"] for target in crate["targets"]):
        # What it does happens inside the compiler, when its users are built.
        return nothing("ok", "proc_macro", functions, forms)
    found = documented_examples(arguments.chunks) if settings["examples"] else {}
    tested = partial(
        BuiltTests,
        project_tools=settings.get("project_tools", ()),
        examples=[row["whole"] for row in found.values()],
    )
    with compiler_of(tested, crate, arguments) as build:
        behaviour = Behaviour(build, functions, forms, **{name: settings[name] for name in DEFAULTS})
        findings = behaviour.examine()
        tried = try_mutants(behaviour, settings)
        if found and findings.status == "ok":
            passing = ExampleTests(behaviour, {id: row["whole"] for id, row in found.items()}).run()
            tried.examples = [row for id, row in sorted(found.items()) if id in passing]
        return findings, tried


def documented_examples(chunks: str) -> dict[str, dict]:
    """The examples in the documentation of functions, rows of EXAMPLES."""
    return {
        f"{row['id']} {number:03d}": dict(
            chunk=row["id"], number=number, shown=example.shown, whole=example.whole
        )
        for row in read_rows(chunks, CHUNKS)
        if row["kind"] in ("function", "method") and not row["test"] and row["docs"]
        for number, example in enumerate(doc_examples.examples(row["docs"]))
    }


def try_mutants(behaviour: Behaviour, settings: dict) -> Tried:
    """Wrong forms of the covered functions, those with the most tests first, as many as the crate may have."""
    tried, budget = Tried(), settings["mutants_per_crate"]
    covered = [
        s.function for s in behaviour.switches.functions if behaviour.findings.coverage[s.function.id].covered
    ]
    covered.sort(key=lambda f: (-len(behaviour.findings.coverage[f.id].tests), f.file, f.start))
    reach = behaviour.findings.reach
    # A few of every function say more about a crate than many of some.
    most = min(settings["mutants"], max(LEAST_MUTANTS, budget // max(len(covered), 1)))
    asked: list[Form] = []
    for function in covered if settings["mutants"] and behaviour.findings.status == "ok" else ():
        for form, mutant in mutants_of(function, behaviour.built.original(function.file), most):
            tried.mutants[form] = mutant
            tests = behaviour.findings.coverage[function.id].tests
            if len(asked) < budget and reach.duration(tests) <= settings["mutant_seconds"]:
                asked.append(form)
            else:
                tried.outcomes[form] = Outcome("", [], reason="budget")
    if asked:
        tried.outcomes |= MutantTrials(behaviour, asked).run()
    return tried


def mutants_of(function: Function, source: bytes, most: int) -> list[tuple[Form, Mutant]]:
    head = source[function.start : function.body + 1].decode()
    code = Code(function.id, head, source[function.body + 1 : function.end].decode())
    return [
        (Form(function.id, mutant.name, function.start, function.end, head + mutant.reference), mutant)
        for mutant in mutants(code, most)
    ]


def nothing(status: str, reason: str, functions: list[Function], forms: list[Form]) -> tuple[Findings, Tried]:
    word = reason if reason == "proc_macro" else "no_verdict"
    findings = Findings(
        status,
        reason,
        coverage={f.id: Covered(reason=word) for f in functions},
        outcomes=dict.fromkeys(forms, ("", word)),
    )
    return findings, Tried()


def mutant_rows(tried: Tried) -> list[dict]:
    rows = [
        dict(
            chunk=form.chunk,
            mutant=mutant.name,
            operator=mutant.operator,
            text=form.text,
            outcome=outcome.outcome,
            tests=outcome.tests,
            output=outcome.output,
            reason=outcome.reason,
        )
        for form, mutant in tried.mutants.items()
        for outcome in [tried.outcomes[form]]
    ]
    return sorted(rows, key=lambda row: (row["chunk"], row["mutant"]))


def summary(findings: Findings, tried: Tried) -> dict:
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
        examples=len(tried.examples),
        mutants=dict(Counter(o.outcome or o.reason for o in tried.outcomes.values())),
        rustc=cargo.toolchain()["version"],
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, "chunks", "verdicts", "coverage", "behaviour-out", "mutants", "examples", "json")
    parser.add_argument(
        "--rewrites", help="functions written in other ways; without it only removal is tried"
    )
    add_compiler(parser, "behaviour")
    return parser.parse_args()


if __name__ == "__main__":
    main()
