"""Prompts and answers made from fixture crates."""

import pytest
from fixture_crates import chunks_of, fixture_crate

from ferrule.rust import documentation, signatures, syntax
from ferrule.tasks import code_generation, context, explanations, fill_in_middle, task

SETTINGS = task.Settings()


@pytest.fixture(scope="module")
def tidy():
    return fixture_crate("tidy")


def test_code_generation_shows_what_the_answer_needs(tidy):
    functions, crate = tidy
    draft = code_generation.make(functions["parse_span"], crate, SETTINGS)
    prompt = draft.values["code"]
    for needed in (
        "pub struct Span",
        "pub enum ParseError",
        "NoDots",
        "impl Span",
        "pub fn new(a: i64, b: i64) -> Self",
        "/// Reads a span from a text",
        "pub fn parse_span(text: &str) -> Result<Span, ParseError>",
        "todo!()",
    ):
        assert needed in prompt, needed
    assert draft.gen.startswith("pub fn parse_span") and draft.gen.endswith("}")
    assert "split_once" in draft.gen and "split_once" not in prompt


def test_a_method_is_shown_in_its_impl_and_answered_without_margin(tidy):
    functions, crate = tidy
    draft = code_generation.make(functions["pieces"], crate, SETTINGS)
    assert "impl Span {\n" in draft.values["code"]
    assert "use std::cmp::min;" in draft.values["code"] and "std::cmp::max" not in draft.values["code"]
    assert (
        "\n    pub fn pieces(&self, size: usize) -> Vec<Span> {\n        todo!()\n    }\n}"
        in draft.values["code"]
    )
    assert draft.gen.splitlines()[1].startswith("    assert!")
    assert draft.gen.splitlines()[-1] == "}"


def test_hidden_doctest_lines_are_not_shown(tidy):
    functions, crate = tidy
    prompt = code_generation.make(functions["new"], crate, SETTINGS).values["code"]
    assert "assert_eq!(Span::new(5, 2)" in prompt
    assert "# use tidy::Span" not in prompt


@pytest.mark.parametrize(("name", "reason"), [("undocumented", "undocumented"), ("banner", "undocumented")])
def test_code_generation_says_why_not(tidy, name, reason):
    functions, crate = tidy
    assert code_generation.make(functions[name], crate, SETTINGS).reason == reason


def drop_of(source: str, name: str, module=code_generation, others: str = "") -> str:
    rows = chunks_of({"src/lib.rs": source + others})
    row = next(r for r in rows if r["name"] == name and r["kind"] in ("function", "method"))
    made = module.make(row, context.Crate(rows), SETTINGS)
    return made.reason if isinstance(made, task.Drop) else ""


DOCS = "/// Adds up all the numbers that it is given and says what they come to.\n"
BODY = "{ let mut sum = 0; for x in xs { sum += x; } sum }"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (DOCS + f"fn f(xs: &[u8]) -> u8 {BODY}", ""),
        ("/// Adds.\n" + f"fn f(xs: &[u8]) -> u8 {BODY}", "documentation_too_short"),
        (
            "/// See [`other`] for what this function does and does not do.\n"
            + f"fn f(xs: &[u8]) -> u8 {BODY}",
            "documentation_refers_elsewhere",
        ),
        (DOCS + "fn f(xs: &[u8]) -> u8 { xs.sum() }", "trivial_body"),
        (DOCS + 'fn f(xs: &[u8]) -> u8 { todo!("nothing here yet, come back later") }', "placeholder"),
        (DOCS + f"#[doc(hidden)]\nfn f(xs: &[u8]) -> u8 {BODY}", "hidden"),
        (DOCS + f"#[deprecated]\nfn f(xs: &[u8]) -> u8 {BODY}", "deprecated"),
        (DOCS + "fn f(x: &Unknown) -> u8 { let total = x.secret_field + 1; total * 2 }", "needs_unseen_item"),
        (
            DOCS + "fn f(x: &Unknown) -> u8 { let total = x.secret_method() + 1; total * 2 }",
            "needs_unseen_item",
        ),
    ],
)
def test_what_a_person_could_not_answer_is_dropped(source, reason):
    assert drop_of(source, "f") == reason


