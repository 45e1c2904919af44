"""Command lines: what the scripts' options have in common.

parser = parser_of(__doc__)
add_files(parser, "chunks", "verdicts")
add_config(parser, "files", "chunks")
arguments = parser.parse_args()
arguments.config["files"]["max_bytes"]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any


def parser_of(doc: str) -> argparse.ArgumentParser:
    """A parser whose description is the first line of a script's docstring."""
    return argparse.ArgumentParser(description=doc.split("\n")[0])


def add_files(parser: argparse.ArgumentParser, *names: str, **helped: str) -> None:
    """Add required options for files: by name, or by name with a text of help (`crate_json="..."`)."""
    for name, text in (dict.fromkeys(names, "") | helped).items():
        parser.add_argument(f"--{name.replace('_', '-')}", required=True, metavar="FILE", help=text or None)


def add_crate(parser: argparse.ArgumentParser) -> None:
    """Add `--crate-json` and `--source`: what `download` wrote of a crate."""
    parser.add_argument("--crate-json", required=True, metavar="FILE", help="crate.json")
    parser.add_argument("--source", required=True, metavar="FOLDER", help="the crate's files")


def add_config(parser: argparse.ArgumentParser, *sections: str) -> None:
    """Add `--config`: a file such as config/config.yaml, or its sections as JSON.

    Its value is a dictionary with exactly `sections`; one that is not given is empty, and the step's own
    defaults hold.
    """

    def read(text: str) -> dict[str, dict[str, Any]]:
        given = _parsed(text)
        wrong = [name for name in sections if not isinstance(given.get(name) or {}, dict)]
        if wrong:
            raise argparse.ArgumentTypeError(f"{', '.join(wrong)}: expected keys and values")
        return {name: given.get(name) or {} for name in sections}

    parser.add_argument(
        "--config",
        type=read,
        default={name: {} for name in sections},
        metavar="FILE|JSON",
        help=f"the configuration, or its sections {', '.join(sections)} as JSON",
    )


def _parsed(text: str) -> dict[str, Any]:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
    import yaml  # rules hand over JSON, which needs none of it

    try:
        found = yaml.safe_load(Path(text).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise argparse.ArgumentTypeError(f"{text} cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError(f"{text}: expected keys and values")
    return found
