"""The shape of a problem, from its syntax tree: the entry item, the tests, and faults.

The readers of all formats use this, before and after errata. Nothing here runs or compiles code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from ferrule.evaluation.problems.problem import Problem
from ferrule.rust import nodes
from ferrule.rust.nodes import child_of
from ferrule.rust.syntax import ATTRIBUTE, COMMENTS, KIND_OF, parse

TEST_MODULE = re.compile(r"#!?\[\s*cfg\s*\(\s*test\s*\)\s*\]")
TEST = re.compile(r"#\[\s*test\s*\]")
GLOB = "use super::*;"
# Nodes that are names. Inside macros the grammar has only tokens, and calls every name there `identifier`.
WORDS = ("identifier", "type_identifier")


@dataclass(frozen=True)
class Item:
    """A top-level item. Its text is source[before:end] with attributes and docs, source[start:end] without."""

    kind: str  # as in ferrule.rust.syntax.ITEM_KINDS, or "statement"
    name: str
    before: int
    start: int
    end: int
    node: Node


def items(source: bytes) -> list[Item]:
    """The top-level items, in order. Comments and attributes in front of an item belong to it."""
    items: list[Item] = []
    before = None
    for node in parse(source).children:
        if node.kind_id in COMMENTS or node.kind_id in ATTRIBUTE:
            before = node.start_byte if before is None else before
            continue
        name = node.child_by_field_name("name")
        kind, label = KIND_OF.get(node.kind_id, "statement"), text_of(name) if name else ""
        start = node.start_byte
        items.append(Item(kind, label, start if before is None else before, start, node.end_byte, node))
        before = None
    return items


def text_of(node: Node) -> str:
    """The text of a name, without `r#`."""
    return nodes.text_of(node).decode().removeprefix("r#")


def broken_line(source: str) -> int:
    """The line, from 1, where the text stops being Rust; 0 if all of it is Rust."""
    root = parse(source.encode())
    if not root.has_error:
        return 0
    node = root
    while not (node.is_error or node.is_missing):
        node = next(child for child in node.children if child.has_error or child.is_missing)
    return node.start_point.row + 1


def entry_of(prompt: str) -> tuple[str, str]:
    """The fields `kind` and `entry` of `Problem`, from a prompt; ValueError says what is wrong with the prompt."""
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
    body = child_of(last.node, "body")
    return last.kind, " ".join(closed.encode()[last.start : body.start_byte].decode().split())


def names_for_tests(prompt: str, reference: str, tests: str) -> tuple[str, ...]:
    """The items after the entry item in the reference whose names the tests use, in the order of the reference."""
    solution = (prompt + reference).encode()
    used = set(words(parse(tests.encode())))
    after = [item for item in items(solution) if item.start >= len(prompt.encode())]
    names = [item.name for item in after if item.kind not in ("impl", "import") and item.name in used]
    return tuple(dict.fromkeys(names))


def words(node: Node) -> Iterator[str]:
    """The names in a tree, in no particular order."""
    stack = [node]
    while stack:
        node = stack.pop()
        if node.type in WORDS:
            yield text_of(node)
        stack.extend(node.children)


def test_items(text: str) -> str:
    """The content of `#[cfg(test)] mod tests { ... }` and the items around it; text without the module, unchanged.

    `use super::*;` is added if there is none.
    """
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
    content = "\n\n".join(part for part in parts if part.strip())
    if not re.search(r"use\s+super\s*::\s*\*\s*;", content):
        content = f"{GLOB}\n\n{content}"
    return content + "\n"


def main_as_test(text: str, entry: str) -> str:
    """The text with `fn main() { .. }` as a test function, for a benchmark whose tests are programs."""
    source = text.encode()
    for item in items(source):
        if item.kind == "function" and item.name == "main":
            name = child_of(item.node, "name")
            head = source[: item.start] + b"#[test]\n" + source[item.start : name.start_byte]
            return (head + f"test_{entry}".encode() + source[name.end_byte :]).decode()
    return text


def complaints(problem: Problem) -> list[str]:
    """Why a problem cannot be used, in words; empty if it can."""
    if not problem.prompt.strip():
        return ["the prompt is empty"]
    faults = []
    try:
        kind, entry = entry_of(problem.prompt)
        if (kind, entry) != (problem.kind, problem.entry):
            faults.append(f"the entry is `{problem.entry}`, but the prompt ends in `{entry}`")
    except ValueError as error:
        return [str(error)]
    if problem.reference.strip():
        if line := broken_line(problem.prompt + problem.reference):
            at = line - problem.prompt.count("\n")
            faults.append(
                f"the reference does not complete the prompt: not Rust from its line {max(at, 1)} on"
            )
    if not problem.tests.strip():
        faults.append("it has no tests")
    elif line := broken_line(problem.tests):
        faults.append(f"the tests are not Rust from their line {line} on (cut off?)")
    elif not TEST.search(problem.tests):
        faults.append("there is no #[test] function in its tests")
    elif kind == "function" and entry not in words(parse(problem.tests.encode())):
        faults.append(f"its tests never use `{entry}`, which the prompt asks for")
    if problem.edition not in ("2015", "2018", "2021", "2024"):
        faults.append(f"there is no edition {problem.edition!r}")
    return faults
