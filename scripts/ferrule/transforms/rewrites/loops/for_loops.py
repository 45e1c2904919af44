"""`for` loops written out by hand: with an index, or with `next`; `counters` has those with a counter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ferrule.rust.function_tree import Site
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


def loops(site: Site) -> Iterator[tuple]:
    """(loop, label, pattern, what it runs over, text inside its braces) of each `for` that can be changed."""
    for loop in site.nodes("for_expression"):
        pattern, value = loop.child_by_field_name("pattern"), loop.child_by_field_name("value")
        body = loop.child_by_field_name("body")
        statement = loop.parent if loop.parent.type == "expression_statement" else loop
        before = statement.prev_named_sibling
        if statement.parent.type != "block" or (before is not None and before.type == "attribute_item"):
            continue
        if site.is_const or in_const(site, loop) or comments_within(site, loop, [body, value]):
            continue
        label = b"".join(site.text(n) + b": " for n in loop.children if n.type == "label")
        yield loop, label, pattern, value, site.code[body.start_byte + 1 : body.end_byte - 1].rstrip()


def ended(site: Site, loop, inner: bytes) -> bytes:
    """The body's text with its last expression made a statement, so that more may follow."""
    tail = site.tail(loop.child_by_field_name("body"))
    return inner + (b";" if tail is not None and not inner.endswith((b"}", b";")) else b"") + b"\n"


def same_binding(site: Site, name: bytes) -> bool:
    """Whether the function gives this name to one variable only, so that its type is known everywhere."""
    return len(site.bindings.get(name, ())) == 1 or (
        name in site.parameter_types and len(site.bindings.get(name, ())) <= 1
    )


def declared(site: Site, name: bytes) -> bytes:
    """The type of a variable, or the value that it starts with, as far as the text says so."""
    if name in site.parameter_types:
        return site.parameter_types[name]
    for node in site.nodes("let_declaration"):
        if site.text(node.child_by_field_name("pattern")) == name:
            kind = node.child_by_field_name("type")
            return site.text(kind if kind is not None else node.child_by_field_name("value"))
    return b""


def elements(site: Site, value) -> tuple[bytes, bytes] | None:
    """(slice, how one of its elements is taken): what a loop over the elements of a slice runs over."""
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
    ):  # the variable itself: a reference to a slice, or else it is used up
        if not SLICE.fullmatch(kind) or kind.startswith(b"["):
            return None
        return name, b"&mut " if re.match(rb"&(?:'\w+ )?mut ", kind) else b"&"
    return name, b"&"


def bound_to(site: Site, pattern, slice_: bytes, taken: bytes, index: bytes) -> bytes:
    """`let pattern = &slice[index];`"""
    element = slice_ + b"[" + index + b"];\n"
    if pattern.type == "reference_pattern" and taken == b"&" and b"mut" not in site.text(pattern):
        return b"let " + site.text(pattern.named_children[-1]) + b" = " + element
    return b"let " + site.text(pattern) + b" = " + taken + element


@rewrite("Loop over the elements themselves instead of over the indices of the slice.")
def for_to_index_loop(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        found, index = elements(site, value), fresh(site, b"i", b"index", b"j")
        if found is None or index is None or pattern.type == "_":
            continue
        slice_, taken = found
        head = b"for " + index + b" in 0.." + slice_ + b".len() {\n"
        yield (
            put(loop, label + head + bound_to(site, pattern, slice_, taken, index) + inner.lstrip() + b"\n}"),
        )


@rewrite("Get index and element together from `enumerate` instead of indexing the slice.")
def enumerate_to_index_loop(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        parts = enumerated(site, pattern, value)
        found = elements(site, parts[2]) if parts else None
        if found is None or not re.fullmatch(rb"[a-z]\w*", parts[0]):
            continue
        if (
            parts[0].startswith(b"_")
            or has_word(found[0], parts[0])
            or has_word(site.text(parts[1]), parts[0])
        ):
            continue
        head = b"for " + parts[0] + b" in 0.." + found[0] + b".len() {\n"
        bound = bound_to(site, parts[1], *found, parts[0])
        yield (put(loop, label + head + bound + inner.lstrip() + b"\n}"),)


def enumerated(site: Site, pattern, value) -> tuple | None:
    """(index, pattern of the item, what is enumerated) of `for (i, x) in value.enumerate()`."""
    parts = site.method(value) if value.type == "call_expression" else None
    if parts is None or site.text(parts[1]) != b"enumerate" or site.arguments(value):
        return None
    names = pattern.named_children if pattern.type == "tuple_pattern" else []
    # `_` has no node of its own kind everywhere: the text tells how many parts there are.
    if len(names) != 2 or names[0].type != "identifier":
        return None
    return site.text(names[0]), names[1], parts[0]


@rewrite("Walk two sequences side by side with `zip` instead of indexing both.")
def zip_to_index(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        parts = site.method(value) if value.type == "call_expression" else None
        given = site.arguments(value) if parts else []
        names = pattern.named_children if pattern.type == "tuple_pattern" else []
        if not parts or site.text(parts[1]) != b"zip" or len(given) != 1 or len(names) != 2:
            continue
        first, second, index = (
            elements(site, parts[0]),
            elements(site, given[0]),
            fresh(site, b"i", b"index", b"j"),
        )
        if first is None or second is None or index is None or first[0] == second[0]:
            continue
        # What the first part binds must not be taken for the second slice.
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


def _as_iterator(site: Site, value) -> bytes | None:
    text = site.text(value)
    if value.type == "call_expression":
        parts = site.method(value)
        known = parts is not None and site.text(parts[1]) in ITERATORS
        return text if known else text + b".into_iter()"
    if value.type == "reference_expression":
        inner = value.child_by_field_name("value")
        if inner.type not in ("identifier", "field_expression"):
            return None
        mutable = any(child.type == "mutable_specifier" for child in value.children)
        known = inner.type == "identifier" and elements(site, value) is not None
        if known:
            return site.text(inner) + (b".iter_mut()" if mutable else b".iter()")
        return b"(" + text + b").into_iter()"
    return text + b".into_iter()" if value.type in ("identifier", "field_expression", "self") else None
