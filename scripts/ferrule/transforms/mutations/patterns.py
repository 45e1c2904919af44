"""Patterns that do not fit their type, or not all of its values."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import COMMENTS, Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import Mutation, cut, insert, misspelt, operator, put


def arms_of(match: Node) -> list[Node]:
    return [n for n in child_of(match, "body").named_children if n.type == "match_arm"]


@operator("E0004")
def drop_arm(site: Site) -> Iterator[Mutation]:
    """Left a case out of a match."""
    for node in site.nodes("match_expression"):
        arms = arms_of(node)
        if len(arms) > 1:
            before, last = arms[-2], arms[-1]
            if not site.between(before, last).strip():
                yield cut(before.end_byte, last.end_byte)
            if not site.between(arms[0], arms[1]).strip():
                yield cut(arms[0].start_byte, arms[1].start_byte)


@operator("E0004")
def guard_on_last_arm(site: Site) -> Iterator[Mutation]:
    """Put a guard on a case that no other arm covers."""
    for node in site.nodes("match_expression"):
        arms = arms_of(node)
        for first, second in itertools.pairwise(arms):
            guarded, last = child_of(first, "pattern"), child_of(second, "pattern")
            guard = guarded.child_by_field_name("condition")
            if guard is None or second != arms[-1] or last.child_by_field_name("condition") is not None:
                continue
            if site.text(last) == site.text(guarded.named_children[0]):
                yield insert(last.end_byte, b" if !(" + site.text(guard) + b")")


@operator("E0005")
def refutable_let(site: Site) -> Iterator[Mutation]:
    """Used a pattern in a let that does not always match."""
    for node in site.nodes("let_declaration"):
        alternative, value = node.child_by_field_name("alternative"), node.child_by_field_name("value")
        if alternative is not None and value is not None:
            yield cut(value.end_byte, alternative.end_byte)


@operator("E0023")
def pattern_field_count(site: Site) -> Iterator[Mutation]:
    """Gave a tuple pattern one field too few or too many."""
    for node in site.nodes("tuple_struct_pattern"):
        if parent_of(node).type == "tuple_struct_pattern":
            continue
        fields = node.named_children[1:]
        if len(fields) > 1:
            for start, end in list(site.items(node))[-1:]:
                yield cut(start, end)
        elif (
            len(fields) == 1
            and fields[0].type == "identifier"
            and site.text(node.named_children[0]) not in (b"Some", b"Ok")
        ):
            yield insert(fields[0].end_byte, b", _")


@operator("E0532", "E0308")
def pattern_without_fields(site: Site) -> Iterator[Mutation]:
    """Left the fields off a tuple variant's pattern."""
    for node in site.nodes("tuple_struct_pattern"):
        kind = child_of(node, "type")
        if re.fullmatch(rb"\(\s*(?:_|\.\.)\s*\)", site.code[kind.end_byte : node.end_byte]):
            yield cut(kind.end_byte, node.end_byte)


@operator("E0532")
def pattern_with_fields(site: Site) -> Iterator[Mutation]:
    """Gave fields to a variant that has none."""
    for node in site.nodes("match_pattern"):
        first = node.named_children[0] if node.named_children else None
        if (
            first is not None
            and first.type in ("identifier", "scoped_identifier")
            and site.text(first).split(b"::")[-1][:1].isupper()
        ):
            if not site.text(first).isupper() or site.text(first) == b"None":
                yield insert(first.end_byte, b"(_)")


@operator("E0026")
def misspell_pattern_field(site: Site) -> Iterator[Mutation]:
    """Named a field in a pattern that the type does not have."""
    for node in site.nodes("field_pattern"):
        name = child_of(node, "name")
        guess = misspelt(site.text(name), site)
        if guess and name.type == "field_identifier":
            yield put(name, guess)
        elif guess:
            yield put(name, guess + b": " + site.text(name))


@operator("E0027")
def drop_rest_pattern(site: Site) -> Iterator[Mutation]:
    """Left fields out of a struct pattern without `..`."""
    for node in site.nodes("struct_pattern"):
        parts = [n for n in node.named_children[1:] if n.type not in COMMENTS]
        if len(parts) > 1 and parts[-1].type == "remaining_field_pattern":
            yield cut(parts[-2].end_byte, parts[-1].end_byte)
        elif len(parts) > 1 and not site.between(parts[-2], parts[-1]).strip(b", \n"):
            name = parts[-1].child_by_field_name("name")
            if parts[-1].named_child_count > 1 or site.text(name) not in site.uses:
                yield cut(parts[-2].end_byte, parts[-1].end_byte)


