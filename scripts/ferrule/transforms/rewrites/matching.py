"""Pattern matching: `if let`, `let else`, `while let` and or-patterns written out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.rewrites.expressions import (
    below,
    comfortable,
    heads_a_block,
    holds,
    is_pure,
    loses_comment,
    match,
    put,
)
from ferrule.transforms.rewrites.matches import TESTS
from ferrule.transforms.rewrites.option_result.wrappers import OPTIONS, is_plain
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place, rewrite

# --- if let -----------------------------------------------------------------------------------------


def rest_pattern(site: Site, pattern: Node) -> bytes:
    """The pattern for all other values: the other variant if the pattern matches all of one, else `_`."""
    if site.text(pattern) == b"None":
        return b"Some(_)"
    if pattern.type != "tuple_struct_pattern":
        return b"_"
    opposite = {b"Some": b"None", b"Ok": b"Err(_)", b"Err": b"Ok(_)"}
    inner = [n for n in pattern.children[1:] if n.is_named or site.text(n) == b"_"]
    whole = len(inner) == 1 and all(
        n.type in ("identifier", "mut_pattern", "ref_pattern", "mutable_specifier", "tuple_pattern", "_")
        or site.text(n) in (b"(", b")", b",", b"ref", b"mut", b"_")
        for n in below(inner[0])
    )
    names = [site.text(n) for n in below(inner[0]) if n.type == "identifier"] if whole else []
    if whole and all(name[:1].islower() or name[:1] == b"_" for name in names):
        return opposite.get(site.text(child_of(pattern, "type")), b"_")
    return b"_"


class IfLet(NamedTuple):
    """The parts of an `if let`. `otherwise` is what follows `else`: a block, or another `if`."""

    node: Node
    pattern: Node
    value: Node
    block: Node
    otherwise: Node | None


def if_lets(site: Site) -> Iterator[IfLet]:
    """Every `if let` that is not an `else if`, matches no or-pattern and has no comment between its parts."""
    for node in site.nodes("if_expression"):
        condition = child_of(node, "condition")
        if condition.type != "let_condition" or parent_of(node).type == "else_clause":
            continue
        pattern, value = child_of(condition, "pattern"), child_of(condition, "value")
        alternative = node.child_by_field_name("alternative")
        last = alternative.named_children[-1] if alternative is not None else None
        block = child_of(node, "consequence")
        kept = [n for n in (pattern, value, block, last) if n is not None]
        if not loses_comment(node, *kept) and pattern.type != "or_pattern":
            yield IfLet(node, pattern, value, block, last)


@rewrite("Use `if let` instead of a match with one arm of interest.")
def if_let_to_match(site: Site) -> Iterator[Place]:
    for node, pattern, value, block, last in if_lets(site):
        # Newer editions drop the value's temporaries before the else; a match keeps them.
        if holds(site, value) or not comfortable(site, node):
            continue
        if last is None:
            rest = b"{}"
        elif last.type == "if_expression":
            rest = b"{ " + site.text(last) + b" }"
        else:
            rest = bare(site, last)
        arms = (site.text(pattern), bare(site, block)), (rest_pattern(site, pattern), rest)
        yield put(node, match(site.text(value), *arms))


NEEDS_BRACES = frozenset(
    "if_expression match_expression for_expression while_expression loop_expression "
    "assignment_expression".split()
)


def bare(site: Site, block: Node) -> bytes:
    """A block as the value of an arm: without braces if it is one short expression."""
    tail = site.tail(block)
    if block.type != "block" or tail is None or len(site.statements(block)) != 1:
        return site.text(block)
    if loses_comment(block, tail) or b"\n" in site.text(tail) or tail.type in NEEDS_BRACES:
        return site.text(block)
    return site.text(tail)


@rewrite("Use `is_some`, `is_none`, `is_ok` or `is_err` instead of a pattern that binds nothing.")
def is_some_to_if_let(site: Site) -> Iterator[Place]:
    for call, receiver, name, _ in site.method_calls:
        parent = parent_of(call)
        if name not in TESTS or parent.type not in ("if_expression", "while_expression"):
            continue
        if parent.child_by_field_name("condition") == call and is_plain(site, receiver):
            if not loses_comment(call, receiver):
                yield put(call, b"let " + TESTS[name] + b" = " + site.text(receiver))


# --- let else ---------------------------------------------------------------------------------------


def bound_names(site: Site, pattern: Node) -> list[tuple[bytes, bool]] | None:
    """The variables that a pattern binds, each with whether it is `mut`; None if they are not all known."""
    names = []
    for node in below(pattern):
        if node.type in ("or_pattern", "captured_pattern", "macro_invocation"):
            return None
        if node.type == "shorthand_field_identifier" or (node.type == "identifier" and site.binds(node)):
            name = site.text(node)
            if not name[:1].islower():
                if name[:1].isupper():
                    continue  # a constant or a variant
                return None
            around = parent_of(node)
            mutable = around.type == "mut_pattern" or (
                around.type == "field_pattern" and any(n.type == "mutable_specifier" for n in around.children)
            )
            names.append((name, mutable))
    return names


@rewrite("Use `let ... else` instead of a match that hands the value through.")
def let_else_to_match(site: Site) -> Iterator[Place]:
    for node in site.nodes("let_declaration"):
        alternative = node.child_by_field_name("alternative")
        if alternative is None or node.child_by_field_name("type") is not None:
            continue
        pattern, value = child_of(node, "pattern"), node.child_by_field_name("value")
        names = bound_names(site, pattern)
        if not names or value is None or loses_comment(node, pattern, value, alternative):
            continue
        if not heads_a_block(value) or holds(site, value):  # a `let else` drops temporaries before the else
            continue
        text = site.text(pattern)
        if any(mutable for _, mutable in names):
            if re.search(rb"\bref\b|&\s*mut\b", text):
                continue
            text = re.sub(rb"\bmut\s+", b"", text)
        left = grouped([(b"mut " if mutable else b"") + name for name, mutable in names])
        right = grouped([name for name, _ in names])
        arms = (text, right), (rest_pattern(site, pattern), leaving(site, alternative))
        yield put(node, b"let " + left + b" = " + match(site.text(value), *arms) + b";")


def grouped(names: list[bytes]) -> bytes:
    return names[0] if len(names) == 1 else b"(" + b", ".join(names) + b")"


def leaving(site: Site, block: Node) -> bytes:
    """The block of a `let else` as the value of an arm: a single `return x;` needs no braces."""
    statements = site.statements(block)
    if len(statements) == 1 and not loses_comment(block, statements[0]):
        text = site.text(statements[0])
        if b"\n" not in text and (text.endswith(b";") or statements[0].type == "macro_invocation"):
            return text.rstrip(b";")
    return site.text(block)


# --- while let --------------------------------------------------------------------------------------


@rewrite("Use `while let` instead of a loop that breaks out of a match.")
def while_let_to_loop(site: Site) -> Iterator[Place]:
    for node in site.nodes("while_expression"):
        condition, body = child_of(node, "condition"), child_of(node, "body")
        if condition.type != "let_condition":
            continue
        pattern, value = child_of(condition, "pattern"), child_of(condition, "value")
        if loses_comment(node, pattern, value, body):
            continue
        label = next((site.text(n) + b": " for n in node.children if n.type == "label"), b"")
        names = bound_names(site, pattern)
        rest = rest_pattern(site, pattern)
        if names and len(names) == 1 and rest == b"None" and not names[0][1] and moves_out(site, value):
            # Nothing of the value lives on, so its content can be moved into a variable first.
            name = names[0][0]
            unwrapped = match(site.text(value), (site.text(pattern), name), (rest, b"break"))
            statements = site.code[body.start_byte + 1 : body.end_byte - 1]
            inner = b"let " + name + b" = " + unwrapped + b";" + statements
        else:
            inner = match(site.text(value), (site.text(pattern), site.text(body)), (rest, b"break"))
        yield put(node, label + b"loop {\n" + inner + b"\n}")


def moves_out(site: Site, value: Node) -> bool:
    """Whether nothing of the value lives on once its content is moved out."""
    parts = site.method(value) if value.type == "call_expression" else None
    if parts is None or is_plain(site, value):
        return is_plain(site, value)
    unwraps = site.text(parts.name) in OPTIONS and all(is_pure(site, n) for n in site.arguments(value))
    return unwraps and is_plain(site, parts.receiver)


# --- arms -------------------------------------------------------------------------------------------


@rewrite("Merge arms that do the same with or-patterns.")
def or_pattern_to_arms(site: Site) -> Iterator[Place]:
    for node in site.nodes("match_arm"):
        head, value = child_of(node, "pattern"), child_of(node, "value")
        pattern = head.named_children[0] if head.named_child_count == 1 else None
        if pattern is None or pattern.type != "or_pattern" or loses_comment(node):
            continue
        if any(n.type == "attribute_item" for n in node.children):
            continue
        sides = list(alternatives(pattern))
        text = site.text(value)
        if len(sides) > 4 or len(text) > 40 or b"\n" in text or b'"' in text:
            continue
        arms = b",\n".join(site.text(side) + b" => " + text for side in sides)
        yield (Edit(node.start_byte, node.end_byte, arms + b","),)


def alternatives(pattern: Node) -> Iterator[Node]:
    """The alternatives of an or-pattern, those of nested ones included."""
    for side in pattern.children:
        if side.type == "or_pattern":
            yield from alternatives(side)
        elif side.type != "|":
            yield side
