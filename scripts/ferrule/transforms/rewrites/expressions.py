"""Properties of expressions that rewrites need: effects, the parts of closures, places for a match."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from ferrule.rust.function_tree import COMMENTS, PRIMITIVES, Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place

# Blocks in which `return` and `?` do not leave the function.
OWN_RETURN = frozenset("closure_expression async_block try_block const_block gen_block function_item".split())
LITERALS = frozenset(
    "integer_literal float_literal boolean_literal string_literal raw_string_literal char_literal".split()
)
# Parents of an expression in whose place a person would write a `match`.
COMFORTABLE = frozenset(
    "block let_declaration return_expression match_arm expression_statement field_initializer "
    "assignment_expression closure_expression".split()
)
COMPARISONS = frozenset((b"==", b"!=", b"<", b"<=", b">", b">=", b"&&", b"||"))


def put(node: Node, text: bytes) -> Place:
    """A place with one edit: `text` instead of the node."""
    return (Edit(node.start_byte, node.end_byte, text),)


def below(node: Node) -> Iterator[Node]:
    """The node and everything in it, in the order of the text."""
    yield node
    for child in node.children:
        yield from below(child)


def loses_comment(node: Node, *kept: Node) -> bool:
    """Whether there is a comment in `node` outside the nodes of `kept`, whose text stays."""
    return any(
        n.type in COMMENTS
        and not any(k.start_byte <= n.start_byte and n.end_byte <= k.end_byte for k in kept)
        for n in below(node)
    )


def word_in(name: bytes, text: bytes) -> bool:
    return re.search(rb"\b" + re.escape(name) + rb"\b", text) is not None


def unused(site: Site, *candidates: bytes) -> bytes:
    """The first candidate that does not occur in the function, or else the first one."""
    return next((name for name in candidates if not word_in(name, site.code)), candidates[0])


def unused_beside(site: Site, text: bytes, *candidates: bytes) -> bytes | None:
    """A candidate that does not occur in `text`; preferably one that is new to the function as well."""
    new = [name for name in candidates if not word_in(name, site.code)]
    return next((name for name in [*new, *candidates] if not word_in(name, text)), None)


def value_name(site: Site, node: Node) -> bytes:
    """A name for the value unwrapped from `node`: that of the variable that it initialises, or `value`."""
    parent = parent_of(node)
    if parent.type == "let_declaration":
        pattern = child_of(parent, "pattern")
        if pattern.type == "identifier":
            return site.text(pattern)
    return unused(site, b"value", b"val", b"v")


def error_name(site: Site) -> bytes:
    """A name for an error taken out of a Result."""
    return unused(site, b"err", b"e", b"error")


def comfortable(site: Site, node: Node) -> bool:
    """Whether a `match` instead of `node` needs no parentheses and is common style."""
    parent = parent_of(node)
    if parent.type == "let_declaration":
        return parent.child_by_field_name("alternative") is None
    if parent.type == "match_arm":
        return parent.child_by_field_name("value") == node
    return parent.type in COMFORTABLE


def match(scrutinee: bytes, *arms: tuple[bytes, bytes]) -> bytes:
    """The text of a match; an arm is (pattern, value)."""
    lines = b"".join(pattern + b" => " + value + b",\n" for pattern, value in arms)
    return b"match " + scrutinee + b" {\n" + lines + b"}"


def heads_a_block(node: Node) -> bool:
    """Whether the expression may be followed by a `{`: it has no struct literal outside brackets."""
    if node.type in ("struct_expression", "closure_expression", "return_expression", "break_expression"):
        return False
    if node.type in ("arguments", "parenthesized_expression", "block", "array_expression", "token_tree"):
        return True
    return all(heads_a_block(child) for child in node.named_children)


# --- effects ----------------------------------------------------------------------------------------


def is_place(node: Node) -> bool:
    """Whether the node is a variable, or a field of one."""
    if node.type == "field_expression":
        return is_place(child_of(node, "value"))
    return node.type in ("identifier", "self")


def is_pure(site: Site, node: Node) -> bool:
    """Whether the expression has no effect and cannot fail, so that it may be evaluated or not."""
    kind, inner = node.type, [n for n in node.named_children if n.type not in COMMENTS]
    if kind in LITERALS or kind in ("scoped_identifier", "unit_expression") or is_place(node):
        return True
    if kind in ("parenthesized_expression", "reference_expression", "tuple_expression", "array_expression"):
        return all(is_pure(site, n) for n in inner if n.type != "mutable_specifier")
    if kind == "unary_expression":
        return not site.text(node).startswith(b"*") and inner[0].type in LITERALS
    if kind == "binary_expression":
        operator = site.text(child_of(node, "operator"))
        return operator in COMPARISONS and all(n.type in LITERALS or is_place(n) for n in inner)
    if kind == "struct_expression":
        values = [child_of(n, "value") for n in below(node) if n.type == "field_initializer"]
        return not any(n.type == "base_field_initializer" for n in below(node)) and all(
            is_pure(site, n) for n in values
        )
    if kind == "call_expression":
        function = site.text(child_of(node, "function"))
        if function in (b"String::new", b"Vec::new"):
            return True
        # A tuple struct or variant: CamelCase.
        constructor = re.fullmatch(rb"(?:\w+::)*[A-Z]\w*[a-z]\w*", function)
        return bool(constructor) and all(is_pure(site, n) for n in site.arguments(node))
    return False


# Calls whose temporary may hold a lock or a borrow, which a rewrite must not release earlier or later.
HOLDS = re.compile(
    rb"\b(?:lock|read|write|borrow|borrow_mut|try_lock|try_read|try_write|try_borrow|try_borrow_mut|enter|"
    rb"get_or_init|upgrade|guard|drain|entry|span|pin)\s*\("
)


def holds(site: Site, node: Node) -> bool:
    """Whether a temporary of the expression may hold a lock or a borrow until it is dropped."""
    return HOLDS.search(site.text(node)) is not None


# --- closures ---------------------------------------------------------------------------------------


class Lambda(NamedTuple):
    """The parts of a closure: the patterns of its parameters, and its body."""

    patterns: tuple[Node, ...]
    body: Node


class Applied(NamedTuple):
    """A function applied to a value: the pattern that binds the value, and the text of the result.

    `body` is the node of the result if the function is a closure.
    """

    pattern: bytes
    text: bytes
    body: Node | None


class UnaryCall(NamedTuple):
    """The receiver and the only argument of a method call."""

    receiver: Node
    argument: Node


def closure(site: Site, node: Node) -> Lambda | None:
    """The parts of a closure whose body can be inlined where the closure is called, else None.

    A `move` closure works on copies of its own, and a declared type may decide the type of a literal: both
    are left out.
    """
    if node.type != "closure_expression" or node.child_by_field_name("return_type") is not None:
        return None
    if site.text(node).startswith((b"move", b"async", b"static")):
        return None
    parameters, body = child_of(node, "parameters"), child_of(node, "body")
    if any(n.type == "parameter" for n in parameters.named_children) or jumps(site, body):
        return None
    if loses_comment(node, body):
        return None
    patterns = tuple(n for n in parameters.children if n.is_named or site.text(n) == b"_")
    return Lambda(patterns, body)


def jumps(site: Site, node: Node) -> bool:
    """Whether a `return` or `?` in `node` leaves it. The tokens of macros are searched as well."""
    if node.type in ("return_expression", "try_expression"):
        return True
    if node.type == "token_tree":
        return re.search(rb"\?|\breturn\b", site.text(node)) is not None
    return node.type not in OWN_RETURN and any(jumps(site, child) for child in node.named_children)


def own_return(site: Site, node: Node) -> bool:
    """Whether a `return` at `node` leaves the function itself."""
    parent = node.parent
    while parent is not None and parent.type not in OWN_RETURN:
        parent = parent.parent
    return parent == site.function


def called(site: Site, function: Node, name: bytes) -> bytes:
    """A call of the named function with `name`, as a person would write it."""
    text = site.text(function)
    # Methods of the value are called without their path.
    if text in (
        b"Into::into",
        b"ToString::to_string",
        b"ToOwned::to_owned",
        b"Clone::clone",
        b"String::as_str",
        b"String::len",
        b"Vec::len",
    ) or re.fullmatch(rb"str::(?!from_utf8)\w+", text):
        return name + b"." + text.rsplit(b"::", 1)[1] + b"()"
    return text + b"(" + name + b")"


def applied(site: Site, argument: Node, name: bytes | None) -> Applied | None:
    """A function of one value, given as a closure or a path, applied to a value.

    A path needs a `name` for it.
    """
    if argument.type == "closure_expression":
        parts = closure(site, argument)
        if parts is None or len(parts.patterns) != 1:
            return None
        return Applied(site.text(parts.patterns[0]), site.text(parts.body), parts.body)
    if (
        argument.type in ("identifier", "scoped_identifier")
        and name
        and not word_in(name, site.text(argument))
    ):
        return Applied(name, called(site, argument, name), None)
    return None


def supplied(site: Site, argument: Node) -> bytes | None:
    """The result of a function without parameters: the closure's body, or a call of the path."""
    if argument.type == "closure_expression":
        parts = closure(site, argument)
        return site.text(parts.body) if parts is not None and not parts.patterns else None
    if argument.type == "scoped_identifier":
        return site.text(argument) + b"()"
    return None


def wrapped(site: Site, wrapper: bytes, text: bytes, body: Node | None) -> bytes | None:
    """`wrapper(value)`; if the body is a block, around its last expression."""
    if body is None or body.type != "block":
        return wrapper + b"(" + text + b")"
    tail = site.tail(body)
    if tail is None:
        return None
    start, end = tail.start_byte, tail.end_byte
    value = wrapper + b"(" + site.text(tail) + b")"
    if len(site.statements(body)) == 1 and not loses_comment(body, tail):
        return value
    return site.code[body.start_byte : start] + value + site.code[end : body.end_byte]


def is_primitive(kind: bytes) -> bool:
    return kind.strip() in PRIMITIVES
