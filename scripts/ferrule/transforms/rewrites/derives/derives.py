"""Derives written out by hand: a type without one trait in its derive list, and an `impl` that does the same.

    for form in derive_forms(item, root=b"core"): ...

`item` is the type's text from its first attribute (or doc comment) to its end. `root` is the crate that paths
into the standard library start with: `std`, or `core` in a crate without std. These types are left alone:
unions, packed types, types with parts under `cfg` or with more than eight fields or variants, and types whose
fields use an associated type of a generic parameter, because the derive adds bounds for those.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tree_sitter import Node

from ferrule.rust import syntax
from ferrule.rust.function_tree import COMMENTS
from ferrule.rust.nodes import child_of, text_of
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
    """One form for each derive that can be written out, by the name of the rewrite."""
    kind = read_type(item)
    if kind is None:
        return []
    forms = []
    for trait, write in WRITERS.items():
        body = write(kind, root) if trait in kind.traits else None
        if body is not None:
            text = without(item, trait) + b"\n\n" + implementation(kind, trait, body, root)
            forms.append(DeriveForm(f"derive_{trait.decode().lower()}", text))
    return sorted(forms)


def read_type(item: bytes) -> Type | None:
    """The type, or None if its derives cannot be written out."""
    tree = syntax.parse(item)
    nodes = [n for n in tree.named_children if n.type not in COMMENTS and n.type != "attribute_item"]
    if tree.has_error or len(nodes) != 1 or nodes[0].type not in ("struct_item", "enum_item"):
        return None
    node = nodes[0]
    attributes = [text_of(n) for n in tree.named_children if n.type == "attribute_item"]
    if any(re.search(rb"\bpacked\b|cfg_attr", text) for text in attributes):
        return None
    variants, parameters = read_variants(node), read_parameters(node)
    if not variants or len(variants) > MOST or parameters is None:
        return None
    declared, arguments, types = parameters
    block = node.child_by_field_name("body")
    body = text_of(block) if block is not None else b""
    if re.search(rb"#\[cfg|#!\[", body):
        return None
    if any(re.search(rb"\b" + name + rb"::|<" + name + rb" as\b", body) for name in types):
        return None
    where = next((text_of(n) for n in node.named_children if n.type == "where_clause"), b"")
    return Type(
        text_of(child_of(node, "name")),
        node.type == "enum_item",
        tuple(variants),
        declared,
        arguments,
        types,
        where,
        cfgs=tuple(text for text in attributes if text.startswith(b"#[cfg(")),
        traits=tuple(name for text in attributes for name in derived(text)),
    )


def derived(attribute: bytes) -> list[bytes]:
    """The traits that an attribute derives, without their paths in the standard library."""
    match = DERIVE.fullmatch(attribute)
    paths = [path.strip() for path in match[1].split(b",")] if match else []
    return [re.sub(rb"^(?:::)?(?:std|core)::\w+::", b"", path) for path in paths if path]


def read_variants(node: Node) -> list[Variant] | None:
    """The variants of an enum, or the struct itself as its only one; None if one cannot be written out."""
    if node.type == "struct_item":
        variants = [read_fields(b"", node.child_by_field_name("body"), False)]
    else:
        variants, default = [], False
        for child in child_of(node, "body").named_children:
            if child.type == "attribute_item":
                default = default or text_of(child) == b"#[default]"
            elif child.type == "enum_variant":
                default = default or any(text_of(n) == b"#[default]" for n in child.named_children)
                name = text_of(child_of(child, "name"))
                variants.append(read_fields(name, child.child_by_field_name("body"), default))
                default = False
    readable = [variant for variant in variants if variant is not None]
    return readable if len(readable) == len(variants) else None


def read_fields(name: bytes, body: Node | None, default: bool) -> Variant | None:
    """A variant with its fields; None if it has none between its brackets, or too many."""
    if body is None:
        return Variant(name, "unit", (), (), default)
    if body.type == "field_declaration_list":
        fields = [n for n in body.named_children if n.type == "field_declaration"]
        names = tuple(text_of(child_of(n, "name")) for n in fields)
        types = tuple(text_of(child_of(n, "type")) for n in fields)
        shape = "named"
    elif body.type == "ordered_field_declaration_list":
        skipped = ("attribute_item", "visibility_modifier", *COMMENTS)
        types = tuple(text_of(n) for n in body.named_children if n.type not in skipped)
        names, shape = tuple(str(i).encode() for i in range(len(types))), "tuple"
    else:
        return None
    return Variant(name, shape, names, types, default) if 0 < len(names) <= MOST else None


def read_parameters(node: Node) -> tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[bytes, ...]] | None:
    """The generic parameters without defaults: (as declared, as arguments, the types among the arguments)."""
    generics = node.child_by_field_name("type_parameters")
    declared, arguments, types = [], [], []
    for part in generics.named_children if generics is not None else ():
        text = text_of(part)
        if part.type not in ("lifetime_parameter", "type_parameter", "const_parameter"):
            return None
        name = text_of(child_of(part, "name"))
        if part.type == "type_parameter":
            types.append(name)
            default = part.child_by_field_name("default_type")
            if default is not None:
                text = text[: default.start_byte - part.start_byte].rstrip(b" =")
        elif part.type == "const_parameter":
            text = text.split(b"=")[0].strip()
        declared.append(text)
        arguments.append(name)
    return tuple(declared), tuple(arguments), tuple(types)


def without(item: bytes, trait: bytes) -> bytes:
    """The item without `trait` in its derive list; without `Default`, `#[default]` is removed as well."""
    edits = []
    stack = [syntax.parse(item)]
    while stack:
        node = stack.pop()
        stack.extend(node.named_children)
        if node.type != "attribute_item":
            continue
        attribute = text_of(node)
        match = DERIVE.fullmatch(attribute)
        if match and trait in derived(attribute):
            paths = [path.strip() for path in match[1].split(b",") if path.strip()]
            kept = b", ".join(path for path in paths if path.split(b"::")[-1] != trait)
            edits.append((node.start_byte, node.end_byte, b"#[derive(" + kept + b")]" if kept else b""))
        elif trait == b"Default" and attribute == b"#[default]":
            edits.append((node.start_byte, node.end_byte, b""))
    parts, last = [], 0
    for start, end, text in sorted(edits):
        parts += [item[last:start], text]
        last = end if text else end + len(item[end:]) - len(item[end:].lstrip())
    return b"".join([*parts, item[last:]])


def implementation(kind: Type, trait: bytes, body: bytes, root: bytes) -> bytes:
    """`impl<T: Trait> Trait for Type<T> where .. { body }`, with the bounds that the derive adds."""
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
