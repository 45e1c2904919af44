"""Lifetimes: undeclared, left out, or too short."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import parent_of
from ferrule.transforms.mutations.mutation_operator import Mutation, cut, in_head, insert, operator, put


def lifetimes_in(site: Site, node: Node | None) -> list[Node]:
    return [
        n
        for n in site.nodes("lifetime")
        if node is not None and node.start_byte <= n.start_byte < node.end_byte
    ]


@operator("E0106", "lifetime", "E0621", signature=True)
def drop_return_lifetime(site: Site) -> Iterator[Mutation]:
    """Left out the lifetime of a returned reference."""
    for node in lifetimes_in(site, site.returns):
        if parent_of(node).type == "reference_type":
            yield cut(node.start_byte, node.end_byte + 1)


@operator("E0621", "lifetime", signature=True)
def drop_parameter_lifetime(site: Site) -> Iterator[Mutation]:
    """Left out the lifetime that ties a parameter to the result."""
    for node in lifetimes_in(site, site.parameters):
        if (
            parent_of(node).type in ("reference_type", "self_parameter")
            and site.code[node.end_byte : node.end_byte + 1] == b" "
        ):
            yield cut(node.start_byte, node.end_byte + 1)


@operator("E0261", signature=True)
def undeclared_lifetime(site: Site) -> Iterator[Mutation]:
    """Used a lifetime that was never declared."""
    if site.generics is not None:
        parts = site.generics.named_children
        if len(parts) == 1 and parts[0].type == "lifetime_parameter":
            yield cut(site.generics.start_byte, site.generics.end_byte)
        elif parts and parts[0].type == "lifetime_parameter":
            for start, end in list(site.items(site.generics))[:1]:
                yield cut(start, end)
    elif (
        "'" not in site.header
        and site.returns is not None
        and site.returns.type == "reference_type"
        and b"'" not in site.head
    ):
        yield insert(site.returns.start_byte + 1, b"'a ")


@operator("E0496", signature=True)
def lifetime_of_impl_again(site: Site) -> Iterator[Mutation]:
    """Declared a lifetime of the impl again on the method."""
    match = re.match(r"(?:unsafe )?impl\s*<\s*('\w+)", site.header)
    if match:
        name = match[1].encode()
        head = site.text(site.parameters) + site.text(site.returns)
        if not re.search(re.escape(name) + rb"\b", head):
            return  # people repeat a lifetime that the function uses
        if site.generics is None:
            yield insert(site.parameters.start_byte, b"<" + name + b">")
        elif name not in site.text(site.generics):
            yield insert(site.generics.start_byte + 1, name + b", ")


@operator("E0597", "lifetime", "E0521", "E0515", signature=True)
def static_lifetime(site: Site) -> Iterator[Mutation]:
    """Declared a 'static lifetime for the result."""
    if site.returns is not None:
        for node in site.nodes("reference_type"):
            if site.returns.start_byte <= node.start_byte < site.returns.end_byte:
                lifetimes = [c for c in node.children if c.type == "lifetime"]
                if not lifetimes:
                    yield insert(node.start_byte + 1, b"'static ")
                elif site.text(lifetimes[0]) != b"'static":
                    yield put(lifetimes[0], b"'static")


@operator("lifetime", "E0495", signature=True)
def wrong_lifetime(site: Site) -> Iterator[Mutation]:
    """Tied the result to the wrong parameter."""
    if site.generics is not None:
        declared = [
            site.text(n)
            for n in lifetimes_in(site, site.generics)
            if parent_of(n).type == "lifetime_parameter"
        ]
        for node in lifetimes_in(site, site.returns)[:2]:
            for lifetime in declared:
                if lifetime != site.text(node):
                    yield put(node, lifetime)
                    break


@operator("lifetime", signature=True)
def own_lifetime_for_self(site: Site) -> Iterator[Mutation]:
    """Tied the result to the impl's lifetime although only &self is borrowed."""
    match = re.match(r"(?:unsafe )?impl\s*<\s*('\w+)", site.header)
    if (
        match
        and site.returns is not None
        and site.returns.type == "reference_type"
        and not lifetimes_in(site, site.returns)
    ):
        yield insert(site.returns.start_byte + 1, match[1].encode() + b" ")


@operator("E0700", "E0597", "E0106", signature=True)
def drop_captured_lifetime(site: Site) -> Iterator[Mutation]:
    """Left the lifetime off an impl Trait that borrows."""
    for node in site.nodes("bounded_type", "trait_bounds"):
        if node.start_byte < site.body.start_byte:
            for child in node.named_children:
                if child.type == "lifetime":
                    before = site.code.rfind(b"+", node.start_byte, child.start_byte)
                    if before > 0:
                        yield cut(before - 1, child.end_byte)


@operator("E0106", "E0261", signature=True)
def placeholder_lifetime(site: Site) -> Iterator[Mutation]:
    """Used '_ where the lifetime cannot be inferred."""
    for node in lifetimes_in(site, site.returns):
        if site.text(node) not in (b"'_", b"'static"):
            yield put(node, b"'_")


@operator("E0261")
def misspell_lifetime(site: Site) -> Iterator[Mutation]:
    """Named a lifetime that was never declared."""
    for node in site.nodes("lifetime"):
        text = site.text(node)
        if re.fullmatch(rb"'[a-y]", text) and parent_of(node).type != "lifetime_parameter":
            next_letter = b"'" + bytes([text[1] + 1])
            if next_letter not in site.code and next_letter.decode() not in site.header:
                yield in_head(site, put(node, next_letter))
