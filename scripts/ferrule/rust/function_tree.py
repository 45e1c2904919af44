"""A function's syntax tree, with what mutations and rewrites ask of it: names, bindings, calls, places."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from tree_sitter import Node

from ferrule.rust import syntax
from ferrule.rust.nodes import child_of, parent_of

INTEGERS = (b"u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize").split()
PRIMITIVES = frozenset([*INTEGERS, b"f32", b"f64", b"bool", b"char"])
# Not walked: what a macro makes of its tokens is not known here, and attributes are not code.
CLOSED = frozenset(("token_tree", "macro_definition", "attribute_item", "inner_attribute_item"))
COMMENTS = frozenset(("line_comment", "block_comment"))
STATEMENTS = frozenset(("expression_statement", "let_declaration", "empty_statement", "macro_invocation"))
# Where an expression stands alone: any other expression may take its place without brackets.
OPEN_PLACES = frozenset(
    "arguments block let_declaration return_expression match_arm expression_statement field_initializer "
    "assignment_expression tuple_expression closure_expression array_expression".split()
)
KEYWORDS = frozenset(
    b"as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod "
    b"move mut pub ref return self Self static struct super trait true type union unsafe use where while do "
    b"abstract become box final macro override priv typeof unsized virtual yield try gen".split()
)


class Method(NamedTuple):
    """The parts of a method call; `name` is the node of its name."""

    receiver: Node
    name: Node
    arguments: Node


class MethodCall(NamedTuple):
    """A method call whose name is a word: the call, its parts, and the name's text."""

    call: Node
    receiver: Node
    name: bytes
    arguments: Node


