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
import sys
from types import TracebackType
from typing import Any, NoReturn

from ferrule.core.costs import report_at_exit
from ferrule.core.errors import in_one_line


def parser_of(doc: str) -> argparse.ArgumentParser:
    """A parser whose description is the first line of a script's docstring.

    In a job of the workflow the script ends with a line that says what it cost. An error that a person can correct
    (a full disk, a file that is cut off) is one line that says what to do, instead of a traceback.
    """
    report_at_exit()
    sys.excepthook = _tell
    return argparse.ArgumentParser(description=doc.split("\n")[0])


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if said := in_one_line(error):
        print(said, file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


def add_files(parser: argparse.ArgumentParser, *names: str, **helped: str) -> None:
    """Add required options for files: by name, or by name with a text of help (`crate_json="..."`)."""
    for name, text in (dict.fromkeys(names, "") | helped).items():
        parser.add_argument(f"--{name.replace('_', '-')}", required=True, metavar="FILE", help=text or None)


def add_crate(parser: argparse.ArgumentParser) -> None:
    """Add `--crate-json` and `--source`: what `download` wrote of a crate."""
    parser.add_argument("--crate-json", required=True, metavar="FILE", help="crate.json")
    parser.add_argument("--source", required=True, metavar="FOLDER", help="the crate's files")


def add_refused(parser: argparse.ArgumentParser) -> None:
    """Add `--refused`: a step does no work for a crate that a gate has refused already, and says so."""
    parser.add_argument(
        "--refused",
        default="",
        metavar="GATES",
        help="the gates that have refused the crate, separated by commas: then nothing is done, and the reason"
        " is written",
    )


def add_config(parser: argparse.ArgumentParser, *sections: str) -> None:
    """Add `--config`: a file such as config/config.yaml, or its sections as JSON.

    Its value is a dictionary with exactly `sections`; one that is not given is empty, and the step's own
    defaults hold. Where a step has no default for a key, a missing key ends it with exit code 1 and a message.
    """

    def read(text: str) -> dict[str, dict[str, Any]]:
        given = _parsed(text)
        # A section of which every line is a comment is null in YAML.
        found = {name: {} if given.get(name) is None else given[name] for name in sections}
        wrong = [name for name, values in found.items() if not isinstance(values, dict)]
        if wrong:
            raise argparse.ArgumentTypeError(f"{', '.join(wrong)}: expected keys and values")
        return {name: Section(name, values) for name, values in found.items()}

    parser.add_argument(
        "--config",
        type=read,
        default={name: Section(name, {}) for name in sections},
        metavar="FILE|JSON",
        help=f"the configuration, or its sections {', '.join(sections)} as JSON",
    )


class Section(dict):
    """A section of the configuration. To ask it for a key that it lacks ends the step, and says which key."""

    def __init__(self, name: str, values: dict[str, Any]):
        super().__init__(values)
        self.name = name

    def __missing__(self, key: str) -> NoReturn:
        sys.exit(f"--config: {self.name}.{key} is missing; {self.name} has {', '.join(self) or 'no keys'}")


def _parsed(text: str) -> dict[str, Any]:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
    # Rules hand over JSON, which needs none of it.
    import yaml

    from ferrule.core.yaml_files import read_yaml

    try:
        found = read_yaml(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise argparse.ArgumentTypeError(f"{text} cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError(f"{text}: expected keys and values")
    return found
