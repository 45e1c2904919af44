"""Mutants of expressions: arithmetic, comparisons, logic, ranges, negated conditions."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutants.mutant_operator import Change, Reference, operator, parts, put

ARITHMETIC = {
    b"+": b"-",
    b"-": b"+",
    b"*": b"/",
    b"/": b"*",
    b"%": b"*",
    b"&": b"|",
    b"|": b"&",
    b"^": b"|",
    b"<<": b">>",
    b">>": b"<<",
}
# The right side that does not change the left one. The opposite operator does not change it either, or overflows.
NEUTRAL = {b"+": b"0", b"-": b"0", b"<<": b"0", b">>": b"0", b"*": b"1", b"/": b"1"}
COMPOUND = {op + b"=": other + b"=" for op, other in ARITHMETIC.items()}
BOUNDARY = {b"<": b"<=", b"<=": b"<", b">": b">=", b">=": b">"}
OPPOSITE = {b"<": b">=", b">=": b"<", b">": b"<=", b"<=": b">", b"==": b"!=", b"!=": b"=="}
LOGIC = {b"&&": b"||", b"||": b"&&"}
# Node types that may precede a binary operator among the tokens of a macro.
OPERANDS = frozenset(
    "identifier integer_literal float_literal token_tree string_literal char_literal".split()
)
PREDICATES = frozenset(b"any all contains contains_key starts_with ends_with eq_ignore_ascii_case".split())
# Methods whose closure returns a bool.
ASKING = frozenset(
    b"filter any all find position rposition retain take_while skip_while partition is_some_and is_none_or".split()
)


def operators(reference: Reference) -> Iterator[tuple[Node, Node | None]]:
    """(operator, its expression) of every binary operator. The expression is None in a macro, which has only tokens."""
    for node in reference.nodes("binary_expression"):
        if (sign := node.child_by_field_name("operator")) is not None:
            yield sign, node
    for tree in reference.nodes("token_tree"):
        for child in tree.children:
            before = child.prev_sibling
            if not child.is_named and before is not None and before.type in OPERANDS:
                yield child, None


def replaced(reference: Reference, table: dict[bytes, bytes]) -> Iterator[tuple[Change, Node | None]]:
    """(change, its expression) for every binary operator that the table has a replacement for."""
    for sign, expression in operators(reference):
        if (replacement := table.get(reference.text(sign))) is not None:
            yield put(sign, replacement), expression


@operator
def arithmetic(reference: Reference) -> Iterator[Change]:
    """`a + b` as `a - b`."""
    for sign, _ in operators(reference):
        text = reference.text(sign)
        neutral = reference.text(sign.next_sibling) == NEUTRAL.get(text, b"")
        if text in ARITHMETIC and not neutral:
            yield put(sign, ARITHMETIC[text])


@operator
def boundary(reference: Reference) -> Iterator[Change]:
    """`a < b` as `a <= b`."""
    for change, expression in replaced(reference, BOUNDARY):
        if expression is None or not keeps_larger(reference, expression):
            yield change


@operator
def comparison(reference: Reference) -> Iterator[Change]:
    """`a < b` as `a >= b`."""
    yield from (change for change, _ in replaced(reference, OPPOSITE))


@operator
def logic(reference: Reference) -> Iterator[Change]:
    """`a && b` as `a || b`."""
    yield from (change for change, _ in replaced(reference, LOGIC))


def keeps_larger(reference: Reference, comparison: Node) -> bool:
    """Whether this is like `if x > largest { largest = x }` or `if a > b { a } else { b }`.

    There it makes no difference what happens to equal values.
    """
    branch = comparison.parent
    if branch is None or branch.type != "if_expression":
        return False
    sides = {reference.text(comparison.child_by_field_name(name)) for name in ("left", "right")}
    body = parts(child_of(branch, "consequence"))
    if len(body) != 1:
        return False
    inner = body[0]
    if inner.type == "expression_statement":
        inner = inner.named_children[0]
    if inner.type == "assignment_expression":
        return {reference.text(inner.child_by_field_name(name)) for name in ("left", "right")} == sides
    otherwise = branch.child_by_field_name("alternative")
    if otherwise is None:
        return False
    return {reference.text(inner), reference.text(otherwise).strip(b"els{} \n\t")} == sides


@operator
def compound_assignment(reference: Reference) -> Iterator[Change]:
    """`+=` as `-=`, and as `=`."""
    for node in reference.nodes("compound_assignment_expr"):
        sign = child_of(node, "operator")
        text = reference.text(sign)
        if reference.text(node.child_by_field_name("right")) == NEUTRAL.get(text[:-1], b""):
            continue
        if text in COMPOUND:
            yield put(sign, COMPOUND[text])
        if text in (b"+=", b"-=", b"*="):
            yield put(sign, b"=")


@operator
def drop_unary(reference: Reference) -> Iterator[Change]:
    """`!x` and `-x` as `x`."""
    for node in reference.nodes("unary_expression"):
        sign = node.children[0]
        if reference.text(sign) in (b"!", b"-"):
            yield put(sign, b"")
    for node in reference.nodes("negative_literal"):
        yield put(node.children[0], b"")


@operator
def range_end(reference: Reference) -> Iterator[Change]:
    """`a..b` as `a..=b`, and the reverse."""
    for node in reference.nodes("range_expression", "range_pattern"):
        signs = [child for child in node.children if child.type in ("..", "..=")]
        if signs and signs[0].next_sibling is not None:
            yield put(signs[0], b"..=" if signs[0].type == ".." else b"..")


@operator
def index(reference: Reference) -> Iterator[Change]:
    """`v[i]` as `v[i + 1]`."""
    for node in reference.nodes("index_expression"):
        at = parts(node)[-1]
        if at.type == "identifier":
            yield put(at, reference.text(at) + b" + 1")


@operator
def negate_condition(reference: Reference) -> Iterator[Change]:
    """The condition of `if`, `while` or a match guard, unless a smaller change has the same effect."""
    for node in reference.nodes("if_expression", "while_expression", "match_pattern"):
        condition = node.child_by_field_name("condition")
        if condition is not None:
            yield from negated(reference, condition)


@operator
def negate_closure(reference: Reference) -> Iterator[Change]:
    """The result of a closure that returns a bool: `filter(|x| ok(x))` as `filter(|x| !ok(x))`."""
    for call in reference.nodes("call_expression"):
        if reference.called(call) not in ASKING:
            continue
        for argument in parts(child_of(call, "arguments")):
            if argument.type == "closure_expression":
                body = child_of(argument, "body")
                if body.type != "block":
                    yield from negated(reference, body)


@operator
def negate_predicate(reference: Reference) -> Iterator[Change]:
    """`x.is_empty()` as `!x.is_empty()`."""
    for call in reference.nodes("call_expression"):
        negatable = parent_of(call).type not in ("field_expression", "unary_expression")
        if negatable and is_predicate(reference, call):
            yield Change(call.start_byte, call.start_byte, b"!")


def negated(reference: Reference, condition: Node) -> Iterator[Change]:
    """`c` as `!(c)`, unless another operator negates it already."""
    sign = reference.text(condition.child_by_field_name("operator"))
    if condition.type in ("let_condition", "let_chain", "boolean_literal") or sign in OPPOSITE:
        return
    if condition.type == "unary_expression" or is_predicate(reference, condition):
        return
    yield put(condition, b"!(" + reference.text(condition) + b")")


def is_predicate(reference: Reference, node: Node) -> bool:
    """Whether a node is a call of a method that returns a bool, by its name."""
    if node.type != "call_expression" or reference.receiver(node) is None:
        return False
    name = reference.called(node)
    return name.startswith(b"is_") or name in PREDICATES
