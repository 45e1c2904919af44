"""What rewrites ask of expressions: what a closure says, what has no effect, where a match may stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ferrule.rust.function_tree import COMMENTS, PRIMITIVES, Site
from ferrule.transforms.rewrites.rewrite_entry import Edit

# Blocks in which `return` and `?` do not mean the function.
OWN_RETURN = frozenset("closure_expression async_block try_block const_block gen_block function_item".split())
LITERALS = frozenset(
    "integer_literal float_literal boolean_literal string_literal raw_string_literal char_literal".split()
)
# Where a person writes a `match` for a value.
COMFORTABLE = frozenset(
    "block let_declaration return_expression match_arm expression_statement field_initializer "
    "assignment_expression closure_expression".split()
)
COMPARISONS = frozenset((b"==", b"!=", b"<", b"<=", b">", b">=", b"&&", b"||"))


def put(node, text: bytes) -> tuple[Edit, ...]:
    return (Edit(node.start_byte, node.end_byte, text),)


def below(node) -> Iterator:
    """The node and everything in it, in the order of the text."""
    yield node
    for child in node.children:
        yield from below(child)


def loses_comment(node, *kept) -> bool:
    """Whether there is a comment in `node` outside of the nodes whose text is kept."""
    return any(
        n.type in COMMENTS
        and not any(k.start_byte <= n.start_byte and n.end_byte <= k.end_byte for k in kept)
        for n in below(node)
    )


def word_in(name: bytes, text: bytes) -> bool:
    return re.search(rb"\b" + re.escape(name) + rb"\b", text) is not None


def fresh(site: Site, *candidates: bytes, beside: bytes = b"") -> bytes | None:
    """A name for a binding that is used beside the text `beside` only; one new to the function if there is one."""
    unused = [name for name in candidates if not word_in(name, site.code)]
    return next((name for name in [*unused, *candidates] if not word_in(name, beside)), None)


def value_name(site: Site, node, beside: bytes = b"") -> bytes | None:
    """What the value taken out of `node` is called: as the variable that it becomes, or `value`."""
    parent = node.parent
    if parent.type == "let_declaration":
        pattern = parent.child_by_field_name("pattern")
        if pattern.type == "identifier" and not word_in(site.text(pattern), beside):
            return site.text(pattern)
    return fresh(site, b"value", b"val", b"v", beside=beside)


def error_name(site: Site) -> bytes:
    return fresh(site, b"err", b"e", b"error")


def comfortable(site: Site, node) -> bool:
    """Whether a `match` in the place of `node` needs no brackets and reads as people write it."""
    parent = node.parent
    if parent.type == "let_declaration":
        return parent.child_by_field_name("alternative") is None
    if parent.type == "match_arm":
        return parent.child_by_field_name("value") == node
    return parent.type in COMFORTABLE


def match(scrutinee: bytes, *arms: tuple[bytes, bytes]) -> bytes:
    lines = b"".join(pattern + b" => " + value + b",\n" for pattern, value in arms)
    return b"match " + scrutinee + b" {\n" + lines + b"}"


def heads_a_block(node) -> bool:
    """Whether the expression may stand before a `{`: no struct literal in it outside of brackets."""
    if node.type in ("struct_expression", "closure_expression", "return_expression", "break_expression"):
        return False
    if node.type in ("arguments", "parenthesized_expression", "block", "array_expression", "token_tree"):
        return True
    return all(heads_a_block(child) for child in node.named_children)


# --- effects ----------------------------------------------------------------------------------------


def is_place(node) -> bool:
    """A variable, or a field of one."""
    if node.type == "field_expression":
        return is_place(node.child_by_field_name("value"))
    return node.type in ("identifier", "self")


def is_pure(site: Site, node) -> bool:
    """Whether evaluating the expression does nothing and cannot fail, so that it may be done or left undone."""
    kind, inner = node.type, [n for n in node.named_children if n.type not in COMMENTS]
    if kind in LITERALS or kind in ("scoped_identifier", "unit_expression") or is_place(node):
        return True
    if kind in ("parenthesized_expression", "reference_expression", "tuple_expression", "array_expression"):
        return all(is_pure(site, n) for n in inner if n.type != "mutable_specifier")
    if kind == "unary_expression":
        return not site.text(node).startswith(b"*") and inner[0].type in LITERALS
    if kind == "binary_expression":
        operator = site.text(node.child_by_field_name("operator"))
        return operator in COMPARISONS and all(n.type in LITERALS or is_place(n) for n in inner)
    if kind == "struct_expression":
        values = [n.child_by_field_name("value") for n in below(node) if n.type == "field_initializer"]
        return not any(n.type == "base_field_initializer" for n in below(node)) and all(
            is_pure(site, n) for n in values
        )
    if kind == "call_expression":
        function = site.text(node.child_by_field_name("function"))
        if function in (b"String::new", b"Vec::new"):
            return True
        # A tuple struct or variant: CamelCase.
        made = re.fullmatch(rb"(?:\w+::)*[A-Z]\w*[a-z]\w*", function)
        return bool(made) and all(is_pure(site, n) for n in site.arguments(node))
    return False


# What a temporary of these holds (a lock, a borrow) must not be held longer or shorter than before.
HOLDS = re.compile(
    rb"\b(?:lock|read|write|borrow|borrow_mut|try_lock|try_read|try_write|try_borrow|try_borrow_mut|enter|"
    rb"get_or_init|upgrade|guard|drain|entry|span|pin)\s*\("
)


def holds(site: Site, node) -> bool:
    """Whether evaluating the expression may leave a lock or a borrow that ends when its temporaries do."""
    return HOLDS.search(site.text(node)) is not None


# --- closures ---------------------------------------------------------------------------------------


class Lambda(NamedTuple):
    """What is done with a value: `patterns` take it apart, `body` is the node that says what becomes of it."""

    patterns: tuple
    body: object


def closure(site: Site, node) -> Lambda | None:
    """A closure that means the same when its body stands where it is called, else None.

    A `move` closure changes its own copies; types that are written out may decide what a literal is.
    """
    if node.type != "closure_expression" or node.child_by_field_name("return_type") is not None:
        return None
    if site.text(node).startswith((b"move", b"async", b"static")):
        return None
    parameters, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
    if any(n.type == "parameter" for n in parameters.named_children) or jumps(site, body):
        return None
    if loses_comment(node, body):
        return None
    patterns = tuple(n for n in parameters.children if n.is_named or site.text(n) == b"_")
    return Lambda(patterns, body)


def jumps(site: Site, node) -> bool:
    """Whether a `return` or `?` in `node` leaves it; macros may hide one."""
    if node.type in ("return_expression", "try_expression"):
        return True
    if node.type == "token_tree":
        return re.search(rb"\?|\breturn\b", site.text(node)) is not None
    return node.type not in OWN_RETURN and any(jumps(site, child) for child in node.named_children)


def own_return(site: Site, node) -> bool:
    """Whether `return` at `node` means the function itself."""
    parent = node.parent
    while parent is not None and parent.type not in OWN_RETURN:
        parent = parent.parent
    return parent == site.function


def called(site: Site, function, name: bytes) -> bytes:
    """A call of the named function with `name`, as a person would write it."""
    text = site.text(function)
    # With the value's own methods nobody writes the path.
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


def applied(site: Site, argument, name: bytes | None) -> tuple[bytes, bytes, object] | None:
    """(pattern, text of the value, its node if it is a closure's body) of a function of one value."""
    if argument.type == "closure_expression":
        found = closure(site, argument)
        if found is None or len(found.patterns) != 1:
            return None
        return site.text(found.patterns[0]), site.text(found.body), found.body
    if (
        argument.type in ("identifier", "scoped_identifier")
        and name
        and not word_in(name, site.text(argument))
    ):
        return name, called(site, argument, name), None
    return None


def supplied(site: Site, argument) -> bytes | None:
    """The text of what a function of nothing gives: a closure's body, or a call of the path."""
    if argument.type == "closure_expression":
        found = closure(site, argument)
        return site.text(found.body) if found is not None and not found.patterns else None
    if argument.type == "scoped_identifier":
        return site.text(argument) + b"()"
    return None


def wrapped(site: Site, wrapper: bytes, text: bytes, body) -> bytes | None:
    """`wrapper(value)`; in a block it goes around what the block gives."""
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
