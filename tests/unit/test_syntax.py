"""Chunks against the text they come from, and against an independent count."""

import re
from pathlib import Path

import pytest
from tree_sitter import Query, QueryCursor

from ferrule.crates.chunks import Chunks, chunk_file, owner_name
from ferrule.rust import cfg, syntax

CRATES = Path(__file__).parents[1] / "data" / "crates"
FILES = sorted(CRATES.rglob("*.rs"))


def chunked(source: bytes, **limits) -> list[dict]:
    chunks = Chunks("c@1", **limits)
    chunk_file(chunks, "src/lib.rs", source, syntax.parse(source))
    return [
        dict(zip(chunks.columns, values, strict=True))
        for values in zip(*chunks.columns.values(), strict=True)
    ]


def by_name(source: str, **limits) -> dict[str, dict]:
    return {row["name"]: row for row in chunked(source.encode(), **limits)}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(CRATES).as_posix())
def test_every_function_is_a_chunk_with_exact_bytes(path):
    source = path.read_bytes()
    rows = chunked(source)
    functions = [row for row in rows if row["kind"] in ("function", "method")]
    query = Query(syntax.LANGUAGE, "(function_item) @f")
    counted = QueryCursor(query).captures(syntax.parse(source)).get("f", [])
    assert sorted((f["start"], f["end"]) for f in functions) == sorted(
        (n.start_byte, n.end_byte) for n in counted
    )
    for row in rows:
        if row["code"]:
            assert source[row["start"] : row["end"]].decode() == row["code"]
        assert row["outer"] <= row["start"] < row["end"]
        if row["kind"] in ("function", "method"):
            assert source[row["body"] : row["body"] + 1] == b"{"
    assert len({row["id"] for row in rows}) == len(rows)


def test_functions_stand_in_constants_and_bodies_too():
    rows = by_name("const _: () = { impl X { fn a() {} } };\nfn b() { if x { fn c() { fn d() {} } } }\n")
    assert {"a", "b", "c", "d"} <= rows.keys()
    assert [rows[n]["nested"] for n in "abcd"] == [True, False, True, True]


def test_documentation_and_attributes_belong_to_their_item():
    rows = by_name(
        "/// One.\n///\n///   Indented.\n// not documentation\n#[inline]\npub fn a() {}\n"
        "/** Block\n * of two lines\n */\nstruct B;\n\n//! inner\nfn c() {}\n//// rule\nfn d() {}\n"
    )
    assert rows["a"]["docs"] == "One.\n\n  Indented."
    assert rows["a"]["attributes"] == "#[inline]"
    assert rows["a"]["visibility"] == "pub"
    assert rows["B"]["docs"].split() == ["Block", "of", "two", "lines"]
    assert rows["c"]["docs"] == rows["d"]["docs"] == ""


def test_methods_carry_their_impl():
    rows = by_name(
        "impl<T: Ord> std::fmt::Display for a::Heap<T>\nwhere\n    T: Copy,\n{\n    fn fmt(&self) {}\n}\n"
    )
    assert rows["fmt"]["kind"] == "method"
    assert rows["fmt"]["owner"] == "Heap"
    assert rows["fmt"]["header"] == "impl<T: Ord> std::fmt::Display for a::Heap<T> where T: Copy,"


@pytest.mark.parametrize(
    ("header", "owner"),
    [
        ("impl Foo", "Foo"),
        ("impl<T> Foo<T>", "Foo"),
        ("unsafe impl<'a, T: Fn(u8) -> u8> Send for crate::x::Foo<'a, T>", "Foo"),
        ("impl<T> From<Vec<T>> for Foo<T> where T: Into<u8>", "Foo"),
        ("impl<'a> IntoIterator for &'a mut Foo", "Foo"),
        ("impl dyn Error", "Error"),
        ("impl<T> Index<Range<usize>> for [T]", "[T]"),
    ],
)
def test_owner_name(header, owner):
    assert owner_name(header) == owner


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        (b"#[cfg(test)]", True),
        (b'#[cfg(all(test, feature = "x"))]', True),
        (b'#[cfg(any(test, feature = "x"))]', False),
        (b"#[cfg(not(test))]", False),
        (b"#[cfg(all(not(test), unix))]", False),
        (b"#[cfg(any(test, test))]", True),
        (b'#[cfg(feature = "test")]', False),
        (b"#[cfg(not(any(not(test), unix)))]", True),
        (b"#[cfg_attr(test, derive(Debug))]", False),
        (b'#[doc = "cfg(test)"]', False),
    ],
)
def test_cfg_test_is_decided_by_logic(attribute, expected):
    assert cfg.test_only(attribute) is expected


def test_test_code_is_marked_and_kept_in_the_table():
    rows = by_name(
        "#[cfg(test)]\nmod tests {\n fn helper() {}\n #[test]\n fn a() {}\n}\n#[test]\nfn b() {}\nfn c() {}\n"
    )
    assert {name for name, row in rows.items() if row["reason"] == "test_code"} == {
        "tests",
        "helper",
        "a",
        "b",
    }
    assert rows["c"]["reason"] == ""


def test_limits_name_what_is_over_them():
    body = "    let x = 1;\n" * 5
    rows = by_name(
        f"fn long() {{\n{body}}}\nfn wide() {{ {'x' * 300} }}\nfn fine() {{}}\n", max_lines=6, max_chars=200
    )
    assert (rows["long"]["reason"], rows["wide"]["reason"]) == ("too_many_lines", "too_many_chars")
    assert rows["fine"]["reason"] == ""


def test_figures_count_what_is_public_and_documented():
    chunks = Chunks("c@1")
    source = (
        b"/// D\npub struct A;\npub enum B {}\npub(crate) fn c() {}\n#[doc(hidden)]\npub fn d() {}\n"
        b"impl A {\n/// D\npub fn e(&self) { unsafe { x() } }\nfn f() {}\n}\n#[cfg(test)]\nmod t { pub fn g() {} }\n"
    )
    chunk_file(chunks, "src/lib.rs", source, syntax.parse(source))
    figures = chunks.figures
    assert (figures.public_items, figures.documented_items) == (3, 2)
    assert (figures.functions, figures.methods, figures.unsafe_items) == (2, 2, 1)


def test_dedent_keeps_strings_that_span_lines():
    assert syntax.dedent("fn a() {\n        x\n    }", 4) == "fn a() {\n    x\n}"
    kept = 'fn a() {\n        "one\n    two"\n    }'
    assert syntax.dedent(kept, 4) == kept
    assert re.sub(r"\s+", "", syntax.dedent("a\n  b\n\n    c", 4)) == "abc"


def test_a_type_without_a_meaning_where_it_stands_is_a_chunk_all_the_same():
    # Snippets from elsewhere hold such lines; the compiler would refuse them, cutting must not.
    found = by_name("type Output;\nfn f() {}\n")
    assert found["f"]["kind"] == "function" and "Output" in found
