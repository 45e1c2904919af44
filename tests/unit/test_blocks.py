"""Whole impl blocks and small modules as tasks: which ones, what the prompt shows, what the answer is."""

import re

import pytest
from fixture_crates import chunks_of

from ferrule.core.schemas import choose
from ferrule.rust.item_text import without_docs
from ferrule.tasks import blocks
from ferrule.tasks.context import Crate
from ferrule.tasks.task import Draft, Drop, Settings

ALL = Settings(blocks=dict(impls=1, modules=1, max_lines=60))
STACK = """// Copyright the authors.

//! Stacks of numbers, the last one first.

use std::fmt;

/// A stack. It grows at its end, and is never full.
///
/// ```
/// # use c::Stack;
/// let s = Stack::new();
/// ```
pub struct Stack {
    items: Vec<Item>,
}

pub struct Item(u8);

/// What can hold things, and knows how many.
pub trait Holds {
    /// How many there are.
    fn count(&self) -> usize;
    fn any(&self) -> bool;
    fn other(&self);
}

/// What stacks do.
impl Stack {
    /// An empty stack.
    ///
    /// ```
    /// # use c::Stack;
    /// assert!(Stack::new().pop().is_none());
    /// ```
    #[inline]
    pub fn new() -> Self {
        Stack { items: Vec::new() }
    }

    /// Takes the last item off, if there is one. The stack is as before otherwise.
    pub fn pop(&mut self) -> Option<Item> {
        self.check();
        self.items.pop()
    }

    fn check(&self) {
        // Not inside of a signature.
        assert!(self.items.len() < 100 && helper(self.items.len()));
    }
}

impl Holds for Stack {
    fn count(&self) -> usize {
        self.items.len()
    }

    fn any(&self) -> bool {
        self.count() > 0 && self.items[0].0 == 1
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.items.len())
    }
}

/// Whether there is room for more, which is not told to anybody else.
fn helper(n: usize) -> bool {
    n < 100
}

#[cfg(test)]
mod tests {
    #[test]
    fn t() {}
}
"""


def rows_of(text=STACK, settings=ALL, cut=True, dead=(), tests=None, file="src/stack.rs"):
    """(rows of blocks, the crate); `tests` by function name."""
    chunks = chunks_of({file: text})
    verdicts = {}
    for row in chunks:
        if row["kind"] in ("function", "method") and not row["test"]:
            row["tests"] = (tests or {}).get(row["name"])
            compiles = None if row["name"] in dead else True
            verdicts[row["id"]] = dict(compiles=compiles, cut=cut if compiles else None)
    return blocks.chosen_blocks(chunks, lambda _: text.encode(), verdicts, settings), Crate(chunks)


def made(kind, name, text=STACK, task=blocks.code_generation, settings=ALL, **options):
    rows, crate = rows_of(text, settings, **options)
    (row,) = [r for r in rows if r["kind"] == kind and name == (r["trait"] or r["name"])]
    return task(row, crate, settings)


def test_what_is_a_block():
    rows, _ = rows_of()
    assert [(r["kind"], r["name"], r["trait"]) for r in rows] == [
        ("file", "src/stack.rs", ""),
        ("impl", "Stack", ""),
        ("impl", "Stack", "Holds"),
        ("impl", "Stack", "fmt::Display"),
    ], "the module of tests is none"
    file = rows[0]
    assert file["code"].startswith("//! Stacks of numbers") and file["code"].endswith("n < 100\n}")
    assert file["own_docs"] == "Stacks of numbers, the last one first."
    assert {r["chunk"] for r in rows[1:]} <= file["inside"]


ALL_COVERED = {name: ["--lib a"] for name in ("new", "pop", "check", "count", "any", "fmt")}


