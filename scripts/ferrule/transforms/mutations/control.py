"""Control flow: missing values, misplaced jumps, async and unsafe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import Mutation, cut, in_head, insert, operator, over, put


@operator("E0308", "E0277")
def semicolon_after_tail(site: Site) -> Iterator[Mutation]:
    """Put a semicolon after the expression that is the block's value."""
    if site.returns is not None and site.text(site.returns) != b"()":
        tail = site.tail(site.body)
        if tail is not None and tail.type not in ("return_expression", "macro_invocation", "loop_expression"):
            yield insert(tail.end_byte, b";")
    for node in site.nodes("if_expression", "closure_expression"):
        for block in node.named_children:
            if block.type == "block":
                tail = site.tail(block)
                if tail is not None and tail.type in (
                    "identifier",
                    "call_expression",
                    "binary_expression",
                    "integer_literal",
                    "field_expression",
                ):
                    yield insert(tail.end_byte, b";")


@operator("E0308")
def drop_return(site: Site) -> Iterator[Mutation]:
    """Forgot the keyword of an early return."""
    for node in site.nodes("return_expression"):
        if node.named_child_count == 1 and parent_of(node).type == "expression_statement":
            end = parent_of(node).end_byte
            yield over(node.start_byte, end, site.text(node.named_children[0]))


@operator("E0069")
def return_without_value(site: Site) -> Iterator[Mutation]:
    """Returned without the value that the function must return."""
    for node in site.nodes("return_expression"):
        if node.named_child_count == 1:
            yield cut(node.named_children[0].start_byte - 1, node.end_byte)


@operator("E0317", "E0308")
def drop_else(site: Site) -> Iterator[Mutation]:
    """Left out the else of an if that gives a value."""
    for node in site.nodes("else_clause"):
        around = parent_of(node)
        block = child_of(around, "consequence")
        if site.tail(block) is not None and parent_of(around).type != "else_clause":
            yield cut(block.end_byte, node.end_byte)


@operator("E0133")
def drop_unsafe(site: Site) -> Iterator[Mutation]:
    """Did something unsafe outside an unsafe block."""
    for node in site.nodes("unsafe_block"):
        yield cut(node.start_byte, node.named_children[-1].start_byte)


@operator("E0268", "E0572")
def break_outside_loop(site: Site) -> Iterator[Mutation]:
    """Wrote break or continue where there is no loop to leave."""
    for node in site.nodes("return_expression"):
        around = site.inside(
            node, "for_expression", "while_expression", "loop_expression", "closure_expression"
        )
        if around is None or around.start_byte < site.body.start_byte:
            yield put(
                node,
                b"break" if node.named_child_count == 0 else b"break " + site.text(node.named_children[0]),
            )


@operator("E0267")
def jump_in_closure(site: Site) -> Iterator[Mutation]:
    """Wrote continue in a closure as if it were the body of a loop."""
    for node in site.nodes("return_expression"):
        around = site.inside(
            node, "for_expression", "while_expression", "loop_expression", "closure_expression"
        )
        if around is not None and around.type == "closure_expression":
            yield put(
                node,
                b"continue" if node.named_child_count == 0 else b"break " + site.text(node.named_children[0]),
            )


@operator("E0571")
def break_with_value(site: Site) -> Iterator[Mutation]:
    """Broke out of a for or while loop with a value."""
    for node in site.nodes("return_expression"):
        around = site.inside(
            node, "for_expression", "while_expression", "loop_expression", "closure_expression"
        )
        if (
            around is not None
            and around.type in ("for_expression", "while_expression")
            and node.named_child_count == 1
        ):
            yield put(node, b"break " + site.text(node.named_children[0]))


@operator("E0571", "E0308")
def while_true_for_loop(site: Site) -> Iterator[Mutation]:
    """Wrote `while true` for `loop`: it has no value."""
    for node in site.nodes("loop_expression"):
        yield put(next(c for c in node.children if c.type == "loop"), b"while true")


