"""The shape of a problem, by syntax tree: where the entry item is, what tests are in a text, what is wrong.

Used by the readers of all formats, before and after errata; nothing here runs or compiles anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from ferrule.evaluation.problems.problem import Problem
from ferrule.rust.syntax import ATTRIBUTE, COMMENTS, KIND_OF, parse

TEST_MODULE = re.compile(r"#!?\[\s*cfg\s*\(\s*test\s*\)\s*\]")
TEST = re.compile(r"#\[\s*test\s*\]")
GLOB = "use super::*;"
# What can be named in code. In macros the grammar knows tokens only, and calls each of them `identifier`.
WORDS = ("identifier", "type_identifier")


@dataclass(frozen=True)
class Item:
    """A top-level item. Its text, with attributes and docs, is source[before:end]; without, source[start:end]."""

    kind: str  # as in ferrule.rust.syntax.ITEM_KINDS, "statement" for what is none of them
    name: str
    before: int
    start: int
    end: int
    node: Node


def items(source: bytes) -> list[Item]:
    """The top-level items, in order. Comments and attributes in front of one belong to it."""
    found: list[Item] = []
    before = None
    for node in parse(source).children:
        if node.kind_id in COMMENTS or node.kind_id in ATTRIBUTE:
            before = node.start_byte if before is None else before
            continue
        name = node.child_by_field_name("name")
        kind, label = KIND_OF.get(node.kind_id, "statement"), text_of(name) if name else ""
        start = node.start_byte
        found.append(Item(kind, label, start if before is None else before, start, node.end_byte, node))
        before = None
    return found


def text_of(node: Node) -> str:
    return node.text.decode().removeprefix("r#")


def broken_line(source: str) -> int:
    """The line, from 1, where the text stops being Rust; 0 where it is Rust to its end."""
    root = parse(source.encode())
    if not root.has_error:
        return 0
    node = root
    while not (node.is_error or node.is_missing):
        node = next(child for child in node.children if child.has_error or child.is_missing)
    return node.start_point.row + 1


def entry_of(prompt: str) -> tuple[str, str]:
    """(kind, entry) of a prompt as `Problem` wants it; ValueError says what is wrong with it."""
    if not prompt.rstrip().endswith("{"):
        raise ValueError("the prompt does not end in the `{` of its entry item")
    closed = prompt + "\n}"
    if line := broken_line(closed):
        raise ValueError(f"the prompt, closed with a brace, is not Rust from its line {line} on")
    last = items(closed.encode())[-1]
    if last.end != len(closed.encode()) or last.kind not in ("function", "impl"):
        raise ValueError("the prompt does not end in a function or an impl block")
    if last.kind == "function":
        return last.kind, last.name
    body = last.node.child_by_field_name("body")
    return last.kind, " ".join(closed.encode()[last.start : body.start_byte].decode().split())


def names_for_tests(prompt: str, reference: str, tests: str) -> tuple[str, ...]:
    """What the reference defines after the entry item and the tests speak of, in the order of the reference."""
    whole = (prompt + reference).encode()
    used = set(words(parse(tests.encode())))
    after = [item for item in items(whole) if item.start >= len(prompt.encode())]
    names = [item.name for item in after if item.kind not in ("impl", "import") and item.name in used]
    return tuple(dict.fromkeys(names))


def words(node: Node) -> Iterator[str]:
    stack = [node]
    while stack:
        node = stack.pop()
        if node.type in WORDS:
            yield text_of(node)
        stack.extend(node.children)


def test_items(text: str) -> str:
    """The inside of `#[cfg(test)] mod tests { ... }`, with what stands around it; other texts as they are."""
    if line := broken_line(text):
        raise ValueError(f"the tests are not Rust from their line {line} on (cut off?)")
    source = text.encode()
    parts = []
    for item in items(source):
        attributes = source[item.before : item.start].decode()
        body = item.node.child_by_field_name("body")
        if item.kind == "module" and body and TEST_MODULE.search(attributes):
            parts.append(source[body.start_byte + 1 : body.end_byte - 1].decode().strip("\n").rstrip())
        else:
            parts.append(source[item.before : item.end].decode())
    inside = "\n\n".join(part for part in parts if part.strip())
    if not re.search(r"use\s+super\s*::\s*\*\s*;", inside):
        inside = f"{GLOB}\n\n{inside}"
    return inside + "\n"


def main_as_test(text: str, entry: str) -> str:
    """`fn main() { .. }` of a benchmark that runs programs, as a test of a test module."""
    source = text.encode()
    for item in items(source):
        if item.kind == "function" and item.name == "main":
            name = item.node.child_by_field_name("name")
            head = source[: item.start] + b"#[test]\n" + source[item.start : name.start_byte]
            return (head + f"test_{entry}".encode() + source[name.end_byte :]).decode()
    return text


def complaints(problem: Problem) -> list[str]:
    """What keeps a problem from being used, in words; empty if nothing does."""
    if not problem.prompt.strip():
        return ["the prompt is empty"]
    found = []
    try:
        kind, entry = entry_of(problem.prompt)
        if (kind, entry) != (problem.kind, problem.entry):
            found.append(f"the entry is `{problem.entry}`, but the prompt ends in `{entry}`")
    except ValueError as error:
        return [str(error)]
    if problem.reference.strip():
        whole = problem.prompt + problem.reference
        if line := broken_line(whole):
            at = line - problem.prompt.count("\n")
            found.append(
                f"the reference does not complete the prompt: not Rust from its line {max(at, 1)} on"
            )
    if not problem.tests.strip():
        found.append("it has no tests")
    elif line := broken_line(problem.tests):
        found.append(f"the tests are not Rust from their line {line} on (cut off?)")
    elif not TEST.search(problem.tests):
        found.append("there is no #[test] function in its tests")
    elif kind == "function" and entry not in words(parse(problem.tests.encode())):
        found.append(f"its tests never use `{entry}`, which the prompt asks for")
    if problem.edition not in ("2015", "2018", "2021", "2024"):
        found.append(f"there is no edition {problem.edition!r}")
    return found
