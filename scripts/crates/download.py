"""Take one crate's archive, unpack it, lock it and download its dependencies. Runs no foreign code.

    python scripts/crates/download.py --crate semver@1.0.28 --resolved resolved.json \\
        --config config/config.yaml --json crate.json --archive archive.crate --folder source/
    python scripts/crates/download.py --crate mine --source ../mine \\
        --config config/config.yaml --json crate.json --archive mine.crate --folder source/

`--refused "GPL-3.0-only is not allowed"` stops before anything is unpacked. What is wrong with the crate becomes
`status` and `reason` in crate.json, with an empty archive and an empty folder; what is wrong with the machine (no
network, no cargo, no disk) ends the job with exit code 1.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import atomic, atomic_folder, read_json, sha256_file, write_json
from ferrule.core.reasons import Status
from ferrule.crates import archive, cargo
from ferrule.crates.cargo import CrateError, MachineError
from ferrule.crates.manifest import (
    check_name,
    folder_sha256,
    read_manifest,
    targets,
    vcs_commit,
    workspace_root,
)


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads these files as another user
    name, _, version = arguments.crate.partition("@")
    row = dict(crate=arguments.crate, name=name, version=version, status=Status.OK, reason="")
    with tempfile.TemporaryDirectory(prefix="ferrule-") as temporary:
        staging, packed = Path(temporary) / "source", Path(temporary) / "archive"
        staging.mkdir()
        packed.touch()
        try:
            if arguments.source:
                row |= from_path(arguments, name, version, staging, packed)
            else:
                row |= from_registry(arguments, name, version, staging, packed)
        except CrateError as error:
            row |= dict(status=Status.FAILED, reason=str(error))
        except MachineError as error:
            sys.exit(f"{arguments.crate}: {error}")
        if row["status"] != "ok":
            shutil.rmtree(staging)
            staging.mkdir()
            packed.write_bytes(b"")
            print(f"{arguments.crate}: {row['status']}: {row['reason']}", file=sys.stderr)
        with atomic_folder(arguments.folder) as folder:
            shutil.copytree(staging, folder, dirs_exist_ok=True)
        with atomic(arguments.archive) as file:
            shutil.copyfile(packed, file)
    write_json(arguments.json, row)


def from_registry(
    arguments: argparse.Namespace, name: str, version: str, staging: Path, packed: Path
) -> dict:
    resolved = read_json(arguments.resolved)
    if resolved["status"] != "ok":
        return {key: resolved[key] for key in ("status", "reason")}
    if arguments.refused:
        known = {key: resolved[key] for key in ("name", "version", "sha256", "license", "repository")}
        return known | dict(source="registry", status=Status.REFUSED, reason=f"licence: {arguments.refused}")
    version, checksum = resolved["version"], resolved["sha256"]
    crate_file = cargo.download(name, version, checksum)
    if crate_file.is_dir():  # from a folder of vendored crates
        left_out = archive.copy_folder(crate_file, staging, **limits(arguments))
        archive.pack(staging, packed, f"{name}-{version}")
    else:
        shutil.copyfile(crate_file, packed)
        left_out = archive.unpack(packed, staging, **limits(arguments))
    return describe(staging, ".", name, version) | dict(
        source="registry", sha256=checksum or sha256_file(crate_file), left_out=left_out
    )


def from_path(arguments: argparse.Namespace, name: str, version: str, staging: Path, packed: Path) -> dict:
    source, package = Path(arguments.source), "."
    if source.is_file():
        kind, sha256 = "file", sha256_file(source)
        shutil.copyfile(source, packed)
        left_out = archive.unpack(packed, staging, **limits(arguments))
    elif source.is_dir():
        kind, root = "folder", workspace_root(source.resolve())
        package = os.path.relpath(source.resolve(), root)
        left_out = archive.copy_folder(root, staging, **limits(arguments))
        sha256 = folder_sha256(staging)
        archive.pack(staging, packed, name)
    else:
        raise CrateError(f"source: {source} is neither a folder nor a .crate file")
    return describe(staging, package, name, version) | dict(source=kind, sha256=sha256, left_out=left_out)


def describe(staging: Path, package: str, name: str, version: str) -> dict:
    """Lock the unpacked crate, download its dependencies, and return what cargo reports about it."""
    check_name(read_manifest(staging / package / "Cargo.toml"), name)
    lock = cargo.lock_and_fetch(staging / package, staging)
    known = cargo.metadata(staging / package)
    if version and known["version"] != version:
        raise CrateError(f"the list says version {version}, the manifest says {known['version']}")
    return {
        key: known[key]
        for key in ("name", "version", "license", "license_file", "edition", "repository", "rust_version")
    } | dict(
        description=(known["description"] or "").strip(),
        commit=vcs_commit(staging / package),
        package=Path(package).as_posix(),
        targets=targets(known, staging / package),
        lock=lock,
    )


def limits(arguments: argparse.Namespace) -> dict[str, int]:
    crates = arguments.config["crates"]
    return dict(
        max_bytes=int(crates.get("max_unpacked_mb", 200) * 1e6), max_files=crates.get("max_files", 20000)
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--crate", required=True, help="NAME or NAME@VERSION")
    parser.add_argument("--source", default="", help="a local folder or .crate file instead of the registry")
    parser.add_argument(
        "--resolved", metavar="FILE", help="what `resolve` wrote, for a crate of the registry"
    )
    parser.add_argument("--refused", default="", help="why its licence is not allowed, if it is not")
    parser.add_argument("--folder", required=True, help="where its files go")
    add_files(parser, json="what became of it", archive="the archive that it was unpacked from")
    add_config(parser, "crates")
    return parser.parse_args()


if __name__ == "__main__":
    main()
