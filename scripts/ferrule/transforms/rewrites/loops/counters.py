"""`for` loops with a counter that the body increments or decrements.

If that happens at the end of the body, no `continue` may skip it. A bound that the original evaluates once is
evaluated once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, descendants, parent_of
from ferrule.transforms.rewrites.loops.for_loops import ended, enumerated, loops
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite
from ferrule.transforms.rewrites.statement_position import fresh, has_word, put


def jumps(site: Site, loop: Node) -> bool:
    """Whether the body may skip a statement at its end: by `continue`, in a macro, or by ending in a jump."""
    body = child_of(loop, "body")
    for node in descendants(body):
        if node.type == "continue_expression":
            return True
        if node.type == "token_tree" and re.search(rb"\bcontinue\b", site.text(node)):
            return True
        if node.type == "macro_invocation" and not re.match(
            rb"(?:format|vec|matches|(?:debug_)?assert\w*|panic|unreachable|e?print(?:ln)?|write(?:ln)?|todo)!",
            site.text(node),
        ):
            return True
    last = site.tail(body) or next(reversed(site.statements(body)), None)
    while last is not None and last.type == "expression_statement":
        last = last.named_children[0]
    return last is not None and last.type in ("return_expression", "break_expression")


def free_after(site: Site, loop: Node, name: bytes) -> bool:
    """Whether a variable of this name can be declared before the loop and stay in scope after it."""
    value, block = child_of(loop, "value"), parent_of(loop)
    block = block if block.type == "block" else parent_of(block)
    after = site.code[loop.end_byte : block.end_byte]
    return not has_word(site.text(value), name) and not has_word(after, name)


def _bound_in(site: Site, loop: Node, name: bytes) -> bool:
    body = child_of(loop, "body")
    return any(body.start_byte <= n.start_byte < body.end_byte for n in site.bindings.get(name, ()))


@rewrite("Number the items with `enumerate` instead of a counter that each round moves on.")
def enumerate_to_counter(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        parts = enumerated(site, pattern, value)
        if parts is None or jumps(site, loop) or not free_after(site, loop, parts.index_name):
            continue
        name, item = parts.index_name, site.text(parts.item)
        if name.startswith(b"_") or has_word(item, name) or _bound_in(site, loop, name):
            continue
        # Only if the counter is an index, its type is inferred as `usize`.
        start = b"0" if re.search(rb"\w\[" + name + rb"\]", inner) else b"0usize"
        head = b"let mut " + name + b" = " + start + b";\n" + label
        head += b"for " + item + b" in " + site.text(parts.value) + b" {" + ended(site, loop, inner)
        yield (put(loop, head + name + b" += 1;\n}"),)


@rewrite("Loop over the range with `for` instead of moving a counter on in a `while`.")
def range_for_to_while(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        bounds = _range(value)
        if bounds is None or pattern.type != "identifier" or jumps(site, loop):
            continue
        name, (start, end) = site.text(pattern), bounds
        if not free_after(site, loop, name) or _bound_in(site, loop, name) or _is_captured(site, loop, name):
            continue
        limit = _steady(site, end)
        before = b""
        if limit is None:
            limit = fresh(site, b"end", b"limit", b"last")
            if limit is None:
                continue
            before = b"let " + limit + b" = " + site.text(end) + b";\n"
            if re.search(rb"[(\[!]", site.text(start)):  # the original evaluates the start before the end
                continue
        text = before + b"let mut " + name + b" = " + site.text(start) + b";\n" + label
        text += b"while " + name + b" < " + limit + b" {" + ended(site, loop, inner) + name + b" += 1;\n}"
        yield (put(loop, text),)


@rewrite("Loop over the reversed range with `for` instead of counting down in a `while`.")
def rev_range_to_while(site: Site) -> Iterator[Place]:
    for loop, label, pattern, value, inner in loops(site):
        parts = site.method(value) if value.type == "call_expression" else None
        if not parts or site.text(parts.name) != b"rev" or parts.receiver.type != "parenthesized_expression":
            continue
        bounds = _range(parts.receiver.named_children[0])
        if bounds is None or pattern.type != "identifier":
            continue
        name, (start, end) = site.text(pattern), bounds
        limit = _steady(site, start)
        if limit is None or not free_after(site, loop, name) or _is_captured(site, loop, name):
            continue
        if name.startswith(b"_"):
            continue
        text = b"let mut " + name + b" = " + site.text(end) + b";\n" + label
        text += b"while " + name + b" > " + limit + b" {\n" + name + b" -= 1;\n" + inner.lstrip() + b"\n}"
        yield (put(loop, text),)


def _range(value: Node) -> tuple[Node, Node] | None:
    """(start, end) of `start..end`."""
    if value.type != "range_expression" or len(value.children) != 3 or value.children[1].type != "..":
        return None
    return value.children[0], value.children[2]


def _steady(site: Site, node: Node) -> bytes | None:
    """The text of a bound that never changes, so that it may be evaluated in every round; else None."""
    text = site.text(node)
    if node.type == "integer_literal" or re.fullmatch(rb"(?:\w+::)*[A-Z][A-Z0-9_]*", text):
        return text
    if node.type == "identifier" and len(site.bindings.get(text, ())) == 1:
        mutable = re.search(rb"\bmut\s+" + text + rb"\b", site.code)
        return None if mutable else text
    return None


def _is_captured(site: Site, loop: Node, name: bytes) -> bool:
    """Whether a closure or a reference captures the counter and may see it change."""
    for node in descendants(child_of(loop, "body")):
        if node.type in ("closure_expression", "async_block") and has_word(site.text(node), name):
            return True
        if node.type == "reference_expression" and site.text(child_of(node, "value")) == name:
            return True
    return False
