"""Break a crate's functions as a person would, and keep the diagnostics of rustc: the material of error_fixing.

    python scripts/tasks/mutate.py --crate semver@1.0.28 --crate-json crate.json --source source/ \\
        --chunks chunks.parquet --verdicts verdicts.parquet --predictions resources/predictions.tsv \\
        --config config/config.yaml --broken broken.parquet --json mutate.json

Only functions with a verdict are broken. A mutation that compiles after all, or whose error shows in
another function, stays in the table with its reason. With `--refused` the table is empty.

With the method `simulate` no compiler is asked: the mutations are those whose diagnostics can be predicted
(`ferrule.transforms.predictions`), and their rows say so in `simulated`; `both` does that for what the compiler had no
time for.
"""

from __future__ import annotations

import argparse
import math
import os
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from pathlib import Path

import ferrule.core.without_numpy  # noqa: F401

from ferrule.compiler.compiler_arguments import add_compiler, compiler_of
from ferrule.compiler.judge import CrateDoesNotCompile, Function, Judge, Replacement
from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_json, read_rows, write_json, write_rows
from ferrule.core.reasons import Status
from ferrule.core.schemas import BROKEN, CHUNKS, VERDICTS, choose
from ferrule.crates.tool_report import refused_by
from ferrule.rust.function_tree import parse_site
from ferrule.transforms.error_injection import LIMITED, NAMES, Fault, Finding, judge_faults, words_of
from ferrule.transforms.mutations import mutation_catalogue
from ferrule.transforms.mutations.mutation_operator import weight
from ferrule.transforms.predictions import predicted, read_predictions

DEFAULTS = dict(seed=0, method="both", functions=60, per_function=2, rounds=2, wall_seconds=120)
MASK = 2**64 - 1
SLOTS = {"tokens": "syntax"}  # a function is broken once in either way


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads the judge's copy as another user
    crate = read_json(arguments.crate_json)
    live_in = {
        row["chunk"]: row["target"] for row in read_rows(arguments.verdicts, VERDICTS) if row["compiles"]
    }
    chunks = read_rows(arguments.chunks, CHUNKS)
    rows = [row for row in chunks if row["id"] in live_in and not row["reason"] and not arguments.refused]
    settings = DEFAULTS | arguments.config["error_fixing"]
    method = settings["method"]
    predictions = read_predictions(Path(arguments.predictions)) if method != "real" else {}
    faults = list(chosen_faults(rows, settings, only=predictions if method == "simulate" else None))
    findings, status, reason = [], Status.OK, ""
    if arguments.refused:
        status, reason = Status.NOT_ASKED, refused_by(arguments.refused)
    elif method == "simulate":
        findings = [Finding(fault, [], "time_limit") for fault in faults]
    elif faults:
        try:
            findings = judged(crate, arguments, live_in, faults)
        except CrateDoesNotCompile as error:
            status, reason = error.status, error.reason
    broken = [broken_row(finding) for finding in findings]
    if method != "real" and findings:  # without any, the crate may not have been fetched
        package = Path(arguments.source) / crate["package"]
        simulate(broken, findings, {row["id"]: row for row in rows}, package, predictions)
    broken.sort(key=lambda row: (row["chunk"], row["operator"], row["start"], row["text"]))
    write_rows(arguments.broken, broken, BROKEN)
    counts = Counter(row["reason"] or "broken" for row in broken)
    codes = Counter(row["code"] or "syntax" for row in broken if not row["reason"])
    write_json(
        arguments.json,
        dict(
            crate=arguments.crate,
            status=status,
            reason=reason,
            counts=dict(counts),
            codes=dict(codes),
            simulated=sum(row["simulated"] for row in broken),
        ),
    )


def judged(crate: dict, arguments: argparse.Namespace, live_in: dict, faults: list[Fault]) -> list[Finding]:
    """The compiler's verdicts on the faults."""
    settings = DEFAULTS | arguments.config["error_fixing"]
    with compiler_of(Judge, crate, arguments) as judge:
        judge.live_in = live_in
        return list(judge_faults(judge, faults, settings["wall_seconds"], settings["rounds"]))


