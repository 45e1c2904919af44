"""Methods of integers and slices written out: `min`, `max`, `saturating_sub` and `swap`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from ferrule.rust.function_tree import INTEGERS, Site
from ferrule.rust.nodes import parent_of
from ferrule.transforms.rewrites.conditions import has_length
from ferrule.transforms.rewrites.expressions import comfortable, is_place, loses_comment, put, unused_beside
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite

UNSIGNED = frozenset(kind for kind in INTEGERS if kind.startswith(b"u"))


def integer_type(site: Site, node: Node) -> bytes | None:
    """The integer type of a variable or a length, if the text shows it; `integer` for a literal."""
    name = site.text(node)
    if node.type == "integer_literal":
        return b"integer"
    if node.type == "call_expression":
        parts = site.method(node)
        length = parts is not None and site.text(parts.name) == b"len" and has_length(site, parts.receiver)
        return b"usize" if length else None
    bound = site.bindings.get(name, ())
    if node.type != "identifier" or len(bound) != 1:
        return None
    kind = site.parameter_types.get(name)
    let = parent_of(bound[0])
    if kind is None and let.type == "let_declaration":
        kind = site.text(let.child_by_field_name("type"))
        value = let.child_by_field_name("value")
        if not kind and value is not None and value.type in ("integer_literal", "call_expression"):
            return integer_type(site, value)
    return kind if kind in INTEGERS else None


class Pair(NamedTuple):
    """A method call of two integers that may each be evaluated twice, with those of their types that are known."""

    call: Node
    name: bytes
    receiver: Node
    argument: Node
    known: list[bytes]


def pairs(site: Site, *names: bytes) -> Iterator[Pair]:
    """The calls of these methods with two such integers."""
    for call, receiver, name, _ in site.method_calls:
        arguments = site.arguments(call)
        if name not in names or len(arguments) != 1 or not comfortable(site, call) or loses_comment(call):
            continue
        kinds = [integer_type(site, node) for node in (receiver, *arguments)]
        # Both have the same type. So it is enough to know that of one, if evaluating the other has no effect.
        known = [kind for kind in kinds if kind is not None]
        if known and all(kind or is_place(n) for kind, n in zip(kinds, (receiver, *arguments), strict=True)):
            yield Pair(call, name, receiver, arguments[0], known)


@rewrite("Use `min` or `max` instead of a comparison.")
def min_to_if(site: Site) -> Iterator[Place]:
    for call, name, receiver, argument, _ in pairs(site, b"min", b"max"):
        left, right = site.text(receiver), site.text(argument)
        sign = b" < " if name == b"min" else b" > "
        yield put(call, b"if " + left + sign + right + b" { " + left + b" } else { " + right + b" }")


@rewrite("Use `saturating_sub`.")
def saturating_sub_to_if(site: Site) -> Iterator[Place]:
    for call, _, receiver, argument, known in pairs(site, b"saturating_sub"):
        if UNSIGNED.intersection(known):
            left, right = site.text(receiver), site.text(argument)
            difference = left + b" - " + right
            yield put(call, b"if " + left + b" > " + right + b" { " + difference + b" } else { 0 }")


@rewrite("Use `swap` on the slice.")
def swap_to_temporary(site: Site) -> Iterator[Place]:
    """For slices and vectors. If their items are not `Copy`, the result does not compile."""
    for call, receiver, name, _ in site.method_calls:
        arguments, statement = site.arguments(call), parent_of(call)
        if name != b"swap" or len(arguments) != 2 or statement.type != "expression_statement":
            continue
        if not all(n.type == "integer_literal" or is_place(n) for n in arguments) or loses_comment(call):
            continue
        temporary = unused_beside(site, site.code, b"tmp", b"temp")
        if has_length(site, receiver) and receiver.type == "identifier" and temporary:
            left, right = (site.text(receiver) + b"[" + site.text(n) + b"]" for n in arguments)
            text = b"let " + temporary + b" = " + left + b";\n"
            text += left + b" = " + right + b";\n" + right + b" = " + temporary + b";"
            yield put(statement, text)
