"""Read a problem set of any format, lay its errata on, check it, and write it in the evaluator's own form.

    python scripts/problems/read_problems.py --benchmark humaneval_rust --file HumanEval_rust.jsonl \\
        --errata resources/errata/humaneval_rust.yaml --license Apache-2.0 --origin "HumanEval-X (CodeGeeX)" \\
        --out problems.jsonl --source source.json

problems.jsonl has a row per problem (ferrule.evaluation.problems.problem.Problem), in the file's order; source.json says what the set
is: origin, licence, the file's sha256, the number of problems, the hash of the set, what was mended and left out.
Nothing is compiled here. Everything that is wrong is told at once, by file, line and problem.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ferrule.core.errors import ConfigError
from ferrule.core.files import sha256_file, write_json
from ferrule.evaluation.problems.errata import Errata, read_errata
from ferrule.evaluation.problems.formats import FORMATS, TASKS, read_set
from ferrule.evaluation.problems.own_format import own_sha256
from ferrule.evaluation.problems.problem import set_hash, write_problems


def main() -> None:
    arguments = parse_arguments()
    try:
        sha256 = checksum(arguments)
        errata = read_errata(arguments.errata) if arguments.errata else None
        problems = read_set(arguments.file, arguments.format, task=arguments.task, errata=errata)
    except ConfigError as error:
        sys.exit(f"benchmark {arguments.benchmark} cannot be used:\n{error}")
    if errata and errata.sha256 not in ("", sha256):
        print(f"{arguments.errata} was written for a file with another sha256; all it asks for was found")
    write_problems(arguments.out, problems)
    write_json(
        arguments.source,
        dict(
            benchmark=arguments.benchmark,
            origin=arguments.origin,
            license=arguments.license,
            file=Path(arguments.file).name,
            sha256=sha256,
            format=arguments.format,
            task=arguments.task,
            problems=len(problems),
            hash=set_hash(problems),
            errata=summary(errata, problems),
        ),
    )


def checksum(arguments) -> str:
    path = Path(arguments.file)
    if not path.exists():
        raise ConfigError([f"{path}: there is no such file or folder"])
    found = own_sha256(path) if path.is_dir() else sha256_file(path)
    if arguments.sha256 and arguments.sha256 != found:
        raise ConfigError([f"{path}: its sha256 is {found}, expected is {arguments.sha256}: another file"])
    return found


def summary(errata: Errata | None, problems) -> dict:
    """Which errata were laid on: their file, what was mended in which problem, what was left out and why."""
    if errata is None:
        return {}
    mended = {problem.id: list(problem.errata) for problem in problems if problem.errata}
    return dict(
        file=errata.path.name, sha256=sha256_file(errata.path), mended=mended, excluded=errata.excluded
    )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--benchmark", required=True, metavar="NAME")
    parser.add_argument("--file", required=True, help="the problem set: a file, or a folder of format own")
    parser.add_argument("--format", choices=FORMATS, default="auto")
    parser.add_argument("--task", choices=TASKS, default="synthesize", help="what HumanEvalPack is used for")
    parser.add_argument("--errata", default="", help="a YAML file, see ferrule.evaluation.problems.errata")
    parser.add_argument("--sha256", default="", help="of the file or folder; another one is refused")
    parser.add_argument("--license", required=True, help="SPDX expression")
    parser.add_argument("--origin", required=True, help="where the set comes from, in words")
    parser.add_argument("--out", required=True, help="problems.jsonl")
    parser.add_argument("--source", required=True, help="source.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
