"""Derives written out by hand: a type without one trait in its derive list, and an `impl` that does the same.

    for form in derive_forms(item, root=b"core"): ...

`item` is the type's text from its first attribute (or doc comment) to its end; `root` is the crate that
paths into the standard library start with: `std`, or `core` where a crate has no std. Unions, packed types, parts
under `cfg`, and types of more than eight fields or variants are left alone, and so are generic
parameters whose associated types appear in fields, for which a derive adds bounds of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ferrule.rust import syntax
from ferrule.transforms.rewrites.derives.derived_impls import WRITERS
from ferrule.transforms.rewrites.derives.derived_types import Type, Variant

MOST = 8
ADVICE = {
    f"derive_{trait.lower()}": f"Derive `{trait}` instead of implementing it by hand."
    for trait in ("Clone", "Debug", "Default", "Hash", "Ord", "PartialEq", "PartialOrd")
}
DERIVE = re.compile(rb"#\[derive\(([^()]*)\)\]")


class DeriveForm(NamedTuple):
    """`rewrite` is a key of ADVICE; `text` is the type without that derive, with the `impl` after it."""

    rewrite: str
    text: bytes


def derive_forms(item: bytes, root: bytes = b"std") -> list[DeriveForm]:
    """One form for each derive that can be written out, in the order of ADVICE."""
    found = read_type(item)
    if found is None:
        return []
    kind, traits = found
    forms = []
    for name in sorted(ADVICE):
        trait = next((t for t in WRITERS if f"derive_{t.decode().lower()}" == name), None)
        if trait in traits:
            body = WRITERS[trait](kind, root)
            if body is not None:
                text = without(item, trait) + b"\n\n" + implementation(kind, trait, body, root)
                forms.append(DeriveForm(name, text))
    return forms


def read_type(item: bytes) -> tuple[Type, list[bytes]] | None:
    """The type and the traits that it derives, or None where it is none that can be written out."""
    tree = syntax.parse(item)
    nodes = [
        n for n in tree.named_children if n.type not in ("line_comment", "block_comment", "attribute_item")
    ]
    if tree.has_error or len(nodes) != 1 or nodes[0].type not in ("struct_item", "enum_item"):
        return None
    node = nodes[0]
    attributes = [n.text for n in tree.named_children if n.type == "attribute_item"]
    if any(re.search(rb"\bpacked\b|cfg_attr", text) for text in attributes):
        return None
    traits = [name for text in attributes for name in derived(text)]
    variants = list(read_variants(node))
    parameters = read_parameters(node)
    body = node.child_by_field_name("body")
    if None in variants or len(variants) > MOST or parameters is None or not variants:
        return None
    if body is not None and re.search(rb"#\[cfg|#!\[", body.text):
        return None
    declared, arguments, types = parameters
    if body is not None and any(
        re.search(rb"\b" + name + rb"::|<" + name + rb" as\b", body.text) for name in types
    ):
        return None
    where = next((n.text for n in node.named_children if n.type == "where_clause"), b"")
    cfgs = tuple(text for text in attributes if text.startswith(b"#[cfg("))
    name = node.child_by_field_name("name").text
    return (
        Type(
            name,
            node.type == "enum_item",
            tuple(variants),
            declared,
            arguments,
            types,
            where,
            cfgs,
            tuple(traits),
        ),
        traits,
    )


def derived(attribute: bytes) -> list[bytes]:
    match = DERIVE.fullmatch(attribute)
    paths = [path.strip() for path in match[1].split(b",")] if match else []
    return [re.sub(rb"^(?:::)?(?:std|core)::\w+::", b"", path) for path in paths if path]


def read_variants(node) -> Iterator[Variant | None]:
    """The variants of an enum, or the struct itself as its only one."""
    body = node.child_by_field_name("body")
    if node.type == "struct_item":
        yield read_fields(b"", body, False)
        return
    default = False
    for child in body.named_children:
        if child.type == "attribute_item":
            default = default or child.text == b"#[default]"
        elif child.type == "enum_variant":
            default = default or any(n.text == b"#[default]" for n in child.named_children)
            yield read_fields(
                child.child_by_field_name("name").text, child.child_by_field_name("body"), default
            )
            default = False


def read_fields(name: bytes, body, default: bool) -> Variant | None:
    if body is None:
        return Variant(name, "unit", (), (), default)
    if body.type == "field_declaration_list":
        fields = [n for n in body.named_children if n.type == "field_declaration"]
        names = tuple(n.child_by_field_name("name").text for n in fields)
        types = tuple(n.child_by_field_name("type").text for n in fields)
        shape = "named"
    elif body.type == "ordered_field_declaration_list":
        skipped = ("attribute_item", "visibility_modifier", "line_comment", "block_comment")
        types = tuple(n.text for n in body.named_children if n.type not in skipped)
        names, shape = tuple(str(i).encode() for i in range(len(types))), "tuple"
    else:
        return None
    return Variant(name, shape, names, types, default) if 0 < len(names) <= MOST else None


def read_parameters(node) -> tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[bytes, ...]] | None:
    """(as declared, as arguments, the type parameters alone), defaults taken off."""
    generics = node.child_by_field_name("type_parameters")
    declared, arguments, types = [], [], []
    for part in generics.named_children if generics is not None else ():
        name = part.child_by_field_name("name")
        if part.type == "lifetime_parameter":
            declared.append(part.text)
            arguments.append(name.text if name is not None else part.text.split(b":")[0].strip())
        elif part.type == "type_parameter":
            default = part.child_by_field_name("default_type")
            text = (
                part.text
                if default is None
                else part.text[: default.start_byte - part.start_byte].rstrip(b" =")
            )
            declared.append(text)
            arguments.append(name.text)
            types.append(name.text)
        elif part.type == "const_parameter":
            declared.append(part.text.split(b"=")[0].strip())
            arguments.append(name.text)
        else:
            return None
    return tuple(declared), tuple(arguments), tuple(types)


def without(item: bytes, trait: bytes) -> bytes:
    """The item's text without `trait` in its derive list; an empty list goes, and so does `#[default]`."""
    edits = []
    stack = [syntax.parse(item)]
    while stack:
        node = stack.pop()
        stack.extend(node.named_children)
        if node.type != "attribute_item":
            continue
        match = DERIVE.fullmatch(node.text)
        if match and trait in derived(node.text):
            paths = [path.strip() for path in match[1].split(b",") if path.strip()]
            kept = b", ".join(path for path in paths if path.split(b"::")[-1] != trait)
            edits.append((node.start_byte, node.end_byte, b"#[derive(" + kept + b")]" if kept else b""))
        elif trait == b"Default" and node.text == b"#[default]":
            edits.append((node.start_byte, node.end_byte, b""))
    parts, last = [], 0
    for start, end, text in sorted(edits):
        parts += [item[last:start], text]
        last = end if text else end + len(item[end:]) - len(item[end:].lstrip())
    return b"".join([*parts, item[last:]])


def implementation(kind: Type, trait: bytes, body: bytes, root: bytes) -> bytes:
    """`impl<T: Trait> Trait for Type<T> where .. { body }`: with the bounds that the derive has."""
    path = {b"Debug": root + b"::fmt::Debug", b"Hash": root + b"::hash::Hash"}.get(trait, trait)
    declared = []
    for text, name in zip(kind.declared, kind.arguments, strict=True):
        if name in kind.types:
            text += (b" + " if b":" in text else b": ") + path
        declared.append(text)
    generics = b"<" + b", ".join(declared) + b">" if declared else b""
    arguments = b"<" + b", ".join(kind.arguments) + b">" if kind.arguments else b""
    head = b"impl" + generics + b" " + path + b" for " + kind.name + arguments
    where = b"\n" + kind.where + b"\n" if kind.where else b" "
    cfgs = b"".join(text + b"\n" for text in kind.cfgs)
    return cfgs + head + where + b"{\n" + body + b"\n}"
