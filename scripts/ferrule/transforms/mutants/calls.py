"""Mutants of calls: a method's counterpart, a chain without one step, arguments in the wrong order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tree_sitter import Node

from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutants.mutant_operator import Change, Reference, operator, parts, put

PAIRS = """
min/max min_by/max_by min_by_key/max_by_key first/last first_mut/last_mut any/all take/skip take_while/skip_while
starts_with/ends_with strip_prefix/strip_suffix trim_start/trim_end trim_start_matches/trim_end_matches
to_lowercase/to_uppercase to_ascii_lowercase/to_ascii_uppercase make_ascii_lowercase/make_ascii_uppercase
is_lowercase/is_uppercase is_ascii_lowercase/is_ascii_uppercase is_alphabetic/is_numeric
is_ascii_alphabetic/is_ascii_digit floor/ceil find/rfind position/rposition push_front/push_back pop_front/pop_back
front/back split_once/rsplit_once splitn/rsplitn sum/product next/next_back fetch_add/fetch_sub
fetch_max/fetch_min split_first/split_last count_ones/count_zeros leading_zeros/trailing_zeros to_le_bytes/to_be_bytes
from_le_bytes/from_be_bytes rotate_left/rotate_right checked_add/checked_sub saturating_add/saturating_sub
wrapping_add/wrapping_sub intersection/union is_subset/is_superset first_key_value/last_key_value pop_first/pop_last
and/or is_gt/is_lt is_ge/is_le
"""
SWAPS = dict(pair.encode().split(b"/") for pair in PAIRS.split())
SWAPS |= {right: left for left, right in SWAPS.items()}
# Counterparts that differ on overflow.
OVERFLOW = {
    b"saturating_add": b"wrapping_add",
    b"saturating_sub": b"wrapping_sub",
    b"saturating_mul": b"wrapping_mul",
    b"wrapping_add": b"saturating_add",
    b"wrapping_sub": b"saturating_sub",
    b"wrapping_mul": b"saturating_mul",
}
# Steps of a chain: without one of them the chain mostly has the same type.
STEPS = frozenset(
    b"rev skip take filter skip_while take_while step_by chain trim trim_start trim_end trim_matches to_lowercase "
    b"to_uppercase to_ascii_lowercase to_ascii_uppercase abs fuse cycle dedup unsigned_abs rem_euclid pow powi sqrt "
    b"round floor ceil saturating_sub saturating_add wrapping_add wrapping_sub wrapping_mul reverse then and_then "
    b"or_else min max clamp".split()
)
SYMMETRIC = frozenset(
    b"min max swap assert gcd lcm union intersection symmetric_difference ptr_eq wrapping_add saturating_add eq ne".split()
)
ORDERS = frozenset(
    (b"cmp", b"partial_cmp", b"total_cmp", b"lt", b"gt", b"le", b"ge", b"is_subset", b"difference")
)
ORDERING = {b"Less": b"Greater", b"Greater": b"Less"}


def name_node(call: Node) -> Node | None:
    """The name of a method or of the last part of a path; None if a plain name is called."""
    function = child_of(call, "function")
    if function.type == "generic_function":
        function = child_of(function, "function")
    if function.type == "field_expression":
        return function.child_by_field_name("field")
    return function.child_by_field_name("name") if function.type == "scoped_identifier" else None


@operator
def method_swap(reference: Reference) -> Iterator[Change]:
    """`a.min(b)` as `a.max(b)`."""
    for call in reference.nodes("call_expression"):
        if (name := name_node(call)) is None:
            continue
        for table in (SWAPS, OVERFLOW):
            if (counterpart := table.get(reference.text(name))) is not None:
                yield put(name, counterpart)


@operator
def drop_step(reference: Reference) -> Iterator[Change]:
    """`v.iter().rev()` as `v.iter()`."""
    for call in reference.nodes("call_expression"):
        receiver = reference.receiver(call)
        if receiver is not None and reference.called(call) in STEPS:
            yield Change(receiver.end_byte, call.end_byte, b"")


@operator
def swap_arguments(reference: Reference) -> Iterator[Change]:
    """Two neighbouring arguments of the same node type: `f(a, b)` as `f(b, a)`. Also in tuples."""
    for node in reference.nodes("arguments", "tuple_expression"):
        if node.type == "arguments" and reference.called(parent_of(node)) in SYMMETRIC:
            continue
        for left, right in pairwise(parts(node)):
            if left.type == right.type and left.type != "closure_expression":
                yield from swapped(reference, left, right)


@operator
def swap_compared(reference: Reference) -> Iterator[Change]:
    """`a.cmp(b)` as `b.cmp(a)`."""
    for call in reference.nodes("call_expression"):
        receiver, arguments = reference.receiver(call), parts(child_of(call, "arguments"))
        if receiver is None or len(arguments) != 1 or reference.called(call) not in ORDERS:
            continue
        compared, by_reference = arguments[0], b""
        if compared.type == "reference_expression":
            compared, by_reference = child_of(compared, "value"), b"&"
        left, right = reference.text(receiver), reference.text(compared)
        between = reference.code[receiver.end_byte : arguments[0].start_byte]
        after = reference.code[arguments[0].end_byte : call.end_byte]
        if left != right:
            yield put(call, bracketed(compared, right) + between + by_reference + left + after)


def bracketed(node: Node, text: bytes) -> bytes:
    """`text`, the text of `node`, as the receiver of a method: in brackets unless it needs none."""
    simple = ("identifier", "self", "field_expression", "call_expression", "index_expression")
    return text if node.type in simple else b"(" + text + b")"


@operator
def ordering(reference: Reference) -> Iterator[Change]:
    """`Ordering::Less` as `Ordering::Greater`."""
    for node in reference.nodes("scoped_identifier"):
        name = node.child_by_field_name("name")
        if name is not None and (opposite := ORDERING.get(reference.text(name))) is not None:
            yield put(name, opposite)


def swapped(reference: Reference, left: Node, right: Node) -> Iterator[Change]:
    """The change that swaps two neighbouring nodes; none if they have the same text."""
    first, second = reference.text(left), reference.text(right)
    if first != second:
        between = reference.code[left.end_byte : right.start_byte]
        yield Change(left.start_byte, right.end_byte, second + between + first)
