"""What all mutation operators share: a reference with its syntax tree, and the registry of operators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from tree_sitter import Node

from ferrule.rust.nodes import parent_of
from ferrule.rust.syntax import COMMENTS, parse

# Not mutated: text that does not run, or whose change no test can notice (types, attributes, docs, tests).
CLOSED = frozenset(
    "attribute_item inner_attribute_item macro_definition use_declaration type_arguments array_type "
    "generic_type type_parameters where_clause visibility_modifier line_comment block_comment".split()
)
# Macros whose tokens are expressions that the result depends on. Output and panic messages are not part of it.
OPEN_MACROS = frozenset(b"vec format write writeln matches concat array".split())
# Functions whose arguments do not affect the result: capacity hints, messages, waiting times.
HINTS = frozenset(
    b"with_capacity reserve reserve_exact try_reserve shrink_to expect expect_err sleep park_timeout wait_timeout "
    b"recv_timeout".split()
)


class Change(NamedTuple):
    """`text` in place of bytes [start, end) of prompt and reference."""

    start: int
    end: int
    text: bytes


@dataclass(frozen=True, eq=False)
class Reference:
    """A problem's prompt and reference as one text; only what starts at `start` or later may change."""

    code: bytes
    start: int

    @cached_property
    def root(self) -> Node:
        return parse(self.code)

    @cached_property
    def by_type(self) -> dict[str, list[Node]]:
        """The nodes of the reference that may change, by type, in the order of the text."""
        nodes: dict[str, list[Node]] = defaultdict(list)
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node.end_byte <= self.start or self._closed(node):
                continue
            if node.start_byte >= self.start:
                nodes[node.type].append(node)
            stack.extend(reversed(node.children))
        return nodes

    def _closed(self, node: Node) -> bool:
        if node.type in CLOSED:
            return True
        if node.type == "macro_invocation":
            return self.text(node.child_by_field_name("macro")).split(b"::")[-1] not in OPEN_MACROS
        if node.type == "arguments":
            return self.called(parent_of(node)) in HINTS
        return node.type == "mod_item"

    def nodes(self, *types: str) -> list[Node]:
        return [node for type in types for node in self.by_type.get(type, ())]

    def text(self, node: Node | None) -> bytes:
        return self.code[node.start_byte : node.end_byte] if node is not None else b""

    def called(self, call: Node) -> bytes:
        """The last name of the called function: `min` for `a.min(b)` and for `std::cmp::min(a, b)`."""
        function = call.child_by_field_name("function")
        if function is not None and function.type == "generic_function":
            function = function.child_by_field_name("function")
        if function is None:
            return b""
        if function.type == "field_expression":
            return self.text(function.child_by_field_name("field"))
        if function.type == "scoped_identifier":
            return self.text(function.child_by_field_name("name"))
        return self.text(function)

    def receiver(self, call: Node) -> Node | None:
        """`a` of `a.min(b)`; None if the call is not a method call."""
        function = call.child_by_field_name("function")
        if function is not None and function.type == "generic_function":
            function = function.child_by_field_name("function")
        if function is None or function.type != "field_expression":
            return None
        return function.child_by_field_name("value")


Operator = Callable[[Reference], Iterator[Change]]
OPERATORS: dict[str, Operator] = {}


def operator(function: Operator) -> Operator:
    """Register an operator under its own name."""
    OPERATORS[function.__name__] = function
    return function


def put(node: Node, text: bytes) -> Change:
    return Change(node.start_byte, node.end_byte, text)


def cut(node: Node) -> Change:
    return Change(node.start_byte, node.end_byte, b"")


def parts(node: Node) -> list[Node]:
    """The named children without comments."""
    return [child for child in node.named_children if child.kind_id not in COMMENTS]
