"""Mutants of what a function returns: a value of the same type that no thought went into."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.evaluation.mutants.mutant_operator import Change, Reference, operator, parts, put
from ferrule.rust.function_tree import INTEGERS

EMPTY = re.compile(
    rb"(?:std::collections::)?(Vec|String|HashMap|HashSet|BTreeMap|BTreeSet|VecDeque|BinaryHeap)\b(?:<.*>)?$",
    re.S,
)
# No value, or one that its `break`s give.
LOOPS = ("for_expression", "while_expression", "loop_expression")
FUNCTIONS = ("function_item", "closure_expression", "async_block")


@operator
def result(reference: Reference) -> Iterator[Change]:
    """The value at the end of a function, and of each of its branches and `return`s."""
    for function in functions(reference):
        type = reference.text(function.child_by_field_name("return_type"))
        values = [*leaves(function.child_by_field_name("body"))]
        values += [
            node.named_child(0)
            for node in reference.nodes("return_expression")
            if node.named_child_count and function_of(node) == function
        ]
        for value in values:
            if value.type != "return_expression":
                yield from (put(value, text) for text in instead(reference, value, type))


def functions(reference: Reference) -> Iterator[Node]:
    """The functions that are in the reference, the one that the prompt begins among them."""
    stack = [reference.root]
    while stack:
        node = stack.pop()
        if node.end_byte > reference.start:
            if node.type == "function_item":
                yield node
            stack.extend(node.named_children)


def function_of(node: Node) -> Node | None:
    node = node.parent
    while node is not None and node.type not in FUNCTIONS:
        node = node.parent
    return node


def leaves(node: Node | None) -> Iterator[Node]:
    """The expressions that may give the value of `node`."""
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
        for arm in parts(node.child_by_field_name("body")):
            yield from leaves(arm.child_by_field_name("value"))
    elif not (
        node.type.endswith(("_declaration", "_item"))
        or node.type in LOOPS
        or (node.type == "macro_invocation" and node.text.startswith((b"panic", b"unreachable", b"todo")))
    ):
        yield node


def instead(reference: Reference, value: Node, type: bytes) -> list[bytes]:
    """What may stand in the place of `value` in a function that returns `type`."""
    text = reference.text(value)
    wrapped = value.type == "call_expression" and reference.text(value.child_by_field_name("function"))
    if match := re.match(rb"Option\s*<(.*)>$", type, re.S):
        if text != b"None":
            return [b"None"]
        return [b"Some(" + inner + b")" for inner in defaults(match[1])[:1]]
    if match := re.match(rb"(?:\w+::)*Result\s*<(.*)>$", type, re.S):
        inner = defaults(split_types(match[1])[0])
        return [b"Ok(" + each + b")" for each in (inner[:1] if wrapped == b"Err" else inner)]
    return [each for each in defaults(type) if each != text]


def defaults(type: bytes) -> list[bytes]:
    """Plain values of a type, as far as the type's text tells."""
    type = type.strip()
    if type == b"bool":
        return [b"true", b"false"]
    if type in INTEGERS:
        return [b"0", b"1"]
    if type in (b"f32", b"f64"):
        return [b"0.0", b"1.0"]
    if type == b"char":
        return [b"'x'"]
    if type == b"()":
        return [b"()"]
    if re.match(rb"&\s*(?:'\w+\s+)?str$", type):
        return [b'""']
    if re.match(rb"&\s*(?:'\w+\s+)?\[.*\]$", type, re.S):
        return [b"&[]"]
    if match := EMPTY.match(type):
        return [match[0][: match.end(1)] + b"::new()"]
    if type.startswith(b"Option"):
        return [b"None"]
    if type.startswith(b"(") and type.endswith(b")"):
        inner = [defaults(each) for each in split_types(type[1:-1])]
        return [b"(" + b", ".join(each[0] for each in inner) + b")"] if inner and all(inner) else []
    return []


def split_types(text: bytes) -> list[bytes]:
    """`A<B, C>, D` as `A<B, C>` and `D`."""
    found, depth = [b""], 0
    for sign in re.findall(rb"->|.", text, re.S):
        depth += (sign in b"<([") - (sign in b">)]")
        if sign == b"," and depth == 0:
            found.append(b"")
        else:
            found[-1] += sign
    return [each.strip() for each in found if each.strip()]
