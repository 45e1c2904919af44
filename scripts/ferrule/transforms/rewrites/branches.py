"""How a function comes to its value: returns, late initialisation, and nested conditions."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.rust.function_tree import Site
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
        pattern, value = node.child_by_field_name("pattern"), node.child_by_field_name("value")
        if value is None or value.type not in ("if_expression", "match_expression"):
            continue
        name = site.text(pattern)
        if pattern.type != "identifier" or word_in(name, site.text(value)) or loses_comment(node, value):
            continue
        places = list(_assignments(site, value, name))
        if (
            len(places) > 1
            and None not in places
            and site.code[value.end_byte : node.end_byte].strip() == b";"
        ):
            declared = site.code[node.start_byte : value.start_byte].rstrip().removesuffix(b"=").rstrip()
            start = Edit(node.start_byte, value.start_byte, declared + b";\n")
            yield (start, *places, Edit(value.end_byte, node.end_byte, b""))


def _assignments(site: Site, value, name: bytes) -> Iterator[Edit | None]:
    """The edits that assign what each branch gives; None where a branch cannot be rewritten."""
    if value.type == "if_expression":
        alternative = value.child_by_field_name("alternative")
        if alternative is None:
            yield None
            return
        blocks = [value.child_by_field_name("consequence"), alternative.named_children[-1]]
        for block in blocks:
            if block.type == "if_expression":
                yield from _assignments(site, block, name)
            else:
                yield from _of_block(site, block, name)
        return
    for arm in value.child_by_field_name("body").named_children:
        if arm.type == "match_arm":
            result = arm.child_by_field_name("value")
            if result.type == "block":
                yield from _of_block(site, result, name)
            elif not leaves(site, result):
                yield Edit(result.start_byte, result.start_byte, name + b" = ")


def _of_block(site: Site, block, name: bytes) -> Iterator[Edit | None]:
    tail = site.tail(block)
    if tail is None:
        inside = site.statements(block)
        if not inside or not leaves(
            site, inside[-1].named_children[0] if inside[-1].named_children else inside[-1]
        ):
            yield None
        return
    if leaves(site, tail):
        return
    if tail.type in ("if_expression", "match_expression"):
        yield from _assignments(site, tail, name)
        return
    yield Edit(tail.start_byte, tail.start_byte, name + b" = ")
    yield Edit(tail.end_byte, tail.end_byte, b";")


def leaves(site: Site, node) -> bool:
    """Whether the expression never gives a value."""
    if node.type == "macro_invocation":
        return site.text(node).startswith((b"panic!", b"unreachable!", b"todo!", b"unimplemented!"))
    return node.type in ("return_expression", "break_expression", "continue_expression")


def unbracketed(site: Site, condition) -> bytes:
    inner = condition.named_children[0] if condition.type == "parenthesized_expression" else condition
    return site.text(inner if heads_a_block(inner) else condition)


@rewrite("Join the two conditions with `&&` in one `if`.")
def and_to_nested_if(site: Site) -> Iterator[Place]:
    for node in site.nodes("if_expression"):
        condition, block = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
        if node.child_by_field_name("alternative") is not None or condition.type != "binary_expression":
            continue
        if site.text(condition.child_by_field_name("operator")) != b"&&" or loses_comment(node, block):
            continue
        left, right = condition.child_by_field_name("left"), condition.child_by_field_name("right")
        text = b"if " + unbracketed(site, left) + b" {\nif " + unbracketed(site, right) + b" "
        yield put(node, text + site.text(block) + b"\n}")


@rewrite("Write `else if` instead of an `if` alone in the else block.")
def else_if_to_nested_if(site: Site) -> Iterator[Place]:
    for node in site.nodes("else_clause"):
        inner = node.named_children[-1]
        if inner.type == "if_expression" and not loses_comment(node, inner):
            yield (Edit(inner.start_byte, inner.end_byte, b"{\n" + site.text(inner) + b"\n}"),)
