"""Choose a subset of a problem set by a seed: a problem set of its own, for quick measurements.

    python scripts/problems/choose_problems.py --problems results/problems/own/problems.jsonl \\
        --source results/problems/own/source.json --config '{"subset": {"problems": 32, "seed": 0}}' \\
        --name own~32~0 --out problems.jsonl --source-out source.json

source.json is that of the whole set with the number and the hash of the chosen problems, and `subset`: the name and
the hash of the whole set, its number of problems, and the seed.
"""

from __future__ import annotations

import argparse
import sys

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.errors import ConfigError
from ferrule.core.files import read_json, write_json
from ferrule.evaluation.problems.problem import read_problems, set_hash, write_problems
from ferrule.evaluation.problems.subset import subset


def main() -> None:
    arguments = parse_arguments()
    size, seed = (arguments.config["subset"][name] for name in ("problems", "seed"))
    source = read_json(arguments.source)
    try:
        chosen = subset(read_problems(arguments.problems).values(), size, seed, of=source["benchmark"])
    except (ConfigError, ValueError) as error:
        sys.exit(f"monitor.problems: {error}")
    whole = {"of": source["benchmark"], "hash": source["hash"], "problems": source["problems"], "seed": seed}
    mine = {
        "benchmark": arguments.name,
        "problems": len(chosen),
        "hash": set_hash(chosen),
        "subset": whole,
    }
    write_problems(arguments.out, chosen)
    write_json(arguments.source_out, source | mine)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, "out", problems="of the whole set", source="of the whole set", source_out="source.json")
    parser.add_argument("--name", required=True, help="name of the subset")
    add_config(parser, "subset")
    return parser.parse_args()


if __name__ == "__main__":
    main()