def simulate(
    broken: list[dict], findings: list[Finding], rows: dict, package: Path, predictions: dict
) -> None:
    """Give the rows that the compiler had no time for a predicted diagnostic, where there is one."""
    sources: dict[str, bytes] = {}
    for row, finding in zip(broken, findings, strict=True):
        if row["reason"] != "time_limit" or row["operator"] not in predictions:
            continue
        chunk, replacement = rows[row["chunk"]], finding.fault.replacement
        if chunk["file"] not in sources:
            sources[chunk["file"]] = (package / chunk["file"]).read_bytes()
        columns = predicted(predictions[row["operator"]], chunk, sources[chunk["file"]], replacement)
        if columns:
            row.update(columns, reason="", simulated=True)


def chosen_faults(rows: list[dict], settings: dict, only: Container[str] | None = None) -> Iterator[Fault]:
    """Mutations of `functions` functions, `per_function` of a body, one of each other phase, each by another operator.

    Operators are tried in an order that a hash decides, those first more often whose errors are scarce.
    """
    words_of_row = [words_of(row["code"]) for row in rows]
    words_of_file: dict[str, set[str]] = defaultdict(set)
    for row, words in zip(rows, words_of_row, strict=True):
        words_of_file[row["file"]] |= words
    by_hash = sorted((row["id"] for row in rows), key=lambda id: choose(settings["seed"], "broken", id))
    chosen = set(by_hash[: settings.get("functions")])
    for row, words in zip(rows, words_of_row, strict=True):
        if row["id"] not in chosen:
            continue
        site = parse_site(row["code"], row["owner"], row["header"], words_of_file[row["file"]])
        if site is None:
            continue
        function = Function(row["id"], row["file"], row["start"], row["end"], row["body"])
        left = Counter(dict.fromkeys(LIMITED, 1) | {"bodies": settings["per_function"]})
        for operator in in_order(choose(settings["seed"], row["id"])):
            entry = mutation_catalogue.OPERATORS[operator]
            if only is not None and operator not in only:
                continue
            if not any(left[SLOTS.get(phase, phase)] for phase in phases(entry)):
                continue
            places = mutation_catalogue.mutations_by(operator, site)
            if not places:
                continue
            mutation = places[choose(settings["seed"], row["id"], operator, "place") % len(places)]
            phase = entry.phase or ("signature" if mutation.signature else "bodies")
            slot = SLOTS.get(phase, phase)
            if not left[slot]:
                continue
            left[slot] -= 1
            replacement = Replacement(
                f"{row['id']} {operator}",
                function,
                row["start"] + mutation.start,
                row["start"] + mutation.end,
                mutation.text,
            )
            name = "." * bool(row["owner"]) + row["name"]
            yield Fault(replacement, operator, name, words, phase, entry.aims[0] not in NAMES)


def phases(entry: mutation_catalogue.Operator) -> tuple[str, ...]:
    """In which phases its mutations can be; for some the place decides."""
    if entry.phase:
        return (entry.phase,)
    return ("signature",) if entry.signature else ("bodies", "signature")


# For each operator an odd number that mixes it with a function's hash, and its weight.
MIXED = [
    (name, choose(0, "operator", name) | 1, weight(entry.aims))
    for name, entry in sorted(mutation_catalogue.OPERATORS.items())
]


def in_order(number: int) -> list[str]:
    """The operators in an order that depends on `number`: a higher weight makes an earlier place more likely."""
    keys = []
    for name, odd, heavy in MIXED:
        share = (((number ^ odd) * odd & MASK) + 1) / (MASK + 1)
        keys.append((-math.log(share) / heavy, name))
    keys.sort()
    return [name for _, name in keys]


def broken_row(finding: Finding) -> dict:
    replacement, first = finding.fault.replacement, (finding.diagnostics or [None])[0]
    start, end = first.inside if first else (-1, -1)
    return dict(
        chunk=replacement.function.id,
        operator=finding.fault.operator,
        start=replacement.start,
        end=replacement.end,
        text=replacement.text.decode(),
        code=(first.code or "") if first else "",
        codes=[diagnostic.code or "" for diagnostic in finding.diagnostics],
        error_start=start,
        error_end=end,
        diagnostic="\n".join(d.rendered.strip("\n") + "\n" for d in finding.diagnostics),
        reason=finding.reason,
        simulated=False,
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, "chunks", "verdicts", "broken", "json", predictions="for the methods simulate and both")
    add_compiler(parser, "error_fixing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
