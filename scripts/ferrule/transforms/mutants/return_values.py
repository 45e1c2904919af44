"""Mutants of what a function returns: a trivial value of the same type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import INTEGERS
from ferrule.rust.nodes import child_of, text_of
from ferrule.transforms.mutants.mutant_operator import Change, Reference, operator, parts, put

EMPTY = re.compile(
    rb"(?:std::collections::)?(Vec|String|HashMap|HashSet|BTreeMap|BTreeSet|VecDeque|BinaryHeap)\b(?:<.*>)?$",
    re.S,
)
# Loops have no value, or one that comes from their `break`s.
LOOPS = ("for_expression", "while_expression", "loop_expression")
FUNCTIONS = ("function_item", "closure_expression", "async_block")


@operator
def result(reference: Reference) -> Iterator[Change]:
    """The value at the end of a function, of each of its branches, and of each `return`."""
    for function in functions(reference):
        return_type = reference.text(function.child_by_field_name("return_type"))
        values = [*leaves(function.child_by_field_name("body"))]
        values += [
            node.named_children[0]
            for node in reference.nodes("return_expression")
            if node.named_child_count and function_of(node) == function
        ]
        for value in values:
            if value.type != "return_expression":
                yield from (put(value, text) for text in replacements(reference, value, return_type))


def functions(reference: Reference) -> Iterator[Node]:
    """The functions of the reference, including the one whose beginning is in the prompt."""
    stack = [reference.root]
    while stack:
        node = stack.pop()
        if node.end_byte > reference.start:
            if node.type == "function_item":
                yield node
            stack.extend(node.named_children)


def function_of(node: Node) -> Node | None:
    """The innermost function, closure or async block around a node."""
    around = node.parent
    while around is not None and around.type not in FUNCTIONS:
        around = around.parent
    return around


def leaves(node: Node | None) -> Iterator[Node]:
    """The expressions that can be the value of `node`: of a block its end, of an `if` or `match` its branches."""
    if node is None:
        return
    if node.type in ("block", "unsafe_block", "else_clause"):
        inner = parts(node)
        if inner:
            yield from leaves(inner[-1])
    elif node.type == "expression_statement":
        if node.child_count == 1:  # `if` and `match` at the end of a block, without a semicolon
            yield from leaves(node.named_child(0))
    elif node.type == "if_expression":
        yield from leaves(node.child_by_field_name("consequence"))
        yield from leaves(node.child_by_field_name("alternative"))
    elif node.type == "match_expression":
        for arm in parts(child_of(node, "body")):
            yield from leaves(arm.child_by_field_name("value"))
    elif not (
        node.type.endswith(("_declaration", "_item"))
        or node.type in LOOPS
        or (node.type == "macro_invocation" and text_of(node).startswith((b"panic", b"unreachable", b"todo")))
    ):
        yield node


def replacements(reference: Reference, value: Node, return_type: bytes) -> list[bytes]:
    """What can replace `value` in a function that returns `return_type`."""
    text = reference.text(value)
    wrapped = value.type == "call_expression" and reference.text(value.child_by_field_name("function"))
    if match := re.match(rb"Option\s*<(.*)>$", return_type, re.S):
        if text != b"None":
            return [b"None"]
        return [b"Some(" + inner + b")" for inner in defaults(match[1])[:1]]
    if match := re.match(rb"(?:\w+::)*Result\s*<(.*)>$", return_type, re.S):
        values = defaults(split_types(match[1])[0])
        return [b"Ok(" + each + b")" for each in (values[:1] if wrapped == b"Err" else values)]
    return [each for each in defaults(return_type) if each != text]


def defaults(type_text: bytes) -> list[bytes]:
    """Trivial values of a type, if its text shows which type it is."""
    type_text = type_text.strip()
    if type_text == b"bool":
        return [b"true", b"false"]
    if type_text in INTEGERS:
        return [b"0", b"1"]
    if type_text in (b"f32", b"f64"):
        return [b"0.0", b"1.0"]
    if type_text == b"char":
        return [b"'x'"]
    if type_text == b"()":
        return [b"()"]
    if re.match(rb"&\s*(?:'\w+\s+)?str$", type_text):
        return [b'""']
    if re.match(rb"&\s*(?:'\w+\s+)?\[.*\]$", type_text, re.S):
        return [b"&[]"]
    if match := EMPTY.match(type_text):
        return [match[0][: match.end(1)] + b"::new()"]
    if type_text.startswith(b"Option"):
        return [b"None"]
    if type_text.startswith(b"(") and type_text.endswith(b")"):
        members = [defaults(each) for each in split_types(type_text[1:-1])]
        return [b"(" + b", ".join(each[0] for each in members) + b")"] if members and all(members) else []
    return []


def split_types(text: bytes) -> list[bytes]:
    """The types in a comma list: `A<B, C>` and `D` of `A<B, C>, D`."""
    types, depth = [b""], 0
    for token in re.findall(rb"->|.", text, re.S):
        depth += (token in b"<([") - (token in b">)]")
        if token == b"," and depth == 0:
            types.append(b"")
        else:
            types[-1] += token
    return [each.strip() for each in types if each.strip()]
