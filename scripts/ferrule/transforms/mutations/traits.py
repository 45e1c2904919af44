"""Methods that do not fit their trait, trait objects, visibility."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.rust.function_tree import PRIMITIVES, Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import Mutation, cut, in_head, insert, operator, put


@operator("E0449")
def pub_in_trait_impl(site: Site) -> Iterator[Mutation]:
    """Wrote `pub` on a method of a trait or of its impl."""
    if (site.in_trait_impl or site.in_trait) and not site.code.startswith(b"pub"):
        yield insert(0, b"pub ")


@operator("E0053", signature=True)
def other_parameter_type(site: Site) -> Iterator[Mutation]:
    """Implemented a trait's method with another parameter type."""
    if site.in_trait_impl:
        for parameter in site.typed_parameters:
            kind = child_of(parameter, "type")
            if kind.type == "reference_type" and b"mut" not in site.text(kind)[:5]:
                yield put(kind, site.text(child_of(kind, "type")))
            elif site.text(kind) in PRIMITIVES or kind.type == "type_identifier":
                yield insert(kind.start_byte, b"&")


@operator("E0053", "E0308", "E0277", signature=True)
def other_return_type(site: Site) -> Iterator[Mutation]:
    """Implemented a trait's method with another return type."""
    if site.in_trait_impl and site.returns is not None:
        kind = site.returns
        if kind.type == "reference_type":
            yield put(kind, site.text(child_of(kind, "type")))
        elif kind.type in ("type_identifier", "primitive_type", "scoped_type_identifier"):
            yield put(kind, b"Option<" + site.text(kind) + b">")


@operator("E0050", signature=True)
def other_parameter_count(site: Site) -> Iterator[Mutation]:
    """Implemented a trait's method with one parameter too few."""
    if site.in_trait_impl:
        spans = list(site.items(site.parameters))
        if len(spans) > 1:
            yield cut(*spans[-1])


@operator("E0186", "E0424", signature=True)
def method_without_self(site: Site) -> Iterator[Mutation]:
    """Implemented a trait's method without its self parameter."""
    if site.in_trait_impl and site.self_parameter is not None and b"self" not in site.text(site.body):
        for start, end in site.items(site.parameters):
            if start == site.self_parameter.start_byte:
                yield cut(start, end)


@operator("E0185", signature=True)
def function_with_self(site: Site) -> Iterator[Mutation]:
    """Gave a self parameter to a trait's function that has none."""
    if site.in_trait_impl and site.self_parameter is None:
        at = site.parameters.start_byte + 1
        yield insert(at, b"&self, " if site.typed_parameters else b"&self")


@operator("E0195", "E0049", signature=True)
def other_generics(site: Site) -> Iterator[Mutation]:
    """Implemented a trait's method with other type parameters."""
    if site.in_trait_impl:
        if (
            site.generics is not None
            and site.generics.named_child_count == 1
            and site.generics.named_children[0].type == "type_parameter"
        ):
            yield insert(site.generics.end_byte - 1, b", U" if b"U" not in site.code.split() else b", V")
        elif site.generics is None and "<" not in site.header.split(" for ")[0][5:]:
            yield insert(site.parameters.start_byte, b"<T>")


@operator("E0782", "E0038")
def drop_dyn(site: Site) -> Iterator[Mutation]:
    """Used a trait as a type without dyn or impl."""
    for node in site.nodes("dynamic_type", "abstract_type"):
        keyword = next((c for c in node.children if c.type in ("dyn", "impl")), None)
        if keyword is not None:
            yield in_head(site, cut(keyword.start_byte, keyword.end_byte + 1))


@operator("E0191")
def drop_type_binding(site: Site) -> Iterator[Mutation]:
    """Left out the associated type of a trait object."""
    for node in site.nodes("type_binding"):
        arguments = parent_of(node)
        if arguments.type == "type_arguments" and arguments.named_child_count == 1:
            yield in_head(site, cut(arguments.start_byte, arguments.end_byte))


@operator("E0271", signature=True)
def wrong_type_binding(site: Site) -> Iterator[Mutation]:
    """Gave an associated type another type than it has."""
    for node in site.nodes("type_binding"):
        kind = child_of(node, "type")
        if node.start_byte < site.body.start_byte:
            if kind.type == "reference_type":
                yield put(kind, site.text(child_of(kind, "type")))
            elif kind.type == "tuple_type":
                yield put(kind, site.text(kind.named_children[0]))
            else:
                yield insert(kind.start_byte, b"&'static ")


@operator("E0746", "E0277", signature=True)
def unsized_return(site: Site) -> Iterator[Mutation]:
    """Returned a trait object without a box."""
    kind = site.returns
    if kind is not None and kind.type == "generic_type" and site.text(child_of(kind, "type")) == b"Box":
        inner = child_of(kind, "type_arguments").named_children[0]
        if inner.type == "dynamic_type":
            yield put(kind, site.text(inner))
    elif kind is not None and kind.type == "abstract_type":
        keyword = kind.children[0]
        yield put(keyword, b"dyn")


@operator("E0277", signature=True)
def unsized_value(site: Site) -> Iterator[Mutation]:
    """Took or returned a str or slice by value."""
    for node in [site.returns, *(child_of(p, "type") for p in site.typed_parameters)]:
        if node is not None and node.type == "reference_type":
            inner = child_of(node, "type")
            if (
                site.text(inner) in (b"str", b"Path", b"[u8]", b"[T]", b"OsStr")
                and b"mut" not in site.text(node)[:5]
            ):
                yield put(node, site.text(inner))


@operator("E0178", signature=True)
def bound_without_brackets(site: Site) -> Iterator[Mutation]:
    """Added a bound to a trait object behind a reference without parentheses."""
    for node in site.nodes("reference_type"):
        inner = child_of(node, "type")
        if site.text(inner).startswith((b"(dyn", b"(impl")) and b"+" in site.text(inner):
            yield put(inner, site.text(inner)[1:-1])
