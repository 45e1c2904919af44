"""Mutants of calls: a method's counterpart, a step left out of a chain, arguments in the wrong order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tree_sitter import Node

from ferrule.evaluation.mutants.mutant_operator import Change, Reference, operator, parts, put

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
SWAPS |= {other: name for name, other in SWAPS.items()}
# Counterparts that differ where numbers overflow.
OVERFLOW = {
    b"saturating_add": b"wrapping_add",
    b"saturating_sub": b"wrapping_sub",
    b"saturating_mul": b"wrapping_mul",
    b"wrapping_add": b"saturating_add",
    b"wrapping_sub": b"saturating_sub",
    b"wrapping_mul": b"saturating_mul",
}
# Steps of a chain whose type is mostly the same without them.
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


def name_node(reference: Reference, call: Node) -> Node | None:
    function = call.child_by_field_name("function")
    if function.type == "generic_function":
        function = function.child_by_field_name("function")
    if function.type == "field_expression":
        return function.child_by_field_name("field")
    return function.child_by_field_name("name") if function.type == "scoped_identifier" else None


@operator
def method_swap(reference: Reference) -> Iterator[Change]:
    for call in reference.nodes("call_expression"):
        name = name_node(reference, call)
        for table in (SWAPS, OVERFLOW) if name is not None else ():
            if (other := table.get(reference.text(name))) is not None:
                yield put(name, other)


@operator
def drop_step(reference: Reference) -> Iterator[Change]:
    """`v.iter().rev()` as `v.iter()`."""
    for call in reference.nodes("call_expression"):
        receiver = reference.receiver(call)
        if receiver is not None and reference.called(call) in STEPS:
            yield Change(receiver.end_byte, call.end_byte, b"")


@operator
def swap_arguments(reference: Reference) -> Iterator[Change]:
    """Two neighbours of one kind: `f(a, b)` as `f(b, a)`, and in a tuple."""
    for node in reference.nodes("arguments", "tuple_expression"):
        if node.type == "arguments" and reference.called(node.parent) in SYMMETRIC:
            continue
        given = parts(node)
        for one, other in pairwise(given):
            if one.type == other.type and one.type != "closure_expression":
                yield from swapped(reference, one, other)


@operator
def swap_compared(reference: Reference) -> Iterator[Change]:
    """`a.cmp(b)` as `b.cmp(a)`: the other order."""
    for call in reference.nodes("call_expression"):
        receiver, given = reference.receiver(call), parts(call.child_by_field_name("arguments"))
        if receiver is None or len(given) != 1 or reference.called(call) not in ORDERS:
            continue
        argument, by_reference = given[0], b""
        if argument.type == "reference_expression":
            argument, by_reference = argument.child_by_field_name("value"), b"&"
        text, other = reference.text(receiver), reference.text(argument)
        between = reference.code[receiver.end_byte : given[0].start_byte]
        after = reference.code[given[0].end_byte : call.end_byte]
        if text != other:
            yield put(call, bracketed(argument, other) + between + by_reference + text + after)


def bracketed(node: Node, text: bytes) -> bytes:
    """`text` as the receiver of a method."""
    simple = ("identifier", "self", "field_expression", "call_expression", "index_expression")
    return text if node.type in simple else b"(" + text + b")"


@operator
def ordering(reference: Reference) -> Iterator[Change]:
    """`Ordering::Less` as `Ordering::Greater`."""
    for node in reference.nodes("scoped_identifier"):
        name = node.child_by_field_name("name")
        if name is not None and (other := ORDERING.get(reference.text(name))) is not None:
            yield put(name, other)


def swapped(reference: Reference, one: Node, other: Node) -> Iterator[Change]:
    first, second = reference.text(one), reference.text(other)
    if first != second:
        between = reference.code[one.end_byte : other.start_byte]
        yield Change(one.start_byte, other.end_byte, second + between + first)
