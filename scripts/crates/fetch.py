"""Fetch one crate: resolve, check its licence, unpack, lock, download its dependencies. Runs no foreign code.

    python scripts/crates/fetch.py --crate semver@1.0.28 --json crate.json --folder source/
    python scripts/crates/fetch.py --crate mine --source ../mine --json crate.json --folder source/

Of what every crate goes through, only this uses the network. What is wrong with the crate
becomes `status` and `reason` in crate.json, with an empty folder; what is wrong with the machine
(no network, no cargo, no disk) ends the job with exit code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

from ferrule.core.files import sha256_file, write_json, write_text
from ferrule.crates import archive, cargo
from ferrule.crates.cargo import CrateError, MachineError


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads these files as another user
    name, _, version = arguments.crate.partition("@")
    row = dict(crate=arguments.crate, name=name, version=version, status="ok", reason="")
    with tempfile.TemporaryDirectory(prefix="ferrule-") as temporary:
        staging = Path(temporary) / "source"
        staging.mkdir()
        try:
            row |= fetch(arguments, name, version, staging)
        except CrateError as error:
            row |= dict(status="failed", reason=str(error))
        except Refused as error:
            row |= dict(status="refused", reason=str(error)) | error.known
        except MachineError as error:
            sys.exit(f"{arguments.crate}: {error}")
        if row["status"] != "ok":
            shutil.rmtree(staging)
            staging.mkdir()
            print(f"{arguments.crate}: {row['status']}: {row['reason']}", file=sys.stderr)
        shutil.rmtree(arguments.folder, ignore_errors=True)
        shutil.copytree(staging, arguments.folder)
    # What rules/crates.smk goes by when the allow-list changes; see `readmitted` there.
    for name, text in (
        ("refused", row["license"] if row["status"] == "refused" else ""),
        ("readmitted", arguments.readmitted if row["status"] != "refused" else ""),
    ):
        marker = Path(arguments.json).with_name(name)
        marker.unlink(missing_ok=True)
        if text:
            write_text(marker, text)
    write_json(arguments.json, row)


class Refused(Exception):
    """The licence is not on the list: known before anything of the crate is unpacked."""

    def __init__(self, reason: str, known: dict):
        super().__init__(reason)
        self.known = known


def fetch(arguments, name: str, version: str, staging: Path) -> dict:
    limits = dict(max_bytes=int(arguments.max_unpacked_mb * 1e6), max_files=arguments.max_files)
    package = "."
    if not arguments.source:
        version, checksum = cargo.resolve(name, version)
        crate_file = cargo.download(name, version, checksum)
        vendored = crate_file.is_dir()
        manifest = read_manifest(crate_file / "Cargo.toml") if vendored else peek(crate_file)
        precheck(manifest, name, version, checksum, arguments.allowed)
        kind, sha256 = "registry", checksum or sha256_file(crate_file)
        put = archive.copy_folder if vendored else archive.unpack
        left_out = put(crate_file, staging, **limits)
    elif Path(arguments.source).is_file():
        kind, sha256 = "file", sha256_file(arguments.source)
        left_out = archive.unpack(Path(arguments.source), staging, **limits)
    elif Path(arguments.source).is_dir():
        kind = "folder"
        root = workspace_root(Path(arguments.source).resolve())
        package = os.path.relpath(Path(arguments.source).resolve(), root)
        left_out = archive.copy_folder(root, staging, **limits)
        sha256 = folder_sha256(staging)
    else:
        raise CrateError(f"source: {arguments.source} is neither a folder nor a .crate file")

    manifest = read_manifest(staging / package / "Cargo.toml")
    check_name(manifest, name)
    lock = cargo.lock_and_fetch(staging / package, staging)
    known = cargo.metadata(staging / package)
    if version and known["version"] != version:
        raise CrateError(f"the list says version {version}, the manifest says {known['version']}")
    return dict(
        name=known["name"],
        version=known["version"],
        source=kind,
        sha256=sha256,
        license=known["license"],
        license_file=known["license_file"],
        edition=known["edition"],
        repository=known["repository"],
        rust_version=known["rust_version"],
        description=(known["description"] or "").strip(),
        commit=vcs_commit(staging / package),
        package=Path(package).as_posix(),
        targets=targets(known, staging / package),
        lock=lock,
        left_out=left_out,
    )


def peek(crate_file: Path) -> dict:
    """The manifest inside a `.crate`, read without unpacking anything."""
    try:
        with tarfile.open(crate_file, mode="r|gz") as members:
            for member in members:
                parts = member.name.split("/")
                if len(parts) == 2 and parts[1] == "Cargo.toml" and member.isreg() and member.size < 1 << 20:
                    return tomllib.loads(members.extractfile(member).read().decode())
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise CrateError(f"archive: its Cargo.toml cannot be read ({error})") from None
    raise CrateError("archive: it holds no Cargo.toml")


def precheck(manifest: dict, name: str, version: str, sha256: str, allowed: list[str] | None) -> None:
    """Refuse by licence before unpacking and before any dependency is downloaded."""
    package = manifest.get("package", {})
    expression = package.get("license")
    # A crate with a licence file alone goes on: the verdict decides on what the file says.
    if allowed is None or not isinstance(expression, str):
        return
    from ferrule.crates import spdx  # slow to load, and only the registry's crates need it here

    accepted, reason = spdx.check(expression, allowed)
    if not accepted:
        known = dict(
            name=name,
            version=version,
            source="registry",
            sha256=sha256,
            license=expression,
            repository=package.get("repository"),
        )
        raise Refused(f"licence: {reason}", known)


def read_manifest(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_bytes().decode())
    except FileNotFoundError:
        raise CrateError("it has no Cargo.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CrateError(f"Cargo.toml: {error}") from None


def check_name(manifest: dict, name: str) -> None:
    package = manifest.get("package")
    if not isinstance(package, dict):
        raise CrateError("Cargo.toml: no [package] table (a workspace root?); name one of its members")
    if package.get("name") != name:
        raise CrateError(f"the list says `{name}`, the manifest says `{package.get('name')}`")


def workspace_root(folder: Path) -> Path:
    """The folder whose manifest makes `folder` a workspace member, or `folder` itself."""
    for parent in folder.parents:
        try:
            workspace = tomllib.loads((parent / "Cargo.toml").read_text()).get("workspace")
        except (OSError, ValueError):
            continue
        if isinstance(workspace, dict):
            inner = folder.relative_to(parent).as_posix()
            patterns = [str(p) for p in workspace.get("members", [])]
            if any(Path(inner).match(p) or inner == p.rstrip("/") for p in patterns):
                return parent
            return folder
    return folder


def vcs_commit(package: Path) -> str | None:
    try:
        return json.loads((package / ".cargo_vcs_info.json").read_text())["git"]["sha1"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def targets(known: dict, package: Path) -> list[dict]:
    """Targets with the path of their root file inside the package."""
    rows = [
        dict(kind=t["kind"], name=t["name"], path=os.path.relpath(t["src_path"], os.path.realpath(package)))
        for t in known["targets"]
    ]
    return sorted(rows, key=lambda t: (t["path"], t["name"]))


def folder_sha256(folder: Path) -> str:
    """One checksum over the names and contents of a folder's files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{sha256_file(path)}\n".encode())
    return digest.hexdigest()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--crate", required=True, help="NAME or NAME@VERSION")
    parser.add_argument("--source", default="", help="a local folder or .crate file instead of the registry")
    parser.add_argument("--json", required=True, help="what became of it")
    parser.add_argument("--folder", required=True, help="where its files go")
    parser.add_argument(
        "--readmitted", default="", help="the allow-list, for one that an earlier list refused"
    )
    parser.add_argument("--max-unpacked-mb", type=float, default=200)
    parser.add_argument("--max-files", type=int, default=20000)
    arguments = parser.parse_args()
    # By the environment and not as an option: a changed allow-list must not fetch everything again.
    allowed = os.environ.get("FERRULE_ALLOWED_LICENSES")
    arguments.allowed = json.loads(allowed) if allowed else None
    return arguments


if __name__ == "__main__":
    main()
