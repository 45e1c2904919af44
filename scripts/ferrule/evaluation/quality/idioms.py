"""How idiomatic a piece of Rust is: the share of eight ideas that occur in it, counted in two ways.

`text_score` is the published definition: patterns on the raw text, so that strings and comments count and a
`match` on more than a name does not. It is kept to be comparable. `syntax_score` asks the syntax tree for the
same ideas:

    Result, Option      named as a type
    ?                   the operator
    iterators           a call of an adaptor or consumer as a method (`Option::map` looks the same and counts)
    derive              an attribute with at least one trait in it
    trait impl          `impl Trait for Type`, generic or not
    match               with an arm that is more than a name or `_`
    let patterns        `if let`, `while let`, also in chains, and `let ... else`

What stands in the arguments of a macro is tokens to the tree and is not seen: `vec![f()?]` has no `?`.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from ferrule.rust.answer_tree import Own

# Repetitions have an end, as a text that never closes a bracket would take quadratic time.
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
    return sum(pattern.search(text) is not None for pattern in TEXT.values()) / len(TEXT)


def syntax_score(own: Own) -> float:
    flags = syntax_flags(own)
    return sum(flags.values()) / len(flags)


def syntax_flags(own: Own) -> dict[str, bool]:
    nodes = own.nodes
    types = {node.text for node in nodes.get("type_identifier", ())}
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
    """The name of the method that is called; b"" where a function is."""
    function = call.child_by_field_name("function")
    if function is not None and function.type == "generic_function":
        function = function.child_by_field_name("function")
    if function is None or function.type != "field_expression":
        return b""
    field = function.child_by_field_name("field")
    return field.text if field is not None else b""


def derives(attribute: Node) -> bool:
    return re.match(rb"#\s*\[\s*derive\s*\(\s*\w", attribute.text) is not None


def takes_apart(arm: Node) -> bool:
    """Whether its pattern can fail or binds a part: literals, variants, tuples, ranges, alternatives."""
    pattern = arm.child_by_field_name("pattern")
    first = pattern.child(0) if pattern is not None else None
    return first is not None and first.type not in ("_", "identifier")
