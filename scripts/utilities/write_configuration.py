"""Write what is made of the configuration's models: config/config.yaml, config/schema.json, docs/configuration.md.

    python scripts/utilities/write_configuration.py            # after a change of a model
    python scripts/utilities/write_configuration.py --check    # writes nothing; exits with 1 if a file is stale

The models are in scripts/ferrule/workflow/configuration: types, limits, defaults, and the comment of every key.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ferrule.workflow.configuration.documentation import configuration_md
from ferrule.workflow.configuration.rendering import config_yaml, schema_json

ROOT = Path(__file__).parents[2]
WRITERS = {
    "config/config.yaml": config_yaml,
    "config/schema.json": schema_json,
    "docs/configuration.md": configuration_md,
}


def main() -> None:
    arguments = parse_arguments()
    stale = stale_files(arguments.root)
    for name in stale:
        if arguments.check:
            print(f"{name}: not what the models say; run {Path(__file__).relative_to(ROOT)}")
        else:
            (arguments.root / name).write_text(WRITERS[name](), encoding="utf-8")
            print(f"{name}: written")
    sys.exit(1 if arguments.check and stale else 0)


def stale_files(root: Path) -> list[str]:
    """The files that are not there, or not as they would be written."""
    return [
        name
        for name, write in WRITERS.items()
        if not (root / name).is_file() or (root / name).read_text(encoding="utf-8") != write()
    ]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; name the files that are stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout (default: the script's own)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
