"""Changes to values that are not declared mutable."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of
from ferrule.transforms.mutations.mutation_operator import Mutation, cut, in_head, name_of, operator, put


@operator("E0384", "E0596", "E0594")
def drop_mut(site: Site) -> Iterator[Mutation]:
    """Forgot `mut` on a variable that changes."""
    for node in site.nodes("let_declaration", "mut_pattern", "parameter"):
        for child in node.children:
            if child.type == "mutable_specifier":
                yield cut(child.start_byte, child.end_byte + 1)


@operator("E0308", "E0596")
def shared_borrow(site: Site) -> Iterator[Mutation]:
    """Borrowed a value without `mut` although the callee changes it."""
    for node in site.nodes("reference_expression"):
        for child in node.children:
            if child.type == "mutable_specifier":
                yield cut(child.start_byte, child.end_byte + 1)


@operator("E0596", "E0594")
def shared_self(site: Site) -> Iterator[Mutation]:
    """Took &self in a method that changes the value."""
    if site.self_parameter is not None:
        for child in site.self_parameter.children:
            if child.type == "mutable_specifier":
                yield in_head(site, cut(child.start_byte, child.end_byte + 1))


@operator("E0596", "E0594", "E0308")
def shared_parameter(site: Site) -> Iterator[Mutation]:
    """Declared a parameter as a shared reference although the body changes it."""
    for parameter in site.typed_parameters:
        kind = child_of(parameter, "type")
        if kind.type == "reference_type":
            for child in kind.children:
                if child.type == "mutable_specifier":
                    yield in_head(site, cut(child.start_byte, child.end_byte + 1))


@operator("E0596")
def iter_for_iter_mut(site: Site) -> Iterator[Mutation]:
    """Used the shared accessor where the mutable one is needed."""
    plain = {
        b"iter_mut": b"iter",
        b"get_mut": b"get",
        b"as_mut": b"as_ref",
        b"borrow_mut": b"borrow",
        b"values_mut": b"values",
        b"last_mut": b"last",
        b"first_mut": b"first",
        b"as_mut_slice": b"as_slice",
        b"as_mut_ptr": b"as_ptr",
        b"chunks_mut": b"chunks",
        b"split_at_mut": b"split_at",
        b"peek_mut": b"peek",
        b"get_unchecked_mut": b"get_unchecked",
    }
    for call, _, name, _ in site.method_calls:
        if name in plain:
            yield put(name_of(call), plain[name])


@operator("E0596", "E0507", "E0308")
def borrow_by_value_self(site: Site) -> Iterator[Mutation]:
    """Took &self in a method that consumes the value."""
    if site.self_parameter is not None and site.text(site.self_parameter) in (b"self", b"mut self"):
        yield in_head(site, put(site.self_parameter, b"&self"))


@operator("E0381")
def drop_initializer(site: Site) -> Iterator[Mutation]:
    """Declared a variable without initialising it."""
    for node in site.nodes("let_declaration"):
        value, pattern = node.child_by_field_name("value"), child_of(node, "pattern")
        literal = value is not None and value.type in (
            "integer_literal",
            "boolean_literal",
            "float_literal",
            "string_literal",
        )
        if value is not None and literal and pattern.type == "identifier":
            last = node.child_by_field_name("type") or pattern
            yield cut(last.end_byte, value.end_byte)


@operator("E0308", "E0053", signature=True)
def extra_mut_self(site: Site) -> Iterator[Mutation]:
    """Took &mut self in a method that the trait declares with &self."""
    parameter = site.self_parameter
    if site.in_trait_impl and parameter is not None and site.text(parameter) == b"&self":
        yield put(parameter, b"&mut self")
