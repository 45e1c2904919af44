"""Values that do not live long enough, or that change or move while something still points to them.

These are the errors that people ask about most once they know the syntax: E0716, E0597, E0506, E0503 and E0505. The
other operators hardly ever cause them, since few functions offer the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import (
    Mutation,
    insert,
    leading_space,
    operator,
    over,
    put,
)

# Expressions that make an owned text or list, and the view into it that people take too early.
OWNED = (
    (re.compile(rb"(?:format!\s*[(\[]|String::from\()"), b".as_str()"),
    (re.compile(rb".*\.(?:to_string|to_uppercase|to_lowercase|into_string)\(\)$", re.DOTALL), b".as_str()"),
    (re.compile(rb".*\.collect::<String>\(\)$", re.DOTALL), b".as_str()"),
    (re.compile(rb"(?:vec!\s*\[|Vec::from\()"), b".as_slice()"),
    (re.compile(rb".*\.(?:to_vec|into_bytes)\(\)$", re.DOTALL), b".as_slice()"),
    (re.compile(rb".*\.collect::<Vec<.*>>\(\)$", re.DOTALL), b".as_slice()"),
)


def lets(site: Site) -> Iterator[tuple[Node, bytes, Node]]:
    """(declaration, name, value) of every plain `let name = value;` of a block."""
    for node in site.nodes("let_declaration"):
        pattern, value = child_of(node, "pattern"), node.child_by_field_name("value")
        if (
            pattern.type == "identifier"
            and value is not None
            and node.child_by_field_name("alternative") is None
            and parent_of(node).type == "block"
            and b"mut" not in site.code[node.start_byte : pattern.start_byte]
        ):
            yield node, site.text(pattern), value


@operator("E0716")
def reference_into_temporary(site: Site) -> Iterator[Mutation]:
    """Took a reference into a value that nobody keeps, and used it in a later statement."""
    for node, name, value in lets(site):
        if node.child_by_field_name("type") is not None or not site.used_after(name, node.end_byte):
            continue
        text = site.text(value)
        view = next((view for made, view in OWNED if made.match(text)), None)
        if view:
            yield insert(value.end_byte, view)


@operator("E0597")
def reference_out_of_block(site: Site) -> Iterator[Mutation]:
    """Returned a reference to a variable from the block that it lives in."""
    for node, name, value in lets(site):
        if (
            value.type not in ("call_expression", "macro_invocation")
            or node.child_by_field_name("type") is not None
            or b"?" in site.text(value)
            or b"\n" in site.text(value)
        ):
            continue
        uses = [use for use in site.uses.get(name, ()) if use.start_byte > node.end_byte]
        if not uses or not all(looked_at(use) for use in uses):
            continue
        column = site.code.rfind(b"\n", 0, node.start_byte) + 1
        margin = leading_space(site.code[column : node.start_byte])
        inner = b"value" if name != b"value" else b"inner"
        block = (
            b"{\n" + margin + b"    let " + inner + b" = " + site.text(value) + b";\n"
            + margin + b"    &" + inner + b"\n" + margin + b"}"
        )  # fmt: skip
        yield put(value, block)


def looked_at(use: Node) -> bool:
    """Whether a use only reads: the receiver of a method or field, a borrow, the base of an index."""
    parent = parent_of(use)
    if parent.type == "field_expression":
        return True
    return parent.type in ("reference_expression", "index_expression")


NUMBER = re.compile(rb"\s*(?:[-+*/%&|^]|<<|>>)?=(?![=>])")


def steps(site: Site) -> Iterator[tuple[Node, bytes, list[Node], int]]:
    """(block, name, statements, index) of statements that change a local number: `n += 1;`."""
    for block in site.nodes("block"):
        statements = site.statements(block)
        for index, statement in enumerate(statements):
            inner = statement.named_child(0) if statement.type == "expression_statement" else None
            if inner is None or inner.type not in ("compound_assignment_expr", "assignment_expression"):
                continue
            left = child_of(inner, "left")
            if left.type == "identifier" and site.text(left) in site.bindings:
                yield block, site.text(left), statements, index


def margin_of(site: Site, node: Node) -> bytes:
    column = site.code.rfind(b"\n", 0, node.start_byte) + 1
    return leading_space(site.code[column : node.start_byte])


@operator("E0506")
def assigned_while_borrowed(site: Site) -> Iterator[Mutation]:
    """Kept a reference to a variable to remember its old value, and changed the variable."""
    for block, name, statements, index in steps(site):
        changed = statements[index]
        later = [
            use
            for use in site.uses.get(name, ())
            if changed.end_byte <= use.start_byte < block.end_byte and by_value(use)
        ]
        if not later:
            continue
        use = later[-1]
        text = (
            b"let before = &" + name + b";\n" + margin_of(site, changed)
            + site.code[changed.start_byte : use.start_byte] + b"*before"
        )  # fmt: skip
        yield over(changed.start_byte, use.end_byte, text)


@operator("E0503", "E0506")
def used_while_mutably_borrowed(site: Site) -> Iterator[Mutation]:
    """Borrowed a variable mutably first, and read the variable itself before the reference is used."""
    for _, name, statements, index in steps(site):
        changed = statements[index]
        inner = changed.named_child(0)
        if inner is None or inner.type != "compound_assignment_expr":
            continue
        earlier = [
            statement
            for statement in statements[:index]
            for use in site.uses.get(name, ())
            if statement.start_byte <= use.start_byte < statement.end_byte and by_value(use)
        ]
        if not earlier:
            continue
        first = earlier[-1]
        left = child_of(inner, "left")
        text = (
            b"let counter = &mut " + name + b";\n" + margin_of(site, first)
            + site.code[first.start_byte : left.start_byte] + b"*counter"
        )  # fmt: skip
        yield over(first.start_byte, left.end_byte, text)


def by_value(use: Node) -> bool:
    """Whether a use takes the value, as numbers are used."""
    return parent_of(use).type in (
        "binary_expression",
        "arguments",
        "index_expression",
        "range_expression",
        "type_cast_expression",
        "field_initializer",
        "tuple_expression",
    )


@operator("E0505")
def dropped_while_iterated(site: Site) -> Iterator[Mutation]:
    """Freed a collection inside the loop that walks it."""
    for node in site.nodes("for_expression"):
        value, body = child_of(node, "value"), child_of(node, "body")
        match = re.fullmatch(
            rb"&(\w+)|(\w+)\.(?:iter|chars|bytes|lines|keys|values|windows\(\w+\)|chunks\(\w+\))(?:\(\))?",
            site.text(value),
        )
        name = (match[1] or match[2]) if match else None
        statements = site.statements(body)
        if not name or name == b"self" or name not in site.bindings or not statements:
            continue
        kind = site.parameter_types.get(name, b"")
        if kind.startswith(b"&"):
            continue
        last = statements[-1]
        yield insert(last.end_byte, b"\n" + margin_of(site, last) + b"drop(" + name + b");")


@operator("E0505")
def moved_while_viewed(site: Site) -> Iterator[Mutation]:
    """Moved a value although a view into it is used once more."""
    for node, name, value in lets(site):
        # `let view = text.trim();` and later a use of it: the owner is moved in between.
        match = re.match(
            rb"(\w+)\.(?:as_str|as_slice|as_ref|as_bytes|trim\w*|iter|chars|bytes|lines|split\w*|get|first|last|borrow|lock)\b",
            site.text(value),
        )
        owner = match[1] if match else None
        if not owner or owner not in site.bindings or not site.used_after(name, node.end_byte):
            continue
        if site.parameter_types.get(owner, b"&").startswith(b"&") and owner in site.parameter_types:
            continue
        yield insert(node.end_byte, b"\n" + margin_of(site, node) + b"let owned = " + owner + b";")
