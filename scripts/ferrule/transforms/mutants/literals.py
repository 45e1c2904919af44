"""Mutants of literals: a different number, the opposite truth value, an empty string."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.nodes import parent_of, text_of
from ferrule.transforms.mutants.mutant_operator import Change, Reference, operator, put

INTEGER = re.compile(r"(0x[0-9a-fA-F_]+?|0b[01_]+|0o[0-7_]+|[0-9][0-9_]*)([iu](?:8|16|32|64|128|size))?$")
FORMS = {"0x": "{:#x}", "0b": "{:#b}", "0o": "{:#o}"}
FLOAT = re.compile(r"([0-9_]+\.[0-9_]*)(f32|f64)?$")


@operator
def integer(reference: Reference) -> Iterator[Change]:
    """`n` as `n + 1` and as `n - 1`."""
    for node in reference.nodes("integer_literal"):
        match = INTEGER.match(reference.text(node).decode())
        if match is None or not is_value(node):
            continue
        digits, suffix = match[1].replace("_", ""), match[2] or ""
        number = int(digits, 0) if digits[:2] in FORMS else int(digits)
        for changed in (number + 1, number - 1):
            if changed >= 0:
                text = FORMS.get(digits[:2], "{}").format(changed)
                yield put(node, f"{text}{suffix}".encode())


@operator
def decimal(reference: Reference) -> Iterator[Change]:
    """`1.5` as `2.5`."""
    for node in reference.nodes("float_literal"):
        if match := FLOAT.match(reference.text(node).decode()):
            whole, point, rest = match[1].partition(".")
            number = int(whole.replace("_", "")) + 1
            yield put(node, f"{number}{point}{rest}{match[2] or ''}".encode())


@operator
def boolean(reference: Reference) -> Iterator[Change]:
    """`true` as `false`, and the reverse."""
    for node in reference.nodes("boolean_literal"):
        yield put(node, b"false" if reference.text(node) == b"true" else b"true")


@operator
def string(reference: Reference) -> Iterator[Change]:
    """A string as the empty string, and the empty string as `"mutant"`."""
    for node in reference.nodes("string_literal"):
        if is_value(node):
            yield put(node, b'"mutant"' if reference.text(node) == b'""' else b'""')


@operator
def character(reference: Reference) -> Iterator[Change]:
    """A letter or digit as the next one, any other character as `x`."""
    for node in reference.nodes("char_literal"):
        prefix, _, rest = reference.text(node).decode().partition("'")
        char = rest[:-1]
        changed = chr(ord(char) + 1) if re.fullmatch("[a-yA-Y0-8]", char) else "x"
        yield put(node, f"{prefix}'{changed}'".encode())


def is_value(node: Node) -> bool:
    """Whether a literal is a value: neither the field `0` of `pair.0` nor the template of a macro with arguments."""
    parent = parent_of(node)
    if parent.type == "field_expression":
        return False
    # With another template, `format!` would not compile. A template without placeholders is like any other string.
    return not (node.type == "string_literal" and parent.type == "token_tree" and b"{" in text_of(node))
