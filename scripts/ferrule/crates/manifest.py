"""A crate's Cargo.toml, read without cargo, and the files beside it."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import tomllib
from pathlib import Path
from typing import TypedDict

from ferrule.core.files import sha256_file
from ferrule.crates.cargo import CrateError


class Target(TypedDict):
    """A target of a crate: its kinds ("lib", "bin", "test" ...), name, and root file inside the package."""

    kind: list[str]
    name: str
    path: str


def manifest_in(crate_file: Path) -> dict:
    """The manifest inside a `.crate`, read without unpacking anything."""
    try:
        with tarfile.open(crate_file, mode="r|gz") as members:
            for member in members:
                parts = member.name.split("/")
                if len(parts) == 2 and parts[1] == "Cargo.toml" and member.isreg() and member.size < 1 << 20:
                    data = members.extractfile(member)
                    return tomllib.loads(data.read().decode() if data else "")
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise CrateError(f"archive: its Cargo.toml cannot be read ({error})") from None
    raise CrateError("archive: it holds no Cargo.toml")


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


def targets(known: dict, package: Path) -> list[Target]:
    """Targets with the path of their root file inside the package."""
    rows = [
        Target(kind=t["kind"], name=t["name"], path=os.path.relpath(t["src_path"], os.path.realpath(package)))
        for t in known["targets"]
    ]
    return sorted(rows, key=lambda t: (t["path"], t["name"]))


def folder_sha256(folder: Path) -> str:
    """One checksum over the names and contents of a folder's files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{sha256_file(path)}\n".encode())
    return digest.hexdigest()