@operator("E0408")
def unbound_in_alternative(site: Site) -> Iterator[Mutation]:
    """Bound a variable in only one alternative of a pattern."""
    for node in site.nodes("or_pattern"):
        sides = node.named_children
        if len(sides) == 2:
            bound = [
                n
                for n in site.nodes("identifier")
                if sides[1].start_byte <= n.start_byte < sides[1].end_byte and site.binds(n)
            ]
            for name in bound[:1]:
                if site.text(name)[:1].islower():
                    yield put(name, b"_")


@operator("E0416")
def bound_twice(site: Site) -> Iterator[Mutation]:
    """Used one name twice in a pattern."""
    for node in site.nodes("tuple_pattern", "tuple_struct_pattern", "slice_pattern"):
        fields = [
            n
            for n in node.named_children
            if n.type == "identifier" and site.binds(n) and site.text(n)[:1].islower()
        ]
        if len(fields) > 1:
            yield put(fields[1], site.text(fields[0]))


@operator("E0308")
def drop_some_pattern(site: Site) -> Iterator[Mutation]:
    """Matched an Option or Result with a pattern for the value inside."""
    for node in site.nodes("tuple_struct_pattern"):
        inner = node.named_children[1:]
        if site.text(child_of(node, "type")) in (b"Some", b"Ok", b"Err") and len(inner) == 1:
            if inner[0].type in (
                "integer_literal",
                "char_literal",
                "string_literal",
                "tuple_pattern",
                "tuple_struct_pattern",
                "reference_pattern",
                "slice_pattern",
            ):
                yield put(node, site.text(inner[0]))


@operator("E0308", "E0532")
def wrong_wrapper_pattern(site: Site) -> Iterator[Mutation]:
    """Mistook an Option for a Result, or the other way round."""
    confused = {b"Some": b"Ok", b"Ok": b"Some", b"None": b"Err(_)"}
    for node in site.nodes("tuple_struct_pattern"):
        kind = child_of(node, "type")
        if site.text(kind) in confused and node.named_child_count == 2:
            yield put(kind, confused[site.text(kind)])
    for node in site.nodes("match_pattern"):
        if site.text(node) == b"None":
            yield put(node, b"Err(_)")


@operator("E0527", "E0529")
def slice_pattern_length(site: Site) -> Iterator[Mutation]:
    """Matched an array with a pattern of another length."""
    for node in site.nodes("slice_pattern"):
        if node.named_child_count > 1:
            for start, end in list(site.items(node))[-1:]:
                yield cut(start, end)


@operator("E0529")
def slice_pattern_on_owner(site: Site) -> Iterator[Mutation]:
    """Matched a vector or a string with a slice pattern."""
    for node in site.nodes("slice_pattern"):
        around = site.inside(node, "match_expression", "let_condition", "let_declaration")
        value = around.child_by_field_name("value") if around is not None else None
        if value is not None and value.type == "call_expression":
            parts = site.method(value)
            if parts:
                yield cut(parts.receiver.end_byte, value.end_byte)


@operator("E0586")
def range_without_end(site: Site) -> Iterator[Mutation]:
    """Wrote an inclusive range without its end."""
    for node in site.nodes("range_expression"):
        text = site.text(node)
        if text.endswith(b"..") and len(text) > 2:
            yield insert(node.end_byte, b"=")


@operator("E0030", "E0579")
def reversed_range(site: Site) -> Iterator[Mutation]:
    """Swapped the ends of a range in a pattern."""
    for node in site.nodes("range_pattern"):
        ends = node.named_children
        if len(ends) == 2 and not re.match(rb"-?\w+::", site.text(node)):
            left, right = ends
            yield put(node, site.text(right) + site.between(left, right) + site.text(left))


@operator("E0308")
def deref_pattern(site: Site) -> Iterator[Mutation]:
    """Left out the & of a pattern."""
    for node in site.nodes("reference_pattern"):
        yield cut(node.start_byte, node.named_children[-1].start_byte)


@operator("E0308")
def extra_reference_pattern(site: Site) -> Iterator[Mutation]:
    """Took a closure's parameter for a reference."""
    for node in site.nodes("closure_parameters"):
        for child in node.named_children:
            if child.type == "identifier":
                yield insert(child.start_byte, b"&")
