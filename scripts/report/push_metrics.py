"""Push the figures of a run to a Prometheus push gateway; only on request (`snakemake push_metrics`).

    python scripts/report/push_metrics.py --metrics results/metrics.prom \\
        --config '{"metrics": {"push_gateway": "http://127.0.0.1:9091", "job": "ferrule"}}'

The figures replace those of the same job on the gateway.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, push_to_gateway
from prometheus_client.parser import text_string_to_metric_families

from ferrule.core.command_line import add_config, add_files, parser_of

SECONDS = 30  # that the gateway may take


class Written:
    """The metrics of a file, as a collector of the client library."""

    def __init__(self, text: str):
        self.text = text

    def collect(self) -> Iterator[Metric]:
        yield from text_string_to_metric_families(self.text)


def main() -> None:
    arguments = parse_arguments()
    settings = arguments.config["metrics"]
    address = settings.get("push_gateway")
    if not address:
        sys.exit("no push gateway: set metrics.push_gateway to its address, such as http://127.0.0.1:9091")
    registry = CollectorRegistry()
    registry.register(Written(Path(arguments.metrics).read_text(encoding="utf-8")))
    try:
        push_to_gateway(address, job=settings.get("job", "ferrule"), registry=registry, timeout=SECONDS)
    except OSError as error:
        sys.exit(
            f"{address}: the push gateway did not take the metrics ({error}); they are in {arguments.metrics}"
        )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, metrics="results/metrics.prom")
    add_config(parser, "metrics")
    return parser.parse_args()


if __name__ == "__main__":
    main()
