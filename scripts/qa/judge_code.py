"""Let the compiler judge the Rust code of answers, where it can stand alone, in the sandbox.

    python scripts/qa/judge_code.py --exchanges exchanges.parquet --config config/config.yaml \\
        --journal results/qa/judge_code.journal --out verdicts.jsonl

The journal stays: a block of code that was judged by the same compiler is not judged again.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from dataclasses import asdict

import orjson

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import read_table, write_jsonl
from ferrule.core.journal import Journal
from ferrule.crates import cargo
from ferrule.evaluation.judging.rustc import Infrastructure, Rustc
from ferrule.qa.qa_tables import EXCHANGES
from ferrule.qa.rust_blocks import ARGUMENTS, judge
from ferrule.sandbox.sandbox_arguments import sandbox_of
from ferrule.sandbox.session import Unavailable

EVERY = 10.0  # seconds between two lines of progress


class Verdicts(Journal):
    """Verdicts by the hash of the code."""

    kind = "verdicts"

    def key(self, entry: dict) -> str:
        return entry["block"]


def main() -> None:
    arguments = parse_arguments()
    table = read_table(arguments.exchanges)
    if table.schema.names != EXCHANGES.names:
        sys.exit(f"{arguments.exchanges}: not of this version; delete the file and run snakemake again")
    found = {block_id(code): code for codes in table["rust"].to_pylist() for code in codes or []}
    mode, limits = sandbox_of(arguments.config)
    depends_on = [cargo.toolchain()["version"], mode, asdict(limits), ARGUMENTS]
    identity = hashlib.sha256(orjson.dumps(depends_on)).hexdigest()[:16]
    try:
        with Verdicts(arguments.journal, identity) as journal:
            left = [key for key in sorted(found) if key not in journal.entries]
            if left:
                judge_all(left, found, journal, mode, limits)
            rows = [dict(block=key, verdict=journal.entries[key]["verdict"]) for key in sorted(found)]
    except (Infrastructure, Unavailable) as error:
        sys.exit(f"judging the code of answers: {error}")
    write_jsonl(arguments.out, rows)
    print(f"{len(rows)} blocks of Rust code, {len(left)} of them judged now")


def judge_all(left: list[str], found: dict[str, str], journal: Verdicts, mode: str, limits) -> None:
    told = time.monotonic()
    with Rustc(mode=mode, limits=limits) as rustc:
        for number, key in enumerate(left, 1):
            journal.add(dict(block=key, verdict=judge(rustc, found[key])))
            if time.monotonic() - told > EVERY:
                told = time.monotonic()
                print(f"{number} of {len(left)} blocks judged", file=sys.stderr, flush=True)


def block_id(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(
        parser,
        exchanges="exchanges.parquet",
        journal="verdicts of earlier runs",
        out="the verdict on each block",
    )
    add_config(parser, "sandbox")
    return parser.parse_args()


if __name__ == "__main__":
    main()
