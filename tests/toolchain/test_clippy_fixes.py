"""Clippy's suggestions on small crates, with the real clippy in the real sandbox."""

import dataclasses
import subprocess
from pathlib import Path

import pytest
from fixture_crates import LIB, functions_of

from ferrule.compiler.judge import Function, Judge, Replacement
from ferrule.transforms.clippy_fixes import Suggestion, gone, read_idioms, suggestions, whole
from ferrule.transforms.rewrites.rewrite_catalogue import Edit

ROOT = Path(__file__).parents[2]
IDIOMS = read_idioms(str(ROOT / "resources/idioms.tsv"))

CRATE = """\
pub fn two_places(a: i32, b: i32) -> String {
    let first = format!("{}", a);
    first + &format!("{:>4}", b)
}

pub fn nested(a: Option<Option<i32>>) {
    match a {
        Some(b) => {
            println!("one");
            match b {
                Some(c) => println!("{c}"),
                _ => (),
            }
        }
        _ => (),
    }
}

pub fn popped(v: &mut Vec<i32>) {
    while !v.is_empty() {
        let x = v.pop().unwrap();
        println!("{x}");
    }
}

pub fn commented(a: Option<i32>) -> i32 {
    match a {
        Some(x) => x,
        // nobody knows why
        None => 42,
    }
}

pub fn spelt_out(v: &[String]) -> usize {
    v.iter().map(|s| s.len()).sum()
}

#[allow(clippy::needless_return)]
pub fn allowed(a: i32) -> i32 {
    return a + 1;
}

pub fn outer(a: i32) -> i32 {
    fn inner(b: i32) -> i32 {
        return b * 2;
    }
    inner(a)
}

pub fn unsure(a: (i32, i32)) -> i32 {
    match a {
        (x, y) => x + y,
    }
}
"""


@pytest.fixture(scope="module")
def crate(tmp_path_factory):
    yield from opened(tmp_path_factory.mktemp("suggestions"), CRATE.encode())


@pytest.fixture(scope="module")
def idioms(tmp_path_factory):
    yield from opened(tmp_path_factory.mktemp("idioms"), (ROOT / "tests/data/idioms.rs").read_bytes())


def opened(folder: Path, code: bytes):
    """A judge of a crate with this library, and its functions by name."""
    source = folder / "source"
    (source / "src").mkdir(parents=True)
    (source / "src/lib.rs").write_bytes(code)
    (source / "Cargo.toml").write_text('[package]\nname = "c"\nversion = "1.0.0"\nedition = "2021"\n')
    subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=source, check=True)
    functions = functions_of(source)
    with Judge(source, ".", LIB) as judge:
        judge.baseline()
        judge.liveness(list(functions.values()))
        yield judge, functions


@pytest.fixture(scope="module")
def found(crate) -> dict[tuple[str, str], Suggestion]:
    judge, functions = crate
    names = {function.id: name for name, function in functions.items()}
    all_found = suggestions(judge, list(functions.values()), IDIOMS)
    return {(names[s.function.id], s.lint.removeprefix("clippy::")): s for s in all_found}


def test_all_places_of_a_lint_are_mended_together(found):
    suggestion = found["two_places", "uninlined_format_args"]
    assert suggestion.places == 2
    assert suggestion.text.decode() == CRATE[: CRATE.index("\n\n")].replace('{}", a', '{a}"').replace(
        '{:>4}", b', '{b:>4}"'
    )


def test_of_overlapping_places_the_outer_one_is_mended(found):
    suggestion = found["nested", "single_match"]
    assert suggestion.places == 1
    assert b"if let Some(b) = a" in suggestion.text and b"match b" in suggestion.text


def test_what_an_author_would_not_write_is_not_suggested(found):
    """A comment lost, a path spelt out, what an author has allowed."""
    assert not {name for name, _ in found} & {"commented", "spelt_out", "allowed"}


def test_what_clippy_is_not_sure_of_is_not_suggested(crate):
    judge, functions = crate
    assert not suggestions(judge, [functions["unsure"]], ["clippy::match_single_binding"])


