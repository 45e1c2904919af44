"""Which function a call means, by the compiler, and what a prompt shows of it."""

import pytest

from ferrule.compiler.judge import Function, Judge
from ferrule.compiler.resolved_calls import plain, receiver_and_trait, resolve_calls
from ferrule.core.schemas import CHUNKS
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.rust import syntax
from ferrule.tasks.context import Crate

SOURCE = """use std::collections::HashMap;

pub struct Axis(u8);
pub struct Vec2 {
    /// Always positive.
    pub x: u8,
}

impl Axis {
    pub fn cross(&self, other: &Axis) -> u8 {
        self.0 * other.0
    }
}

impl Vec2 {
    pub fn cross(&self, other: &Vec2) -> u8 {
        self.x + other.x
    }

    pub fn area(&self) -> u8 {
        self.x
    }
}

pub trait Shape {
    /// How large it is.
    fn size(&self) -> u8;
}

fn helper<T>(x: T) -> T {
    x
}

fn sum<T: Copy + std::ops::Add<Output = T>>(a: T, b: T, c: T, d: T, e: T) -> T {
    a + b + c + d + e
}

/// é makes bytes and characters differ.
pub fn go<S: Shape>(shape: &S, a: &Vec2, known: &HashMap<u8, u8>, é: u8) -> u8 {
    let é = helper::<u8>(é); known.get(&é).copied().unwrap_or(a.cross(a)) + shape.size()
}
"""


@pytest.fixture(scope="module")
def resolved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calls") / "source"
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text('[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n')
    (folder / "Cargo.lock").write_text('version = 3\n\n[[package]]\nname = "demo"\nversion = "0.1.0"\n')
    (folder / "src/lib.rs").write_text(SOURCE)
    chunks = Chunks("demo@0.1.0")
    chunk_file(chunks, "src/lib.rs", SOURCE.encode(), syntax.parse(SOURCE.encode()))
    columns = [chunks.columns[name] for name in CHUNKS.names]
    rows = [dict(zip(CHUNKS.names, values, strict=True)) for values in zip(*columns, strict=True)]
    functions = [
        Function(r["id"], r["file"], r["start"], r["end"], r["body"])
        for r in rows
        if r["body"] >= 0 and r["kind"] in ("function", "method")
    ]
    with Judge(folder, ".", [dict(kind=["lib"], name="demo", path="src/lib.rs")]) as judge:
        judge.baseline()
        calls = resolve_calls(judge, functions)
    return rows, calls


def test_every_call_has_its_place_and_its_meaning(resolved):
    rows, calls = resolved
    go = next(row for row in rows if row["name"] == "go")
    found = {call.name: call for call in calls if call.chunk == go["id"]}
    assert {name: plain(call.path) for name, call in found.items() if not call.path.startswith("<")} == {
        "helper": "helper",
        "get": "std::collections::HashMap::get",
        "copied": "std::option::Option::copied",
        "unwrap_or": "std::option::Option::unwrap_or",
        "cross": "Vec2::cross",
    }
    assert receiver_and_trait(found["size"].path) == ("S", "Shape")
    source = SOURCE.encode()
    assert all(source[call.start : call.end].decode().startswith(name) for name, call in found.items())


def test_calls_that_begin_at_the_same_place_have_an_order(resolved):
    rows, calls = resolved
    sums = next(row for row in rows if row["name"] == "sum")
    ends = [call.end - call.start for call in calls if call.chunk == sums["id"]]
    assert ends == [5, 9, 13, 17]


def test_the_prompt_shows_the_method_of_the_receivers_type(resolved):
    rows, calls = resolved
    go = next(row for row in rows if row["name"] == "go")
    go["calls"] = [vars(call) for call in calls if call.chunk == go["id"]]
    context = Crate(rows).context(go, 5000)
    text = context.before()
    assert "impl Vec2 {\n    pub fn cross(&self, other: &Vec2)" in text and "other: &Axis" not in text
    assert "pub fn area(&self) -> u8" in text, "what a caller sees beside it"
    assert "/// Always positive." in text and "fn helper<T>(x: T) -> T" in text
    assert "    /// How large it is.\n    fn size(&self) -> u8;" in text
    assert not context.missing


@pytest.mark.parametrize(
    ("path", "bare"),
    [
        ("std::vec::Vec::<T>::push", "std::vec::Vec::push"),
        ("graph::Graph::<N, fn(u8) -> Vec<u8>>::add::<X>", "graph::Graph::add"),
        ("to", "to"),
    ],
)
def test_paths_without_their_arguments(path, bare):
    assert plain(path) == bare


def test_receivers_and_traits():
    assert receiver_and_trait("<Iter<'_, (u8, u8)> as std::iter::Iterator>::next") == (
        "Iter<'_, (u8, u8)>",
        "std::iter::Iterator",
    )
    assert receiver_and_trait("Vec::<<T as A>::B>::push") == ("", "")