@pytest.mark.parametrize(
    ("docs", "reason"),
    [
        ("Adds up the numbers that it is given, one by one.", "documentation_too_short"),
        (
            "Adds up the numbers that it is given, one by one, and starts again from nothing whenever the sum is odd.",
            "",
        ),
        (
            "Adds the numbers up one by one in just the way that <https://an.example/page> has it.",
            "documentation_refers_elsewhere",
        ),
    ],
)
def test_what_no_test_looks_at_needs_more_words(docs, reason):
    steps = " ".join(f"if sum == {n} {{ sum += x * {n}; }}" for n in range(8))
    source = f"/// {docs}\nfn f(xs: &[u8]) -> u8 {{ let mut sum = 0; for x in xs {{ {steps} }} sum }}"
    assert drop_of(source, "f") == reason


def prompt_of(source: str, name: str) -> str:
    rows = chunks_of({"src/lib.rs": source})
    row = next(r for r in rows if r["name"] == name and r["kind"] in ("function", "method"))
    return code_generation.make(row, context.Crate(rows), SETTINGS).values["code"]


def test_a_loop_over_a_type_of_the_crate_shows_what_it_gives():
    shown = (
        "struct Known { at: u8 }\nimpl Iterator for Known {\n    type Item = (u8, u8);\n"
        "    fn next(&mut self) -> Option<(u8, u8)> { None }\n}\n"
    )
    source = (
        DOCS + "fn f(known: Known) -> u8 { let mut sum = 0; for (a, b) in known { sum += a * b; } sum }\n"
    )
    prompt = prompt_of(shown + source.replace("in known", "in Known { at: known.at }"), "f")
    assert "impl Iterator for Known {\n    type Item = (u8, u8);\n    // ...\n}" in prompt


def test_the_layout_of_a_type_is_shown():
    source = "#[derive(Debug)]\n#[repr(transparent)]\npub struct Known(u8);\n" + DOCS
    prompt = prompt_of(source + "fn f(x: &Known) -> u8 { let total = x.0; total * 2 + total * total }\n", "f")
    assert "#[derive(Debug)]\n#[repr(transparent)]\npub struct Known(u8);" in prompt


def test_a_field_of_some_configurations_says_so():
    source = (
        "pub struct Known {\n    at: u8,\n    #[cfg(unix)]\n    #[serde(skip)]\n    mode: u8,\n}\n" + DOCS
    )
    prompt = prompt_of(
        source + "fn f(x: &Known) -> u8 { let total = x.at; total * 2 + total * total }\n", "f"
    )
    assert "    at: u8,\n    #[cfg(unix)]\n    mode: u8,\n}" in prompt


def test_fields_and_methods_that_the_context_shows_are_no_reason():
    shown = "struct Known { secret_field: u8 }\nimpl Known { fn secret_method(&self) -> u8 { 3 } }\n"
    source = DOCS + "fn f(x: &Known) -> u8 { let total = x.secret_field + x.secret_method(); total * 2 }\n"
    assert drop_of(source, "f", others=shown) == ""


def test_a_field_is_not_shown_by_a_method_of_its_name():
    source = (
        "pub struct Handle { table: &'static Table }\n"
        "impl Handle {\n"
        + DOCS
        + "    fn is_unique(&self) -> bool { (self.table.is_unique)(3) && 1 + 1 == 2 }\n}\n"
    )
    assert drop_of(source, "is_unique") == "needs_unseen_item"
    table = "struct Table { is_unique: fn(u8) -> bool }\n"
    assert "struct Table {" in prompt_of(source + table, "is_unique")


