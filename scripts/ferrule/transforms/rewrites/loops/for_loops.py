"""`for` loops written with an index or with `next`. Those with a counter are in `counters`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite
from ferrule.transforms.rewrites.statement_position import comments_within, fresh, has_word, in_const, put

SLICE = re.compile(rb"&(?:'\w+ )?(?:mut )?(?:\[[^\[\];]*(?:; ?\w+)?\]|Vec<.*>)|\[[^\[\]]*; ?\w+\]", re.DOTALL)

OWNED = re.compile(rb"Vec<.*>|\[[^\[\]]*; ?\w+\]", re.DOTALL)

STRING = re.compile(rb"&(?:'\w+ )?str")

VECTOR = re.compile(
    rb"(?:vec!|Vec::(?:new|with_capacity)\b|Vec::<.*>::)|.*\.(?:collect::<Vec<|to_vec\(\)$)", re.DOTALL
)

ITERATORS = frozenset(
    b"iter iter_mut into_iter enumerate zip rev map filter chars char_indices bytes lines split skip take chain "
    b"windows chunks cloned copied step_by split_whitespace keys values values_mut peekable".split()
)


class ForLoop(NamedTuple):
    """The parts of a `for` loop; `inner` is the text between its braces."""

    node: Node
    label: bytes
    pattern: Node
    value: Node
    inner: bytes


class Enumerated(NamedTuple):
    """The parts of `for (index, item) in value.enumerate()`."""

    index_name: bytes
    item: Node
    value: Node


def loops(site: Site) -> Iterator[ForLoop]:
    """Every `for` loop that is a statement of a block and has no comment outside its body."""
    for loop in site.nodes("for_expression"):
        pattern, value = child_of(loop, "pattern"), child_of(loop, "value")
        body = child_of(loop, "body")
        statement = parent_of(loop) if parent_of(loop).type == "expression_statement" else loop
        before = statement.prev_named_sibling
        if parent_of(statement).type != "block" or (before is not None and before.type == "attribute_item"):
            continue
        if site.is_const or in_const(site, loop) or comments_within(site, loop, [body, value]):
            continue
        label = b"".join(site.text(n) + b": " for n in loop.children if n.type == "label")
        inner = site.code[body.start_byte + 1 : body.end_byte - 1].rstrip()
        yield ForLoop(loop, label, pattern, value, inner)


def ended(site: Site, loop: Node, inner: bytes) -> bytes:
    """The body's text with its last expression turned into a statement, so that another can follow."""
    tail = site.tail(child_of(loop, "body"))
    return inner + (b";" if tail is not None and not inner.endswith((b"}", b";")) else b"") + b"\n"


def same_binding(site: Site, name: bytes) -> bool:
    """Whether only one variable of the function has this name, so that it has one type everywhere."""
    return len(site.bindings.get(name, ())) == 1 or (
        name in site.parameter_types and len(site.bindings.get(name, ())) <= 1
    )


def declared(site: Site, name: bytes) -> bytes:
    """The type of a variable, or else its initial value; empty if the text shows neither."""
    if name in site.parameter_types:
        return site.parameter_types[name]
    for node in site.nodes("let_declaration"):
        if site.text(child_of(node, "pattern")) == name:
            kind = node.child_by_field_name("type")
            return site.text(kind if kind is not None else node.child_by_field_name("value"))
    return b""


def elements(site: Site, value: Node) -> tuple[bytes, bytes] | None:
    """(slice, the prefix that borrows an element) if `value` iterates over the elements of a slice."""
    text = site.text(value)
    byte = re.fullmatch(rb"([a-z]\w*)\.bytes\(\)", text)
    if byte and same_binding(site, byte[1]) and STRING.fullmatch(declared(site, byte[1])):
        return byte[1] + b".as_bytes()", b""
    form = re.fullmatch(rb"([a-z]\w*)\.(iter|iter_mut)\(\)|(&mut |&)?([a-z]\w*)", text)
    if not form:
        return None
    name = form[1] or form[4]
    if not same_binding(site, name):
        return None
    kind = declared(site, name)
    if not (SLICE.fullmatch(kind) or OWNED.fullmatch(kind) or VECTOR.match(kind)):
        return None
    if form[2] == b"iter_mut" or form[3] == b"&mut ":
        return name, b"&mut "
    if (
        form[1] is None and form[3] is None
    ):  # the variable itself: if it is not a reference, the loop consumes it
        if not SLICE.fullmatch(kind) or kind.startswith(b"["):
            return None
        return name, b"&mut " if re.match(rb"&(?:'\w+ )?mut ", kind) else b"&"
    return name, b"&"