@operator("E0277")
def loop_over_number(site: Site) -> Iterator[Mutation]:
    """Looped over a number or an Option instead of a range or an iterator."""
    for node in site.nodes("for_expression"):
        value = child_of(node, "value")
        if value.type == "range_expression":
            match = re.match(rb"0\s*\.\.=?\s*", site.text(value))
            if match:
                yield cut(value.start_byte, value.start_byte + match.end())
        elif value.type == "call_expression":
            outer = site.method(value)
            if outer is None or outer.receiver.type != "call_expression":
                continue
            if site.text(outer.name) in (b"enumerate", b"rev", b"skip", b"zip", b"take"):
                inner = site.method(outer.receiver)
                if inner and site.text(inner.name) in (b"iter", b"chars", b"bytes"):
                    yield cut(inner.receiver.end_byte, outer.receiver.end_byte)


# Too long for the left side of an assignment, even if it is a slip: a call chain, several lines, 40 bytes.
TOO_LONG = re.compile(rb"\)\s*\.|\n|.{40}")


@operator("E0070", "E0308")
def swapped_assignment(site: Site) -> Iterator[Mutation]:
    """Swapped the sides of an assignment."""
    for node in site.nodes("assignment_expression"):
        left, right = child_of(node, "left"), child_of(node, "right")
        if right.type in (
            "call_expression",
            "integer_literal",
            "boolean_literal",
            "binary_expression",
            "float_literal",
            "identifier",
        ) and not TOO_LONG.search(site.text(right)):
            yield put(node, site.text(right) + b" = " + site.text(left))


@operator("E0728", signature=True)
def drop_async(site: Site) -> Iterator[Mutation]:
    """Awaited in a function that is not async."""
    match = re.search(rb"\basync\s+", site.modifiers)
    if match:
        yield cut(match.start(), match.end())


@operator("E0728")
def await_outside_async(site: Site) -> Iterator[Mutation]:
    """Awaited a call in a function that is not async."""
    if not site.is_async:
        for call, _, name, _ in site.method_calls:
            if name in (
                b"read",
                b"write",
                b"poll",
                b"next",
                b"send",
                b"recv",
                b"flush",
                b"lock",
                b"read_to_end",
                b"write_all",
                b"join",
                b"open",
            ):
                if not site.inside(call, "async_block", "closure_expression") and parent_of(call).type in (
                    "let_declaration",
                    "block",
                    "expression_statement",
                    "try_expression",
                    "let_condition",
                ):
                    yield insert(call.end_byte, b".await")


@operator("E0308", "E0599", "E0277")
def drop_await(site: Site) -> Iterator[Mutation]:
    """Forgot to await a future."""
    for node in site.nodes("await_expression"):
        yield cut(node.named_children[0].end_byte, node.end_byte)


@operator("E0308")
def empty_branch(site: Site) -> Iterator[Mutation]:
    """Left a match arm without a value although the others have one."""
    for node in site.nodes("match_arm"):
        value = child_of(node, "value")
        if value.type in (
            "identifier",
            "integer_literal",
            "boolean_literal",
            "call_expression",
            "string_literal",
        ):
            yield put(value, b"{}")


@operator("E0277", "E0600")
def negate_wrongly(site: Site) -> Iterator[Mutation]:
    """Negated a boolean with -."""
    for node in site.nodes("unary_expression"):
        text = site.text(node)
        if text.startswith(b"!") and parent_of(node).type in ("if_expression", "let_declaration", "block"):
            yield put(node, b"-" + text[1:])


@operator("E0600", "E0369")
def negate_unsigned(site: Site) -> Iterator[Mutation]:
    """Negated an unsigned number."""
    for name, kind in sorted(site.parameter_types.items()):
        if kind in (b"usize", b"u8", b"u16", b"u32", b"u64"):
            for use in site.uses.get(name, ())[:1]:
                if parent_of(use).type in ("arguments", "index_expression"):
                    yield insert(use.start_byte, b"-")


@operator("E0308", "E0277")
def signature_without_result(site: Site) -> Iterator[Mutation]:
    """Used ? in a function that returns neither Result nor Option."""
    kind = site.returns
    if kind is not None and kind.type == "generic_type" and site.nodes("try_expression"):
        first = child_of(kind, "type_arguments").named_children[0]
        if site.text(child_of(kind, "type")).endswith((b"Option", b"Result")):
            yield in_head(site, put(kind, site.text(first)))
