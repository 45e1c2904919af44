"""Cut a crate into chunks: every function, method, type, impl and module, one parse per file.

    python scripts/tasks/chunk.py --crate semver@1.0.28 --crate-json crate.json --source source/ \\
        --config config/config.yaml --chunks chunks.parquet --files files.parquet --figures figures.json

Nothing is lost: a chunk that is over a limit or is test code stays in the table with its `reason`,
a file that is left out stays in files.parquet with its own.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import ferrule.core.without_numpy  # noqa: F401

import pyarrow as pa

from ferrule.core.command_line import add_config, add_crate, add_files, parser_of
from ferrule.core.files import read_json, write_json, write_rows, write_table
from ferrule.core.schemas import CHUNKS, FILES
from ferrule.crates import chunks as chunking
from ferrule.crates.source_files import LIMITS, SourceFile, read_files


def main() -> None:
    arguments = parse_arguments()
    crate = read_json(arguments.crate_json)
    files: list[SourceFile] = []
    if crate["status"] == "ok":
        package = Path(arguments.source) / crate["package"]
        files = read_files(package, crate["targets"], LIMITS | arguments.config["files"])

    chunks = chunking.Chunks(arguments.crate, **arguments.config["chunks"])
    for file in files:
        if file.root is not None and not file.reason:
            chunking.chunk_file(chunks, file.path, file.source, file.root, file.module)

    write_table(arguments.chunks, pa.table(chunks.columns, schema=CHUNKS))
    write_rows(
        arguments.files,
        [
            dict(crate=arguments.crate, file=f.path, bytes=len(f.source), reason=f.reason, detail=f.detail)
            for f in files
        ],
        FILES,
    )
    write_json(arguments.figures, figures(arguments.crate, chunks, files))


def figures(crate: str, chunks: chunking.Chunks, files: list[SourceFile]) -> dict:
    """Own figures from the syntax tree, and the counts that the funnel adds up."""
    kept = [file for file in files if not file.reason]
    columns = chunks.columns
    kinds, reasons = columns["kind"], columns["reason"]
    offered = Counter(kind for kind, reason in zip(kinds, reasons, strict=True) if not reason)
    withheld = Counter(f"{kind}:{reason}" for kind, reason in zip(kinds, reasons, strict=True) if reason)
    return dict(
        crate=crate,
        **asdict(chunks.figures),
        files=len(kept),
        bytes=sum(len(file.source) for file in kept),
        counts=dict(
            files_kept=len(kept),
            files_dropped=dict(Counter(file.reason for file in files if file.reason)),
            chunks=dict(offered),
            chunks_withheld=dict(withheld),
        ),
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--crate", required=True, help="NAME@VERSION")
    add_crate(parser)
    add_files(parser, "chunks", "files", "figures")
    add_config(parser, "files", "chunks")
    return parser.parse_args()


if __name__ == "__main__":
    main()
