"""Type parameters, their arguments, and what rustc cannot infer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import COMMENTS, Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import (
    Mutation,
    cut,
    in_head,
    insert,
    misspelt,
    operator,
    over,
    put,
)


@operator("E0282", "E0283", "E0284")
def drop_turbofish(site: Site) -> Iterator[Mutation]:
    """Left the type arguments of a call to be inferred."""
    for node in site.nodes("generic_function"):
        yield cut(child_of(node, "function").end_byte, node.end_byte)
    for node in site.nodes("generic_type_with_turbofish"):
        yield cut(child_of(node, "type").end_byte, node.end_byte)


@operator("E0282", "E0283")
def drop_annotation(site: Site) -> Iterator[Mutation]:
    """Left the type of a variable to be inferred."""
    for node in site.nodes("let_declaration"):
        kind = node.child_by_field_name("type")
        if kind is not None:
            yield cut(child_of(node, "pattern").end_byte, kind.end_byte)


@operator("E0282", "E0283", "E0277")
def collect_too_early(site: Site) -> Iterator[Mutation]:
    """Collected without naming the type of the collection."""
    for node in site.nodes("for_expression"):
        value = child_of(node, "value")
        parts = site.method(value) if value.type == "call_expression" else None
        lazy = (b"rev", b"enumerate", b"iter", b"map", b"filter", b"zip", b"skip", b"chars")
        if parts and site.text(parts.name) in lazy:
            yield insert(value.end_byte, b".collect()")


@operator("E0107", signature=True)
def drop_type_arguments(site: Site) -> Iterator[Mutation]:
    """Named a generic type without its arguments in the signature."""
    for node in site.nodes("generic_type"):
        if node.start_byte < site.body.start_byte and parent_of(node).type != "trait_bounds":
            if site.text(child_of(node, "type")) not in (b"Self",):
                yield cut(child_of(node, "type").end_byte, node.end_byte)


@operator("E0107", "E0747")
def extra_type_argument(site: Site) -> Iterator[Mutation]:
    """Gave a type one argument too many."""
    for node in site.nodes("generic_type"):
        arguments = child_of(node, "type_arguments").named_children
        name = site.text(child_of(node, "type")).split(b"::")[-1]
        if name in (b"Option", b"Arc", b"Rc", b"Cow", b"Range", b"PhantomData") and len(arguments) == 1:
            yield in_head(site, insert(arguments[0].end_byte, b", " + site.text(arguments[0])))


@operator("E0107")
def wrong_turbofish_count(site: Site) -> Iterator[Mutation]:
    """Gave a function the wrong number of type arguments."""
    for node in site.nodes("generic_function"):
        arguments = child_of(node, "type_arguments")
        if arguments.named_child_count == 1:
            yield insert(arguments.named_children[0].end_byte, b", _")
        elif arguments.named_child_count > 1:
            for start, end in list(site.items(arguments))[-1:]:
                yield cut(start, end)


def bounds_of(site: Site) -> Iterator[Node]:
    """The bounds of the function's type parameters and of its where clause."""
    for node in site.nodes("trait_bounds"):
        if node.start_byte < site.body.start_byte and parent_of(node).type in (
            "type_parameter",
            "where_predicate",
        ):
            yield node


@operator("E0277", "E0599", "E0369", "E0382", signature=True)
def drop_bound(site: Site) -> Iterator[Mutation]:
    """Forgot the bound that the body needs."""
    for node in bounds_of(site):
        if parent_of(node).type == "type_parameter":
            yield cut(node.start_byte, node.end_byte)
        parts = [n for n in node.named_children if n.type not in COMMENTS]
        if len(parts) > 1:
            yield cut(parts[-2].end_byte, parts[-1].end_byte)
            yield cut(parts[0].start_byte, parts[1].start_byte)


@operator("E0277", "E0599", "E0369", signature=True)
def drop_where(site: Site) -> Iterator[Mutation]:
    """Forgot the where clause."""
    for node in site.nodes("where_clause"):
        if node.start_byte < site.body.start_byte:
            if node.named_child_count == 1:
                yield cut(node.start_byte, node.end_byte)
            else:
                for start, end in site.items(node):
                    yield cut(start, end)


