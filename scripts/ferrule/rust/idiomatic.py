"""What a piece of Rust shows of itself: signs of idiomatic and of poor code, docs, tests, benches.

Six signs speak for it, four against, each counted once however often it occurs:

    returns_result   a function returns `Result<..>`         to_do      TODO, FIXME, XXX or HACK in a comment
    returns_option   a function returns `Option<..>`         prints     `println!` or `dbg!`
    adapts           .unwrap_or( .expect( .map( .and_then(   unsafe     an `unsafe` block
    derives          `#[derive(..)]`                         allows     `#[allow(..)]`
    trait_impl       `impl Trait for Type`
    public_item      `pub fn`, struct, enum, trait, mod

It reads the syntax tree, not the text: strings and comments are not signs, except the marks of
unfinished work. The arguments of a macro are tokens to the tree and are not seen. (`ferrule.evaluation.quality.idioms` scores
answers by eight other ideas; it has none that speaks against a text.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node, Query, QueryCursor

from ferrule.rust.cfg import test_only
from ferrule.rust.syntax import LANGUAGE

ADAPTERS = frozenset([b"unwrap_or", b"expect", b"map", b"and_then"])
PRINTS = frozenset([b"println", b"dbg"])
TEST_MACROS = frozenset([b"proptest", b"quickcheck"])  # their arguments are test functions
TO_DO = re.compile(rb"\b(?:TODO|FIXME|XXX|HACK)\b", re.IGNORECASE)
DERIVE = re.compile(rb"#\s*\[\s*derive\s*\(\s*\w")
ALLOW = re.compile(rb"#\s*!?\s*\[\s*allow\s*\(")
DOC = re.compile(rb"#\s*!?\s*\[\s*doc\s*=")
TEST = re.compile(rb"#\s*\[\s*(?:\w+\s*::\s*)*(?:test|test_case|rstest|quickcheck)\s*[\](]")
BENCH = re.compile(rb"#\s*!?\s*\[\s*(?:(?:\w+\s*::\s*)*bench\s*[\](]|cfg\s*\(\s*bench\s*\))")

# Asked in one pass by the parser's own library: only what is named here becomes an object of Python.
QUERY = Query(
    LANGUAGE,
    """
    [(attribute_item) (inner_attribute_item)] @attribute
    [(line_comment) (block_comment)] @comment
    (function_item return_type: [
        (generic_type type: [(type_identifier) @returns (scoped_type_identifier name: (_) @returns)])
        (type_identifier) @returns
        (scoped_type_identifier name: (_) @returns)])
    (call_expression function: [
        (field_expression field: (_) @method)
        (generic_function function: (field_expression field: (_) @method))])
    (impl_item trait: (_) @trait_impl)
    (function_item (visibility_modifier) @visibility)
    (struct_item (visibility_modifier) @visibility)
    (enum_item (visibility_modifier) @visibility)
    (trait_item (visibility_modifier) @visibility)
    (mod_item (visibility_modifier) @visibility)
    (macro_invocation macro: [(identifier) @macro (scoped_identifier name: (_) @macro)])
    (unsafe_block) @unsafe
    """,
)


@dataclass(frozen=True)
class Signs:
    """How many signs there are of each kind, and what else a filter asks."""

    idiomatic: int
    poor: int
    documented: bool
    test: bool
    bench: bool

    def is_idiomatic(self, ratio: float) -> bool:
        return self.idiomatic >= 1 and self.idiomatic >= ratio * self.poor


NOTHING = Signs(0, 0, False, False, False)


def look(root: Node) -> Signs:
    """The signs in a tree of Rust."""
    found = QueryCursor(QUERY).captures(root)

    def texts(name: str) -> list[bytes]:
        return [node.text or b"" for node in found.get(name, ())]

    attributes, macros, returned = texts("attribute"), set(texts("macro")), set(texts("returns"))
    idiomatic = (
        b"Result" in returned,
        b"Option" in returned,
        not ADAPTERS.isdisjoint(texts("method")),
        any(map(DERIVE.match, attributes)),
        "trait_impl" in found,
        b"pub" in texts("visibility"),
    )
    poor = (
        any(map(TO_DO.search, texts("comment"))),
        not PRINTS.isdisjoint(macros),
        "unsafe" in found,
        any(map(ALLOW.match, attributes)),
    )
    return Signs(
        sum(idiomatic),
        sum(poor),
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