@pytest.mark.parametrize(("taken", "reason"), [("Range<u8>", ""), ("Span", "needs_unseen_item")])
def test_the_ends_are_known_of_ranges_alone(taken, reason):
    use = "use std::ops::Range;\n" if "Range" in taken else "use dependency::Span;\n"
    body = "{ let mut sum = 0; for x in xs { sum += x.end - x.start; } sum }"
    assert drop_of(use + DOCS + f"fn f(xs: &[{taken}]) -> u8 {body}", "f") == reason


def test_a_constant_is_found_under_the_name_that_an_import_gives_its_type():
    source = (
        DOCS + "fn f(xs: &[u8]) -> u8 { let mut sum = Wide::ZERO; for x in xs { sum = sum + *x; } sum }\n"
    )
    own = "struct Block(u8);\nimpl Block { pub const ZERO: u8 = 0; }\n"
    prompt = prompt_of("use crate::Block as Wide;\n" + source + own, "f")
    assert "use crate::Block as Wide;" in prompt and "impl Block {\n    pub const ZERO: u8 = 0;\n}" in prompt
    nowhere = source.replace("Wide", "Block") + own.replace("ZERO", "ONE")
    assert drop_of(nowhere, "f") == "needs_unseen_item"


def test_explanations_are_the_authors_lines(tidy):
    functions, crate = tidy
    draft = explanations.make(functions["intersection"], crate, SETTINGS)
    assert draft.gen.startswith("The integers that both spans hold")
    assert set(draft.gen.split("\n")) <= set(functions["intersection"]["docs"].split("\n"))
    assert "/// The integers" not in draft.values["code"] and "let start = max" in draft.values["code"]
    assert "/// A half-open range" in draft.values["code"], "what its type is stays"


def test_explanations_leave_link_definitions_out_and_keep_sentences():
    docs = 'It uses\n[`wrap`]: it adds words.\n\n[`wrap`]: crate::wrap "wraps"\n[1]: <https://a.example/b>'
    assert documentation.explanation(docs) == "It uses\n[`wrap`]: it adds words."


def test_explanations_leave_examples_out():
    docs = (
        "What it does, in one long sentence that is long enough for everyone who reads it here.\n\nFor example:\n\n"
        "# Examples\n\n```\n# hidden\nf();\n```\n\n# Panics\n\nNever.\n\n[x]: y"
    )
    assert documentation.explanation(docs) == (
        "What it does, in one long sentence that is long enough for everyone who reads it here.\n\n"
        "For example:\n\n# Panics\n\nNever."
    )


@pytest.mark.parametrize("name", ["undocumented", "absorb"])
def test_holes_fit_back(name):
    functions, crate = fixture_crate("tidy" if name == "undocumented" else "counter")
    row = functions[name]
    draft = fill_in_middle.make(row, crate, SETTINGS)
    assert draft.prefix and draft.gen.strip() == draft.gen and draft.suffix
    whole = draft.prefix + draft.gen + draft.suffix
    assert [line.strip() for line in whole.split("\n")] == [line.strip() for line in row["code"].split("\n")]
    assert draft.values["code"].count(fill_in_middle.HOLE) == 1
    assert draft.gen not in draft.values["code"]


def test_every_hole_is_a_whole_piece_of_syntax(tidy):
    functions, _ = tidy
    for row in functions.values():
        text = syntax.dedent(row["code"], row["margin"]).encode()
        for kind, start, end in fill_in_middle.holes(text):
            part = text[start:end]
            wrapped = b"fn x() { y(" + part + b") }" if kind == "arguments" else b"fn x() { " + part + b" }"
            if kind == "condition" or kind == "iterated":
                wrapped = b"fn x() { if " + part + b" {} }"
            assert not syntax.parse(wrapped).has_error, (kind, part)