def test_an_impl_is_asked_for_by_its_signatures():
    draft = made("impl", "Stack", tests=ALL_COVERED)
    assert isinstance(draft, Draft), draft
    assert (draft.variant, draft.wording, draft.values["owner"]) == ("impl", "impl", "Stack")
    shown = draft.values["code"]
    # Its type with docs but no examples, what it calls, its own docs with examples but no hidden lines.
    assert "/// A stack. It grows at its end, and is never full.\npub struct Stack" in shown
    assert "fn helper(n: usize) -> bool { /* ... */ }" in shown
    assert "/// What stacks do.\nimpl Stack {" in shown
    assert "/// assert!(Stack::new().pop().is_none());" in shown and "# use c" not in shown
    assert "    fn check(&self) { todo!() }\n}" in shown and "self.items.pop()" not in shown
    assert len(re.findall(r"\bfn (?:new|pop|check)\b", shown)) == 3, "its own functions are not shown again"
    assert draft.before.count("{ todo!() }") == 3 and "# use c::Stack;" in draft.before
    # The answer is the authors' text without docs; comments and attributes stay.
    (row,) = [r for r in rows_of()[0] if r["kind"] == "impl" and not r["trait"]]
    assert draft.gen == without_docs(row["code"].encode()).decode()
    assert "///" not in draft.gen and "// Not inside" in draft.gen and "#[inline]" in draft.gen


def test_a_trait_of_the_crate_comes_with_the_docs_of_its_items():
    draft = made("impl", "Holds", tests=ALL_COVERED)
    shown = draft.values["code"]
    assert (draft.wording, draft.values["name"], draft.values["owner"]) == ("trait_impl", "Holds", "Stack")
    assert "    /// How many there are.\n    fn count(&self) -> usize;\n    fn any(&self) -> bool;\n" in shown
    assert "fn other" not in shown


def test_a_file_is_shown_without_its_licence_and_tests():
    draft = made("file", "src/stack.rs", settings=Settings(blocks=ALL.blocks, min_doc_chars=20))
    assert isinstance(draft, Draft), draft
    assert draft.values["code"].startswith("```rust\n//! Stacks of numbers")
    assert draft.variant == "module" and draft.gen.startswith("use std::fmt;\n\npub struct Stack")
    assert "Copyright" not in draft.before and "mod tests" not in draft.before


def test_what_is_around_a_file_is_apart_from_it():
    text = "use crate::Limit;\n\n" + re.sub(
        r"(?m)^    (use.*\n\n)?", "", INLINE.split("{\n", 1)[1].split("\n}\n\npub")[0]
    )
    chunks = chunks_of({"src/lib.rs": "pub mod safe;\npub struct Limit(u8);\n", "src/safe.rs": text})
    verdicts = {row["id"]: dict(compiles=True, cut=True) for row in chunks}
    sources = {"src/lib.rs": b"", "src/safe.rs": text.encode()}
    rows = blocks.chosen_blocks(chunks, sources.__getitem__, verdicts, ALL)
    (row,) = [row for row in rows if row["name"] == "src/safe.rs"]
    draft = blocks.code_generation(row, Crate(chunks), Settings(blocks=ALL.blocks, min_doc_chars=20))
    elsewhere, file = draft.values["code"].split("```\n\n```rust\n")
    assert elsewhere == "```rust\n// Elsewhere in the crate\n\npub struct Limit(u8);\n"
    assert file.startswith("// src/safe.rs\n\nuse crate::Limit;\n\n/// The sum")


INLINE = """/// Arithmetic that cannot overflow. It is for counters that must not wrap around at their end.
pub mod safe {
    use super::Limit;

    /// The sum, or the limit if that is smaller.
    pub fn add(a: u8, b: u8, limit: Limit) -> u8 {
        a.saturating_add(b).min(limit.0)
    }

    /// The difference, or nothing if that is below zero.
    pub fn less(a: u8, b: u8) -> Option<u8> {
        a.checked_sub(b)
    }
}

pub struct Limit(u8);
"""


def test_an_inline_module():
    draft = made("module", "safe", INLINE)
    assert draft.values["name"] == "safe"
    assert "pub struct Limit(u8);" in draft.values["code"]
    assert draft.values["code"].count("use super::Limit;") == 1
    assert "/// Arithmetic that cannot overflow" in draft.values["code"]
    assert draft.gen.startswith("pub mod safe {\n    use super::Limit;\n\n    pub fn add(")


