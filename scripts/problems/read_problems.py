"""Read a problem set of any format, lay its errata on, check it, and write it in the evaluator's own form.

    python scripts/problems/read_problems.py --benchmark humaneval_rust --file HumanEval_rust.jsonl \\
        --errata resources/errata/humaneval_rust.yaml --config config/config.yaml \\
        --out problems.jsonl --source source.json

problems.jsonl has a row per problem (ferrule.evaluation.problems.problem.Problem), in the file's order; source.json says what the set
is: origin, licence, the file's sha256, the number of problems, the hash of the set, the corrections and what was left out.
Nothing is compiled here. Everything that is wrong is reported at once, by file, line and problem.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.errors import ConfigError
from ferrule.core.files import sha256_file, write_json
from ferrule.evaluation.problems.errata import Errata, read_errata
from ferrule.evaluation.problems.formats import read_set
from ferrule.evaluation.problems.own_format import own_sha256
from ferrule.evaluation.problems.problem import set_hash, write_problems


def main() -> None:
    arguments = parse_arguments()
    entry = arguments.config["benchmarks"][arguments.benchmark]
    kind, task = entry.get("format") or "auto", entry.get("task") or "synthesize"
    try:
        sha256 = checksum(Path(arguments.file), entry.get("sha256"))
        errata = read_errata(arguments.errata) if arguments.errata else None
        problems = read_set(arguments.file, kind, task=task, errata=errata, chosen=entry.get("tasks"))
    except ConfigError as error:
        sys.exit(f"benchmark {arguments.benchmark} cannot be used:\n{error}")
    if errata and errata.sha256 not in ("", sha256):
        print(f"{arguments.errata} was written for a file with another sha256; all it asks for was found")
    write_problems(arguments.out, problems)
    write_json(
        arguments.source,
        dict(
            benchmark=arguments.benchmark,
            origin=entry.get("origin") or "written for Ferrule",
            license=entry.get("license") or "",
            file=Path(arguments.file).name,
            sha256=sha256,
            format=kind,
            task=task,
            problems=len(problems),
            hash=set_hash(problems),
            errata=summary(errata, problems),
        ),
    )


def checksum(path: Path, expected: str | None) -> str:
    if not path.exists():
        raise ConfigError([f"{path}: there is no such file or folder"])
    found = own_sha256(path) if path.is_dir() else sha256_file(path)
    if expected and expected != found:
        raise ConfigError([f"{path}: its sha256 is {found}, expected is {expected}: another file"])
    return found


def summary(errata: Errata | None, problems) -> dict:
    """The errata that were applied: their file, the corrections by problem, what was left out and why."""
    if errata is None:
        return {}
    mended = {problem.id: list(problem.errata) for problem in problems if problem.errata}
    return dict(
        file=errata.path.name, sha256=sha256_file(errata.path), mended=mended, excluded=errata.excluded
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--benchmark", required=True, metavar="NAME", help="its name under `benchmarks`")
    add_files(
        parser,
        file="the problem set: a file, or a folder of format own",
        out="problems.jsonl",
        source="source.json",
    )
    parser.add_argument("--errata", default="", help="a YAML file, see ferrule.evaluation.problems.errata")
    add_config(parser, "benchmarks")
    return parser.parse_args()


if __name__ == "__main__":
    main()
