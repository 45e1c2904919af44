"""How a function computes its value: returns, late initialisation, and nested conditions."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of
from ferrule.transforms.rewrites.expressions import COMPARISONS, heads_a_block, loses_comment, put, word_in
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place, rewrite

VALUES = frozenset(
    "call_expression binary_expression identifier field_expression struct_expression unary_expression "
    "integer_literal boolean_literal string_literal tuple_expression reference_expression try_expression self "
    "index_expression type_cast_expression scoped_identifier await_expression".split()
)


@rewrite("Make the last expression the function's value instead of returning it.")
def tail_expression_to_return(site: Site) -> Iterator[Place]:
    tail = site.tail(site.body)
    if tail is not None and site.returns is not None and tail.type in VALUES:
        yield put(tail, b"return " + site.text(tail) + b";")


@rewrite("Give the condition itself instead of `true` and `false` through an `if`.")
def condition_to_if_else(site: Site) -> Iterator[Place]:
    tail = site.tail(site.body)
    if site.text(site.returns) != b"bool" or tail is None or not heads_a_block(tail):
        return
    if tail.type == "binary_expression" and not loses_comment(tail):
        if site.text(tail.child_by_field_name("operator")) in COMPARISONS:
            yield put(tail, b"if " + site.text(tail) + b" {\ntrue\n} else {\nfalse\n}")


@rewrite("Initialise the variable with the `if` or `match` expression.")
def let_to_late_initialisation(site: Site) -> Iterator[Place]:
    for node in site.nodes("let_declaration"):
        pattern, value = child_of(node, "pattern"), node.child_by_field_name("value")
        if value is None or value.type not in ("if_expression", "match_expression"):
            continue
        name = site.text(pattern)
        if pattern.type != "identifier" or word_in(name, site.text(value)) or loses_comment(node, value):
            continue
        assignments = list(_assignments(site, value, name))
        edits = [edit for edit in assignments if edit is not None]
        if len(edits) < 2 or len(edits) < len(assignments):
            continue
        if site.code[value.end_byte : node.end_byte].strip() == b";":
            declared = site.code[node.start_byte : value.start_byte].rstrip().removesuffix(b"=").rstrip()
            start = Edit(node.start_byte, value.start_byte, declared + b";\n")
            yield (start, *edits, Edit(value.end_byte, node.end_byte, b""))


def _assignments(site: Site, value: Node, name: bytes) -> Iterator[Edit | None]:
    """The edits that assign the value of each branch; None for a branch that cannot be rewritten."""
    if value.type == "if_expression":
        alternative = value.child_by_field_name("alternative")
        if alternative is None:
            yield None
            return
        blocks = [child_of(value, "consequence"), alternative.named_children[-1]]
        for block in blocks:
            if block.type == "if_expression":
                yield from _assignments(site, block, name)
            else:
                yield from _of_block(site, block, name)
        return
    for arm in child_of(value, "body").named_children:
        if arm.type == "match_arm":
            result = child_of(arm, "value")
            if result.type == "block":
                yield from _of_block(site, result, name)
            elif not leaves(site, result):
                yield Edit(result.start_byte, result.start_byte, name + b" = ")


def _of_block(site: Site, block: Node, name: bytes) -> Iterator[Edit | None]:
    tail = site.tail(block)
    if tail is None:
        statements = site.statements(block)
        last = statements[-1] if statements else None
        if last is None or not leaves(site, last.named_children[0] if last.named_children else last):
            yield None
        return
    if leaves(site, tail):
        return
    if tail.type in ("if_expression", "match_expression"):
        yield from _assignments(site, tail, name)
        return
    yield Edit(tail.start_byte, tail.start_byte, name + b" = ")
    yield Edit(tail.end_byte, tail.end_byte, b";")


def leaves(site: Site, node: Node) -> bool:
    """Whether the expression leaves the branch, so that it has no value."""
    if node.type == "macro_invocation":
        return site.text(node).startswith((b"panic!", b"unreachable!", b"todo!", b"unimplemented!"))
    return node.type in ("return_expression", "break_expression", "continue_expression")


def unbracketed(site: Site, condition: Node) -> bytes:
    """A condition as it may be written after `if`: without outer parentheses, where they are not needed."""
    inner = condition.named_children[0] if condition.type == "parenthesized_expression" else condition
    return site.text(inner if heads_a_block(inner) else condition)


@rewrite("Join the two conditions with `&&` in one `if`.")
def and_to_nested_if(site: Site) -> Iterator[Place]:
    for node in site.nodes("if_expression"):
        condition, block = child_of(node, "condition"), child_of(node, "consequence")
        if node.child_by_field_name("alternative") is not None or condition.type != "binary_expression":
            continue
        if site.text(condition.child_by_field_name("operator")) != b"&&" or loses_comment(node, block):
            continue
        left, right = child_of(condition, "left"), child_of(condition, "right")
        text = b"if " + unbracketed(site, left) + b" {\nif " + unbracketed(site, right) + b" "
        yield put(node, text + site.text(block) + b"\n}")


@rewrite("Write `else if` instead of an `if` alone in the else block.")
def else_if_to_nested_if(site: Site) -> Iterator[Place]:
    for node in site.nodes("else_clause"):
        inner = node.named_children[-1]
        if inner.type == "if_expression" and not loses_comment(node, inner):
            yield (Edit(inner.start_byte, inner.end_byte, b"{\n" + site.text(inner) + b"\n}"),)
