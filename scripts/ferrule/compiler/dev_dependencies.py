"""Remove the dev-dependencies that a crate's tests do not use, in a private copy, before the tests are built.

A benchmark harness and its dependencies are often most of what `cargo test` compiles, although no test needs
them.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from ferrule.crates import cargo

NOT_TESTS = ("benches", "examples")


def leave_out_unused(root: Path, package: str) -> list[str]:
    """Remove the dev-dependencies that no source and no test names from the manifest and the lock file.

    Returns their names. If cargo does not accept the shorter manifest, both files keep their contents.
    """
    manifest, lock = root / package / "Cargo.toml", root / "Cargo.lock"
    text, locked = manifest.read_text(encoding="utf-8"), lock.read_bytes()
    used, contents = names_in_tests(root / package), tomllib.loads(text)
    unused = [name for name in declared(contents) if name.replace("-", "_") not in used]
    shorter = without_features(text, contents.get("features", {}), unused)
    for name in unused:
        shorter = without_table(shorter, name)
    if shorter == text:
        return []
    manifest.write_text(shorter, encoding="utf-8")
    try:
        cargo.cargo("update", "--workspace", "--offline", "--quiet", folder=root / package)
        lock.chmod(0o644)
    except cargo.CrateError:
        manifest.write_text(text, encoding="utf-8")
        lock.write_bytes(locked)
        return []
    return unused


def declared(manifest: dict[str, Any]) -> list[str]:
    """The names of the dev-dependencies, those of single platforms included."""
    tables = [manifest, *manifest.get("target", {}).values()]
    return list(dict.fromkeys(name for table in tables for name in table.get("dev-dependencies", {})))


def names_in_tests(package: Path) -> set[str]:
    """The first names of the package's paths, imports and macro calls, except in benches and examples."""
    pairs: set[tuple[str, str]] = set()
    for path in package.rglob("*.rs"):
        if path.relative_to(package).parts[0] not in NOT_TESTS:
            text = path.read_text(encoding="utf-8", errors="replace")
            pairs.update(re.findall(r"\b(\w+)\s*(?:::|!)|\b(?:use|crate)\s+(\w+)", text))
    return {name for pair in pairs for name in pair}


def without_features(text: str, features: dict[str, list[str]], names: list[str]) -> str:
    """The manifest in which the crate's features no longer enable features of these dependencies."""
    for parts in features.values():
        for part in parts:
            if re.split(r"[/?]", part)[0] in names and "/" in part:
                text = re.sub(
                    rf'^ *"{re.escape(part)}",?\n|"{re.escape(part)}"(?:, )?', "", text, flags=re.MULTILINE
                )
    return text


def without_table(text: str, name: str) -> str:
    """The manifest without `[dev-dependencies.name]`, as cargo writes it when it packages a crate."""
    table = re.compile(
        rf'^\[(?:target\.(?:\'[^\']*\'|"[^"]*"|[\w-]+)\.)?dev-dependencies\."?{re.escape(name)}"?(?:\.[^\]]*)?\]\n'
        r"(?:(?!\[).*\n?)*",
        re.MULTILINE,
    )
    return table.sub("", text)
