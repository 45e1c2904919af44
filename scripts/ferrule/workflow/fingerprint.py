"""The code that a script runs, as one checksum: rules take it as a parameter, so changed code runs again.

    fingerprint(Path("scripts/tasks/judge.py")) -> "3f9c0a71b2d4"

In it are the script, the modules of `ferrule` that it imports (at the top or inside a function, directly or
through others), and the files beside a module that it names with `Path(__file__).with_name("...")`, as C sources
are, with the headers that they include. Modules of the same package that nobody imports are not.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

LIBRARY = Path(__file__).parents[1]

STRINGS = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""', re.DOTALL)  # docstrings show imports too
FROM = re.compile(r"^[ ]*from ferrule((?:\.\w+)*) import (\((?:#.*|[^)#])*\)|.+)", re.MULTILINE)
PLAIN = re.compile(r"^[ ]*import ferrule((?:\.\w+)*)", re.MULTILINE)
BESIDE = re.compile(r'__file__\).with_name\("([\w.]+)"\)')
INCLUDE = re.compile(r'^\s*#include "([\w.]+)"', re.MULTILINE)


@functools.cache
def fingerprint(script: Path, library: Path = LIBRARY) -> str:
    """12 hex digits of the bytes of `files_of(script)` and of their names."""
    digest = hashlib.sha256()
    for file in files_of(script, library):
        name = file.relative_to(library) if file.is_relative_to(library) else file.name
        digest.update(f"{name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def files_of(script: Path, library: Path = LIBRARY) -> list[Path]:
    """The script and every file of the library that it runs, sorted."""
    found, queue = set(), [script]
    while queue:
        file = queue.pop()
        if file not in found:
            found.add(file)
            queue += used_by(file, library)
    return sorted(found)


@functools.cache
def used_by(file: Path, library: Path) -> tuple[Path, ...]:
    """What one file takes from the library: modules that it imports, files beside it that it names."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        return tuple(file.parent / name for name in INCLUDE.findall(text))
    text = STRINGS.sub("", text)
    used = {file.parent / name for name in BESIDE.findall(text)}
    for module, names in FROM.findall(text):
        words = re.findall(r"\w+", re.sub(r"#.*", "", names))
        used.update(modules(module, words, library))
    for module in PLAIN.findall(text):
        used.update(modules(module, [], library))
    return tuple(used)


def modules(module: str, names: list[str], library: Path) -> Iterator[Path]:
    """The files that Python runs for `from ferrule{module} import {names}`."""
    folder = library
    yield folder / "__init__.py"
    for part in module.split(".")[1:]:
        if (folder / f"{part}.py").is_file():
            yield folder / f"{part}.py"
            return
        folder = folder / part
        yield folder / "__init__.py"
    for name in names:
        if (folder / f"{name}.py").is_file():
            yield folder / f"{name}.py"
        elif (folder / name / "__init__.py").is_file():
            yield folder / name / "__init__.py"
