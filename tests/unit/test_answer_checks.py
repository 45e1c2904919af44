"""What a row must not teach."""

import pytest

from ferrule.tasks.answer_checks import (
    cannot_be_guessed,
    dummy,
    leaves_out_failure,
    loose_comment,
    only_forwards,
    sentences,
    unexplained_unsafe,
    unfinished,
    untold_values,
    weak_explanation,
)


@pytest.mark.parametrize(
    ("code", "forwards"),
    [
        ("pub fn with(a: u8, b: u8) -> Self { Self(Inner::with(a, b)) }", True),
        ("pub fn with(a: u8) -> Self { Self::with_more(a) }", True),
        ("pub fn with(mut self, a: u8) -> Self { self.inner.a = a; self }", True),
        ("pub fn with(a: u8, b: u8) -> Self { Self::with(b, a + 1) }", False),
        ("pub fn with(a: u8) -> Self { Self::made(a) }", True),
        ("pub fn with(a: u8) -> Self { Self::made(a, 8) }", False),
        ("pub fn with(&mut self, a: impl AsRef<str>) { self.0.set(a.as_ref()) }", True),
        ("pub fn with(self) -> Line { Self { p0: self.p1, p1: self.p0 } }", True),
        ("pub fn with(self) -> u8 { self.parts.first().map(|part| part.size) }", False),
        ("pub fn with(self) -> u8 { self.parts.first().map(size).flatten() }", False),
        ("pub fn with(self) -> V { vec3(self.x.round(), self.y.round()) }", True),
        ("pub fn with(a: T, b: T) -> Self { Self { a: min(a, b), b: max(a, b) } }", False),
        ("pub fn with(a: u8, b: u8) -> u8 { a.saturating_add(b).min(LIMIT) }", False),
        ("pub fn with(&self) -> &str { &self.vm.nfa().pattern() }", True),
        ("fn with(self) -> bool { self.x.is_even() && self.y.is_even() }", True),
        ("fn with(self) -> bool { self.x.is_even() && self.y.is_odd() }", False),
        ("fn with(self) -> Option<L> { match self { Left(l) => Some(l), Right(_) => None } }", True),
        ("fn with(self) -> u8 { match self { Left(l) => l.size(), Right(r) => r.len() } }", False),
        ("fn with(t: u64) -> Self { Builder(timestamp::encode(t)) }", True),
        ("pub fn with(a: T) -> Self { Self::plain(a).normalize() }", True),
        ("fn with(&mut self) -> u64 { get_impl!(self, u64::from_le_bytes); }", True),
        ("fn with(self) -> Self { self.convert_impl::<true>(a) }", True),
        ("fn with(f: F) -> Pool<T, F> { Pool { stack: Mutex::new(vec![]), f } }", True),
        ("pub fn with(self) -> u8 { let a = self.a; a }", False),
        ("pub fn with(self) -> u8 { self.a * self.b }", False),
        ("pub fn new(a: u8) -> Self { Self(a) }", True),
        ("pub fn new(a: u8) -> Self { Self { a, rest: Vec::new() } }", True),
        ("pub fn new(a: u8) -> Self { Self { a, rest: vec![a; 3] } }", False),
        ("pub fn all(&self) -> All<'_> { All { iter: self.storage.iter() } }", True),
        ("pub fn new(a: u8) -> u8 { clamp(a) }", True),
        (f"pub fn new(a: u8) -> Self {{ Self({'a' * 4000} + 1) }}", False),  # at once
    ],
)
def test_what_only_forwards(code, forwards):
    assert only_forwards(row(code, "with", start=0, body=code.index("{"))) == forwards


