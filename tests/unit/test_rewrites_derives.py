"""Derives written out by hand: examples, what must be left alone, and the same behaviour."""

import pytest
from rewrite_examples import tokens

from ferrule.transforms.rewrites.derives.derives import derive_forms


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
