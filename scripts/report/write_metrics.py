"""Write the figures of a results folder for Prometheus.

    python scripts/report/write_metrics.py --results results --out results/metrics.prom

The file suits the textfile collector of the node exporter. docs/observability.md lists the metrics.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import write_text
from ferrule.report.metrics import metrics_text
from ferrule.report.results_folder import Results


def main() -> None:
    arguments = parse_arguments()
    results = Results(arguments.results)
    if not results.folder.is_dir():
        sys.exit(f"{results.folder}: there is no such folder; run snakemake first")
    text = metrics_text(results)
    write_text(arguments.out, text)
    print(f"{sum(not line.startswith('#') for line in text.splitlines())} figures")
    for line in results.unreadable:
        print(line)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument(
        "--results", required=True, type=Path, metavar="FOLDER", help="what the workflow built"
    )
    add_files(parser, out="the metrics in Prometheus' text format")
    return parser.parse_args()


if __name__ == "__main__":
    main()
