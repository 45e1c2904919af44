"""Break a crate's functions as a person would, and keep what rustc says of each: the material of error_fixing.

    python scripts/tasks/mutate.py --crate semver@1.0.28 --crate-json crate.json --source source/ \
        --chunks chunks.parquet --verdicts verdicts.parquet \
        --broken broken.parquet --json mutate.json --sandbox '{}'

Only functions with a verdict are broken. A mutation that compiles after all, or whose error shows in
another function, stays in the table with its reason.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter, defaultdict
from pathlib import Path

from ferrule import mutations
from ferrule.excerpts import WORD
from ferrule.faults import LIMITED, Fault, Finding, judge_faults, phase_of
from ferrule.judge import CrateDoesNotCompile, Function, Judge, Replacement
from ferrule.options import sandbox_options
from ferrule.rows import BROKEN, CHUNKS, VERDICTS, choose
from ferrule.site import parse_site
from ferrule.tables import read_json, read_rows, write_json, write_rows


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads the judge's copy as another user
    crate = read_json(arguments.crate_json)
    live_in = {
        row["chunk"]: row["target"] for row in read_rows(arguments.verdicts, VERDICTS) if row["compiles"]
    }
    chunks = read_rows(arguments.chunks, CHUNKS)
    rows = [row for row in chunks if row["id"] in live_in and not row["reason"]]
    faults = list(chosen_faults(rows, arguments.error_fixing))
    findings, status, reason = [], "ok", ""
    if faults:
        mode, limits = arguments.sandbox
        try:
            with Judge(
                Path(arguments.source), crate["package"], crate["targets"],
                features=arguments.features, limits=limits, mode=mode, jobs=arguments.threads,
            ) as judge:  # fmt: skip
                judge.live_in = live_in
                findings = list(
                    judge_faults(
                        judge,
                        faults,
                        arguments.error_fixing["wall_seconds"],
                        arguments.error_fixing["rounds"],
                    )
                )
        except CrateDoesNotCompile as error:
            status, reason = error.status, error.reason
    broken = [broken_row(finding) for finding in findings]
    broken.sort(key=lambda row: (row["chunk"], row["operator"], row["start"], row["text"]))
    write_rows(arguments.broken, broken, BROKEN)
    counts = Counter(row["reason"] or "broken" for row in broken)
    codes = Counter(row["code"] or "syntax" for row in broken if not row["reason"])
    write_json(
        arguments.json,
        dict(crate=arguments.crate, status=status, reason=reason, counts=dict(counts), codes=dict(codes)),
    )


def chosen_faults(rows: list[dict], settings: dict):
    """Up to `per_phase` mutations of each function and phase, each by another operator, chosen by hash."""
    words_of_file: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        words_of_file[row["file"]].update(WORD.findall(row["code"]))
    for row in rows:
        site = parse_site(row["code"], row["owner"], row["header"], frozenset(words_of_file[row["file"]]))
        if site is None:
            continue
        by_operator: dict[str, list[mutations.Mutation]] = defaultdict(list)
        for mutation in mutations.mutations(site):
            by_operator[mutation.operator].append(mutation)
        order = sorted(by_operator, key=lambda operator: choose(settings["seed"], row["id"], operator))
        function = Function(row["id"], row["file"], row["start"], row["end"], row["body"])
        words = frozenset(WORD.findall(row["code"]))
        taken: Counter[str] = Counter()
        for operator in order:
            places = by_operator[operator]
            phase = phase_of(mutations.OPERATORS[operator].aims, places[0].signature, places[0].syntax)
            taken[phase] += 1
            if taken[phase] > (1 if phase in LIMITED else settings["per_phase"]):
                continue
            mutation = places[choose(settings["seed"], row["id"], operator, "place") % len(places)]
            replacement = Replacement(
                f"{row['id']} {operator}", function,
                row["start"] + mutation.start, row["start"] + mutation.end, mutation.text,
            )  # fmt: skip
            yield Fault(replacement, operator, row["name"], words, phase)


def broken_row(finding: Finding) -> dict:
    replacement, first = finding.fault.replacement, (finding.diagnostics or [None])[0]
    start, end = first.inside if first else (-1, -1)
    return dict(
        chunk=replacement.function.id, operator=finding.fault.operator, start=replacement.start,
        end=replacement.end, text=replacement.text.decode(), code=(first.code or "") if first else "",
        codes=[diagnostic.code or "" for diagnostic in finding.diagnostics], error_start=start, error_end=end,
        diagnostic="\n".join(d.rendered.strip("\n") + "\n" for d in finding.diagnostics), reason=finding.reason,
    )  # fmt: skip


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("crate", "crate-json", "source", "chunks", "verdicts", "broken", "json"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--features", default="default", choices=["default", "all"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--error-fixing", type=json.loads, default=dict(seed=0, per_phase=2, rounds=4, wall_seconds=120),
        help="the section `error_fixing` of the configuration, as JSON",
    )  # fmt: skip
    sandbox_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
