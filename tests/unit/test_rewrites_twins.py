"""Async functions and their blocking twins."""

import pytest
from rewrite_examples import check_example, entries_of, read_examples

from ferrule.transforms.rewrites import async_twins
from ferrule.transforms.rewrites.async_twins import Twins, twin_forms

ENTRIES = entries_of(async_twins)

EXAMPLES = read_examples(r"""
async_to_plain | impl S | pub async fn f(&self) -> u8 { self.x } ==> pub fn f(&self) -> u8 { self.x }
async_to_plain | async unsafe fn f() {} ==> unsafe fn f() {}
async_to_plain | async fn f() { g().await } ==> nothing
async_to_plain | async fn f() { select!(g().await) } ==> nothing
async_to_plain | async fn f() { h(async { 1 }) } ==> nothing
async_to_plain | impl T for S | async fn f(&self) {} ==> nothing
async_to_plain | fn f() {} ==> nothing
""")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0])
def test_example(example):
    check_example(ENTRIES, *example)


def row(identity: str, code: str, path: str = "", owner: str = "", header: str = "") -> dict:
    name = code.split("fn ")[1].split("(")[0].split("<")[0]
    return dict(
        id=identity, code=code, name=name, path=path, owner=owner, header=header, kind="method", body=1
    )


@pytest.mark.parametrize(
    "one, other",
    [
        (
            row("a", "pub async fn recv(&self, n: u8) -> u8 { 1 }"),
            row("b", "pub fn recv_blocking(&self, n: u8) -> u8 { 1 }"),
        ),
        (
            row("a", "fn get(x: &'a str) -> impl Future<Output = u8> { g() }"),
            row("b", "fn get_sync(x: &str) -> u8 { g() }"),
        ),
        (row("a", "async fn recv_async(&self) {}"), row("b", "fn recv(&self) {}")),
        (row("a", "async fn recv_async(&self) {}"), row("b", "fn recv_sync(&self) {}")),
        (row("a", "async fn recv(&self) {}"), row("b", "fn blocking_recv(&self) {}")),
        (
            row("a", "pub async fn get(x: u8) {}", "net"),
            row("b", "pub fn get(\n    x: u8,\n) {}", "net::blocking"),
        ),
    ],
)
def test_twins(one, other):
    assert twin_forms([one, other]) == twin_forms([other, one]) == [Twins("a", "b")]


@pytest.mark.parametrize(
    "one, other",
    [
        (row("a", "fn recv(&self) -> u8 { 1 }"), row("b", "fn recv_blocking(&self) -> u8 { 1 }")),
        (row("a", "async fn recv(&self, n: u8) {}"), row("b", "fn recv_blocking(&self) {}")),
        (row("a", "async fn recv(&self) {}", owner="S"), row("b", "fn recv_blocking(&self) {}", owner="T")),
        (row("a", "async fn recv(&self) {}", "a"), row("b", "fn recv(&self) {}", "b")),
        (row("a", "async fn recv(&self) {}"), row("b", "async fn recv_blocking(&self) {}")),
        # The async one is no function that a person could write.
        (
            row("a", "pub fn recv(&self) -> Recv<'_, T> { Recv }"),
            row("b", "pub fn recv_blocking(&self) -> T { 1 }"),
        ),
        # They do not do the same in the same way.
        (
            row("a", "async fn keep_async(&self) { self.map.keep_async(|k, ()| f(k)).await; }"),
            row("b", "fn keep_sync(&self) { self.all(|e| { if !f(&*e) { drop(e.consume()); } true }); }"),
        ),
    ],
)
def test_no_twins(one, other):
    assert twin_forms([one, other]) == []
