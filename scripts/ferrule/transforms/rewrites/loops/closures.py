"""Closures of iterator adaptors taken apart: their pattern, their statements, their value."""

from __future__ import annotations

import re
from typing import NamedTuple

from ferrule.rust.function_tree import COMMENTS, Site

# Macros whose expansion neither leaves the function nor a loop.
TAME = frozenset(
    b"format vec matches assert assert_eq assert_ne debug_assert debug_assert_eq debug_assert_ne panic "
    b"unreachable todo unimplemented println print eprintln eprint write writeln concat stringify".split()
)
# Methods that another type may have under the same name behind one reference more.
AMBIGUOUS = frozenset(
    b"clone to_owned into try_into as_ref borrow into_iter iter cloned copied deref hash fmt by_ref borrow_mut "
    b"as_mut type_id".split()
)


class Step(NamedTuple):
    """What is done with one item: `pattern` binds it, `statements` run, `value` comes out.

    `names` are those that the pattern and the statements bind. For a function given by its path the
    pattern is empty and `path` is the function.
    """

    pattern: bytes
    names: frozenset[bytes]
    statements: bytes
    value: bytes
    path: bytes = b""
    node: object = None  # the closure
    tail: object = None  # the node of the value


def step_of(site: Site, argument, parameters: int = 1) -> Step | None:
    """The last parameter's step of a closure or of a path, or None where it cannot be written inline."""
    if argument.type in ("identifier", "scoped_identifier", "generic_function"):
        return Step(b"", frozenset(), b"", b"", path=site.text(argument))
    if argument.type != "closure_expression" or argument.child_by_field_name("return_type") is not None:
        return None
    patterns = [_pattern(n) for n in argument.child_by_field_name("parameters").named_children]
    if len(patterns) != parameters or None in patterns or not may_be_inlined(site, argument):
        return None
    parts = body_parts(site, argument.child_by_field_name("body"))
    if parts is None:
        return None
    statements, value, tail = parts
    names = bound_names(site, patterns[-1]) | block_names(site, argument.child_by_field_name("body"))
    return Step(site.text(patterns[-1]), names, statements, value, node=argument, tail=tail)


def _pattern(node):
    if node.type == "parameter":
        node = node.child_by_field_name("pattern")
    return None if node.type in COMMENTS or node.type == "attribute_item" else node


def pattern_nodes(argument) -> list:
    return [_pattern(n) for n in argument.child_by_field_name("parameters").named_children]


def descendants(node):
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def bound_names(site: Site, pattern) -> frozenset[bytes]:
    return frozenset(
        site.text(n)
        for n in descendants(pattern)
        if n.type in ("identifier", "shorthand_field_identifier")
        and site.text(n)[:1].islower()
        and n.parent.type != "scoped_identifier"
    )


def block_names(site: Site, body) -> frozenset[bytes]:
    """Names that the statements of a closure's block bind for all of it."""
    found: frozenset[bytes] = frozenset()
    if body.type == "block":
        for statement in site.statements(body):
            if statement.type == "let_declaration":
                found |= bound_names(site, statement.child_by_field_name("pattern"))
            elif statement.type.endswith("_item") or statement.type == "use_declaration":
                found |= frozenset((b"*",))
    return found


def may_be_inlined(site: Site, closure) -> bool:
    """Whether the closure's body does in a loop what it does in the closure."""
    moves = any(child.type == "move" for child in closure.children)
    for child in closure.children:
        if child.type in ("async", "static"):
            return False
    for node in descendants(closure):
        if node.type in ("return_expression", "try_expression", "await_expression", "yield_expression"):
            return False
        if node.type == "macro_invocation":
            text = site.text(node)
            if site.text(node.child_by_field_name("macro")) not in TAME:
                return False
            if re.search(rb"\breturn\b|\?|\.await\b", re.sub(rb'"[^"]*"', b"", text)):
                return False
        if node.type in ("attribute_item", "function_item", "const_item", "static_item"):
            return False
    if moves:
        # A moved closure works on copies of what it captures: only what nothing changes is the same.
        changing = {site.text(n.named_children[-1]) for n in site.nodes("mut_pattern") if n.named_children}
        for node in site.nodes("let_declaration", "parameter"):
            if any(child.type == "mutable_specifier" for child in node.children):
                changing |= bound_names(site, node.child_by_field_name("pattern"))
        words = set(re.findall(rb"\w+", site.text(closure.child_by_field_name("body"))))
        if words & changing:
            return False
    return True


