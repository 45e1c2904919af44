"""The `matches!` macro written out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.transforms.rewrites.expressions import comfortable, loses_comment, match, put
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite


def matches_of(site: Site, node) -> tuple[bytes, bytes, bytes] | None:
    """(value, pattern, guard) of a call of `matches!`."""
    if site.text(node.child_by_field_name("macro")) != b"matches":
        return None
    tokens = next((n for n in node.children if n.type == "token_tree"), None)
    if tokens is None or loses_comment(node):
        return None
    inside = tokens.children[1:-1]
    if inside and site.text(inside[-1]) == b",":
        inside = inside[:-1]
    commas = [i for i, n in enumerate(inside) if site.text(n) == b","]
    ifs = [i for i, n in enumerate(inside) if site.text(n) == b"if"]
    if len(commas) != 1 or not 0 < commas[0] < len(inside) - 1 or len(ifs) > 1:
        return None
    at, end = commas[0], ifs[0] if ifs else len(inside)
    if end <= at + 1 or (ifs and end == len(inside) - 1):
        return None

    def text(nodes: list) -> bytes:
        return site.code[nodes[0].start_byte : nodes[-1].end_byte]

    guard = text(inside[end + 1 :]) if ifs else b""
    return text(inside[:at]), text(inside[at + 1 : end]).lstrip(b"| "), guard


@rewrite("Use the `matches!` macro.")
def matches_to_match(site: Site) -> Iterator[Place]:
    for node in site.nodes("macro_invocation"):
        found = matches_of(site, node) if comfortable(site, node) else None
        if found and b"{" not in found[0]:
            value, pattern, guard = found
            head = pattern + (b" if " + guard if guard else b"")
            yield put(node, match(value, (head, b"true"), (b"_", b"false")))


@rewrite("Use the `matches!` macro.")
def matches_to_if_let(site: Site) -> Iterator[Place]:
    """Only without a guard, and for a variable: what an `if let` looks at lives through its block."""
    for node in site.nodes("macro_invocation"):
        found = matches_of(site, node)
        if not found or found[2] or not re.fullmatch(rb"[&*]?\w+(?:\.\w+)*", found[0]):
            continue
        if not re.match(rb"&?(?:\w+::)*[A-Z]", found[1]):
            continue  # nobody tests for a number or a character so
        text = b"let " + found[1] + b" = " + found[0]
        if node.parent.type == "if_expression" and node.parent.child_by_field_name("condition") == node:
            yield put(node, text)
        elif comfortable(site, node) and site.tail(site.body) == node:
            yield put(node, b"if " + text + b" {\ntrue\n} else {\nfalse\n}")


TESTS = {b"is_some": b"Some(_)", b"is_none": b"None", b"is_ok": b"Ok(_)", b"is_err": b"Err(_)"}


@rewrite("Use `is_some`, `is_none`, `is_ok` or `is_err` instead of `matches!`.")
def is_some_to_matches(site: Site) -> Iterator[Place]:
    for call, receiver, name, _ in site.method_calls:
        if name in TESTS and not site.arguments(call) and not loses_comment(call, receiver):
            yield put(call, b"matches!(" + site.text(receiver) + b", " + TESTS[name] + b")")
