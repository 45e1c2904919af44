"""Write down what a comparison was made with: toolchain, packages, models, data, problems, GPUs, system.

    python scripts/compare/record_environment.py --model-record base=results/models/x/model.json \\
        --model-record run=results/train/y/merge.json --problems own=results/problems/own/source.json \\
        --data train=results/train/y/train.parquet --out environment.json

It is metadata beside the results and differs between machines; no figure depends on it. Names of hosts and users,
paths, addresses and times are not in it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ferrule.core.files import read_json, sha256_file, write_json
from ferrule.evaluation.comparison.environment import environment, record


def main() -> None:
    arguments = parse_arguments()
    found = environment()
    for name, given in (("models", arguments.model_record), ("problems", arguments.problems)):
        found[name] = {key: record(read_json(path)) for key, path in given}
    found["data"] = {key: {"file": path.name, "sha256": sha256_file(path)} for key, path in arguments.data}
    write_json(arguments.out, found)


def named(text: str) -> tuple[str, Path]:
    """NAME=FILE; without a name it is that of the file's folder."""
    name, separator, path = text.partition("=")
    return (name, Path(path)) if separator else (Path(text).resolve().parent.name, Path(text))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for option, what in (
        ("--model-record", "model.json or merge.json of a model"),
        ("--problems", "source.json of a problem set"),
        ("--data", "a file that was trained on: its hash is taken"),
    ):
        parser.add_argument(option, type=named, action="append", default=[], metavar="[NAME=]FILE", help=what)
    parser.add_argument("--out", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
