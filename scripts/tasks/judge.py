"""Ask the compiler which functions of a crate it reads and accepts: one sandboxed check for all.

    python scripts/tasks/judge.py --crate semver@1.0.28 --crate-json crate.json --source source/ \\
        --chunks chunks.parquet --config config/config.yaml --verdicts verdicts.parquet \\
        --calls calls.parquet --json judge.json

A function without a verdict (switched off here, or in a crate that does not compile) is in the
table too, with the reason; it never ships as `compiles`. With `--refused` the compiler is not asked.
Where `tasks.blocks` asks for whole impl blocks or modules, one more check answers for every function
whether the crate still checks without its body. Two further checks count the public items of the library and
those with documentation, and one more says which function every call in the library means.
"""

from __future__ import annotations

import argparse
import os

import ferrule.core.without_numpy  # noqa: F401

from ferrule.compiler.compiler_arguments import add_compiler, compiler_of
from ferrule.compiler.documented_items import LINT, Documented, count_documented
from ferrule.compiler.judge import CrateDoesNotCompile, Function, Judge
from ferrule.compiler.resolved_calls import Call, resolve_calls
from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_json, read_rows, write_json, write_rows
from ferrule.core.reasons import JudgeReason, Status
from ferrule.core.schemas import CALLS, CHUNKS, VERDICTS
from ferrule.crates import cargo
from ferrule.crates.tool_report import refused_by

# By the status of the crate: why a function that is not live has no verdict.
WHY_NOT = {Status.OK: JudgeReason.NOT_LIVE, Status.NOT_ASKED: JudgeReason.NOT_ASKED}


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads the judge's copy as another user
    crate = read_json(arguments.crate_json)
    rows = read_rows(arguments.chunks, CHUNKS)
    functions = [
        Function(row["id"], row["file"], row["start"], row["end"], row["body"])
        for row in rows
        if row["kind"] in ("function", "method") and not row["test"] and row["reason"] != "parse_error"
    ]
    live, targets, cut, status, reason = set(), {}, {}, Status.OK, ""
    documented: Documented | None = None
    calls: list[Call] = []
    if crate["status"] != "ok":
        status, reason = Status.FAILED, f"not fetched: {crate['reason']}"
    elif arguments.refused:
        status, reason = Status.NOT_ASKED, refused_by(arguments.refused)
    else:
        try:
            with compiler_of(Judge, crate, arguments) as judge:
                undocumented = judge.baseline(LINT)
                documented = count_documented(judge, undocumented)
                live = judge.liveness(functions)
                targets = judge.live_in
                calls = resolve_calls(judge, [f for f in functions if f.id in live])
                if asks_for_blocks(arguments.config["tasks"].get("blocks", {})):
                    nested = {row["id"] for row in rows if row["nested"]}
                    cut = cut_away(judge, [f for f in functions if f.id in live and f.id not in nested])
        except CrateDoesNotCompile as error:
            status, reason = error.status, error.reason

    why_not = WHY_NOT.get(status, JudgeReason.CRATE_DOES_NOT_COMPILE)
    verdicts = [
        dict(
            id=f.id,
            chunk=f.id,
            live=f.id in live,
            compiles=True if f.id in live else None,
            target=targets.get(f.id, ""),
            cut=cut.get(f.id),
            codes=[],
            diagnostic="",
            reason="" if f.id in live else why_not,
        )
        for f in functions
    ]
    write_rows(arguments.verdicts, verdicts, VERDICTS)
    write_rows(arguments.calls, [vars(call) for call in calls], CALLS)
    write_json(
        arguments.json,
        dict(
            crate=arguments.crate,
            status=status,
            reason=reason,
            functions=len(functions),
            live=len(live),
            cut=sum(cut.values()),
            public_items=documented.public if documented else None,
            documented_items=documented.documented if documented else None,
            rustc=cargo.toolchain()["version"],
        ),
    )
    if status != "ok":
        print(f"{arguments.crate}: {status}: {reason}")


def asks_for_blocks(blocks: dict) -> bool:
    return any(blocks.get(share, 0) > 0 for share in ("impls", "modules"))


def cut_away(judge: Judge, functions: list[Function]) -> dict[str, bool]:
    """As `Judge.cut`. A limit that stops the compiler here costs the answer, not the verdict on the crate."""
    try:
        return judge.cut(functions)
    except CrateDoesNotCompile as error:
        print(f"no function is cut: {error.status}: {error.reason}")
        return {}


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(
        parser,
        "chunks",
        verdicts="a row per function",
        calls="what the functions of the library call",
        json="counts and the crate's own status",
    )
    add_compiler(parser, "tasks")
    return parser.parse_args()


if __name__ == "__main__":
    main()
