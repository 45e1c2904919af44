"""`for` loops with a counter that is moved on by hand.

Where that happens at the end of the body, no `continue` may jump over it; a bound that was worked out once
still is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.transforms.rewrites.loops.closures import descendants
from ferrule.transforms.rewrites.loops.for_loops import ended, enumerated, loops
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite
from ferrule.transforms.rewrites.statement_position import fresh, has_word, put


def jumps(site: Site, loop) -> bool:
    """Whether something in the body may go on with the next round, or hide that it does."""
    for node in descendants(loop.child_by_field_name("body")):
        if node.type == "continue_expression":
            return True
        if node.type == "token_tree" and re.search(rb"\bcontinue\b", site.text(node)):
            return True
        if node.type == "macro_invocation" and not re.match(
            rb"(?:format|vec|matches|(?:debug_)?assert\w*|panic|unreachable|e?print(?:ln)?|write(?:ln)?|todo)!",
            site.text(node),
        ):
            return True
    tail = site.tail(loop.child_by_field_name("body"))
    last = (site.statements(loop.child_by_field_name("body")) or [None])[-1]
    ends = tail or last
    while ends is not None and ends.type == "expression_statement":
        ends = ends.named_children[0]
    return ends is not None and ends.type in ("return_expression", "break_expression")


def free_after(site: Site, loop, name: bytes) -> bool:
    """Whether a variable of this name may start before the loop and live on after it."""
    value, block = loop.child_by_field_name("value"), loop.parent
    block = block if block.type == "block" else block.parent
    return not has_word(site.text(value), name) and not has_word(
        site.code[loop.end_byte : block.end_byte], name
    )


def _bound_in(site: Site, loop, name: bytes) -> bool:
    body = loop.child_by_field_name("body")
    return any(body.start_byte <= n.start_byte < body.end_byte for n in site.bindings.get(name, ()))


@rewrite("Number the items with `enumerate` instead of a counter that each round moves on.")
def enumerate_to_counter(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        parts = enumerated(site, pattern, value)
        if parts is None or jumps(site, loop) or not free_after(site, loop, parts[0]):
            continue
        name, item, source = parts
        if name.startswith(b"_") or has_word(site.text(item), name) or _bound_in(site, loop, name):
            continue
        # Nothing but an index says `usize`: elsewhere the counter might become another integer.
        start = b"0" if re.search(rb"\w\[" + name + rb"\]", inner) else b"0usize"
        head = b"let mut " + name + b" = " + start + b";\n" + label
        head += b"for " + site.text(item) + b" in " + site.text(source) + b" {" + ended(site, loop, inner)
        yield (put(loop, head + name + b" += 1;\n}"),)


@rewrite("Loop over the range with `for` instead of moving a counter on in a `while`.")
def range_for_to_while(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        bounds = _range(site, value)
        if bounds is None or pattern.type != "identifier" or jumps(site, loop):
            continue
        name, (start, end) = site.text(pattern), bounds
        if not free_after(site, loop, name) or _bound_in(site, loop, name) or _given_away(site, loop, name):
            continue
        limit = _steady(site, end)
        before = b""
        if limit is None:
            limit = fresh(site, b"end", b"limit", b"last")
            if limit is None:
                continue
            before = b"let " + limit + b" = " + site.text(end) + b";\n"
            if re.search(rb"[(\[!]", site.text(start)):  # the start is worked out first
                continue
        text = before + b"let mut " + name + b" = " + site.text(start) + b";\n" + label
        text += b"while " + name + b" < " + limit + b" {" + ended(site, loop, inner) + name + b" += 1;\n}"
        yield (put(loop, text),)


@rewrite("Loop over the reversed range with `for` instead of counting down in a `while`.")
def rev_range_to_while(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        parts = site.method(value) if value.type == "call_expression" else None
        if not parts or site.text(parts[1]) != b"rev" or parts[0].type != "parenthesized_expression":
            continue
        bounds = _range(site, parts[0].named_children[0])
        if bounds is None or pattern.type != "identifier":
            continue
        name, (start, end) = site.text(pattern), bounds
        limit = _steady(site, start)
        if limit is None or not free_after(site, loop, name) or _given_away(site, loop, name):
            continue
        if name.startswith(b"_"):
            continue
        text = b"let mut " + name + b" = " + site.text(end) + b";\n" + label
        text += b"while " + name + b" > " + limit + b" {\n" + name + b" -= 1;\n" + inner.lstrip() + b"\n}"
        yield (put(loop, text),)


def _range(site: Site, value) -> tuple | None:
    """(start, end) of `start..end`."""
    if value.type != "range_expression" or len(value.children) != 3 or value.children[1].type != "..":
        return None
    return value.children[0], value.children[2]


def _steady(site: Site, node) -> bytes | None:
    """The text of a bound that is the same in every round however often it is worked out."""
    text = site.text(node)
    if node.type == "integer_literal" or re.fullmatch(rb"(?:\w+::)*[A-Z][A-Z0-9_]*", text):
        return text
    if node.type == "identifier" and len(site.bindings.get(text, ())) == 1:
        mutable = re.search(rb"\bmut\s+" + text + rb"\b", site.code)
        return None if mutable else text
    return None


def _given_away(site: Site, loop, name: bytes) -> bool:
    """Whether something keeps hold of the counter: a closure or a reference may see it move on."""
    body = loop.child_by_field_name("body")
    for node in descendants(body):
        if node.type in ("closure_expression", "async_block") and has_word(site.text(node), name):
            return True
        if node.type == "reference_expression" and site.text(node.child_by_field_name("value")) == name:
            return True
    return False
