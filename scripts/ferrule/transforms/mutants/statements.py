"""Mutants that leave something out: a statement, a guard, a match arm."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutants.mutant_operator import OPEN_MACROS, Change, Reference, cut, operator, parts

REMOVED = frozenset(
    "call_expression assignment_expression compound_assignment_expr continue_expression break_expression "
    "return_expression try_expression await_expression".split()
)
# Without these calls the result is the same (hints), or differs from run to run (waiting for other threads).
KEPT = frozenset(
    b"drop reserve reserve_exact shrink_to_fit shrink_to sleep yield_now spin_loop flush join wait notify_one "
    b"notify_all park unpark fence".split()
)
# Functions mostly called for their effect: such a call may end a block without a semicolon.
EFFECTS = frozenset(
    b"push push_str push_front push_back clear insert extend extend_from_slice append truncate sort sort_unstable "
    b"reverse swap send store set fill retain dedup".split()
)
# A pattern that matches every value.
WILD = re.compile(rb"(?:_|[a-z]\w*)$")
LOOPS = frozenset(("for_expression", "while_expression", "loop_expression"))


@operator
def remove_statement(reference: Reference) -> Iterator[Change]:
    """Calls, assignments, `continue`, `break`, an early `return`."""
    for statement in reference.nodes("expression_statement"):
        inner = statement.named_child(0)
        if inner is None or dead(statement):
            continue
        if inner.type == "macro_invocation":
            name = reference.text(inner.child_by_field_name("macro"))
            if name in OPEN_MACROS:
                yield cut(statement)
        elif inner.type in REMOVED and not harmless(reference, statement, inner):
            yield cut(statement)


@operator
def remove_effect(reference: Reference) -> Iterator[Change]:
    """A call for its effect at the end of a block."""
    for call in reference.nodes("call_expression"):
        in_block = parent_of(call).type == "block"
        if in_block and reference.receiver(call) and reference.called(call) in EFFECTS:
            yield cut(call)


def harmless(reference: Reference, statement: Node, inner: Node) -> bool:
    """Whether the program does the same without the statement."""
    if KEPT & set(re.findall(rb"(\w+)\s*\(", reference.text(statement))):
        return True
    if inner.type == "return_expression":
        # The last statement of a function gives its value; in the middle of a block it would not compile.
        return parent_of(parent_of(statement)).type in ("function_item", "closure_expression")
    if inner.type == "continue_expression":
        return ends_loop(statement)
    if inner.type == "break_expression":
        # `found = true; break;`: further rounds would only set the same value again.
        others = [part for part in parts(parent_of(statement)) if part != statement]
        return bool(others) and all(sets_literal(other) for other in others)
    return False


def dead(statement: Node) -> bool:
    """Whether an earlier statement of the block leaves it unconditionally."""
    before = statement.prev_named_sibling
    while before is not None:
        inner = before.named_child(0) if before.type == "expression_statement" else None
        if inner is not None and inner.type in ("return_expression", "break_expression"):
            return True
        before = before.prev_named_sibling
    return False


def ends_loop(statement: Node) -> bool:
    """Whether nothing follows the statement in its loop, so that the next round starts anyway."""
    node = statement
    while node.type not in LOOPS and node.type not in ("function_item", "closure_expression"):
        parent = parent_of(node)
        if parent.type == "block" and parts(parent)[-1] != node:
            return False
        node = parent
    return node.type in LOOPS


def sets_literal(statement: Node) -> bool:
    """Whether the statement assigns a literal."""
    inner = statement.named_child(0) if statement.type == "expression_statement" else None
    if inner is None or inner.type != "assignment_expression":
        return False
    return child_of(inner, "right").type.endswith("_literal")


@operator
def drop_guard(reference: Reference) -> Iterator[Change]:
    """`Some(x) if x > 0 =>` as `Some(x) =>`."""
    for pattern in reference.nodes("match_pattern"):
        condition = pattern.child_by_field_name("condition")
        if condition is not None:
            yield Change(pattern.named_children[0].end_byte, pattern.end_byte, b"")


@operator
def drop_arm(reference: Reference) -> Iterator[Change]:
    """An arm of a `match` whose last arm matches everything."""
    for block in reference.nodes("match_block"):
        arms = parts(block)
        catches_all = bool(arms) and WILD.match(reference.text(arms[-1].child_by_field_name("pattern")))
        for arm in arms[:-1] if catches_all else ():
            yield cut(arm)
