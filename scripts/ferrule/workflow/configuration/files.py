"""The files that a configuration is read from: keys that are there twice, and where a key stands.

Snakemake has read them before, as JSON or else as YAML, and took the last value of such a key without a word.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ferrule.workflow.configuration.shapes import dotted

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Entry = tuple[tuple, int]  # a path of keys and list positions, and its line


def repeated_keys(path: Path) -> Iterator[str]:
    """A line for each key that a file has more than once in the same place."""
    first: dict[tuple, int] = {}
    for key, line in entries(read(path)):
        if key in first:
            lines = f"lines {first[key]} and {line}" if line != first[key] else f"line {line}"
            yield f"{dotted(key)}: given twice in {shown(path)}, on {lines}; keep one of them"
        first.setdefault(key, line)


class Origins:
    """Where the values of a configuration come from: its files, the one that counts most last, and `--config`."""

    def __init__(self, files: Iterable[Path], commanded: Mapping[str, Any]):
        self.commanded = {dotted(path) for path in paths_in(commanded)}
        self.lines = [
            (shown(path), {dotted(key): line for key, line in entries(read(path))})
            for path in reversed(list(files))
        ]

    def named(self, where: str) -> str:
        """` [mine.yaml, line 3]`: what gave a value; where nothing did, what gave the section around it."""
        while where:
            if where in self.commanded:
                return " [--config]"
            for file, lines in self.lines:
                if where in lines:
                    return f" [{file}, line {lines[where]}]"
            where = where[: max(where.rfind("."), where.rfind("["), 0)]
        return ""


def read(path: Path) -> yaml.Node | None:
    """A file as YAML's nodes, which know their lines."""
    text = path.read_text(encoding="utf-8")
    try:
        json.loads(text)
    except ValueError:
        return yaml.compose(text, Loader=Loader)
    try:
        # What JSON has and YAML has not: tabs between values, and characters that are written as two escapes.
        text = re.sub(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}", "?", text.replace("\t", " "))
        return yaml.compose(text, Loader=Loader)
    except yaml.YAMLError:
        return None


def entries(node: yaml.Node | None, path: tuple = (), seen: set[int] | None = None) -> Iterator[Entry]:
    """Every key and list position of a file; what an alias repeats is gone through once."""
    seen = set() if seen is None else seen
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                yield (*path, key.value), key.start_mark.line + 1
                yield from entries(value, (*path, key.value), seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield (*path, number), value.start_mark.line + 1
            yield from entries(value, (*path, number), seen)


def paths_in(value: Any, path: tuple = ()) -> Iterator[tuple]:
    items = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, item in items:
        yield (*path, key)
        yield from paths_in(item, (*path, key))


def shown(path: Path) -> str:
    """As it was given where that is known, relative to the folder that snakemake runs in."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