def test_an_outer_function_is_mended_with_the_one_inside(found):
    for name in ("outer", "inner"):
        assert b"        b * 2\n" in found[name, "needless_return"].text


def test_a_suggestion_that_reaches_out_of_the_function_is_not_taken(crate, found):
    judge, functions = crate
    whole = functions["popped"]
    assert ("popped", "manual_while_let_some") in found
    start = whole.start + judge.original(whole.file)[whole.start :].index(b"let x")
    part = Function("part", whole.file, start, whole.end, start)
    assert not suggestions(judge, [part], ["clippy::manual_while_let_some"])


def test_the_order_is_that_of_file_place_and_lint(crate, found):
    judge, functions = crate
    again = suggestions(judge, list(functions.values())[::-1], list(IDIOMS)[::-1])
    assert again == list(found.values())
    assert [(s.function.start, s.lint) for s in again] == sorted((s.function.start, s.lint) for s in again)


def test_only_where_the_lint_is_silent_and_no_other_louder_is_it_gone(crate, found):
    judge, _ = crate
    good = found["two_places", "uninlined_format_args"]
    other = found["popped", "manual_while_let_some"]
    half = found["nested", "single_match"]  # the inner match is still one that should be `if let`

    def settled(*texts: Suggestion) -> set[str]:
        return {lint.removeprefix("clippy::") for _, lint in gone(judge, list(texts), IDIOMS)}

    def with_text(old: bytes, new: bytes) -> Suggestion:
        assert old in good.text
        return dataclasses.replace(good, text=good.text.replace(old, new))

    assert settled(good, half, other) == {"uninlined_format_args", "manual_while_let_some"}
    original = judge.original("src/lib.rs")[good.function.start : good.function.end]
    assert settled(dataclasses.replace(good, text=original)) == set()
    # Another lint than its own: one of those asked for, or one of the compiler's.
    assert settled(with_text(b"    first", b"    let first = { let x = first; x };\n    first")) == set()
    assert settled(with_text(b"let first", b"let mut first")) == set()
    # What does not compile takes nobody with it.
    assert settled(with_text(b"first +", b"second +"), other) == {"manual_while_let_some"}
    assert (judge.folder / "src/lib.rs").read_text() == CRATE


def test_two_suggestions_for_one_function_are_asked_about_one_by_one(crate, found):
    judge, _ = crate
    good = found["two_places", "uninlined_format_args"]
    bad = dataclasses.replace(
        good, lint="clippy::useless_format", text=good.text.replace(b"first", b'format!("x")', 1)
    )
    assert gone(judge, [good, bad], IDIOMS) == {(good.function.id, good.lint)}


def test_a_place_is_whole_inside_the_function_and_edits_nothing_twice():
    assert whole((Edit(0, 3, b"a"), Edit(3, 9, b"b")), 9)
    assert not whole((Edit(0, 3, b"a"), Edit(3, 9, b"b")), 8)
    assert not whole((Edit(-1, 2, b""),), 9)
    assert not whole((Edit(1, 4, b""), Edit(2, 5, b"")), 9)
    assert not whole((Edit(5, 5, b"a"), Edit(5, 5, b"b")), 9)


def test_every_lint_of_the_table_does_what_it_is_there_for(idioms):
    """One function per lint, named after it: clippy suggests, it compiles, the lint is gone."""
    judge, functions = idioms
    found = [
        suggestion
        for suggestion in suggestions(judge, list(functions.values()), IDIOMS)
        if functions.get(suggestion.lint.removeprefix("clippy::")) == suggestion.function
    ]
    assert {suggestion.lint for suggestion in found} == set(IDIOMS)
    replaced = [Replacement(s.lint, s.function, s.function.start, s.function.end, s.text) for s in found]
    assert [v.id for v in judge.judge(replaced) if not v.compiles] == []
    settled = gone(judge, found, IDIOMS)
    assert [s.lint for s in found if (s.function.id, s.lint) not in settled] == []


def test_the_advice_is_one_imperative_sentence():
    for lint, idiom in IDIOMS.items():
        assert lint.startswith("clippy::")
        assert idiom.advice[0].isupper() and idiom.advice.endswith(".") and idiom.why
        assert ". " not in idiom.advice
