"""Methods of integers and slices written out: smaller, larger, not below zero, swapped."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.rust.function_tree import INTEGERS, Site
from ferrule.transforms.rewrites.conditions import has_length
from ferrule.transforms.rewrites.expressions import comfortable, fresh, is_place, loses_comment, put
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite

UNSIGNED = frozenset(kind for kind in INTEGERS if kind.startswith(b"u"))


def integer_type(site: Site, node) -> bytes | None:
    """The integer type of a variable or a length, as far as the text shows it; `integer` for a literal."""
    name = site.text(node)
    if node.type == "integer_literal":
        return b"integer"
    if node.type == "call_expression":
        parts = site.method(node)
        length = parts is not None and site.text(parts[1]) == b"len" and has_length(site, parts[0])
        return b"usize" if length else None
    bound = site.bindings.get(name, ())
    if node.type != "identifier" or len(bound) != 1:
        return None
    kind = site.parameter_types.get(name)
    let = bound[0].parent
    if kind is None and let.type == "let_declaration":
        kind = site.text(let.child_by_field_name("type"))
        value = let.child_by_field_name("value")
        if not kind and value is not None and value.type in ("integer_literal", "call_expression"):
            return integer_type(site, value)
    return kind if kind in INTEGERS else None


def is_simple(node) -> bool:
    """Whether the expression may be written twice."""
    return node.type in ("integer_literal", "call_expression") or is_place(node)


def pairs(site: Site, *names: bytes) -> Iterator[tuple]:
    """(call, name, receiver, argument) of methods of two integers that may each be written twice."""
    for call, receiver, name, _ in site.method_calls:
        arguments = site.arguments(call)
        if name not in names or len(arguments) != 1 or not comfortable(site, call) or loses_comment(call):
            continue
        kinds = [integer_type(site, node) for node in (receiver, *arguments)]
        # Both are of one type: it is enough to know it of one, if the other one has no effect.
        known = [kind for kind in kinds if kind is not None]
        if known and all(kind or is_place(n) for kind, n in zip(kinds, (receiver, *arguments), strict=True)):
            yield call, name, receiver, arguments[0], known


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
    """Of slices and vectors; what is not copied cannot be moved out of them, which the compiler says."""
    for call, receiver, name, _ in site.method_calls:
        arguments = site.arguments(call)
        if name != b"swap" or len(arguments) != 2 or call.parent.type != "expression_statement":
            continue
        if not all(is_simple(n) and n.type != "call_expression" for n in arguments) or loses_comment(call):
            continue
        temporary = fresh(site, b"tmp", b"temp", beside=site.code)
        if has_length(site, receiver) and receiver.type == "identifier" and temporary:
            one, other = (site.text(receiver) + b"[" + site.text(n) + b"]" for n in arguments)
            taken = b"let " + temporary + b" = " + one + b";\n"
            yield put(call.parent, taken + one + b" = " + other + b";\n" + other + b" = " + temporary + b";")
