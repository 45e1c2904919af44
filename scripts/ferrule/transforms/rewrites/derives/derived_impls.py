"""The bodies of `impl` blocks that behave like a derive, one function per trait.

Each takes the type and the crate that paths into the standard library start with, and returns None if it
cannot write the impl.
"""

from __future__ import annotations

import re

from ferrule.rust.function_tree import INTEGERS
from ferrule.transforms.rewrites.derives.derived_types import Type, Variant

COPIED = re.compile(
    rb"(?:" + b"|".join([*INTEGERS, b"f32", b"f64", b"bool", b"char"]) + rb"|&(?!\s*(?:'\w+\s+)?mut\b).*)",
    re.DOTALL,
)
LETTERS = tuple(bytes([c]) for c in b"abcdegh")  # `f` is the formatter


def struct_of(kind: Type) -> Variant | None:
    """The fields of a struct; None for an enum."""
    return None if kind.is_enum else kind.variants[0]


def built(variant: Variant, values: list[bytes]) -> bytes:
    """An expression or a pattern of the variant with these values."""
    if variant.shape == "unit":
        return variant.path
    if variant.shape == "tuple":
        return variant.path + b"(" + b", ".join(values) + b")"
    pairs = [
        name if name == value else name + b": " + value
        for name, value in zip(variant.fields, values, strict=True)
    ]
    return variant.path + b" { " + b", ".join(pairs) + b" }"


def names_of(variant: Variant, prefix: bytes = b"") -> list[bytes]:
    """Names for the fields of a variant that a pattern binds."""
    if variant.shape == "named":
        return [prefix + name.removeprefix(b"r#") if prefix else name for name in variant.fields]
    if len(variant.fields) == 1:
        return [prefix + b"value"]
    return [prefix + LETTERS[i] for i in range(len(variant.fields))]


def fits(kind: Type) -> bool:
    """Whether LETTERS has enough names for the fields of every variant."""
    return all(len(v.fields) <= len(LETTERS) for v in kind.variants)


def clone(kind: Type, root: bytes) -> bytes | None:
    head = b"fn clone(&self) -> Self {\n"
    if b"Copy" in kind.traits and not kind.types:
        return head + b"*self\n}"
    if variant := struct_of(kind):
        values = [
            b"self." + name + (b"" if COPIED.fullmatch(type_) else b".clone()")
            for name, type_ in zip(variant.fields, variant.types, strict=True)
        ]
        return head + built(variant, values) + b"\n}"
    if not fits(kind):
        return None
    arms = []
    for variant in kind.variants:
        names = names_of(variant)
        values = [
            b"*" + name if COPIED.fullmatch(type_) else name + b".clone()"
            for name, type_ in zip(names, variant.types, strict=True)
        ]
        arms.append(built(variant, names) + b" => " + built(variant, values) + b",")
    return head + b"match self {\n" + b"\n".join(arms) + b"\n}\n}"


def partial_eq(kind: Type, root: bytes) -> bytes | None:
    head = b"fn eq(&self, other: &Self) -> bool {\n"
    if variant := struct_of(kind):
        tests = [b"self." + name + b" == other." + name for name in variant.fields]
        if not tests:
            return head.replace(b"other", b"_other") + b"true\n}"
        return head + b" && ".join(tests) + b"\n}"
    if not fits(kind):
        return None
    if len(kind.variants) == 1 and not kind.variants[0].fields:
        return None
    if len(kind.variants) > 4 and not any(v.fields for v in kind.variants):
        mem = root + b"::mem::discriminant("
        return head + mem + b"self) == " + mem + b"other)\n}"
    arms = []
    for variant in kind.variants:
        left, right = names_of(variant), names_of(variant, b"other_")
        if set(left) & set(right):
            return None
        tests = [a + b" == " + b for a, b in zip(left, right, strict=True)] or [b"true"]
        pattern = b"(" + built(variant, left) + b", " + built(variant, right) + b")"
        arms.append(pattern + b" => " + b" && ".join(tests) + b",")
    if len(kind.variants) > 1:
        arms.append(b"_ => false,")
    return head + b"match (self, other) {\n" + b"\n".join(arms) + b"\n}\n}"


def debug(kind: Type, root: bytes) -> bytes | None:
    formatter = b"formatter" if any(b"f" in v.fields for v in kind.variants) else b"f"
    if any(b"formatter" in v.fields for v in kind.variants) or not fits(kind):
        return None
    head = (
        b"fn fmt(&self, "
        + formatter
        + b": &mut "
        + root
        + b"::fmt::Formatter<'_>) -> "
        + root
        + b"::fmt::Result {\n"
    )
    if variant := struct_of(kind):
        values = [b"&self." + name for name in variant.fields]
        return head + shown(kind.name, variant, values, formatter) + b"\n}"
    arms = [
        built(v, names_of(v)) + b" => " + shown(v.name, v, names_of(v), formatter) + b","
        for v in kind.variants
    ]
    return head + b"match self {\n" + b"\n".join(arms) + b"\n}\n}"


