"""Command line options that several scripts share."""

from __future__ import annotations

import argparse
import json

from ferrule.sandbox.session import Limits


def sandbox_options(parser: argparse.ArgumentParser) -> None:
    """Add `--sandbox JSON`; its value is (mode, Limits), the section `sandbox` of the configuration."""
    parser.add_argument(
        "--sandbox",
        type=_sandbox,
        default=("bubblewrap", Limits()),
        metavar="JSON",
        help='mode and limits, as in {"mode": "bubblewrap", "wall_seconds": 600}; what is left out keeps its default',
    )


def _sandbox(text: str) -> tuple[str, Limits]:
    try:
        values = json.loads(text)
        mode = values.pop("mode", "bubblewrap")
        return mode, Limits(**values)
    except (ValueError, AttributeError, TypeError) as error:
        raise argparse.ArgumentTypeError(f"not a sandbox as in the configuration: {error}") from None
