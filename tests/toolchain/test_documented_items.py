"""The public items of a library by rustc's own view."""

import pytest
from fixture_crates import LIB

from ferrule.compiler.documented_items import LINT, Documented, count_documented
from ferrule.compiler.judge import Judge

SOURCE = """//! A library.
#![deny(missing_docs)]

mod hidden {
    pub fn nobody_reaches() {}
    pub struct Shown;
    /// Documented where it is written.
    pub struct Told;
}
pub use hidden::{Shown, Told};

/// Its fields do not count.
pub struct Fields {
    pub a: u8,
    /// Nor does this one.
    pub b: u8,
}

/// Documented.
pub fn told() {}

#[allow(missing_docs)]
pub fn silent() {}

#[doc(hidden)]
pub fn internal() {}

#[doc = "Documented by an attribute."]
pub const LIMIT: u8 = 1;

macro_rules! make {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        pub struct $name;
    };
}
make!(/** By a macro. */ Made);
make!(Bare);
"""


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text('[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n')
    (folder / "Cargo.lock").write_text('version = 3\n\n[[package]]\nname = "demo"\nversion = "0.1.0"\n')
    for path in [tmp_path, folder, folder / "src"]:
        path.chmod(0o755)
    return folder


def test_what_users_reach_counts_and_nothing_else(library):
    (library / "src/lib.rs").write_text(SOURCE)
    with Judge(library, ".", LIB) as judge:
        reports = judge.baseline(LINT)
        # The crate itself, Shown, Told, Fields, told, silent, LIMIT, Made, Bare; without docs are Shown, silent and Bare.
        assert count_documented(judge, reports) == Documented(9, 6)
        assert judge.original("src/lib.rs") == SOURCE.encode()
        assert judge.baseline() == []


def test_a_program_has_no_figures(library):
    (library / "src/main.rs").write_text("pub fn f() {}\nfn main() {}\n")
    with Judge(library, ".", [dict(kind=["bin"], name="demo", path="src/main.rs")]) as judge:
        assert count_documented(judge, judge.baseline(LINT)) is None
