"""The licence of a repository: what its manifest says, else the texts at its top, else the user's own word.

licence_of(store, entries, said="MIT", allowed=["MIT"])
# {"license": "MIT OR Apache-2.0", "from": "Cargo.toml", "files": {...}, "allowed": True, "detail": ""}
"""

from __future__ import annotations

import json
import tomllib
from pathlib import PurePosixPath
from typing import Any

from ferrule.crates import spdx
from ferrule.crates.licence_files import FILE_NAME, FOLDERS, MAX_BYTES, SHIPPED_TEXT, compare, expression_of
from ferrule.crates.licence_texts import licences_in
from ferrule.qa.file_rules import shown_path
from ferrule.qa.git import Entry, Store

MANIFESTS = ("Cargo.toml", "package.json", "pyproject.toml")


def licence_of(
    store: Store, entries: list[Entry], said: str, allowed: list[str], conflict: str = "reject"
) -> dict:
    """`said` is the list's column `license`; `conflict` is gates.license_conflict."""
    top = {
        shown_path(entry.path): entry for entry in entries if entry.kind == "file" and entry.size <= MAX_BYTES
    }
    names = [name for name in top if is_licence(name)]
    wanted = [*names, *(name for name in MANIFESTS if name in top)]
    objects = dict(store.contents(sorted({top[name].oid for name in wanted})))
    texts = {name: objects[top[name].oid].decode(errors="replace") for name in wanted}
    files = {name: licences_in(texts[name]) for name in names}
    source, expression = "", ""
    for name in MANIFESTS:
        if name in texts and (expression := expression_in(name, texts[name])):
            source = name
            break
    else:
        if expression := expression_of(files):
            source = ", ".join(files)
        elif said:
            source, expression = "the list of repositories", said
    fine, detail = spdx.check(expression or None, allowed)
    against = [finding.message for finding in compare(expression, files) if finding.level == "error"]
    if fine and against and conflict == "reject" and source in MANIFESTS:
        fine, detail = False, "; ".join(against)
    return {
        "license": expression or None,
        "from": source,
        "files": {name: [text.licence for text in texts] for name, texts in files.items()},
        "allowed": fine,
        "detail": "" if fine else detail,
    }


def is_licence(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return (
        (len(parts) == 1 and bool(FILE_NAME.search(path))) or (len(parts) == 2 and parts[0] in FOLDERS)
    ) and not SHIPPED_TEXT.search(path)


def expression_in(name: str, text: str) -> str:
    """The licence that a manifest names; empty for one that names none or cannot be read."""
    try:
        values: Any = json.loads(text) if name.endswith(".json") else tomllib.loads(text)
        if name == "Cargo.toml":
            values = [values.get("package", {}), values.get("workspace", {}).get("package", {})]
        elif name == "pyproject.toml":
            values = [values.get("project", {})]
        else:
            values = [values]
        found = [each.get("license") for each in values]
    except (AttributeError, RecursionError, ValueError):
        return ""
    found = [
        each.get("text") if isinstance(each, dict) and "workspace" not in each else each for each in found
    ]
    return next((each for each in found if isinstance(each, str) and each), "")
