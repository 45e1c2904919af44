"""Signatures: what may be left out of them, or said without a name, spelt out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.transforms.rewrites.loops.closures import descendants
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place, rewrite
from ferrule.transforms.rewrites.statement_position import comments_within

# What a type parameter with such a bound is usually called, best first.
USUAL_NAMES = (
    (rb"Fn\b|FnMut\b|FnOnce\b", b"F"),
    (rb"\w*Iterator\b", b"I"),
    (rb"(?:\w+::)*Read\b", b"R"),
    (rb"(?:\w+::)*Write\b", b"W"),
    (rb"AsRef<(?:\w+::)*(?:Path|OsStr)>", b"P"),
    (rb"(?:Into|AsRef)<.*\b(?:String|str)\b|ToString\b", b"S"),
)
LETTERS = b"T U V A B C D E".split()


@rewrite("Take the argument as `impl Trait` instead of through a named type parameter.")
def impl_trait_to_generic(site: Site) -> Iterator[Place]:
    # A method of a trait must keep the form that the trait has given it.
    if site.in_trait_impl or site.in_trait:
        return
    edits, parameters = [], []
    for parameter in site.typed_parameters:
        for node in outermost(parameter):
            if b"'_" in site.text(node) or hidden_reference(site, node):
                return
            name = type_name(site, site.text(node)[4:].strip(), [p.split(b":")[0] for p in parameters])
            if name is None:
                return
            parameters.append(name + b": " + site.text(node)[4:].strip())
            edits.append(Edit(*extent(site, node), name))
    if not parameters or comments_within(site, site.parameters) or b"impl " in b"".join(parameters):
        return
    yield tuple(sorted([*edits, declaration(site, b", ".join(parameters))]))


def outermost(parameter) -> list:
    """The `impl A + B` of a parameter, whole; what is nested in one stays there."""
    found, stack = [], [parameter]
    while stack:
        node = stack.pop()
        if node.type in ("abstract_type", "bounded_type") and node.children[0].type in (
            "impl",
            "abstract_type",
        ):
            found.append(node)
        elif node.type not in ("dynamic_type", "function_type"):
            stack.extend(reversed(node.children))
    return found


def extent(site: Site, node) -> tuple[int, int]:
    """The bytes of `impl Trait`, with the brackets of `&(impl A + B)`."""
    start, end = node.start_byte, node.end_byte
    while node.parent.type in ("parenthesized_type", "tuple_type") and site.text(node.parent)[
        1:-1
    ] == site.text(node):
        node = node.parent
        start, end = node.start_byte, node.end_byte
    return start, end


def hidden_reference(site: Site, node) -> bool:
    """Whether a reference without a lifetime stands in the bound other than as a closure's own argument."""
    return any(
        inner.type == "reference_type"
        and not _in_function_type(inner, node)
        and not any(child.type == "lifetime" for child in inner.children)
        for inner in descendants(node)
    )


def _in_function_type(node, top) -> bool:
    while node != top:
        node = node.parent
        if node.type == "function_type":
            return True
    return False


def type_name(site: Site, bounds: bytes, taken: list[bytes]) -> bytes | None:
    usual = next((name for pattern, name in USUAL_NAMES if re.match(pattern, bounds)), b"T")
    # A type of the file that has this name is hidden, which matters only where the function names it.
    words = set(re.findall(rb"\w+", site.header.encode() + b" " + site.code))
    for name in (usual, *LETTERS):
        if name not in taken and name not in words:
            return name
    return None


def declaration(site: Site, parameters: bytes) -> Edit:
    """The edit that declares more type parameters, after those that are there."""
    if site.generics is None:
        at = site.function.child_by_field_name("name").end_byte
        return Edit(at, at, b"<" + parameters + b">")
    inside = [n for n in site.generics.named_children if n.type not in ("line_comment", "block_comment")]
    at = inside[-1].end_byte
    return Edit(at, at, b", " + parameters)


@rewrite("Leave the lifetime out where the elision rules give the same.")
def elided_to_named_lifetimes(site: Site) -> Iterator[Place]:
    if site.returns is None or re.search(rb"'(?!_\b|static\b)[a-z]\w*", site.head):
        return
    given, wanted = elided_inputs(site), elided(site, site.returns)
    if given is None or not wanted:
        return
    name = next(
        (n for n in (b"'a", b"'b", b"'s") if not re.search(n + rb"\b", site.code + site.header.encode())),
        None,
    )
    if name is None or comments_within(site, site.parameters):
        return
    edits = [named(site, node, name) for node in [given, *wanted]]
    if site.generics is None:
        at = site.function.child_by_field_name("name").end_byte
        edits.append(Edit(at, at, b"<" + name + b">"))
    else:
        at = site.generics.start_byte + 1
        edits.append(Edit(at, at, name + b", "))
    yield tuple(sorted(edits))


def elided(site: Site, kind) -> list:
    """References and `'_` of a type that elision gives a lifetime, those of closures' own arguments apart."""
    found = []
    for node in descendants(kind):
        if _in_function_type(node, kind) or node.type == "function_type":
            continue
        if node.type == "reference_type":
            if not any(child.type == "lifetime" for child in node.children):
                found.append(node)
        elif node.type == "lifetime" and site.text(node) == b"'_":
            found.append(node)
    return found


def elided_inputs(site: Site):
    """The one place in the parameters that the elided lifetimes of the return type come from, or None."""
    own = site.self_parameter
    if own is not None:
        return own if re.fullmatch(rb"&\s*(?:mut\s+)?self", site.text(own)) else None
    found = []
    for parameter in site.parameters.named_children:
        if parameter.type != "parameter" or site.text(parameter.child_by_field_name("pattern")) == b"self":
            return None
        found += elided(site, parameter.child_by_field_name("type"))
    return found[0] if len(found) == 1 else None


def named(site: Site, node, name: bytes) -> Edit:
    if node.type == "lifetime":
        return Edit(node.start_byte, node.end_byte, name)
    at = node.start_byte + 1
    return Edit(at, at, name + b" ")