def shown(name: bytes, variant: Variant, values: list[bytes], formatter: bytes) -> bytes:
    """The expression that formats a variant for `Debug`."""
    quoted = b'"' + name.removeprefix(b"r#") + b'"'
    if variant.shape == "unit":
        return formatter + b".write_str(" + quoted + b")"
    if variant.shape == "tuple":
        return (
            formatter
            + b".debug_tuple("
            + quoted
            + b")"
            + b"".join(b".field(" + v + b")" for v in values)
            + b".finish()"
        )
    calls = [
        b'.field("' + field.removeprefix(b"r#") + b'", ' + value + b")"
        for field, value in zip(variant.fields, values, strict=True)
    ]
    return formatter + b".debug_struct(" + quoted + b")" + b"".join(calls) + b".finish()"


# Default values by a pattern of the type's name.
DEFAULTS = (
    (rb"(?:" + b"|".join(INTEGERS) + rb")", b"0"),
    (rb"f32|f64", b"0.0"),
    (rb"bool", b"false"),
    (rb"Option<.*>", b"None"),
    (rb"String", b"String::new()"),
    (rb"Vec<.*>", b"Vec::new()"),
)


def default(kind: Type, root: bytes) -> bytes | None:
    head = b"fn default() -> Self {\n"
    if variant := struct_of(kind):
        return head + built(variant, [default_of(type_) for type_ in variant.types]) + b"\n}"
    defaults = [v for v in kind.variants if v.default]
    # The derive for an enum adds no bounds to the type parameters.
    if len(defaults) != 1 or kind.types:
        return None
    return head + b"Self::" + defaults[0].name + b"\n}"


def default_of(type_: bytes) -> bytes:
    return next(
        (v for pattern, v in DEFAULTS if re.fullmatch(pattern, type_, re.DOTALL)), b"Default::default()"
    )


def hash_(kind: Type, root: bytes) -> bytes | None:
    call = root + b"::hash::Hash::hash("
    head = b"fn hash<H: " + root + b"::hash::Hasher>(&self, state: &mut H) {\n"
    if b"H" in kind.arguments or not fits(kind):
        return None
    if variant := struct_of(kind):
        if not variant.fields:
            return None
        return head + b"\n".join(call + b"&self." + name + b", state);" for name in variant.fields) + b"\n}"
    first = call + b"&" + root + b"::mem::discriminant(self), state);"
    if not any(v.fields for v in kind.variants):
        return head + first + b"\n}" if len(kind.variants) > 1 else None
    arms = []
    for variant in kind.variants:
        names = names_of(variant)
        if b"state" in names:
            return None
        calls = b"\n".join(call + name + b", state);" for name in names)
        arms.append(built(variant, names) + b" => {" + (b"\n" + calls + b"\n" if names else b"") + b"}")
    first = first + b"\n" if len(kind.variants) > 1 else b""
    return head + first + b"match self {\n" + b"\n".join(arms) + b"\n}\n}"


def ord_(kind: Type, root: bytes) -> bytes | None:
    variant = struct_of(kind)
    if variant is None or not 1 <= len(variant.fields) <= 4:
        return None
    first, *rest = [b"self." + name + b".cmp(&other." + name + b")" for name in variant.fields]
    text = first + b"".join(b".then_with(|| " + test + b")" for test in rest)
    return b"fn cmp(&self, other: &Self) -> " + root + b"::cmp::Ordering {\n" + text + b"\n}"


def partial_ord(kind: Type, root: bytes) -> bytes | None:
    variant = struct_of(kind)
    if variant is None or not 1 <= len(variant.fields) <= 4:
        return None
    *earlier, text = [b"self." + name + b".partial_cmp(&other." + name + b")" for name in variant.fields]
    equal = b"Some(" + root + b"::cmp::Ordering::Equal)"
    for test in reversed(earlier):
        text = b"match " + test + b" {\n" + equal + b" => " + text + b",\nordering => ordering,\n}"
    return b"fn partial_cmp(&self, other: &Self) -> Option<" + root + b"::cmp::Ordering> {\n" + text + b"\n}"


WRITERS = {
    b"Clone": clone,
    b"Debug": debug,
    b"Default": default,
    b"Hash": hash_,
    b"Ord": ord_,
    b"PartialEq": partial_eq,
    b"PartialOrd": partial_ord,
}
