"""Ask the registry for a crate's version, checksum and licence. Runs no foreign code.

    python scripts/crates/resolve.py --crate semver@1.0.28 --out resolved.json

Without a version the newest stable one is taken that this toolchain can build. A crate that the registry does not
have becomes `status` and `reason` in resolved.json; a machine that cannot ask (no network, no cargo) ends the job
with exit code 1.
"""

from __future__ import annotations

import argparse
import sys

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import write_json
from ferrule.core.reasons import Status
from ferrule.crates import cargo
from ferrule.crates.cargo import CrateError, MachineError
from ferrule.crates.manifest import manifest_in, read_manifest
from ferrule.sandbox.cargo_view import publication_day


def main() -> None:
    arguments = parse_arguments()
    name, _, version = arguments.crate.partition("@")
    row = dict(crate=arguments.crate, name=name, version=version, status=Status.OK, reason="")
    try:
        row |= resolve(name, version)
    except CrateError as error:
        row |= dict(status=Status.FAILED, reason=str(error))
        print(f"{arguments.crate}: failed: {error}", file=sys.stderr)
    except MachineError as error:
        sys.exit(f"{arguments.crate}: {error}")
    write_json(arguments.out, row)


def resolve(name: str, version: str) -> dict:
    version, checksum = cargo.resolve(name, version)
    # The licence is in the manifest, and the manifest in the archive: cargo downloads it into its cache.
    archive = cargo.download(name, version, checksum)
    manifest = read_manifest(archive / "Cargo.toml") if archive.is_dir() else manifest_in(archive)
    package = manifest.get("package", {})
    return dict(
        version=version,
        sha256=checksum,
        license=package.get("license"),
        repository=package.get("repository"),
        published=publication_day(name, version),
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--crate", required=True, help="NAME or NAME@VERSION")
    add_files(parser, "out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