def bound_to(site: Site, pattern: Node, slice_: bytes, prefix: bytes, index: bytes) -> bytes:
    """`let pattern = &slice[index];`"""
    element = slice_ + b"[" + index + b"];\n"
    if pattern.type == "reference_pattern" and prefix == b"&" and b"mut" not in site.text(pattern):
        return b"let " + site.text(pattern.named_children[-1]) + b" = " + element
    return b"let " + site.text(pattern) + b" = " + prefix + element


@rewrite("Loop over the elements themselves instead of over the indices of the slice.")
def for_to_index_loop(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        items, index = elements(site, value), fresh(site, b"i", b"index", b"j")
        if items is None or index is None or pattern.type == "_":
            continue
        head = b"for " + index + b" in 0.." + items[0] + b".len() {\n"
        head += bound_to(site, pattern, *items, index)
        yield (put(loop, label + head + inner.lstrip() + b"\n}"),)


@rewrite("Get index and element together from `enumerate` instead of indexing the slice.")
def enumerate_to_index_loop(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        parts = enumerated(site, pattern, value)
        items = elements(site, parts.value) if parts else None
        if parts is None or items is None or not re.fullmatch(rb"[a-z]\w*", parts.index_name):
            continue
        if has_word(items[0], parts.index_name) or has_word(site.text(parts.item), parts.index_name):
            continue
        head = b"for " + parts.index_name + b" in 0.." + items[0] + b".len() {\n"
        head += bound_to(site, parts.item, *items, parts.index_name)
        yield (put(loop, label + head + inner.lstrip() + b"\n}"),)


def enumerated(site: Site, pattern: Node, value: Node) -> Enumerated | None:
    """The parts of a `for` loop over `enumerate`, None for other loops."""
    parts = site.method(value) if value.type == "call_expression" else None
    if parts is None or site.text(parts.name) != b"enumerate" or site.arguments(value):
        return None
    names = pattern.named_children if pattern.type == "tuple_pattern" else []
    if len(names) != 2 or names[0].type != "identifier":
        return None
    return Enumerated(site.text(names[0]), names[1], parts.receiver)


@rewrite("Walk two sequences side by side with `zip` instead of indexing both.")
def zip_to_index(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        parts = site.method(value) if value.type == "call_expression" else None
        arguments = site.arguments(value) if parts else []
        names = pattern.named_children if pattern.type == "tuple_pattern" else []
        if not parts or site.text(parts.name) != b"zip" or len(arguments) != 1 or len(names) != 2:
            continue
        first, second = elements(site, parts.receiver), elements(site, arguments[0])
        index = fresh(site, b"i", b"index", b"j")
        if first is None or second is None or index is None or first[0] == second[0]:
            continue
        # A name that the first pattern binds must not shadow the second slice.
        if has_word(site.text(names[0]), second[0].split(b".")[0]):
            continue
        text = label + b"for " + index + b" in 0.." + first[0] + b".len().min(" + second[0] + b".len()) {\n"
        text += bound_to(site, names[0], *first, index) + bound_to(site, names[1], *second, index)
        yield (put(loop, text + inner.lstrip() + b"\n}"),)


@rewrite("Loop with `for` instead of calling `next` in a `while let`.")
def for_to_while_let(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        name = fresh(site, b"iter", b"it", b"items")
        if name is None or value.type == "range_expression" or b"drain" in site.text(value):
            continue
        source = _as_iterator(site, value)
        if source is not None:
            text = b"let mut " + name + b" = " + source + b";\n" + label
            text += b"while let Some(" + site.text(pattern) + b") = " + name + b".next() {" + inner + b"\n}"
            yield (put(loop, text),)


def _as_iterator(site: Site, value: Node) -> bytes | None:
    """The expression as an iterator, with a call of `iter`, `iter_mut` or `into_iter` if it needs one."""
    text = site.text(value)
    if value.type == "call_expression":
        parts = site.method(value)
        known = parts is not None and site.text(parts.name) in ITERATORS
        return text if known else text + b".into_iter()"
    if value.type == "reference_expression":
        inner = child_of(value, "value")
        if inner.type not in ("identifier", "field_expression"):
            return None
        mutable = any(child.type == "mutable_specifier" for child in value.children)
        known = inner.type == "identifier" and elements(site, value) is not None
        if known:
            return site.text(inner) + (b".iter_mut()" if mutable else b".iter()")
        return b"(" + text + b").into_iter()"
    return text + b".into_iter()" if value.type in ("identifier", "field_expression", "self") else None
