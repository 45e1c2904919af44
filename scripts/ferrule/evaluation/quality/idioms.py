"""How idiomatic a piece of Rust is: the share of eight idioms that occur in it, counted in two ways.

`text_score` is the published definition, kept to be comparable. It searches the raw text for patterns. So strings and
comments count, and a `match` on more than a name does not. `syntax_score` searches the syntax tree for the same idioms:

    Result, Option      named as a type
    ?                   the operator
    iterators           a method call of an adaptor or consumer (`Option::map` looks the same and counts, too)
    derive              an attribute with at least one trait in it
    trait impl          `impl Trait for Type`, generic or not
    match               with an arm that is more than a name or `_`
    let patterns        `if let`, `while let`, also in chains, and `let ... else`

The arguments of a macro are only tokens in the tree and do not count: `vec![f()?]` has no `?`.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from ferrule.rust.answer_tree import Own
from ferrule.rust.nodes import text_of

# Repetitions are bounded, because a text that never closes a bracket would take quadratic time.
TEXT = {
    "result": re.compile(r"\bResult<[^>]{1,1000}>"),
    "option": re.compile(r"\bOption<[^>]{1,1000}>"),
    "question": re.compile(r"\?[^?]"),
    "iterators": re.compile(r"\.(?:map|filter|fold|collect)\([^)]{0,1000}\)"),
    "derive": re.compile(r"#\[derive\([^)]{1,1000}\)\]"),
    "trait_impl": re.compile(r"impl\s+\w+\s+for\s+\w+"),
    "match": re.compile(r"\bmatch\s+\w+\s*\{"),
    "let_pattern": re.compile(r"(?:if|while)\s+let\s+"),
}
ITERATORS = frozenset(
    b"all any by_ref chain cloned collect copied cycle enumerate filter filter_map find find_map flat_map flatten"
    b" fold for_each fuse inspect last map map_while max_by max_by_key min_by min_by_key partition peekable position"
    b" product reduce rev rposition scan skip skip_while step_by sum take_while try_fold try_for_each unzip"
    b" windows zip".split()
)


def text_score(text: str) -> float:
    """The share of idioms whose pattern occurs in the text, from 0 to 1."""
    return sum(pattern.search(text) is not None for pattern in TEXT.values()) / len(TEXT)


def syntax_score(own: Own) -> float:
    """The share of idioms that occur in the syntax tree of the answer's own part, from 0 to 1."""
    flags = syntax_flags(own)
    return sum(flags.values()) / len(flags)


def syntax_flags(own: Own) -> dict[str, bool]:
    """Whether each idiom occurs in the syntax tree."""
    nodes = own.nodes
    types = {text_of(node) for node in nodes.get("type_identifier", ())}
    return {
        "result": b"Result" in types,
        "option": b"Option" in types,
        "question": "try_expression" in nodes,
        "iterators": any(method(node) in ITERATORS for node in nodes.get("call_expression", ())),
        "derive": any(derives(node) for node in nodes.get("attribute_item", ())),
        "trait_impl": any(node.child_by_field_name("trait") for node in nodes.get("impl_item", ())),
        "match": any(takes_apart(node) for node in nodes.get("match_arm", ())),
        "let_pattern": "let_condition" in nodes
        or any(node.child_by_field_name("alternative") for node in nodes.get("let_declaration", ())),
    }


def method(call: Node) -> bytes:
    """The name of the called method; b"" if the call is not a method call."""
    function = call.child_by_field_name("function")
    if function is not None and function.type == "generic_function":
        function = function.child_by_field_name("function")
    if function is None or function.type != "field_expression":
        return b""
    field = function.child_by_field_name("field")
    return text_of(field) if field is not None else b""


def derives(attribute: Node) -> bool:
    return re.match(rb"#\s*\[\s*derive\s*\(\s*\w", text_of(attribute)) is not None


def takes_apart(arm: Node) -> bool:
    """Whether the pattern of a match arm can fail or binds a part: literals, variants, tuples, ranges, alternatives."""
    pattern = arm.child_by_field_name("pattern")
    first = pattern.child(0) if pattern is not None else None
    return first is not None and first.type not in ("_", "identifier")
