"""The code that a script runs, as one checksum: rules take it as a parameter, so changed code runs again.

    fingerprint(Path("scripts/tasks/judge.py")) -> "3f9c0a71b2d4"

In it are the script, the modules of `ferrule` that it imports (at the top or inside a function, directly or
through others), and the files beside a module that it names with `Path(__file__).with_name("...")`, as C sources
are, with the headers that they include. Modules of the same package that nobody imports are not.
"""

from __future__ import annotations

import functools
import hashlib
import os
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
    for file in closure(str(script), str(library)):
        digest.update(named_bytes(file, str(library)))
    return digest.hexdigest()[:12]


def files_of(script: Path, library: Path = LIBRARY) -> list[Path]:
    """The script and every file of the library that it runs, sorted."""
    return [Path(file) for file in closure(str(script), str(library))]


# Below, paths are strings: a parse of the workflow asks for the code of some ninety scripts, and paths take three times as long.


def closure(script: str, library: str) -> list[str]:
    """`files_of`, in the order that paths have."""
    found: set[str] = set()
    queue = [script]
    while queue:
        file = queue.pop()
        if file not in found:
            found.add(file)
            queue += used_by(file, library)
    return sorted(found, key=lambda file: file.split("/"))


def named_bytes(file: str, library: str) -> bytes:
    """A file's name, from the library on where it is there, and its content."""
    inside = file.startswith(f"{library}/")
    name = file.removeprefix(f"{library}/") if inside else file.rpartition("/")[2]
    return f"{name}\0".encode() + content(file) + b"\0"


@functools.cache
def used_by(file: str, library: str) -> tuple[str, ...]:
    """What one file takes from the library: modules that it imports, files beside it that it names."""
    folder = file.rpartition("/")[0]
    text = content(file).decode()
    if not file.endswith(".py"):
        return tuple(f"{folder}/{name}" for name in INCLUDE.findall(text))
    text = STRINGS.sub("", text)
    used = {f"{folder}/{name}" for name in BESIDE.findall(text)}
    for module, names in FROM.findall(text):
        words = re.findall(r"\w+", re.sub(r"#.*", "", names))
        used.update(modules(module, words, library))
    for module in PLAIN.findall(text):
        used.update(modules(module, [], library))
    return tuple(used)


def modules(module: str, names: list[str], library: str) -> Iterator[str]:
    """The files that Python runs for `from ferrule{module} import {names}`."""
    folder = library
    yield f"{folder}/__init__.py"
    for part in module.split(".")[1:]:
        if is_file(f"{folder}/{part}.py"):
            yield f"{folder}/{part}.py"
            return
        folder = f"{folder}/{part}"
        yield f"{folder}/__init__.py"
    for name in names:
        if is_file(f"{folder}/{name}.py"):
            yield f"{folder}/{name}.py"
        elif is_file(f"{folder}/{name}/__init__.py"):
            yield f"{folder}/{name}/__init__.py"


@functools.cache
def content(file: str) -> bytes:
    return Path(file).read_bytes()


is_file = functools.cache(os.path.isfile)