def test_a_function_serves_code_generation_or_fill_in_middle_but_not_both(tidy):
    functions, crate = tidy
    for row in functions.values():
        made = fill_in_middle.make(row, crate, SETTINGS, frozenset({"code_generation"}))
        assert made.reason == "serves_code_generation"


@pytest.mark.parametrize(
    ("statement", "leaves"),
    [
        ("use std::fmt;", [("std::fmt", "fmt")]),
        (
            "pub(crate) use a::{b, c::{self, D as E}, f::*};",
            [("a::b", "b"), ("a::c", "c"), ("a::c::D", "E"), ("a::f::*", "*")],
        ),
        ("use {\n    a::b, // why\n    c,\n};", [("a::b", "b"), ("c", "c")]),
    ],
)
def test_use_leaves(statement, leaves):
    assert signatures.use_leaves(statement) == leaves


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("fn f() { min(1, 2) }", True),
        ("fn f() { a::min::<u8>(1, 2) }", True),
        ("fn f() { xs.map(min) }", True),
        ("fn f() { self.min.x }", False),
        ("fn f(min: u8) { g(min, 1) }", False),
        ("fn f() { let min = 1; g(min) }", False),
        ("fn f() -> min { 1 as min }", False),
        ("fn f() { x.min(3) }", False),
    ],
)
def test_a_word_is_a_function_only_where_it_is_used_as_one(code, expected):
    assert context.calls("min", code) is expected


def test_a_trait_is_shown_once():
    source = (
        "pub trait Shape {\n    fn sides(&self) -> u32;\n    fn corners(&self) -> u32 {\n        self.sides()\n    }\n}\n"
        + DOCS
        + "fn total(shapes: &[&dyn Shape]) -> u32 { shapes.iter().map(|s| s.corners() + s.sides()).sum::<u32>() }\n"
    )
    prompt = prompt_of(source, "total")
    assert prompt.count("trait Shape") == 1
    assert "fn corners" in prompt and "fn sides" in prompt


HELPERS = """
/// Rounds to the grid. Halves go up.
/// Negative numbers are clamped to zero.
///
/// The grid is ten wide.
///
/// # Panics
///
/// Never.
fn snap(x: i64) -> i64 { let up = x + 5; (up - up % 10).max(0) }

fn bare(x: i64) -> i64 { x * 3 + 1 }

fn long(x: i64) -> i64 {
    let a = x + 1;
    let b = a * x;
    let c = b - a;
    let d = c % 7;
    let e = d + b;
    let f = e * c;
    let g = f + a;
    g + d
}
"""


def test_of_what_the_answer_calls_the_prompt_says_what_it_does():
    """Its documentation up to the first section; without documentation a short body, of a long one the signature."""
    source = (
        HELPERS
        + DOCS
        + "fn total(xs: &[i64]) -> i64 { xs.iter().map(|x| long(snap(*x)) + bare(*x)).sum() }\n"
    )
    prompt = prompt_of(source, "total")
    assert (
        "/// Negative numbers are clamped to zero.\n///\n/// The grid is ten wide.\nfn snap(x: i64) -> i64 { /* ... */ }"
        in prompt
    )
    assert "Panics" not in prompt
    assert "fn bare(x: i64) -> i64 { x * 3 + 1 }" in prompt
    assert "fn long(x: i64) -> i64 { /* ... */ }" in prompt


def test_a_constant_of_a_trait_is_shown_once():
    source = (
        "pub trait Space {\n    /// The white.\n    const WHITE: u8 = 3;\n"
        + DOCS
        + "    fn total(&self, x: u8) -> u8 { if x > Self::WHITE { x - Self::WHITE } else { x + 1 } }\n}\n"
    )
    prompt = prompt_of(source, "total")
    assert prompt.count("const WHITE") == 1 and prompt.count("trait Space") == 1