def test_an_explanation_is_what_the_block_says_of_itself():
    draft = made("module", "safe", INLINE, task=blocks.explanations)
    assert draft.gen.startswith("Arithmetic that cannot overflow. It is for counters")
    assert "///" not in draft.values["code"] and "checked_sub" in draft.values["code"]
    assert draft.before is None, "nothing of it is put into the crate"
    assert made("impl", "Holds", task=blocks.explanations) == Drop("undocumented")


@pytest.mark.parametrize(
    ("reason", "kind", "name", "text", "options"),
    [
        ("mostly_one_function", "impl", "fmt::Display", STACK, {}),
        ("partly_live", "impl", "Stack", STACK, dict(dead=("pop",))),
        ("cut_does_not_check", "impl", "Stack", STACK, dict(cut=False)),
        ("cut_does_not_check", "impl", "Stack", STACK, dict(cut=None)),
        (
            "block_too_long",
            "impl",
            "Stack",
            STACK,
            dict(settings=Settings(blocks=ALL.blocks | {"max_lines": 5})),
        ),
        ("undocumented", "impl", "Stack", STACK.replace("/// Takes", "// Takes"), {}),
        (
            "documentation_too_short",
            "impl",
            "Holds",
            re.sub(r"/// (What can|A stack|How).*", "//", STACK),
            {},
        ),
        ("deprecated", "impl", "Stack", STACK.replace("#[inline]", "#[deprecated]"), {}),
        ("placeholder", "impl", "Stack", STACK.replace("self.items.pop()", "todo!()"), {}),
        ("needs_unseen_item", "impl", "Holds", STACK.replace("self.count() >", "Unknown::number() >"), {}),
        ("holds_tests", "impl", "Stack", STACK.replace("    fn check", "    #[cfg(test)]\n    fn check"), {}),
        ("no_function", "module", "m", "mod m { pub struct A; }\n", {}),
        (
            "trivial_body",
            "module",
            "m",
            f"mod m {{\n pub const X: [u8; 9] = [{', '.join('1' * 90)}];\n"
            "/// One, which is the first of the numbers.\npub fn f() -> u8 { let a = 11; a }\n"
            "/// Two, which is the second of the numbers.\npub fn g() -> u8 { let a = 12; a }\n}\n",
            {},
        ),
    ],
)
def test_why_not(reason, kind, name, text, options):
    drop = made(kind, name, text, **options)
    assert isinstance(drop, Drop), drop
    assert drop.reason == reason


def test_tested_is_a_block_of_which_every_function_is_covered():
    some, every = dict(new=["--lib a"], pop=["--lib b", "--lib a"]), dict(check=["--lib c"])
    rows, _ = rows_of(tests=some)
    assert next(r for r in rows if r["kind"] == "impl" and not r["trait"])["tests"] == ["--lib a", "--lib b"]
    assert made("impl", "Stack", tests=some) == Drop("no_tests"), "too much that only its author knows"
    assert made("impl", "Stack", tests=some | every).verdict == ""  # what `sample_row` makes of tests: tested
    assert made("file", "src/stack.rs", tests=some).verdict == "compiles"


def test_shares():
    assert rows_of(settings=Settings())[0] == []
    assert {r["kind"] for r in rows_of(settings=Settings(blocks=dict(impls=1, modules=0)))[0]} == {"impl"}
    every = {r["id"] for r in rows_of()[0]}
    half = {r["id"] for r in rows_of(settings=Settings(blocks=dict(impls=0.5, modules=0.5)))[0]}
    assert half == {id for id in every if choose(0, id, "block") < 2**63}
    other = Settings(seed=1, blocks=dict(impls=0.5, modules=0.5))
    assert {r["id"] for r in rows_of(settings=other)[0]} != half


def test_names_of_impls():
    found = {
        "impl<T> From<T> for Vec<(T, u8)>": ("Vec<(T, u8)>", "From<T>"),
        "unsafe impl<F: for<'a> Fn(&'a u8) -> u8> a::Send for &mut [F]": ("&mut [F]", "a::Send"),
        "impl<T> A<T> where T: for<'a> B<'a>": ("A<T>", ""),
        "impl": ("", ""),
    }
    assert {header: blocks.type_and_trait(header) for header in found} == found