@operator("E0425", "E0412", "E0433", signature=True)
def drop_type_parameters(site: Site) -> Iterator[Mutation]:
    """Used type parameters that were never declared."""
    if site.generics is not None:
        yield cut(site.generics.start_byte, site.generics.end_byte)


@operator("E0425", "E0412", "E0261", signature=True)
def drop_type_parameter(site: Site) -> Iterator[Mutation]:
    """Used a type parameter that was never declared."""
    if site.generics is not None and site.generics.named_child_count > 1:
        for start, end in site.items(site.generics):
            yield cut(start, end)


@operator("E0403", "E0401", signature=True)
def parameter_of_impl_again(site: Site) -> Iterator[Mutation]:
    """Declared a type parameter of the impl again on the method."""
    match = re.match(r"(?:unsafe )?(?:impl|trait \w+|pub trait \w+)\s*<([^<>]*)>", site.header)
    if match and site.generics is None:
        names = [p.split(":")[0].strip() for p in match[1].split(",")]
        head = site.text(site.parameters) + site.text(site.returns)
        # People repeat a parameter that the function uses, not one that only the impl uses.
        used = {site.text(n) for n in site.nodes("type_identifier")}
        plain = [n for n in names if re.fullmatch(r"[A-Z]\w*", n) and n.encode() in used]
        if plain and re.search(rb"\b" + plain[0].encode() + rb"\b", head):
            yield insert(site.parameters.start_byte, b"<" + plain[0].encode() + b">")


@operator("E0405", signature=True, phase="paths")
def misspell_trait(site: Site) -> Iterator[Mutation]:
    """Wrote a trait's name from memory in a bound."""
    for node in bounds_of(site):
        for child in node.named_children:
            yield from _misspell_name_of(child, site)
    for node in site.nodes("abstract_type", "dynamic_type"):
        yield from _misspell_name_of(child_of(node, "trait"), site)


# Traits as other languages, and other traits, make one call them.
ELSEWHERE = {
    b"Clone": b"Cloneable",
    b"Copy": b"Copyable",
    b"Hash": b"Hashable",
    b"Debug": b"Debuggable",
    b"Display": b"Printable",
    b"Ord": b"Comparable",
    b"PartialEq": b"Equatable",
    b"Iterator": b"Iter",
    b"IntoIterator": b"Iterable",
    b"FnOnce": b"FunctionOnce",
    b"FnMut": b"MutFn",
    b"Fn": b"Function",
    b"AsRef": b"ToRef",
    b"Into": b"To",
    b"Error": b"Exception",
}


def _misspell_name_of(trait: Node, site: Site) -> Iterator[Mutation]:
    name = child_of(trait, "type") if trait.type == "generic_type" else trait
    if name.type == "type_identifier":
        known = ELSEWHERE.get(site.text(name))
        guess = known if known and not site.known(known) else misspelt(site.text(name), site)
        if guess:
            yield put(name, guess)


@operator("E0404", signature=True, phase="paths")
def type_for_trait(site: Site) -> Iterator[Mutation]:
    """Used a type as a bound."""
    for node in bounds_of(site):
        for child in node.named_children:
            if child.type == "generic_type" and site.text(child_of(child, "type")) in (
                b"Into",
                b"AsRef",
                b"From",
                b"Borrow",
                b"TryInto",
            ):
                inner = child_of(child, "type_arguments").named_children[0]
                if inner.type in ("type_identifier", "primitive_type") and len(site.text(inner)) > 1:
                    yield put(child, site.text(inner))
    for node in site.nodes("abstract_type"):
        trait = child_of(node, "trait")
        if trait.type == "generic_type" and site.text(child_of(trait, "type")) in (b"Into", b"AsRef"):
            inner = child_of(trait, "type_arguments").named_children[0]
            if inner.type in ("type_identifier", "primitive_type"):
                yield put(trait, site.text(inner))