@pytest.mark.parametrize(
    ("body", "loose"),
    [
        ("// This fixes (2).\n x.cut()", "(2)"),
        ("x.cut() // (2)", "(2)"),
        ("// (1) Cut it.\n x.cut();\n // (2) Go on.\n x.go()", ""),
        ("// f(2) is the largest.\n x.cut()", ""),
        ("// x.cut();\n x.go()", "// x.cut();"),
        ("// if x.cut() {\n x.go()", "// if x.cut() {"),
        ("// Cut what (as they say) is too long.\n x.go()", ""),
        ('x.go("// x.cut();")', ""),
        ('//println!("x = {}", x);\n x.go()', '//println!("x = {}", x);'),
        ("// count += 1;\n x.go()", "// count += 1;"),
        ("// - it comes from `x.data` (which is valid), so it is valid;\n x.go()", ""),
        ("/// Says (2);\n fn inner() {} inner()", ""),
    ],
)
def test_comments_that_mean_nothing_here(body, loose):
    assert loose_comment(f"fn f(x: &mut X) {{\n {body}\n}}") == loose


@pytest.mark.parametrize(
    ("said", "head", "leaves_out"),
    [
        ("Reads the group. It starts at the bracket.", "fn read(&self) -> Result<Group, E>", True),
        ("Reads the group. Fails at the end of the text.", "fn read(&self) -> Result<Group, E>", False),
        ("Reads the group. It starts at the bracket.", "fn read(&self) -> io::Result<Group>", True),
        ("Reads the group. It starts at the bracket.", "fn read(&self, x: Option<u8>) -> Group", False),
        ("Gives the first group.", "fn read(&self) -> Option<Group>", True),
        ("Gives the first group, or `None`.", "fn read(&self) -> Option<Group>", False),
    ],
)
def test_an_explanation_says_when_there_is_no_value(said, head, leaves_out):
    assert bool(leaves_out_failure(said, head)) is leaves_out


ROUND = "enum Join {\n    /// A Round join.\n    Round,\n}\n\n"


@pytest.mark.parametrize(
    ("answer", "prompt", "untold"),
    [
        ("[1.5, 0.25, 12, 7]", "", False),
        ("[0.123, 0.456, 0.789, 1.234]", "", False),
        ("[0.123, 0.456, 0.789, 1.234, 5.678]", "", True),
        ("[0.123, 0.456, 0.789, 1.234, 5.678]", "the first is 0.123", False),
        ("matches!(c, '_' | '.' | '[')", "It begins with '_'.", True),
        ("matches!(c, '_' | '.')", "It begins with '_'.", False),
        ("fn f<'a>(a: &'a str, b: &'b str, c: &'c str)", "", False),
        ("fn new() -> Self { Self { join: Join::Round, cap: Cap::Round } }", ROUND, True),
        (
            "fn new() -> Self { Self { join: Join::Round, cap: Cap::Round } }",
            f"{ROUND}/// All is Round.\nfn new()",
            False,
        ),
        ("fn new(s: S) -> Self { Self { join: Join::Round, cap: s.cap } }", ROUND, False),
        ("fn style() -> Self { Self { join: Join::Round, cap: Cap::Round } }", ROUND, False),
    ],
)
def test_values_that_nobody_could_know(answer, prompt, untold):
    assert bool(untold_values(answer, prompt)) == untold


def row(code: str, name: str = "f", **more) -> dict:
    return dict(code=code, name=name, docs="", above="") | more


@pytest.mark.parametrize(
    ("code", "mark"),
    [
        ("fn f() {\n    // TODO: speed\n}", "TODO"),
        ("fn f() { /* FIXME */ }", "FIXME"),
        ('fn f() { g("TODO") }', ""),
        ("fn f() { todo_list() }", ""),
    ],
)
def test_marks_of_unfinished_work_count_in_comments_only(code, mark):
    assert unfinished(code) == mark


