"""Signatures spelled out: type parameters for `impl Trait`, names for elided lifetimes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import COMMENTS, Site
from ferrule.rust.nodes import child_of, descendants, parent_of
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place, rewrite
from ferrule.transforms.rewrites.statement_position import comments_within

# Usual names of type parameters, by a pattern of their bound. The first match counts.
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
    # A method of a trait must keep the form that it has in the trait.
    if site.in_trait_impl or site.in_trait:
        return
    edits: list[Edit] = []
    parameters: list[bytes] = []
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


def outermost(parameter: Node) -> list[Node]:
    """Every `impl A + B` of a parameter that is not inside another."""
    types, stack = [], [parameter]
    while stack:
        node = stack.pop()
        if node.type in ("abstract_type", "bounded_type") and node.children[0].type in (
            "impl",
            "abstract_type",
        ):
            types.append(node)
        elif node.type not in ("dynamic_type", "function_type"):
            stack.extend(reversed(node.children))
    return types


def extent(site: Site, node: Node) -> tuple[int, int]:
    """The bytes of `impl Trait`, with the parentheses of `&(impl A + B)`."""
    parent = parent_of(node)
    while parent.type in ("parenthesized_type", "tuple_type") and site.text(parent)[1:-1] == site.text(node):
        node, parent = parent, parent_of(parent)
    return node.start_byte, node.end_byte


def hidden_reference(site: Site, node: Node) -> bool:
    """Whether the bound has a reference without a lifetime, other than as an argument of a closure type."""
    return any(
        inner.type == "reference_type"
        and not _in_function_type(inner, node)
        and not any(child.type == "lifetime" for child in inner.children)
        for inner in descendants(node)
    )


def _in_function_type(node: Node, top: Node) -> bool:
    """Whether there is a function type between the node and `top`, or `top` is one."""
    while node != top:
        node = parent_of(node)
        if node.type == "function_type":
            return True
    return False


def type_name(site: Site, bounds: bytes, taken: list[bytes]) -> bytes | None:
    """A name for a type parameter with these bounds that neither `taken` nor the function has."""
    usual = next((name for pattern, name in USUAL_NAMES if re.match(pattern, bounds)), b"T")
    # The parameter may hide a type of the file, which matters only if the function names that type.
    words = set(re.findall(rb"\w+", site.header.encode() + b" " + site.code))
    for name in (usual, *LETTERS):
        if name not in taken and name not in words:
            return name
    return None


def declaration(site: Site, parameters: bytes) -> Edit:
    """The edit that declares more type parameters, after those that the function has."""
    if site.generics is None:
        at = child_of(site.function, "name").end_byte
        return Edit(at, at, b"<" + parameters + b">")
    last = [n for n in site.generics.named_children if n.type not in COMMENTS][-1]
    return Edit(last.end_byte, last.end_byte, b", " + parameters)


@rewrite("Leave the lifetime out where the elision rules give the same.")
def elided_to_named_lifetimes(site: Site) -> Iterator[Place]:
    if site.returns is None or re.search(rb"'(?!_\b|static\b)[a-z]\w*", site.head):
        return
    source, results = elided_input(site), elided(site, site.returns)
    if source is None or not results:
        return
    name = next(
        (n for n in (b"'a", b"'b", b"'s") if not re.search(n + rb"\b", site.code + site.header.encode())),
        None,
    )
    if name is None or comments_within(site, site.parameters):
        return
    edits = [named(node, name) for node in [source, *results]]
    if site.generics is None:
        at = child_of(site.function, "name").end_byte
        edits.append(Edit(at, at, b"<" + name + b">"))
    else:
        at = site.generics.start_byte + 1
        edits.append(Edit(at, at, name + b", "))
    yield tuple(sorted(edits))


def elided(site: Site, kind: Node) -> list[Node]:
    """The references and `'_` of a type whose lifetime is elided, without those in function types."""
    nodes = []
    for node in descendants(kind):
        if _in_function_type(node, kind) or node.type == "function_type":
            continue
        if node.type == "reference_type":
            if not any(child.type == "lifetime" for child in node.children):
                nodes.append(node)
        elif node.type == "lifetime" and site.text(node) == b"'_":
            nodes.append(node)
    return nodes


def elided_input(site: Site) -> Node | None:
    """The one node of the parameters that the elided lifetimes of the return type come from, or None."""
    receiver = site.self_parameter
    if receiver is not None:
        return receiver if re.fullmatch(rb"&\s*(?:mut\s+)?self", site.text(receiver)) else None
    nodes: list[Node] = []
    for parameter in site.parameters.named_children:
        if parameter.type != "parameter" or site.text(child_of(parameter, "pattern")) == b"self":
            return None
        nodes += elided(site, child_of(parameter, "type"))
    return nodes[0] if len(nodes) == 1 else None


def named(node: Node, name: bytes) -> Edit:
    """The edit that gives an elided lifetime a name."""
    if node.type == "lifetime":
        return Edit(node.start_byte, node.end_byte, name)
    at = node.start_byte + 1
    return Edit(at, at, name + b" ")
