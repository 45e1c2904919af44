"""Drop rows that hold a part of a benchmark's problem: its prompt, its solution or its tests.

    python scripts/curation/decontaminate.py --pool distinct.parquet --config config/config.yaml \\
        --out clean.parquet --dropped dropped.parquet --report leaks.json --funnel decontaminate.json

The reason is `benchmark`, `detail` names benchmark, problem, part, share and form of the best match; the report
has the same for every dropped row, and names the parts that are too short to be looked for. What counts as
a match is in `ferrule.dataset.contamination`. Without benchmarks every row stays. A benchmark file that cannot be read as it
should stops the step, with file and line.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from sys import intern

import pyarrow as pa

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.errors import ConfigError
from ferrule.core.files import read_json, sha256_file, write_json
from ferrule.core.reasons import ContaminationReason
from ferrule.core.row_stream import batches, sift, stage_counts
from ferrule.dataset.benchmark_texts import read_benchmarks
from ferrule.dataset.contamination import Leaks, Match, row_text
from ferrule.dataset.repositories import repository_key

TEXTS = ["prompt", "gen", "_prefix", "_suffix"]
ORIGIN = ["_repository"]
PLACE = ["_id", "_task_type", "_source_crate", "_version", "_source_file", "_start", "_end"]
PIECE = 2048  # rows looked at together


def main() -> None:
    arguments = parse_arguments()
    benchmarks = arguments.config["decontaminate"].get("benchmarks", [])
    try:
        leaks = Leaks(read_benchmarks(benchmarks))
        heldout = HeldOut(benchmarks)
    except ConfigError as error:
        sys.exit(str(error))
    tasks, fates, dropped = [], [], []
    for table in batches(arguments.pool, TEXTS + PLACE + ORIGIN):
        matches = find(leaks, table)
        for number, name in heldout.found(table):
            matches[number] = matches[number] or Match(name, "", "repository", "held out", 1.0, False)
        tasks += map(intern, table["_task_type"].to_pylist())
        fates += [(ContaminationReason.BENCHMARK, str(match)) if match else None for match in matches]
        dropped += entries(table, matches)
    sift(arguments.pool, arguments.out, arguments.dropped, "decontaminate", fates)
    found = report(benchmarks, leaks, dropped, len(fates))
    write_json(arguments.report, found)
    compared = [{key: one[key] for key in ("name", "sha256", "problems")} for one in found["benchmarks"]]
    write_json(arguments.funnel, stage_counts("decontaminate", tasks, fates) | {"compared": compared})
    print(f"{len(dropped)} of {len(fates)} rows hold a part of {len(leaks.problems)} benchmark problems")


class HeldOut:
    """Repositories and crates that benchmarks hold out as a whole."""

    def __init__(self, benchmarks: list[dict]):
        self.repositories: dict[str, str] = {}
        self.crates: dict[str, str] = {}
        for benchmark in benchmarks:
            if file := benchmark.get("heldout"):
                names = read_json(file)
                self.repositories |= dict.fromkeys(names["repositories"], benchmark["name"])
                self.crates |= dict.fromkeys(names["crates"], benchmark["name"])

    def found(self, table: pa.Table) -> Iterator[tuple[int, str]]:
        """Numbers of rows from such a repository or crate, each with the benchmark."""
        pairs = zip(table["_repository"].to_pylist(), table["_source_crate"].to_pylist(), strict=True)
        for number, (repository, crate) in enumerate(pairs):
            name = self.repositories.get(repository_key(repository)) or self.crates.get(crate or "")
            if name:
                yield number, name


def find(leaks: Leaks, table: pa.Table) -> list[Match | None]:
    matches: list[Match | None] = []
    if not leaks.problems:
        return [None] * table.num_rows
    for at in range(0, table.num_rows, PIECE):
        columns = (table[name].slice(at, PIECE).to_pylist() for name in TEXTS)
        texts = [
            row_text(prompt, f"{prefix or ''}{gen}{suffix or ''}")
            for prompt, gen, prefix, suffix in zip(*columns, strict=True)
        ]
        matches += leaks.find(texts)
    return matches


def entries(table: pa.Table, matches: list[Match | None]) -> list[dict]:
    """The rows that fall, as the report names them."""
    hits = [number for number, match in enumerate(matches) if match]
    rows = table.select(PLACE).take(pa.array(hits, pa.int64())).to_pylist()
    return [
        {name.removeprefix("_"): value for name, value in row.items()}
        | vars(matches[number])
        | {"share": round(matches[number].share, 4)}
        for number, row in zip(hits, rows, strict=True)
    ]


def report(benchmarks: list[dict], leaks: Leaks, dropped: list[dict], rows: int) -> dict:
    problems = Counter(problem.benchmark for problem in leaks.problems)
    short: dict[str, list[str]] = {}
    for number, part in leaks.unmatched:
        problem = leaks.problems[number]
        short.setdefault(problem.benchmark, []).append(f"{problem.id} {part}")
    return dict(
        benchmarks=[
            dict(
                name=benchmark["name"],
                path=benchmark["path"],
                sha256=sha256_file(benchmark["path"]),
                problems=problems[benchmark["name"]],
                too_short=short.get(benchmark["name"], []),
            )
            for benchmark in benchmarks
        ],
        rows=rows,
        dropped=dropped,
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(
        parser,
        pool="samples",
        out="samples that stay",
        dropped="what fell and why",
        funnel="counts",
        report="every match in full",
    )
    add_config(parser, "decontaminate")
    return parser.parse_args()


if __name__ == "__main__":
    main()