def body_parts(site: Site, body) -> tuple[bytes, bytes, object] | None:
    """(statements, value, node of the value) of a closure's body."""
    if body.type != "block" or any(child.type == "label" for child in body.children):
        return b"", site.text(body), body
    tail = site.tail(body)
    inner = site.code[body.start_byte + 1 : body.end_byte - 1]
    if tail is None or (
        tail.type == "macro_invocation" and site.code[tail.end_byte : body.end_byte - 1].strip()
    ):
        return inner.strip() + _line_end(inner), b"", None
    if site.code[tail.end_byte : body.end_byte - 1].strip():
        return None  # a comment after the value
    statements = site.code[body.start_byte + 1 : tail.start_byte].strip()
    return statements + (b"\n" if statements else b""), site.text(tail), tail


def _line_end(inner: bytes) -> bytes:
    return b"\n" if inner.strip() else b""


def by_value(site: Site, node, references: frozenset[bytes], renamed: dict[bytes, bytes]) -> bytes | None:
    """The text of `node` where the names of `references`, bound to a reference there, are bound to what
    it refers to: `*x` becomes `x`, `x.len()` stays, any other `x` becomes `&x`."""
    if node is None:
        return b""
    edits = []
    for leaf in descendants(node):
        if leaf.type == "shorthand_field_initializer" and site.text(leaf) in references | renamed.keys():
            return None
        if leaf.type not in ("identifier", "shorthand_field_identifier"):
            continue
        name = site.text(leaf)
        if name not in references and name not in renamed:
            continue
        if leaf.type == "shorthand_field_identifier" or site.binds(leaf):
            return None
        new = renamed.get(name, name)
        edit = _use(site, leaf, new, references, node)
        if edit is None:
            return None
        edits.append(edit)
    text, last = b"", node.start_byte
    for start, end, new in sorted(edits):
        text += site.code[last:start] + new
        last = end
    return text + site.code[last : node.end_byte]


def _use(site: Site, leaf, new: bytes, references: frozenset[bytes], top) -> tuple[int, int, bytes] | None:
    parent = leaf.parent
    start, end = leaf.start_byte, leaf.end_byte
    if parent.type in ("scoped_identifier", "generic_function", "macro_invocation"):
        return None
    if site.text(leaf) not in references:
        return None if parent.type == "token_tree" and site.code[end : end + 1] == b"!" else (start, end, new)
    if parent.type == "token_tree":
        before, after = leaf.prev_sibling, leaf.next_sibling
        if before is not None and before.type == "*" and before.end_byte == start:
            earlier = before.prev_sibling  # a product is not a dereference
            if earlier is None or earlier.type in (
                "(",
                "[",
                "{",
                ",",
                "*",
                "=",
                "==",
                "!=",
                "<",
                ">",
                "&&",
                "||",
                "!",
            ):
                return before.start_byte, end, new
            return None
        return (start, end, new) if after is not None and after.type == "." else None
    if parent.type == "unary_expression" and parent.children[0].type == "*" and leaf != top:
        return parent.start_byte, parent.end_byte, new
    if parent.type == "field_expression" and leaf != top:
        call = parent.parent
        if call.type == "call_expression" and call.child_by_field_name("function") == parent:
            if site.text(parent.child_by_field_name("field")) in AMBIGUOUS:
                return start, end, b"(&" + new + b")"
        return start, end, new
    if parent.type == "index_expression" and parent.children[0] == leaf:
        return start, end, new
    if parent.type == "call_expression" and parent.child_by_field_name("function") == leaf:
        return None
    if parent.type == "binary_expression" and _both_references(site, parent, references):
        return start, end, new
    if parent.type in ("type_cast_expression", "try_expression", "range_expression"):
        return None
    return start, end, b"&" + new


def _both_references(site: Site, binary, references: frozenset[bytes]) -> bool:
    """Whether two references are compared, which compares what they refer to."""
    sides = (binary.child_by_field_name("left"), binary.child_by_field_name("right"))
    operator = binary.child_by_field_name("operator").type
    return operator in ("==", "!=", "<", ">", "<=", ">=") and all(site.text(n) in references for n in sides)
