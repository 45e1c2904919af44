"""Rows of phase 1: whole files, cut before their tests, and the modules of files that are too long."""

from pathlib import Path

import pytest

from ferrule.core.schemas import CHUNKS
from ferrule.core.yaml_files import read_yaml
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.rust import syntax
from ferrule.tasks import whole_modules
from ferrule.tasks.context import Crate
from ferrule.tasks.kinds import kinds
from ferrule.tasks.sample_rows import Origin, made_of, sample_row
from ferrule.tasks.task import Draft, Drop, Settings

PROMPTS = Path(__file__).parents[2] / "resources/prompts.yaml"
SETTINGS = Settings()
CODE = "//! Numbers.\n\n/// Gives one.\npub fn one() -> u8 {\n    1\n}\n"
TESTS = "\n// What follows tests it.\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() {}\n}\n"


def rows_of(text: str, dead: tuple[str, ...] | None = None) -> list[dict]:
    """The rows of one file; with `dead`, a compiler that has read all functions but these."""
    source = text.encode()
    chunks = Chunks("c@1")
    chunk_file(chunks, "src/a.rs", source, syntax.parse(source))
    items = [dict(zip(CHUNKS.names, row, strict=True)) for row in chunks.rows]
    verdicts = (
        {
            i["id"]: dict(compiles=i["name"] not in dead)
            for i in items
            if i["kind"] in ("function", "method") and not i["reason"]
        }
        if dead is not None
        else None
    )
    return whole_modules.whole_rows(items, lambda _: source, verdicts)


def make(text: str, dead: tuple[str, ...] | None = None) -> Draft | Drop:
    (row,) = rows_of(text, dead)
    return whole_modules.make(row, Crate([]), SETTINGS)


@pytest.mark.parametrize(
    "tests",
    [
        "",
        "\n\n",
        TESTS,
        "\n#[cfg(test)]\nmod tests;\n",
        "#[test]\nfn t() {}\n" + TESTS,
        "\n#[cfg(test)]\n#[allow(unused)]\nuse std::fmt;\n" + TESTS,
        '\n#[cfg(all(test, feature = "x"))]\nmod t {}\n',
    ],
)
def test_a_file_ends_before_its_tests(tests):
    assert make(CODE + tests).gen == CODE.strip()
    assert make(f"\ufeff\n{CODE}{tests}").gen == CODE.strip()


@pytest.mark.parametrize(
    "text",
    [
        TESTS + CODE,
        CODE + TESTS + "\npub fn two() {}\n",
        "#![cfg(test)]\n" + CODE,
        "#[cfg(test)]\nmod tests;\n" + CODE,
        "#[cfg(test)]\nextern crate std;\n" + CODE,
        CODE
        + "pub mod inner {\n    #[cfg(test)]\n    mod tests {\n        fn t() {}\n    }\n    pub fn f() {}\n}\n",
        CODE + "pub struct S;\nimpl S {\n    #[cfg(test)]\n    fn only() {}\n}\n",
    ],
)
def test_a_file_with_tests_elsewhere_falls(text):
    assert make(text).reason == "holds_tests"


def test_code_for_other_configurations_is_no_test():
    text = CODE + '#[cfg(not(test))]\npub fn two() {}\n#[cfg(any(test, feature = "x"))]\npub fn three() {}\n'
    assert make(text).gen == text.strip()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pub mod a;\npub mod b;\npub use a::*;\n", "no_function"),
        ("pub fn f( { }\n", "parse_error"),
        ("pub fn f() { todo!() }\n", "placeholder"),
        ("pub fn f() {\n" + "    g();\n" * 200 + "}\n", "gen_too_long"),
        ("pub trait T { fn f(); }\n" * 2, "no_function"),
        ("// " + "x" * 8000 + "\n" + CODE, "gen_too_long"),
    ],
)
def test_what_is_no_answer(text, reason):
    assert make(text).reason == reason


def test_the_compiler_must_have_read_every_function():
    text = CODE + "pub fn two() {}\npub fn three() {}\n"
    assert make(text, dead=()).gen == text.strip()
    assert make(text, dead=("three",)) == Drop("partly_live", "2 of 3 functions")
    assert make(text, dead=("one", "two", "three")) == Drop("partly_live", "0 of 3 functions")


def test_of_a_file_that_is_too_long_its_modules_are_taken():
    inner = "mod inner {\n        pub fn i() {}\n    }"
    small = f"/// Small.\n#[allow(unused)]\npub mod small {{\n    pub fn f() -> u8 {{\n        1\n    }}\n\n    {inner}\n}}"
    long = (
        "pub mod long {\n"
        + "    pub fn g() {}\n\n    pub mod deep {\n        pub fn h() {}\n    }\n"
        + "    // x\n" * 200
        + "}"
    )
    text = f"{CODE}\n{small}\n\n{long}\n"
    rows = rows_of(text, dead=("one",))
    assert [(row["kind"], row["name"]) for row in rows] == [("module", "small"), ("module", "deep")]
    drafts = [whole_modules.make(row, Crate([]), SETTINGS) for row in rows]
    assert drafts[0].gen == small and drafts[1].gen == "pub mod deep {\n    pub fn h() {}\n}"
    for row in rows:
        assert text.encode()[row["start"] : row["end"]].decode() == row["code"]


def test_every_row_has_the_one_prompt_of_phase_1():
    templates = read_yaml(PROMPTS)
    (row,) = rows_of(CODE, dead=())
    (made,) = made_of(row, Crate([]), SETTINGS, kinds())
    assert made[0] == "modules", "other kinds are made of functions"
    origin = Origin("crates", "c", "1.0.0")
    found = sample_row(row, origin, made[1], "modules", templates["modules"], 0)
    assert found["prompt"] == "Write a Rust code snippet. Output only the code."
    assert {text for group in templates["modules"].values() for text in group} == {found["prompt"]}
    assert (found["_verdict"], found["_documented"], found["_start"]) == ("compiles", True, 0)
