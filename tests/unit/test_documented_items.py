"""What is taken out of a file so that rustc names every item that could have documentation."""

import pytest

from ferrule.compiler.documented_items import doc_edits


def without(text: str) -> str:
    source = text.encode()
    for start, end, put in sorted(doc_edits(source), reverse=True):
        source = source[:start] + put + source[end:]
    return source.decode()


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("/// é\nfn f() {}", "\nfn f() {}"),
        ("//! a\n\n//// b\nfn f() {}", "\n\n//// b\nfn f() {}"),
        ("/** a\n b */ fn f() {}", "\n fn f() {}"),
        ("/*** a */ /**/ fn f() {}", "/*** a */ /**/ fn f() {}"),
        ('#[doc = "a ] b"] #[doc(hidden)] fn f() {}', " #[doc(hidden)] fn f() {}"),
        ('#![doc = include_str!("../README.md")]\nfn f() {}', "\nfn f() {}"),
        ('const A: &str = "/// no"; // no\n', 'const A: &str = "/// no"; // no\n'),
        ('const A: &str = r#"\n/// "no\n"#;', 'const A: &str = r#"\n/// "no\n"#;'),
        ("make! {\n    /// a\n    struct S;\n}", "make! {\n    \n    struct S;\n}"),
        ("let c = '\"'; /// a\n", "let c = '\"'; \n"),
    ],
)
def test_doc_comments_are_taken_out_and_nothing_else(text, bare):
    assert without(text) == bare
