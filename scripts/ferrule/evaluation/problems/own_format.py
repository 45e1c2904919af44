"""Reader of our own problems: one folder per category, one Rust file per problem.

    resources/problems/<category>/<name>.rs      its id is "<category>/<name>"

A file compiles and passes unchanged with `rustc --test`:

    //! difficulty: 2                 1 easy, 2 medium, 3 hard
    //! edition: 2024                 if it is not 2021
    use std::collections::HashMap;    context: complete items
    /// What is asked.
    fn count(text: &str) -> usize {   the entry item; the prompt ends here
        todo!()                       the reference starts here
    }
    #[cfg(test)]
    mod tests { use super::*; ... }   the tests

The entry item is the last item before the tests. If the reference needs further items, it is the one under a line
`// entry`. It is a function or an `impl` block.
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


def read_own(folder: Path, errors: list[str]) -> Iterator[tuple[str, Problem]]:
    """(path, problem) for each file. `errors` gets a line for each file that is invalid."""
    for path in own_files(folder):
        parts = path.relative_to(folder).with_suffix("").parts
        if len(parts) != 2 or not all(NAME.fullmatch(part) for part in parts):
            errors.append(f"{path}: it is not <category>/<name>.rs in lower case")
            continue
        try:
            yield str(path), read_file(path.read_text(encoding="utf-8"), *parts)
        except UnicodeDecodeError:
            errors.append(f"{path}: not UTF-8 text")
        except ValueError as error:
            errors.append(f"{path}: {'/'.join(parts)}: {error}")


def own_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.rs")) if folder.is_dir() else []


def own_sha256(folder: Path) -> str:
    """The SHA-256 over the names and contents of all problem files."""
    digest = hashlib.sha256()
    for path in own_files(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def read_file(text: str, category: str, name: str) -> Problem:
    """The problem in the text of a file; ValueError says what is wrong with it."""
    difficulty, edition, text = header(text)
    if line := broken_line(text):
        raise ValueError(f"not Rust in line {line} after its header")
    source = text.encode()
    all_items = items(source)
    tests = [item for item in all_items if item.kind == "module" and TEST_MODULE.search(above(source, item))]
    if len(tests) != 1 or tests[0] is not all_items[-1]:
        raise ValueError("it does not end in one `#[cfg(test)] mod tests { ... }`")
    entry = entry_item(source, all_items[:-1])
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
    """(difficulty, edition, the rest of the text), from the `//! key: value` lines at its start."""
    values = {"edition": "2021"}
    while match := HEADER.match(text):
        values[match[1]] = match[2]
        text = text[match.end() :]
    if unknown := sorted(values.keys() - {"difficulty", "edition"}):
        raise ValueError(f"its header has `{unknown[0]}`; known are difficulty and edition")
    if values.get("difficulty") not in ("1", "2", "3"):
        raise ValueError("its first line is not `//! difficulty: 1`, 2 or 3")
    return int(values["difficulty"]), values["edition"], text


def entry_item(source: bytes, candidates: list[Item]) -> Item:
    """The item under a line `// entry`, else the last one."""
    marked = [item for item in candidates if MARKER.search(above(source, item))]
    if len(marked) > 1:
        raise ValueError("it has more than one line `// entry`")
    if not candidates:
        raise ValueError("there is no item before its tests")
    return marked[0] if marked else candidates[-1]


def above(source: bytes, item: Item) -> str:
    """The comments and attributes above an item."""
    return source[item.before : item.start].decode()
