"""Whether an expression is an Option or a Result, as far as the text of the function shows it."""

from __future__ import annotations

import re

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.rewrites.expressions import LITERALS, is_place, is_pure, own_return

OPTIONS = frozenset(
    b"get get_mut first first_mut last last_mut next next_back nth peek peek_mut pop pop_front pop_back front back "
    b"find find_map rfind position rposition max min max_by min_by max_by_key min_by_key reduce get_key_value "
    b"split_once rsplit_once strip_prefix strip_suffix to_digit from_u32 from_digit parent file_name file_stem "
    b"extension ok err then then_some upgrade split_first split_last chars_rev get_index first_key_value "
    b"last_key_value partial_cmp from_utf8_opt as_deref as_deref_mut".split()
)
RESULTS = frozenset(
    b"parse map_err ok_or ok_or_else write_str write_fmt write_all write_char try_from try_into from_str "
    b"from_utf8 metadata symlink_metadata read_dir canonicalize read_link read_to_string read_to_end read_exact flush binary_search binary_search_by try_reserve".split()
)
# They return references, numbers or parts of a text: nothing with an effect when it is dropped.
VIEWS = frozenset(
    b"get get_mut first first_mut last_mut peek peek_mut front back position to_digit split_once rsplit_once strip_prefix "
    b"strip_suffix split_first split_last parent file_name file_stem extension as_ref as_mut as_deref len".split()
)
# They return the kind that they are called on: an Option for an Option, an iterator for an iterator.
SAME = frozenset(
    b"map and_then filter copied cloned or or_else as_ref as_mut inspect flatten zip take xor as_deref".split()
)
ITERATORS = frozenset(
    b"iter iter_mut into_iter chars char_indices bytes lines split split_whitespace splitn rsplit windows chunks "
    b"chunks_exact enumerate rev skip skip_while take_while step_by chain flat_map filter_map keys values values_mut "
    b"drain cycle peekable fuse scan by_ref matches match_indices successors repeat split_terminator split_inclusive "
    b"children ancestors descendants neighbors edges node_indices edge_indices ones intersection union difference "
    b"map_while dedup sorted tuple_windows components entries indices node_identifiers range".split()
)


def named_wrapper(kind: bytes) -> bytes | None:
    """Option, Result or `other` by the text of a type; None if the text is empty."""
    kind = re.sub(rb"^(?:&\s*(?:'\w+\s+)?(?:mut\s+)?)+", b"", kind.strip())
    path = re.match(rb"(?:\w+\s*::\s*)*(\w+)", kind)
    last = path[1] if path else b""
    if last == b"Option":
        return b"Option"
    if last.endswith(b"Result"):
        return b"Result"
    return b"other" if kind else None


def returned_wrapper(site: Site) -> bytes | None:
    """The kind that the function returns: Option, Result or `other`."""
    return named_wrapper(site.text(site.returns))


def wrapper_of(site: Site, node: Node, depth: int = 6) -> bytes | None:
    """Option, Result or `other` (an iterator, for example); None if the text does not show the type."""
    if depth == 0:
        return None
    if node.type == "parenthesized_expression" and node.named_child_count == 1:
        return wrapper_of(site, node.named_children[0], depth - 1)
    if node.type == "identifier":
        return _of_variable(site, node, depth)
    if node.type in ("range_expression", *LITERALS):
        return b"other"
    if node.type != "call_expression":
        return None
    parts = site.method(node)
    if parts is None:
        last = site.text(child_of(node, "function")).split(b"::")[-1]
        return {b"Some": b"Option", b"Ok": b"Result", b"Err": b"Result"}.get(last) or _of_method(last)
    receiver, name, arguments = parts.receiver, site.text(parts.name), parts.arguments.named_children
    if name in (b"take", b"zip") and arguments and wrapper_of(site, receiver, depth - 1) != b"Option":
        return b"other"
    if name in SAME:
        return wrapper_of(site, receiver, depth - 1)
    return _of_method(name)


def _of_method(name: bytes) -> bytes | None:
    if name in OPTIONS or name.startswith(b"checked_"):
        return b"Option"
    if name in RESULTS:
        return b"Result"
    return b"other" if name in ITERATORS else None


def _of_variable(site: Site, node: Node, depth: int) -> bytes | None:
    name = site.text(node)
    bound = site.bindings.get(name, [])
    if len(bound) != 1:
        return None
    if name in site.parameter_types:
        kind = site.parameter_types[name]
        generic = re.fullmatch(rb"(?:impl\b.*|[A-Z])", kind, re.DOTALL)
        return None if generic else named_wrapper(kind)
    parent = parent_of(bound[0])
    if parent.type != "let_declaration":
        return None
    annotation, value = parent.child_by_field_name("type"), parent.child_by_field_name("value")
    if annotation is not None:
        return named_wrapper(site.text(annotation))
    return wrapper_of(site, value, depth - 1) if value is not None else None


def expected_wrapper(site: Site, node: Node) -> bytes | None:
    """The kind of an expression that the function returns, by the function's return type."""
    parent = node.parent
    while parent is not None and parent != site.function:
        if parent.type == "return_expression":
            return returned_wrapper(site) if own_return(site, node) else None
        if parent.type == "block":
            last = site.tail(parent)
            if last is None or not (last.start_byte <= node.start_byte < last.end_byte):
                return None
        elif parent.type not in (
            "match_arm",
            "match_block",
            "match_expression",
            "if_expression",
            "else_clause",
            "expression_statement",
        ):
            return None
        if parent.type == "match_expression" and parent.child_by_field_name("value") == node:
            return None
        if parent.type == "if_expression" and parent.child_by_field_name("condition") == node:
            return None
        node, parent = parent, parent.parent
    return returned_wrapper(site) if parent is not None else None


def is_plain(site: Site, node: Node) -> bool:
    """Whether no temporary of the expression has an effect when dropped: a variable, or a view into one."""
    if node.type == "unary_expression" and site.text(node).startswith(b"*"):
        return is_plain(site, node.named_children[0])
    if node.type == "reference_expression":
        return is_plain(site, node.named_children[-1])
    if node.type == "tuple_expression":
        return all(is_plain(site, n) for n in node.named_children)
    if node.type in LITERALS or is_place(node):
        return True
    parts = site.method(node) if node.type == "call_expression" else None
    if parts is None:
        return False
    name = site.text(parts.name)
    if name not in VIEWS and not name.startswith(b"checked_"):
        return False
    return is_plain(site, parts.receiver) and all(is_pure(site, n) for n in site.arguments(node))
