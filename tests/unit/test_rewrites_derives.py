"""Derives written out by hand: examples, what must be left alone, and the same behaviour."""

from pathlib import Path

import pytest
from rewrite_examples import tokens

from ferrule.rust import syntax
from ferrule.sandbox import session as sandbox
from ferrule.transforms.rewrites.derives.derives import ADVICE, derive_forms

TYPES = Path(__file__).parents[1] / "data" / "derives.rs"


def forms(item: str) -> dict[str, str]:
    return {form.rewrite: form.text.decode() for form in derive_forms(item.encode())}


@pytest.mark.parametrize(
    "item, rewrite, after",
    [
        (
            "/// Docs with #[derive(Clone)].\n#[derive(Clone)]\nstruct S<T> { x: T, n: u8 }",
            "derive_clone",
            "/// Docs with #[derive(Clone)].\nstruct S<T> { x: T, n: u8 }"
            " impl<T: Clone> Clone for S<T> { fn clone(&self) -> Self { Self { x: self.x.clone(), n: self.n } } }",
        ),
        (
            "#[derive(Debug, Eq)] #[cfg(unix)] enum E<'a> { A, B(&'a u8), C { x: u8 } }",
            "derive_debug",
            "#[derive(Eq)] #[cfg(unix)] enum E<'a> { A, B(&'a u8), C { x: u8 } }"
            " #[cfg(unix)] impl<'a> std::fmt::Debug for E<'a> {"
            " fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { match self {"
            ' Self::A => f.write_str("A"), Self::B(value) => f.debug_tuple("B").field(value).finish(),'
            ' Self::C { x } => f.debug_struct("C").field("x", x).finish(), } } }',
        ),
        (
            "#[derive(Clone, Default)] enum E { #[default] A, B }",
            "derive_default",
            "#[derive(Clone)] enum E { A, B } impl Default for E { fn default() -> Self { Self::A } }",
        ),
    ],
)
def test_example(item, rewrite, after):
    assert tokens(forms(item)[rewrite]) == tokens(after)


@pytest.mark.parametrize(
    "item",
    [
        "#[derive(Clone, Copy)] union U { a: u8 }",
        "#[repr(packed)] #[derive(Clone, Copy)] struct S { a: u8 }",
        "#[derive(Clone)] struct S { #[cfg(unix)] a: u8 }",
        "#[derive(Clone)] struct S<I: Iterator> { a: I::Item }",
        "#[cfg_attr(unix, derive(Clone))] struct S { a: u8 }",
        "#[derive(Default)] enum E<T> { #[default] A, B(T) }",
        "#[derive(Clone)] struct S { a: A, b: A, c: A, d: A, e: A, f: A, g: A, h: A, i: A }",
        "#[derive(Serialize)] struct S { a: u8 }",
        "struct S { a: u8 }",
    ],
)
def test_left_alone(item):
    assert not forms(item)


def test_core_where_there_is_no_std():
    form = derive_forms(b"#[derive(Hash)] struct S(u8);", root=b"core")[0]
    assert b"core::hash::Hash for S" in form.text and b"std::" not in form.text


def test_every_form_does_what_the_derive_does(tmp_path):
    source = TYPES.read_bytes()
    places = types_of(source)
    modules, used = [source], set()
    for start, end in places:
        for form in derive_forms(source[start:end]):
            used.add(form.rewrite)
            modules.append(source[:start] + form.text + source[end:])
    assert used == set(ADVICE)
    text = b"#![allow(warnings)]\n" + b"".join(b"mod m%d {\n%s}\n" % pair for pair in enumerate(modules))
    checks = b"".join(b"    assert_eq!(m0::said(), m%d::said());\n" % at for at in range(1, len(modules)))
    (tmp_path / "main.rs").write_bytes(text + b"fn main() {\n" + checks + b"}\n")
    tmp_path.chmod(0o755)
    with sandbox.Session(tmp_path) as session:
        compiled = session.run(["rustc", "--edition", "2021", "main.rs", "-o", "/tmp/main"])
        assert compiled.status == "ok", compiled.stderr.decode()
        ran = session.run(["/tmp/main"])
    assert ran.status == "ok", ran.stderr.decode()


def types_of(source: bytes) -> list[tuple[int, int]]:
    """Where each type of the file stands, docs and attributes included."""
    found, start = [], None
    for node in syntax.parse(source).named_children:
        if node.type in ("attribute_item", "line_comment"):
            start = node.start_byte if start is None else start
        else:
            if node.type in ("struct_item", "enum_item"):
                found.append((start, node.end_byte))
            start = None
    return found
