"""Compare the measured checkpoints of a run with the targets of its phase, and with those for the end.

    python scripts/compare/monitor_run.py --run sharp --phase phase_2 \\
        --checkpoint 500=results/evaluate/own~32~0/sharp~checkpoint-500/metrics.json \\
        --checkpoint 1000=results/evaluate/own~32~0/sharp~checkpoint-1000/metrics.json \\
        --earlier results/train/broad/monitor.jsonl --out monitor.jsonl --table monitor.md

monitor.jsonl has a row per checkpoint of this run: step, phase, figures with intervals, and whether each meets its
targets. The table shows the runs that this one continues as well.
"""

from __future__ import annotations

import argparse
import sys

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_json, read_jsonl, write_jsonl, write_text
from ferrule.evaluation.comparison.monitoring import PHASES, NotComparable, check_alike, page, row


def main() -> None:
    arguments = parse_arguments()
    measured = sorted(arguments.checkpoint)
    try:
        rows = [row(arguments.run, step, arguments.phase, read_json(path)) for step, path in measured]
        check_alike(rows)
    except NotComparable as error:
        sys.exit(f"{arguments.run}: {error}")
    earlier = [each for path in arguments.earlier for each in read_jsonl(path)]
    write_jsonl(arguments.out, rows)
    write_text(arguments.table, page(arguments.run, rows, earlier))


def step_and_file(text: str) -> tuple[int, str]:
    step, separator, path = text.partition("=")
    if not separator or not step.isdigit():
        raise argparse.ArgumentTypeError(f"{text}: expected STEP=FILE")
    return int(step), path


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--run", required=True, metavar="NAME")
    parser.add_argument("--phase", required=True, choices=PHASES)
    parser.add_argument(
        "--checkpoint",
        type=step_and_file,
        action="append",
        required=True,
        metavar="STEP=FILE",
        help="metrics.json of the run's adapter after these steps",
    )
    parser.add_argument(
        "--earlier", nargs="+", default=[], help="monitor.jsonl of the runs that this one continues"
    )
    add_files(parser, out="monitor.jsonl", table="the same as Markdown")
    return parser.parse_args()


if __name__ == "__main__":
    main()