@dataclass(frozen=True, eq=False)
class Site:
    code: bytes
    function: Node
    owner: str
    header: str
    names: frozenset[str]

    @cached_property
    def by_type(self) -> dict[str, list[Node]]:
        """Every node below the function by its type, in the order of the text."""
        found: dict[str, list[Node]] = defaultdict(list)
        stack = [self.function]
        while stack:
            node = stack.pop()
            found[node.type].append(node)
            if node.type not in CLOSED:
                stack.extend(reversed(node.children))
        return found

    def nodes(self, *types: str) -> list[Node]:
        if len(types) == 1:
            return self.by_type.get(types[0], [])
        return sorted((n for t in types for n in self.by_type.get(t, ())), key=lambda n: n.start_byte)

    def text(self, node: Node | None) -> bytes:
        return self.code[node.start_byte : node.end_byte] if node is not None else b""

    def between(self, a: Node, b: Node) -> bytes:
        return self.code[a.end_byte : b.start_byte]

    # --- the signature ---

    @cached_property
    def body(self) -> Node:
        return child_of(self.function, "body")

    @cached_property
    def name(self) -> bytes:
        return self.text(child_of(self.function, "name"))

    @cached_property
    def head(self) -> bytes:
        return self.code[: self.body.start_byte]

    @cached_property
    def modifiers(self) -> bytes:
        return self.code[: child_of(self.function, "name").start_byte]

    @cached_property
    def fn_at(self) -> int:
        match = re.search(rb"\bfn\s+$", self.modifiers)
        assert match is not None, "a function's name comes after `fn`"
        return match.start()

    @cached_property
    def returns(self) -> Node | None:
        return self.function.child_by_field_name("return_type")

    @cached_property
    def generics(self) -> Node | None:
        return self.function.child_by_field_name("type_parameters")

    @cached_property
    def parameters(self) -> Node:
        return child_of(self.function, "parameters")

    @cached_property
    def typed_parameters(self) -> list[Node]:
        return [n for n in self.parameters.named_children if n.type == "parameter"]

    @cached_property
    def parameter_types(self) -> dict[bytes, bytes]:
        pairs = ((child_of(p, "pattern"), child_of(p, "type")) for p in self.typed_parameters)
        return {self.text(p): self.text(t) for p, t in pairs if p.type == "identifier"}

    @cached_property
    def self_parameter(self) -> Node | None:
        return next((n for n in self.parameters.named_children if n.type == "self_parameter"), None)

    @cached_property
    def in_trait_impl(self) -> bool:
        return self.header.startswith(("impl", "unsafe impl")) and " for " in self.header.split("{")[0]

    @cached_property
    def in_trait(self) -> bool:
        return bool(self.header) and not self.header.startswith(("impl", "unsafe impl", "default impl"))

    @cached_property
    def is_const(self) -> bool:
        return bool(re.search(rb"\bconst\b", self.modifiers))

    @cached_property
    def is_async(self) -> bool:
        return bool(re.search(rb"\basync\b", self.modifiers))

    # --- names ---

    @cached_property
    def bindings(self) -> dict[bytes, list[Node]]:
        """Names that parameters, lets and patterns bind: the identifiers that bind them."""
        found: dict[bytes, list[Node]] = defaultdict(list)
        for node in self.nodes("identifier", "shorthand_field_identifier"):
            parent = parent_of(node)
            if node.type == "shorthand_field_identifier":
                if parent.type == "field_pattern":
                    found[self.text(node)].append(node)
            elif self.binds(node) and self.text(node)[:1].islower():
                found[self.text(node)].append(node)
        return found

    def binds(self, node: Node) -> bool:
        parent = parent_of(node)
        if parent.type in ("let_declaration", "parameter", "for_expression"):
            return parent.child_by_field_name("pattern") == node
        if parent.type == "tuple_struct_pattern":
            return parent.child_by_field_name("type") != node
        return parent.type in (
            "tuple_pattern",
            "slice_pattern",
            "ref_pattern",
            "mut_pattern",
            "reference_pattern",
            "field_pattern",
            "closure_parameters",
            "match_pattern",
            "or_pattern",
            "captured_pattern",
        ) and not (parent.type == "match_pattern" and parent.child_by_field_name("condition") == node)

    @cached_property
    def uses(self) -> dict[bytes, list[Node]]:
        """Names of local variables: the expressions that are such a name, in the order of the text."""
        found: dict[bytes, list[Node]] = defaultdict(list)
        for node in self.nodes("identifier"):
            name = self.text(node)
            if name in self.bindings and not self.binds(node) and self.is_value(node):
                found[name].append(node)
        return found

    def is_value(self, node: Node) -> bool:
        parent = parent_of(node)
        if parent.type in (
            "scoped_identifier",
            "macro_invocation",
            "label",
            "lifetime",
            "tuple_struct_pattern",
            "function_item",
            "generic_function",
            "const_item",
            "lifetime_parameter",
        ):
            return False
        return not parent.type.startswith("use_")

    def used_after(self, name: bytes, at: int) -> bool:
        """Whether the variable is used after `at`: its word occurs there as no field, path or call."""
        return bool(
            re.search(rb"(?<![\w.:'])" + re.escape(name) + rb"\b(?!\s*[(:!])", self.code[at : self.end])
        )

    @cached_property
    def end(self) -> int:
        return self.function.end_byte

    def known(self, word: bytes) -> bool:
        return (
            word.decode() in self.names
            or word in KEYWORDS
            or re.search(rb"\b" + word + rb"\b", self.code) is not None
        )

    # --- expressions ---

    def stands_open(self, node: Node) -> bool:
        """Whether any expression may take the place of `node` without brackets."""
        parent = parent_of(node)
        if parent.type in ("field_expression", "try_expression", "index_expression", "await_expression"):
            return False
        return parent.type in OPEN_PLACES

    def method(self, call: Node) -> Method | None:
        """The parts of a method call; None for other calls."""
        function = call.child_by_field_name("function")
        if function is not None and function.type == "generic_function":
            function = function.child_by_field_name("function")
        if function is None or function.type != "field_expression":
            return None
        return Method(child_of(function, "value"), child_of(function, "field"), child_of(call, "arguments"))

    @cached_property
    def method_calls(self) -> list[MethodCall]:
        """Every method call whose name is a word."""
        found = []
        for call in self.nodes("call_expression"):
            parts = self.method(call)
            if parts and parts.name.type == "field_identifier":
                found.append(MethodCall(call, parts.receiver, self.text(parts.name), parts.arguments))
        return found

    def arguments(self, call: Node) -> list[Node]:
        node = child_of(call, "arguments")
        return [n for n in node.named_children if n.type not in COMMENTS and n.type != "attribute_item"]

    def calls_of(self, *names: bytes) -> list[tuple[Node, Node]]:
        """(call, its only argument) for calls `Some(x)` of one of these plain names."""
        found = []
        for call in self.nodes("call_expression"):
            if self.text(call.child_by_field_name("function")) in names:
                arguments = self.arguments(call)
                if len(arguments) == 1:
                    found.append((call, arguments[0]))
        return found

    def tail(self, block: Node) -> Node | None:
        """The expression that gives a block its value, or None."""
        inside = [n for n in block.named_children if n.type not in COMMENTS]
        if not inside:
            return None
        last = inside[-1]
        if last.type == "expression_statement":
            return None if self.text(last).endswith(b";") else last.named_children[0]
        if last.type in STATEMENTS or last.type.endswith(("_item", "_declaration", "_definition")):
            return last if last.type == "macro_invocation" else None
        return last

    def statements(self, block: Node) -> list[Node]:
        return [n for n in block.named_children if n.type not in COMMENTS and n.type != "label"]

    def inside(self, node: Node, *types: str) -> Node | None:
        """The nearest node around `node` of one of these types, as far as the function reaches."""
        parent = node.parent
        while parent is not None:
            if parent.type in types:
                return parent
            parent = parent.parent
        return None

    def items(self, node: Node, keep: Callable[[Node], bool] | None = None) -> Iterator[tuple[int, int]]:
        """Spans of the parts of a comma list, each with its comma and whitespace."""
        parts = [n for n in node.named_children if n.type not in COMMENTS and (keep is None or keep(n))]
        for i, part in enumerate(parts):
            if i + 1 < len(parts):
                between = self.between(part, parts[i + 1])
                if b"/" not in between:
                    yield part.start_byte, parts[i + 1].start_byte
            elif i and b"/" not in self.between(parts[i - 1], part):
                yield parts[i - 1].end_byte, part.end_byte
            elif not i:
                yield part.start_byte, part.end_byte


def parse_site(code: str, owner: str, header: str, names: Iterable[str]) -> Site | None:
    """A function's text as a site, or None where it does not parse alone."""
    text = code.encode()
    root = syntax.parse(text)
    function = root.named_children[0] if root.named_child_count == 1 else None
    if root.has_error or function is None or function.type != "function_item":
        return None
    if function.child_by_field_name("body") is None:
        return None
    return Site(text, function, owner, header, frozenset(names))
