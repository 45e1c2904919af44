"""Decide on one crate: every gate with what was measured, what was asked, and the answer.

    python scripts/analysis/apply_gates.py --crate-json crate.json --figures figures.json --judge judge.json \\
        --clippy clippy.json --license license.json --config config/config.yaml --out verdict.json

verdict.json: {crate, accepted, gates: [{gate, value, threshold, answer, reason}], failed: [names]}.
`answer` is pass, fail, off (no threshold is set), unavailable (nothing could be measured) or not_asked (a
gate that needs no compiler had refused the crate already). An unavailable gate counts as failed unless
`on_unavailable` is `ignore`. Of a crate that was not fetched only the licence may be known; its other gates
are unavailable, and what counts is `fetched`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import write_json
from ferrule.crates.gates import TOOLS, decide, read_facts

FACTS = ("figures", "judge", *TOOLS)


def main() -> None:
    arguments = parse_arguments()
    given = dict(crate=arguments.crate_json) | {name: getattr(arguments, name) for name in FACTS}
    facts = read_facts({name: Path(file) for name, file in given.items() if file})
    verdict = decide(facts, arguments.config["gates"])
    write_json(arguments.out, verdict)
    print(
        f"{verdict['crate']}: {'accepted' if verdict['accepted'] else 'rejected: ' + ', '.join(verdict['failed'])}",
        file=sys.stderr,
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--crate-json", required=True, metavar="FILE", help="crate.json")
    parser.add_argument("--figures", help="figures of the crate's own code, from chunk")
    parser.add_argument("--judge", help="the compiler's check")
    for tool in TOOLS:
        parser.add_argument(f"--{tool}", metavar="JSON", help=f"what {tool} wrote, if it was run")
    add_files(parser, "out")
    add_config(parser, "gates")
    return parser.parse_args()


if __name__ == "__main__":
    main()