@operator("E0121", signature=True)
def placeholder_in_signature(site: Site) -> Iterator[Mutation]:
    """Left a type of the signature to be inferred."""
    # Not the return type: rustc would infer it from the body, and types of other functions from it.
    for parameter in site.typed_parameters:
        kind = child_of(parameter, "type")
        if kind.type == "generic_type":
            arguments = child_of(kind, "type_arguments").named_children
            if arguments and arguments[-1].type != "lifetime":
                yield put(arguments[-1], b"_")
        elif kind.type == "reference_type":
            yield put(child_of(kind, "type"), b"_")
        else:
            yield put(kind, b"_")


# Associated types as other languages and traits call them.
ASSOCIATED = {
    b"Item": b"Element",
    b"Output": b"Result",
    b"Error": b"Err",
    b"Target": b"Inner",
    b"Err": b"Error",
}


@operator("E0220", "E0576", signature=True)
def misspell_associated_type(site: Site) -> Iterator[Mutation]:
    """Named an associated type that the trait does not have."""
    for node in site.nodes("scoped_type_identifier"):
        name = child_of(node, "name")
        if site.text(node.child_by_field_name("path"))[:1].isupper() or site.text(node).startswith(b"<"):
            guess = ASSOCIATED.get(site.text(name)) or misspelt(site.text(name), site)
            if guess:
                yield put(name, guess)
    for node in site.nodes("type_binding"):
        name = child_of(node, "name")
        guess = ASSOCIATED.get(site.text(name)) or misspelt(site.text(name), site)
        if guess:
            yield put(name, guess)


@operator("E0223", "E0425", signature=True)
def ambiguous_associated_type(site: Site) -> Iterator[Mutation]:
    """Named an associated type by its trait instead of the type that implements it."""
    for node in site.nodes("scoped_type_identifier"):
        path = node.child_by_field_name("path")
        if path is not None and path.type in ("identifier", "type_identifier"):
            base = site.text(path)
            for bounds in site.nodes("trait_bounds"):
                if site.text(bounds.parent).startswith(base + b":"):
                    trait = next((c for c in bounds.named_children if c.type == "type_identifier"), None)
                    if trait is not None:
                        yield put(path, site.text(trait))


@operator("E0412", "E0425", "E0220", signature=True)
def drop_associated_path(site: Site) -> Iterator[Mutation]:
    """Used an associated type without `Self::`."""
    for node in site.nodes("scoped_type_identifier"):
        path = node.child_by_field_name("path")
        if (
            path is not None
            and site.text(path) in (b"Self", b"T", b"I", b"G")
            and node.start_byte < site.body.start_byte
        ):
            yield cut(node.start_byte, child_of(node, "name").start_byte)


@operator("E0403", signature=True)
def type_parameter_twice(site: Site) -> Iterator[Mutation]:
    """Gave two type parameters the same name."""
    if site.generics is not None:
        parameters = [n for n in site.generics.named_children if n.type == "type_parameter"]
        names = [child_of(n, "name") for n in parameters]
        if len(names) > 1:
            yield put(names[1], site.text(names[0]))


@operator("E0415", signature=True)
def parameter_twice(site: Site) -> Iterator[Mutation]:
    """Gave two parameters the same name."""
    patterns = [child_of(p, "pattern") for p in site.typed_parameters]
    names = [n for n in patterns if n.type == "identifier"]
    if len(names) > 1:
        yield put(names[1], site.text(names[0]))


@operator("E0747", signature=True)
def lifetime_after_type(site: Site) -> Iterator[Mutation]:
    """Put a type argument before the lifetime."""
    for node in site.nodes("type_arguments", "type_parameters"):
        parts = node.named_children
        if (
            len(parts) == 2
            and parts[0].type.startswith("lifetime")
            and not parts[1].type.startswith("lifetime")
        ):
            text = site.text(parts[1]) + b", " + site.text(parts[0])
            yield over(parts[0].start_byte, parts[1].end_byte, text)
