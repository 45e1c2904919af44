"""Names that do not resolve: out of scope, undeclared, without their path."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import (
    Mutation,
    cut,
    in_head,
    leading_space,
    operator,
    put,
    span,
)


@operator("E0425", "E0599")
def use_before_let(site: Site) -> Iterator[Mutation]:
    """Used a variable one statement before it is declared."""
    for block in site.nodes("block"):
        statements = site.statements(block)
        for first, second in itertools.pairwise(statements):
            if first.type != "let_declaration" or second.type not in (
                "let_declaration",
                "expression_statement",
            ):
                continue
            pattern = child_of(first, "pattern")
            name, gap = site.text(pattern), site.between(first, second)
            if pattern.type != "identifier" or len(site.bindings.get(name, ())) != 1 or gap.strip():
                continue
            used = re.search(rb"(?<![\w.:])" + name + rb"\b", site.text(second))
            if used and site.text(second).endswith(b";"):
                yield span(first, second, site.text(second) + gap + site.text(first))


@operator("E0425")
def drop_let(site: Site) -> Iterator[Mutation]:
    """Assigned to a variable that was never declared."""
    for node in site.nodes("let_declaration"):
        pattern, value = child_of(node, "pattern"), node.child_by_field_name("value")
        plain = pattern.type == "identifier" and node.child_by_field_name("type") is None
        if plain and value is not None and node.child_by_field_name("alternative") is None:
            if len(site.bindings[site.text(pattern)]) == 1 and site.uses.get(site.text(pattern)):
                yield cut(node.start_byte, pattern.start_byte)


@operator("E0425")
def scope_too_small(site: Site) -> Iterator[Mutation]:
    """Declared a variable inside a block and used it after the block."""
    loops = ("for_expression", "while_expression", "loop_expression")
    for node in site.nodes("let_declaration"):
        pattern, block = child_of(node, "pattern"), parent_of(node)
        name = site.text(pattern)
        if block.type == "block" and parent_of(block).type in (*loops, "if_expression", "unsafe_block"):
            continue
        if pattern.type != "identifier" or len(site.bindings[name]) != 1:
            continue
        statements = site.statements(block)
        at = next((i for i, s in enumerate(statements) if s == node), -1)
        following = statements[at + 1] if 0 <= at < len(statements) - 1 else None
        if following is None or following.type != "expression_statement":
            continue
        loop = following.named_children[0]
        if loop.type not in loops:
            continue
        if site.used_after(name, following.end_byte) and not site.between(node, following).strip():
            body = child_of(loop, "body")
            line = site.code.rfind(b"\n", 0, body.end_byte) + 1
            inner_margin = leading_space(site.code[line:]) + b"    "
            head = site.code[following.start_byte : body.start_byte + 1]
            rest = site.code[body.start_byte + 1 : following.end_byte]
            yield span(node, following, head + b"\n" + inner_margin + site.text(node) + rest)


@operator("E0425", "E0599")
def drop_self(site: Site) -> Iterator[Mutation]:
    """Forgot `self.` before a field or a method, which some languages allow."""
    for node in site.nodes("field_expression"):
        value = child_of(node, "value")
        if value.type == "self" and child_of(node, "field").type == "field_identifier":
            name = site.text(child_of(node, "field"))
            if name not in site.bindings:
                yield cut(node.start_byte, child_of(node, "field").start_byte)


@operator("E0425")
def drop_self_type(site: Site) -> Iterator[Mutation]:
    """Called an associated function without naming its type."""
    for node in site.nodes("scoped_identifier"):
        path = node.child_by_field_name("path")
        if (
            path is not None
            and site.text(path) in (b"Self", site.owner.encode())
            and parent_of(node).type in ("call_expression", "arguments")
        ):
            yield cut(node.start_byte, child_of(node, "name").start_byte)


@operator("E0424", "E0425", signature=True)
def drop_self_parameter(site: Site) -> Iterator[Mutation]:
    """Forgot the self parameter of a method."""
    if site.self_parameter is not None and b"self" in site.text(site.body):
        for start, end in site.items(site.parameters):
            if start == site.self_parameter.start_byte:
                yield cut(start, end)


@operator("E0433", phase="paths")
def drop_crate(site: Site) -> Iterator[Mutation]:
    """Left out `crate::`, `self::`, `super::` or `std::` at the start of a path."""
    for node in site.nodes("scoped_identifier", "scoped_type_identifier"):
        path = node.child_by_field_name("path")
        if path is not None and site.text(path) in (b"crate", b"super", b"self", b"std", b"core", b"alloc"):
            if parent_of(node).type in ("scoped_identifier", "scoped_type_identifier"):
                yield cut(node.start_byte, child_of(node, "name").start_byte)


@operator("E0425", "E0412", "E0433", phase="paths")
def drop_module(site: Site) -> Iterator[Mutation]:
    """Used a function or type of another module without its path or an import."""
    for node in site.nodes("scoped_identifier", "scoped_type_identifier"):
        path, name = node.child_by_field_name("path"), child_of(node, "name")
        last = site.text(path).split(b"::")[-1] if path is not None else b""
        if last[:1].islower() and parent_of(node).type not in (
            "scoped_identifier",
            "scoped_type_identifier",
            "use_declaration",
            "macro_invocation",
        ):
            if last not in (
                b"self",
                b"u8",
                b"f64",
                b"usize",
                b"u32",
                b"u64",
            ) and not parent_of(node).type.startswith("use"):
                yield in_head(site, cut(node.start_byte, name.start_byte))


@operator("E0433", "E0425", "E0412", phase="paths")
def drop_import(site: Site) -> Iterator[Mutation]:
    """Forgot an import inside the function."""
    for node in site.nodes("use_declaration"):
        if parent_of(node).type == "block":
            yield cut(node.start_byte, node.end_byte)


@operator("E0411", "E0433")
def self_outside_impl(site: Site) -> Iterator[Mutation]:
    """Wrote Self in a free function."""
    if not site.header and site.returns is not None and site.returns.type == "type_identifier":
        yield in_head(site, put(site.returns, b"Self"))


@operator("E0425", "E0531", "E0422")
def drop_enum(site: Site) -> Iterator[Mutation]:
    """Named an enum's variant without the enum."""
    for node in site.nodes("scoped_identifier", "scoped_type_identifier"):
        path, name = node.child_by_field_name("path"), child_of(node, "name")
        if (
            path is not None
            and site.text(path).split(b"::")[-1][:1].isupper()
            and site.text(name)[:1].isupper()
        ):
            if parent_of(node).type in (
                "tuple_struct_pattern",
                "struct_pattern",
                "call_expression",
                "arguments",
                "struct_expression",
                "block",
            ):
                yield cut(node.start_byte, name.start_byte)
