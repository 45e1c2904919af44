"""The authors that a crate's manifest names, from the package or from its workspace."""

from __future__ import annotations

import tomllib
from pathlib import Path


def authors(source: Path, package: str = ".") -> list[str]:
    """`authors` of the manifest, in its order; `authors.workspace = true` is looked up in the folders above."""
    found = _table(source / package / "Cargo.toml", "package").get("authors")
    folder = source / package
    while isinstance(found, dict) and found.get("workspace"):
        found = _table(folder / "Cargo.toml", "workspace").get("package", {}).get("authors", found)
        if folder in (source, folder.parent):
            break
        folder = folder.parent
    return [str(name).strip() for name in found if str(name).strip()] if isinstance(found, list) else []


def _table(manifest: Path, name: str) -> dict:
    try:
        table = tomllib.loads(manifest.read_bytes().decode()).get(name)
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}
