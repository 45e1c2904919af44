"""Struct literals, tuples and arrays."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of
from ferrule.transforms.mutations.mutation_operator import Mutation, cut, insert, misspelt, operator, put


@operator("E0063")
def drop_field(site: Site) -> Iterator[Mutation]:
    """Left a field out of a struct literal."""
    for node in site.nodes("field_initializer_list"):
        parts = [
            n for n in node.named_children if n.type in ("field_initializer", "shorthand_field_initializer")
        ]
        if parts and not any(n.type == "base_field_initializer" for n in node.named_children):
            spans = list(site.items(node))
            if len(parts) == 1:
                yield put(node, b"{}")
            elif len(parts) == len(spans):
                yield cut(*spans[-1])


@operator("E0560", "E0559")
def misspell_initializer(site: Site) -> Iterator[Mutation]:
    """Gave a struct literal a field that the type does not have."""
    for node in site.nodes("field_initializer", "shorthand_field_initializer"):
        name = node.child_by_field_name("field") or node.named_children[-1]
        guess = misspelt(site.text(name), site)
        if guess and node.type == "field_initializer":
            yield put(name, guess)
        elif guess:
            yield put(name, guess + b": " + site.text(name))


@operator("E0062")
def field_twice(site: Site) -> Iterator[Mutation]:
    """Gave a field of a struct literal twice."""
    for node in site.nodes("field_initializer_list"):
        parts = [
            n for n in node.named_children if n.type in ("field_initializer", "shorthand_field_initializer")
        ]
        if len(parts) > 1 and b"\n" not in site.text(parts[0]):
            yield insert(parts[-1].end_byte, site.between(parts[0], parts[1]) + site.text(parts[0]))


@operator("E0423", "E0618")
def struct_as_call(site: Site) -> Iterator[Mutation]:
    """Built a struct with named fields as if it were a tuple struct."""
    for node in site.nodes("struct_expression"):
        if site.text(child_of(node, "name")) == b"Self":
            continue  # nobody forgets the fields of the type that they are implementing
        fields = child_of(node, "body").named_children
        values = []
        for field in fields:
            if field.type == "shorthand_field_initializer":
                values.append(site.text(field))
            elif field.type == "field_initializer":
                values.append(site.text(field.child_by_field_name("value")))
        if values and len(values) == len(fields) and b"\n" not in b"".join(values):
            yield put(node, site.text(child_of(node, "name")) + b"(" + b", ".join(values) + b")")


@operator("E0425", "E0560")
def shorthand_of_missing(site: Site) -> Iterator[Mutation]:
    """Used the shorthand for a field although there is no variable of that name."""
    for node in site.nodes("field_initializer"):
        name, value = child_of(node, "field"), child_of(node, "value")
        simple = value.type in ("identifier", "field_expression", "call_expression")
        if simple and site.text(name) not in site.bindings and b"\n" not in site.text(value):
            yield cut(name.end_byte, node.end_byte)


@operator("E0308")
def tuple_too_short(site: Site) -> Iterator[Mutation]:
    """Left a part out of a tuple."""
    for node in site.nodes("tuple_expression"):
        if node.named_child_count > 2:
            for start, end in list(site.items(node))[-1:]:
                yield cut(start, end)


@operator("E0308")
def tuple_pattern_length(site: Site) -> Iterator[Mutation]:
    """Destructured a tuple into too few or too many parts."""
    for node in site.nodes("tuple_pattern"):
        if node.named_child_count > 2:
            for start, end in list(site.items(node))[-1:]:
                yield cut(start, end)
        elif node.named_child_count == 2 and not site.text(node)[:-1].rstrip().endswith(b","):
            yield insert(node.end_byte - 1, b", _")


@operator("E0422", "E0574")
def misspell_struct(site: Site) -> Iterator[Mutation]:
    """Wrote a struct's name from memory in a literal."""
    for node in site.nodes("struct_expression"):
        name = child_of(node, "name")
        if name.type == "type_identifier" and site.text(name) != b"Self":
            guess = misspelt(site.text(name), site)
            if guess:
                yield put(name, guess)


@operator("E0070", "E0308", "E0277")
def index_with_reference(site: Site) -> Iterator[Mutation]:
    """Indexed with a reference to a number."""
    for node in site.nodes("index_expression"):
        index = node.named_children[-1]
        if index.type in ("identifier", "field_expression"):
            yield insert(index.start_byte, b"&")


@operator("E0308")
def array_length(site: Site) -> Iterator[Mutation]:
    """Wrote an array of another length than its type has."""
    for node in site.nodes("array_expression"):
        parts = [n for n in node.named_children if n.type != "attribute_item"]
        if len(parts) > 2 and b";" not in site.between(parts[0], parts[1]):
            for start, end in list(site.items(node))[-1:]:
                yield cut(start, end)
