"""Pieces of files: items of Rust, definitions by a grammar, lines; spans, limits, names."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qa_run import rust_function

from ferrule.qa.languages import described, grammar, language_of, order
from ferrule.qa.pieces import Limits, cut

PYTHON = (
    'import os\n\n\ndef first(path):\n    """Read the file at path and count its lines."""\n'
    "    with open(path) as lines:\n        return sum(1 for line in lines)\n\n\n"
    "class Second:\n"
    + "".join(f"    def method_{n}(self):\n        return self.value * {n} + 1\n\n" for n in range(60))
)


def texts(language: str, source: str, **limits) -> list[str]:
    data = source.encode()
    return [data[piece.start : piece.end].decode() for piece in cut(language, data, Limits(**limits))]


def test_rust_is_cut_into_items_with_docs_names_and_context():
    source = (
        "pub struct Counter {\n    /// How many were counted so far; every call of `next` adds the step to it.\n    count: u64,\n    step: u64,\n}\n\n"
        "impl Counter {\n    /// Counts one more; returns the new value of it.\n    pub fn next(&mut self) -> u64 {\n"
        "        self.count += self.step;\n        self.count\n    }\n}\n\n" + rust_function(1)
    )
    pieces = cut("rust", source.encode(), Limits())
    assert [piece.name for piece in pieces] == ["Counter", "Counter::next", "compute_1"]
    assert texts("rust", source)[1].startswith("/// Counts one more")
    assert "impl Counter { .. }" in pieces[1].context and "pub struct Counter" in pieces[1].context


def test_a_test_and_a_long_function_are_not_asked_about():
    test = "#[test]\nfn checks() {\n" + "    assert_eq!(compute(1), compute(2));\n" * 8 + "}\n"
    assert len(texts("rust", rust_function(1) + test)) == 1
    assert texts("rust", rust_function(1, 50), max_lines=20) == []


def test_a_grammar_cuts_definitions_and_large_classes():
    assert grammar("python") is not None, "tests need the package tree-sitter-python"
    found = cut("python", PYTHON.encode(), Limits(max_lines=40))
    assert [piece.name for piece in found if piece.name] == ["first"]
    assert len(found) > 3 and all(PYTHON.encode().count(b"\n", p.start, p.end) < 60 for p in found)
    assert any("method_59" in text for text in texts("python", PYTHON, max_lines=40))


def test_without_a_grammar_lines_are_cut_at_blank_ones():
    block = "value one two three four five six seven eight nine ten\n" * 30
    found = texts("made_up", f"{block}\n{block}\n{block}")
    assert found == [block, block, block]


def test_a_single_long_line_is_not_cut_and_nothing_is_lost_in_a_loop():
    assert texts("text", "x" * 200_000, max_chars=1000) == ["x" * 200_000]


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=400),
    st.sampled_from(["text", "python", "rust"]),
)
def test_pieces_are_in_order_inside_the_file_and_do_not_overlap(text, language):
    source = text.encode()
    pieces = cut(language, source, Limits(20, 200))
    spans = sorted((piece.start, piece.end) for piece in pieces)
    assert all(0 <= start < end <= len(source) for start, end in spans)
    if language != "rust":  # a method is a part of its trait
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


@pytest.mark.parametrize(
    ("path", "language", "words", "place"),
    [
        ("src/a.rs", "rust", "Rust code", 0),
        ("a/B.PY", "python", "Python code", 1),
        ("x.cpp", "cpp", "C++ code", 1),
        ("Makefile", "make", "Make code", 1),
        ("a.yml", "yaml", "YAML file", 2),
        ("README", "text", "text", 2),
    ],
)
def test_languages(path, language, words, place):
    assert (language_of(path), described(language), order(language)) == (language, words, place)
