"""Reader of problems of our own: a folder for each category, a Rust file for each problem.

    resources/problems/<category>/<name>.rs      its id is "<category>/<name>"

A file compiles and passes as it stands with `rustc --test`:

    //! difficulty: 2                 1 easy, 2 medium, 3 hard
    //! edition: 2024                 where it is not 2021
    use std::collections::HashMap;    context: complete items
    /// What is asked.
    fn count(text: &str) -> usize {   the entry item, to here the prompt
        todo!()                       from here the reference
    }
    #[cfg(test)]
    mod tests { use super::*; ... }   the tests

The entry is the last item before the tests, or the one under a line `// entry` if the reference needs further
items. It is a function or an `impl` block.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from ferrule.evaluation.problems.problem import Problem
from ferrule.evaluation.problems.shape import TEST_MODULE, Item, broken_line, items, test_items

HEADER = re.compile(r"//![ \t]*(\w+)[ \t]*:[ \t]*(.*?)[ \t]*(?:\n|\Z)")
MARKER = re.compile(r"^//[ \t]*entry[ \t]*\n", re.MULTILINE)
NAME = re.compile(r"[a-z0-9_]+")


def read_own(folder: Path, wrong: list[str]) -> Iterator[tuple[str, Problem]]:
    """Each problem with its place; what is wrong joins `wrong`."""
    for path in own_files(folder):
        parts = path.relative_to(folder).with_suffix("").parts
        if len(parts) != 2 or not all(NAME.fullmatch(part) for part in parts):
            wrong.append(f"{path}: it is not <category>/<name>.rs in lower case")
            continue
        try:
            yield str(path), read_file(path.read_text(encoding="utf-8"), *parts)
        except UnicodeDecodeError:
            wrong.append(f"{path}: not UTF-8 text")
        except ValueError as error:
            wrong.append(f"{path}: {'/'.join(parts)}: {error}")


def own_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.rs")) if folder.is_dir() else []


def own_sha256(folder: Path) -> str:
    """One checksum over the names and contents of the problems' files."""
    digest = hashlib.sha256()
    for path in own_files(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def read_file(text: str, category: str, name: str) -> Problem:
    """A problem out of the text of its file; ValueError says what is wrong with it."""
    difficulty, edition, text = header(text)
    if line := broken_line(text):
        raise ValueError(f"not Rust in line {line} after its header")
    source = text.encode()
    found = items(source)
    tests = [item for item in found if item.kind == "module" and TEST_MODULE.search(above(source, item))]
    if len(tests) != 1 or tests[0] is not found[-1]:
        raise ValueError("it does not end in one `#[cfg(test)] mod tests { ... }`")
    entry = entry_item(source, found[:-1])
    body = entry.node.child_by_field_name("body")
    if body is None or entry.kind not in ("function", "impl"):
        raise ValueError("its entry is not a function or an impl block")
    prompt = MARKER.sub("", source[: body.start_byte + 1].decode()).lstrip("\n")
    return Problem(
        id=f"{category}/{name}",
        prompt=prompt,
        kind=entry.kind,
        entry=entry.name,
        category=category,
        reference=source[body.start_byte + 1 : tests[0].before].decode().rstrip() + "\n",
        tests=test_items(source[tests[0].before :].decode()),
        edition=edition,
        difficulty=difficulty,
    )


def header(text: str) -> tuple[int, str, str]:
    """(difficulty, edition, the rest of the text) out of the `//! key: value` lines at its start."""
    known = {"edition": "2021"}
    while match := HEADER.match(text):
        known[match[1]] = match[2]
        text = text[match.end() :]
    if unknown := sorted(known.keys() - {"difficulty", "edition"}):
        raise ValueError(f"its header has `{unknown[0]}`; known are difficulty and edition")
    if known.get("difficulty") not in ("1", "2", "3"):
        raise ValueError("its first line is not `//! difficulty: 1`, 2 or 3")
    return int(known["difficulty"]), known["edition"], text


def entry_item(source: bytes, found: list[Item]) -> Item:
    marked = [item for item in found if MARKER.search(above(source, item))]
    if len(marked) > 1:
        raise ValueError("it has more than one line `// entry`")
    if not found:
        raise ValueError("there is no item before its tests")
    return (marked or found)[-1 if not marked else 0]


def above(source: bytes, item: Item) -> str:
    """The comments and attributes of an item."""
    return source[item.before : item.start].decode()
