"""The parts of the closures of iterator adaptors: their pattern, their statements, their value."""

from __future__ import annotations

import re
from typing import NamedTuple

from tree_sitter import Node

from ferrule.rust.function_tree import COMMENTS, Site
from ferrule.rust.nodes import child_of, descendants, parent_of

# Macros whose expansion leaves neither the function nor a loop.
TAME = frozenset(
    b"format vec matches assert assert_eq assert_ne debug_assert debug_assert_eq debug_assert_ne panic "
    b"unreachable todo unimplemented println print eprintln eprint write writeln concat stringify".split()
)
# Methods for which one more reference may select the implementation of another type.
AMBIGUOUS = frozenset(
    b"clone to_owned into try_into as_ref borrow into_iter iter cloned copied deref hash fmt by_ref borrow_mut "
    b"as_mut type_id".split()
)


# Tokens after which a `*` dereferences; after others it multiplies.
BEFORE_DEREFERENCE = frozenset("( [ { , * = == != < > && || !".split())


class Step(NamedTuple):
    """What a closure does with one item: `pattern` binds it, `statements` run, `value` is the result.

    `names` are those that the pattern and the statements bind. For a function given by its path, `path` is
    the function and the rest is empty.
    """

    pattern: bytes
    names: frozenset[bytes]
    statements: bytes
    value: bytes
    path: bytes = b""
    node: Node | None = None  # the closure
    patterns: tuple[Node, ...] = ()  # of all its parameters
    tail: Node | None = None  # the node of the value


def step_of(site: Site, argument: Node, parameters: int = 1) -> Step | None:
    """The step of a closure or a path, for its last parameter. None if it cannot be written inline."""
    if argument.type in ("identifier", "scoped_identifier", "generic_function"):
        return Step(b"", frozenset(), b"", b"", path=site.text(argument))
    if argument.type != "closure_expression" or argument.child_by_field_name("return_type") is not None:
        return None
    nodes, body = child_of(argument, "parameters").named_children, child_of(argument, "body")
    patterns = tuple(child_of(n, "pattern") if n.type == "parameter" else n for n in nodes)
    if len(patterns) != parameters or not may_be_inlined(site, argument):
        return None
    if any(n.type in COMMENTS or n.type == "attribute_item" for n in patterns):
        return None
    parts = body_parts(site, body)
    if parts is None:
        return None
    statements, value, tail = parts
    names = bound_names(site, patterns[-1]) | block_names(site, body)
    text = site.text(patterns[-1])
    return Step(text, names, statements, value, node=argument, patterns=patterns, tail=tail)


def bound_names(site: Site, pattern: Node) -> frozenset[bytes]:
    """The variables that a pattern binds."""
    return frozenset(
        site.text(n)
        for n in descendants(pattern)
        if n.type in ("identifier", "shorthand_field_identifier")
        and site.text(n)[:1].islower()
        and parent_of(n).type != "scoped_identifier"
    )


def block_names(site: Site, body: Node) -> frozenset[bytes]:
    """The names that statements of a closure's block bind; `*` for those of items and imports."""
    names: frozenset[bytes] = frozenset()
    if body.type == "block":
        for statement in site.statements(body):
            if statement.type == "let_declaration":
                names |= bound_names(site, child_of(statement, "pattern"))
            elif statement.type.endswith("_item") or statement.type == "use_declaration":
                names |= frozenset((b"*",))
    return names


def may_be_inlined(site: Site, closure: Node) -> bool:
    """Whether the closure's body behaves the same in the body of a loop."""
    moves = any(child.type == "move" for child in closure.children)
    for child in closure.children:
        if child.type in ("async", "static"):
            return False
    for node in descendants(closure):
        if node.type in ("return_expression", "try_expression", "await_expression", "yield_expression"):
            return False
        if node.type == "macro_invocation":
            text = site.text(node)
            if site.text(child_of(node, "macro")) not in TAME:
                return False
            if re.search(rb"\breturn\b|\?|\.await\b", re.sub(rb'"[^"]*"', b"", text)):
                return False
        if node.type in ("attribute_item", "function_item", "const_item", "static_item"):
            return False
    if moves:
        # A `move` closure works on copies of what it captures, which stay the same only if nothing changes
        # them.
        changing = {site.text(n.named_children[-1]) for n in site.nodes("mut_pattern") if n.named_children}
        for node in site.nodes("let_declaration", "parameter"):
            if any(child.type == "mutable_specifier" for child in node.children):
                changing |= bound_names(site, child_of(node, "pattern"))
        words = set(re.findall(rb"\w+", site.text(child_of(closure, "body"))))
        if words & changing:
            return False
    return True


def body_parts(site: Site, body: Node) -> tuple[bytes, bytes, Node | None] | None:
    """(statements, value, node of the value) of a closure's body; None if a comment follows the value."""
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


def by_value(
    site: Site, node: Node, references: frozenset[bytes], renamed: dict[bytes, bytes]
) -> bytes | None:
    """The text of `node` when the names of `references` are bound to values instead of references.

    `*x` becomes `x`, `x.len()` stays, any other `x` becomes `&x`. `renamed` has new names of variables.
    """
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


def _use(
    site: Site, leaf: Node, new: bytes, references: frozenset[bytes], top: Node
) -> tuple[int, int, bytes] | None:
    """The edit for one use of a name, or None if it cannot be changed."""
    parent = parent_of(leaf)
    start, end = leaf.start_byte, leaf.end_byte
    if parent.type in ("scoped_identifier", "generic_function", "macro_invocation"):
        return None
    if site.text(leaf) not in references:
        return None if parent.type == "token_tree" and site.code[end : end + 1] == b"!" else (start, end, new)
    if parent.type == "token_tree":
        before, after = leaf.prev_sibling, leaf.next_sibling
        if before is not None and before.type == "*" and before.end_byte == start:
            earlier = before.prev_sibling
            if earlier is None or earlier.type in BEFORE_DEREFERENCE:
                return before.start_byte, end, new
            return None
        return (start, end, new) if after is not None and after.type == "." else None
    if parent.type == "unary_expression" and parent.children[0].type == "*" and leaf != top:
        return parent.start_byte, parent.end_byte, new
    if parent.type == "field_expression" and leaf != top:
        call = parent_of(parent)
        if call.type == "call_expression" and call.child_by_field_name("function") == parent:
            if site.text(child_of(parent, "field")) in AMBIGUOUS:
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


def _both_references(site: Site, binary: Node, references: frozenset[bytes]) -> bool:
    """Whether two references are compared. That compares the values that they refer to."""
    sides = (child_of(binary, "left"), child_of(binary, "right"))
    operator = child_of(binary, "operator").type
    return operator in ("==", "!=", "<", ">", "<=", ">=") and all(site.text(n) in references for n in sides)