def test_a_method_that_the_trait_itself_writes_is_shown():
    source = (
        "pub trait Put {\n    fn put(&mut self, x: u8);\n    /// Puts them all.\n    fn put_all(&mut self, xs: &[u8]) { for x in xs { self.put(*x) } }\n"
        + DOCS
        + "    fn total(&mut self, x: u16) -> usize { let b = x.to_be_bytes(); self.put_all(&b); b.len() + 1 }\n}\n"
    )
    rows = chunks_of({"src/lib.rs": source})
    row = next(r for r in rows if r["name"] == "total")
    row["calls"] = [dict(name="put_all", path="<Self as Put>::put_all")]
    prompt = code_generation.make(row, context.Crate(rows), SETTINGS).values["code"]
    assert "/// Puts them all.\n    fn put_all(&mut self, xs: &[u8]) { /* ... */ }" in prompt


def test_of_two_types_of_a_name_the_other_module_is_named():
    sources = {
        "src/lib.rs": DOCS
        + "fn total(b: &simd::Block, n: usize) -> usize { b.ones() * n + 1 + b.ones().pow(2) }\npub struct Block(u8);\n",
        "src/simd.rs": "pub struct Block(u64);\nimpl Block { pub fn ones(&self) -> usize { 3 } }\n",
    }
    rows = chunks_of(sources)
    row = next(r for r in rows if r["name"] == "total")
    row["calls"] = [dict(name="ones", path="simd::Block::ones")]
    prompt = code_generation.make(row, context.Crate(rows), SETTINGS).values["code"]
    assert "mod simd {\n    impl Block {" in prompt


def test_of_a_long_enum_the_prompt_shows_what_is_used():
    variants = "".join(f"    /// Number {n}.\n    V{n}(u8),\n" for n in range(30))
    source = f"pub enum Many {{\n{variants}    /// The last.\n    Last,\n}}\n" + DOCS
    source += "fn total(xs: &[Many]) -> usize { xs.iter().filter(|x| matches!(x, Many::V20(_) | Many::Last)).count() }\n"
    prompt = prompt_of(source, "total")
    start = prompt.index("pub enum Many")
    shown = prompt[start : prompt.index("}", start) + 1]
    assert (
        shown.count("(u8),") == 5
        and "/// Number 20.\n    V20(u8),\n    /// The last.\n    Last,\n    // ...\n}" in shown
    )
    assert "    V0(u8),\n" in shown and "V4" not in shown and "V19" not in shown


def test_a_call_into_a_file_that_was_left_out_is_a_call_of_the_crate():
    source = (
        DOCS
        + "fn total(table: &Table) -> usize { table.rows.iter().map(|row| row.width() + 1).sum::<usize>() }\n"
    )
    source += "pub struct Table { pub rows: Vec<u8> }\n"
    rows = chunks_of({"src/lib.rs": source})
    row = next(r for r in rows if r["name"] == "total")
    row["calls"] = [
        dict(name="width", path="cells::Row::width"),
        dict(name="iter", path="core::slice::<impl [u8]>::iter"),
    ]
    assert isinstance(code_generation.make(row, context.Crate(rows), SETTINGS), task.Draft)
    drop = code_generation.make(row, context.Crate(rows, ["cells", "core"]), SETTINGS)
    assert drop.reason == "needs_unseen_item" and drop.detail == ".width()"


def test_a_gap_that_a_test_proves_comes_first(tidy):
    functions, crate = tidy
    row = functions["parse_span"] | dict(docs="", margin=0, header="", owner="")
    code = row["code"]
    wrong = code.replace("split_once", "rsplit_once", 1)
    row["mutants"] = [
        dict(text=wrong, outcome="killed", tests=["--lib t"], output="", mutant="m", operator="o")
    ]
    draft = fill_in_middle.make(row, crate, SETTINGS)
    assert draft.kind == "proved" and "split_once" in draft.gen
    row["mutants"] = []
    assert fill_in_middle.make(row, crate, SETTINGS).kind == ""
