"""The `matches!` macro written out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.rewrites.expressions import comfortable, loses_comment, match, put
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite


class MatchesCall(NamedTuple):
    """The arguments of `matches!`; `guard` is empty if there is none."""

    value: bytes
    pattern: bytes
    guard: bytes


def matches_of(site: Site, node: Node) -> MatchesCall | None:
    """The arguments of a macro call that is a `matches!`."""
    if site.text(child_of(node, "macro")) != b"matches":
        return None
    tokens = next((n for n in node.children if n.type == "token_tree"), None)
    if tokens is None or loses_comment(node):
        return None
    inner = tokens.children[1:-1]
    if inner and site.text(inner[-1]) == b",":
        inner = inner[:-1]
    commas = [i for i, n in enumerate(inner) if site.text(n) == b","]
    ifs = [i for i, n in enumerate(inner) if site.text(n) == b"if"]
    if len(commas) != 1 or not 0 < commas[0] < len(inner) - 1 or len(ifs) > 1:
        return None
    at, end = commas[0], ifs[0] if ifs else len(inner)
    if end <= at + 1 or (ifs and end == len(inner) - 1):
        return None

    def text(nodes: list[Node]) -> bytes:
        return site.code[nodes[0].start_byte : nodes[-1].end_byte]

    guard = text(inner[end + 1 :]) if ifs else b""
    return MatchesCall(text(inner[:at]), text(inner[at + 1 : end]).lstrip(b"| "), guard)


@rewrite("Use the `matches!` macro.")
def matches_to_match(site: Site) -> Iterator[Place]:
    for node in site.nodes("macro_invocation"):
        call = matches_of(site, node) if comfortable(site, node) else None
        if call and b"{" not in call.value:
            head = call.pattern + (b" if " + call.guard if call.guard else b"")
            yield put(node, match(call.value, (head, b"true"), (b"_", b"false")))


@rewrite("Use the `matches!` macro.")
def matches_to_if_let(site: Site) -> Iterator[Place]:
    """Only without a guard, and for a variable: temporaries of an `if let` live as long as its block."""
    for node in site.nodes("macro_invocation"):
        call = matches_of(site, node)
        if not call or call.guard or not re.fullmatch(rb"[&*]?\w+(?:\.\w+)*", call.value):
            continue
        if not re.match(rb"&?(?:\w+::)*[A-Z]", call.pattern):
            continue  # nobody tests for a number or a character this way
        text = b"let " + call.pattern + b" = " + call.value
        parent = parent_of(node)
        if parent.type == "if_expression" and parent.child_by_field_name("condition") == node:
            yield put(node, text)
        elif comfortable(site, node) and site.tail(site.body) == node:
            yield put(node, b"if " + text + b" {\ntrue\n} else {\nfalse\n}")


TESTS = {b"is_some": b"Some(_)", b"is_none": b"None", b"is_ok": b"Ok(_)", b"is_err": b"Err(_)"}


@rewrite("Use `is_some`, `is_none`, `is_ok` or `is_err` instead of `matches!`.")
def is_some_to_matches(site: Site) -> Iterator[Place]:
    for call, receiver, name, _ in site.method_calls:
        if name in TESTS and not site.arguments(call) and not loses_comment(call, receiver):
            yield put(call, b"matches!(" + site.text(receiver) + b", " + TESTS[name] + b")")
