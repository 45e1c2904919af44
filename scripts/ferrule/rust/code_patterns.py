"""Patterns of idiomatic and of poor code, read from files: resources/code_patterns.yaml and one of the user's.

    patterns = read_patterns(["resources/code_patterns.yaml", "mine.yaml"])
    idiomatic, poor = patterns.signs(root)          # what the patterns that occur in a tree count, by kind

A later file adds to an earlier one; under a name that is there already it replaces the pattern, and null switches the
pattern off. The comment in resources/code_patterns.yaml explains the keys of a pattern.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tree_sitter import Node, Query, QueryCursor, QueryError

from ferrule.core.yaml_files import read_yaml
from ferrule.rust.syntax import LANGUAGE

KINDS = ("idiomatic", "low_quality")
KEYS: dict[str, type | tuple[type, ...]] = {
    "query": str,
    "matches": str,
    "text": str,
    "least": int,
    "weight": (int, float),
}


class PatternError(ValueError):
    """A file of patterns cannot be used; the message names the file, the pattern and what to change."""


@dataclass(frozen=True)
class Pattern:
    name: str
    kind: str  # one of KINDS
    query: str = ""
    matches: str = ""
    text: str = ""
    least: int = 1
    weight: float = 1


@dataclass(frozen=True)
class Patterns:
    """Patterns that can be looked for. It can be sent to another process, which compiles them again."""

    patterns: tuple[Pattern, ...] = ()

    def signs(self, root: Node) -> tuple[float, float]:
        """What the patterns that occur in a tree count: of idiomatic code, and of poor code."""
        counts = dict.fromkeys(KINDS, 0.0)
        if self.patterns:
            for pattern in compiled(self.patterns).found(root):
                counts[pattern.kind] += pattern.weight
        return counts["idiomatic"], counts["low_quality"]


NO_PATTERNS = Patterns()


class Compiled:
    """All queries are one, so that a tree is walked once, and patterns with the same query look at the same nodes."""

    def __init__(self, patterns: tuple[Pattern, ...]):
        queries = list(dict.fromkeys(each.query for each in patterns if each.query))
        captures = {query: f"sign{number}" for number, query in enumerate(queries)}
        self.query = Query(
            LANGUAGE, "\n".join(re.sub(r"@sign\b", f"@{captures[query]}", query) for query in queries)
        )
        self.patterns = [
            (
                each,
                captures.get(each.query),
                re.compile((each.matches or each.text).encode(), re.MULTILINE if each.text else 0),
            )
            for each in patterns
        ]

    def found(self, root: Node) -> list[Pattern]:
        """The patterns that occur often enough."""
        nodes = QueryCursor(self.query).captures(root)
        texts = {name: [node.text or b"" for node in found] for name, found in nodes.items()}
        occurring = []
        for pattern, capture, expression in self.patterns:
            if capture is None:
                times = sum(1 for _ in expression.finditer(root.text or b""))
            else:
                times = sum(map(bool, map(expression.search, texts.get(capture, ()))))
            if times >= pattern.least:
                occurring.append(pattern)
        return occurring


@functools.lru_cache(maxsize=64)
def compiled(patterns: tuple[Pattern, ...]) -> Compiled:
    return Compiled(patterns)


def read_patterns(files: Iterable[str | Path]) -> Patterns:
    """The patterns of all files together. Raises PatternError."""
    found: dict[tuple[str, str], Pattern] = {}
    for file in files:
        for kind, patterns in sections(file).items():
            for name, settings in patterns.items():
                if settings is None:
                    if (kind, name) not in found:
                        raise PatternError(
                            f"{file}: {kind}.{name} is null, and no earlier file has it; remove it"
                        )
                    del found[kind, name]
                else:
                    found[kind, name] = pattern_of(f"{file}: {kind}.{name}", name, kind, settings)
    return Patterns(tuple(found.values()))


def sections(file: str | Path) -> dict[str, dict[str, Any]]:
    try:
        content = read_yaml(file) or {}
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise PatternError(
            f"{file}: not a file of patterns that can be read ({str(error).splitlines()[0]})"
        ) from None
    if not isinstance(content, dict) or not all(isinstance(part or {}, dict) for part in content.values()):
        raise PatternError(f"{file}: expected names of patterns below {' and '.join(KINDS)}")
    if unknown := sorted(map(str, content.keys() - set(KINDS))):
        raise PatternError(
            f"{file}: there is no section {unknown[0]}; the sections are {' and '.join(KINDS)}"
        )
    return {kind: part or {} for kind, part in content.items()}


def pattern_of(where: str, name: str, kind: str, settings: Any) -> Pattern:
    if not isinstance(settings, dict):
        raise PatternError(f"{where}: expected keys such as query or text")
    for key, value in settings.items():
        if key not in KEYS:
            raise PatternError(f"{where}: there is no key {key}; the keys are {', '.join(KEYS)}")
        if not isinstance(value, KEYS[key]) or isinstance(value, bool):
            raise PatternError(f"{where}.{key}: {value!r} is not of the right type")
        if isinstance(value, (int, float)) and value <= 0:
            raise PatternError(f"{where}.{key}: {value} is too small, it must be above 0")
    pattern = Pattern(str(name), kind, **settings)
    if bool(pattern.query) == bool(pattern.text):
        raise PatternError(f"{where}: needs either query or text")
    if pattern.text and pattern.matches:
        raise PatternError(f"{where}: matches belongs to query; put the whole expression into text")
    if pattern.query and not re.search(r"@sign\b", pattern.query):
        raise PatternError(f"{where}.query: name the node that counts @sign")
    try:
        compiled((pattern,))
    except re.error as error:
        raise PatternError(f"{where}: not a regular expression ({error})") from None
    except QueryError as error:
        raise PatternError(f"{where}.query: not a query for Rust ({' '.join(str(error).split())})") from None
    return pattern
