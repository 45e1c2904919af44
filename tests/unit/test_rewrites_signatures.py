"""Signatures spelt out: examples and what must be left alone."""

import pytest
from rewrite_examples import check_example, entries_of, read_examples

from ferrule.transforms.rewrites import spelt_signatures

ENTRIES = entries_of(spelt_signatures)

EXAMPLES = read_examples(r"""
impl_trait_to_generic | fn f(x: impl Read) {} ==> fn f<R: Read>(x: R) {}
impl_trait_to_generic | fn f(x: &mut impl Show, y: Option<impl Show>) {} ==> fn f<T: Show, U: Show>(x: &mut T, y: Option<U>) {}
impl_trait_to_generic | fn f<'a, T>(x: impl Fn(&T) -> u8 + 'a) {} ==> fn f<'a, T, F: Fn(&T) -> u8 + 'a>(x: F) {}
impl_trait_to_generic | fn f(x: &(impl Show + ?Sized)) {} ==> fn f<T: Show + ?Sized>(x: &T) {}
impl_trait_to_generic | impl<T> S<T> | fn f(&self, x: impl Into<T>) {} ==> fn f<U: Into<T>>(&self, x: U) {}
impl_trait_to_generic | impl T for S | fn f(x: impl Read) {} ==> nothing
impl_trait_to_generic | trait T | fn f(x: impl Read) {} ==> nothing
impl_trait_to_generic | fn f() -> impl Read { g() } ==> nothing
impl_trait_to_generic | fn f(x: impl Iterator<Item = &str>) {} ==> nothing
impl_trait_to_generic | fn f(x: impl Iterator<Item = impl Show>) {} ==> nothing
elided_to_named_lifetimes | fn f(x: &str) -> &str { x } ==> fn f<'a>(x: &'a str) -> &'a str { x }
elided_to_named_lifetimes | impl S | fn f<T>(&mut self, x: &T) -> Option<&mut u8> { None } ==> fn f<'a, T>(&'a mut self, x: &T) -> Option<&'a mut u8> { None }
elided_to_named_lifetimes | impl<'a> S<'a> | fn f(&self) -> Iter<'_, u8> { g() } ==> fn f<'b>(&'b self) -> Iter<'b, u8> { g() }
elided_to_named_lifetimes | fn f(x: Iter<'_, u8>) -> &u8 { x } ==> fn f<'a>(x: Iter<'a, u8>) -> &'a u8 { x }
elided_to_named_lifetimes | fn f(x: &u8, g: impl Fn(&u8) -> &u8) -> &u8 { g(x) } ==> fn f<'a>(x: &'a u8, g: impl Fn(&u8) -> &u8) -> &'a u8 { g(x) }
elided_to_named_lifetimes | fn f(x: &u8, y: &u8) -> u8 { 1 } ==> nothing
elided_to_named_lifetimes | fn f(x: &u8, y: Iter<'_>) -> &u8 { x } ==> nothing
elided_to_named_lifetimes | fn f<'a>(x: &'a u8) -> &'a u8 { x } ==> nothing
elided_to_named_lifetimes | impl S | fn f(self: &Self) -> &u8 { x } ==> nothing
elided_to_named_lifetimes | fn f(x: &u8) -> Box<dyn Fn(&u8) -> u8> { g() } ==> nothing
elided_to_named_lifetimes | fn f(x: &u8) -> &'static str { g() } ==> nothing
""")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0])
def test_example(example):
    check_example(ENTRIES, *example)


def test_every_entry_has_an_example():
    assert {name for name, _, _, after in EXAMPLES if after != "nothing"} == ENTRIES
