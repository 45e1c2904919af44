"""What a piece of Rust shows of itself: signs of idiomatic and of poor code, docs, tests, benches.

What counts as a sign is in files (ferrule.rust.code_patterns); each counts once however often it occurs. Docs, tests
and benches are found here. All of it is read from the syntax tree, not the text: strings and comments are not signs,
except where a pattern asks for them. The arguments of a macro are tokens to the tree and are not seen.
(`ferrule.evaluation.quality.idioms` scores answers by eight other ideas, whose definition is published and fixed.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node, Query, QueryCursor

from ferrule.rust.cfg import test_only
from ferrule.rust.code_patterns import Patterns
from ferrule.rust.syntax import LANGUAGE

TEST_MACROS = frozenset([b"proptest", b"quickcheck"])  # their arguments are test functions
DOC = re.compile(rb"#\s*!?\s*\[\s*doc\s*=")
TEST = re.compile(rb"#\s*\[\s*(?:\w+\s*::\s*)*(?:test|test_case|rstest|quickcheck)\s*[\](]")
BENCH = re.compile(rb"#\s*!?\s*\[\s*(?:(?:\w+\s*::\s*)*bench\s*[\](]|cfg\s*\(\s*bench\s*\))")

# Asked in one pass by the parser's own library: only what is named here becomes an object of Python.
QUERY = Query(
    LANGUAGE,
    """
    [(attribute_item) (inner_attribute_item)] @attribute
    [(line_comment) (block_comment)] @comment
    (macro_invocation macro: [(identifier) @macro (scoped_identifier name: (_) @macro)])
    """,
)


@dataclass(frozen=True)
class Signs:
    """What the signs of each kind count together, and what else a filter asks."""

    idiomatic: float
    poor: float
    documented: bool
    test: bool
    bench: bool

    def is_idiomatic(self, ratio: float) -> bool:
        return self.idiomatic > 0 and self.idiomatic >= ratio * self.poor


NOTHING = Signs(0, 0, False, False, False)


def look(root: Node, patterns: Patterns) -> Signs:
    """The signs in a tree of Rust."""
    found = QueryCursor(QUERY).captures(root)

    def texts(name: str) -> list[bytes]:
        return [node.text or b"" for node in found.get(name, ())]

    attributes, macros = texts("attribute"), set(texts("macro"))
    idiomatic, poor = patterns.signs(root)
    return Signs(
        idiomatic,
        poor,
        any(map(is_doc, found.get("comment", ()))) or any(map(DOC.match, attributes)),
        any(map(is_test, attributes)) or not TEST_MACROS.isdisjoint(macros),
        any(map(BENCH.match, attributes)),
    )


def is_doc(comment: Node) -> bool:
    return (
        comment.child_by_field_name("outer") is not None or comment.child_by_field_name("inner") is not None
    )


def is_test(attribute: bytes) -> bool:
    """#[test] and similar, and #[cfg(..)] for tests alone: `any(test, x)` is not a test."""
    return TEST.match(attribute) is not None or test_only(attribute)
