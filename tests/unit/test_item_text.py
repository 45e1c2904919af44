"""Texts of impl blocks and modules: without docs, cut to signatures, without the hidden lines of doctests."""

from ferrule.rust import item_text

MODULE = b"""//! Inner docs.

/// Says.
///
/// ```
/// # use a::b;
/// let x = #[attr] b();
/// ```
pub mod m {
    //! More.

    /** Block
    docs. */
    pub fn f() -> u8 { 1 } /// the next one's
    //// no docs
    #[doc = "kept"]
    fn g() {} // a comment
    lazy! { /// an argument
        static ref X: u8 = 1; }
}
"""


def test_docs_go_and_nothing_else():
    bare = item_text.without_docs(MODULE)
    assert bare == (
        b"pub mod m {\n    pub fn f() -> u8 { 1 } \n    //// no docs\n"
        b'    #[doc = "kept"]\n    fn g() {} // a comment\n    lazy! { /// an argument\n'
        b"        static ref X: u8 = 1; }\n}"
    )
    assert item_text.without_docs(bare) == bare


def test_hidden_lines_go_and_the_docs_stay():
    assert item_text.without_hidden_lines(MODULE) == MODULE.replace(b"/// # use a::b;\n", b"")
    heading = b"/// # Errors\n///\n/// None.\nfn f() {}\n"
    assert item_text.without_hidden_lines(heading) == heading, "outside of a code block it is a heading"
    # A block that is not closed ends with the documentation that it is in.
    two = b"/// ```\nfn f() {}\n/// # Errors\nfn g() {}\n"
    assert item_text.without_hidden_lines(two) == two


def test_cut():
    text = b"impl A { fn f() -> u8 { 1 }\n fn g() where u8: Copy\n {\n } }"
    bodies = [
        (text.index(b"{\n }"), text.index(b"{\n }") + 4),
        (text.index(b"{ 1 }"), text.index(b"{ 1 }") + 5),
    ]
    assert item_text.cut(text, bodies) == (
        b"impl A { fn f() -> u8 { todo!() }\n fn g() where u8: Copy\n { todo!() } }"
    )


def test_docs_of_a_traits_items():
    trait = b"pub trait T {\n    /// One.\n    ///\n    /// More.\n    #[inline]\n    fn a();\n    // none\n    type B;\n}"
    assert dict(item_text.item_docs(trait)) == {"a": "One.\n\nMore.", "B": ""}