@pytest.mark.parametrize(
    ("code", "above", "wrong"),
    [
        ("fn f(v: &[u8]) -> u8 { unsafe { *v.get_unchecked(0) } }", "", True),
        (
            "fn f(v: &[u8]) -> u8 {\n    // SAFETY: it is not empty.\n    unsafe { *v.get_unchecked(0) }\n}",
            "",
            False,
        ),
        ("unsafe fn f(v: &[u8]) -> u8 { unsafe { *v.get_unchecked(0) } }", "", False),
        (
            "fn f(v: &[u8]) -> u8 { unsafe { *v.get_unchecked(0) } }",
            "/// # Safety\n/// v is not empty",
            False,
        ),
        ("fn f(v: &[u8]) -> u8 { v[0] }", "", False),
    ],
)
def test_a_safe_function_says_why_its_unsafe_blocks_are_sound(code, above, wrong):
    assert unexplained_unsafe(row(code, above=above)) is wrong


@pytest.mark.parametrize(
    ("code", "name", "wrong"),
    [
        ('fn f() -> u8 { panic!("no") }', "f", True),
        ("fn f() -> u8 { unreachable!(); }", "f", True),
        ("fn f(x: u8) -> u8 { if x > 1 { panic!() } x }", "f", False),
        ("fn f() -> u8 { 1 }", "noop_waker", True),
        ("fn f() -> u8 { 1 }", "barrier", False),
    ],
)
def test_functions_that_stand_in_for_others(code, name, wrong):
    assert dummy(row(code, name)) is wrong


AUTHOR = "fn f(s: &str) -> usize { let width = 42; if s.is_empty() { return width; } s.len() }"


def test_a_fix_needs_nothing_that_the_prompt_does_not_show():
    misspelt = AUTHOR.replace("return width", "return widht")
    assert cannot_be_guessed(misspelt, AUTHOR, misspelt) == ""
    number = AUTHOR.replace("= 42", "")
    assert cannot_be_guessed(number, AUTHOR, number) == "42"
    assert cannot_be_guessed(number, AUTHOR, f"{number}\nhelp: 42") == ""


def test_a_deleted_branch_cannot_be_guessed():
    parts = AUTHOR.replace("if s.is_empty() { return width; }", "")
    assert cannot_be_guessed(parts, AUTHOR, f"{parts} s is_empty return width") == ""
    longer = AUTHOR.replace("s.len()", "if s.len() > width { s.len() } else { s.trim().len() + width }")
    assert cannot_be_guessed(AUTHOR, longer, longer).endswith("tokens are gone")


CODE = "pub fn insert(&mut self, key: K) -> bool { self.map.insert(key, 16).is_none() }"


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("Inserts a key. Returns whether it was new.", ""),
        ("Inserts a key and returns whether it was new.", "one sentence"),
        ("Inserts a key. See the paper for why.", "elsewhere"),
        ("Inserts a key, as per (3). Returns whether it was new.", "elsewhere"),
        ("Inserts a key. This takes O(log n) time.", "complexity"),
        ("Inserts a key. Calls `rebalance` where that is needed.", "rebalance"),
        ("Inserts a key. At most 4096 keys fit.", "4096"),
        ("Inserts a key. Its value is 16.", ""),
        ("# Safety\n\nThe key is valid. The map is too.", "section"),
        ("Inserts a key, e.g. a name.", "one sentence"),
        ("Inserts a key. It is one of this crate.", "elsewhere"),
        ("Inserts a key. It is not called `add`.", "elsewhere"),
        ("The `key` parameter is what is inserted. It is moved.", "begins with a parameter"),
        ("The const-generic parameter `K` is the key. It is moved.", "begins with a parameter"),
        ("Sets the flag of a key. Returns whether it was new.", ""),
        ("Inserts a key, or says no.\n\n# Errors\n\nThere are none.", "one sentence"),
    ],
)
def test_an_explanation_says_what_the_code_shows(said, wrong):
    found = weak_explanation(said, CODE)
    assert (wrong in found) if wrong else found == ""


def test_items_of_a_list_are_sentences():
    assert sentences("It returns\n\n- the key\n- the value.") == 2
