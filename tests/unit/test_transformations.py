"""Rows of transformations from forms that an earlier step has found."""

from fixture_crates import fixture_crate

from ferrule.tasks import transformations
from ferrule.tasks.task import Draft, Drop, Settings

SETTINGS = Settings()

LONG = """pub fn is_empty(&self) -> bool {
        if self.len() == 0 {
            true
        } else {
            false
        }
    }"""


def row_of(name: str = "is_empty", **form) -> tuple[dict, object]:
    functions, crate = fixture_crate("tidy")
    row = dict(functions[name])
    one = (
        dict(
            rewrite="if_else_bool",
            direction="longer",
            start=row["start"],
            end=row["end"],
            text=LONG,
            advice="Return the comparison itself.",
            twin="",
            reason="",
            outcome="",
        )
        | form
    )
    row |= dict(rewritten=[one], above="", tests=None)
    return row, crate


def only(made: list) -> Draft | Drop:
    assert len(made) == 1
    return made[0]


def test_the_answer_is_the_authors_function():
    row, crate = row_of()
    draft = only(transformations.make(row, crate, SETTINGS))
    assert draft.gen == "pub fn is_empty(&self) -> bool {\n    self.len() == 0\n}"
    assert "            true\n" in draft.values["code"] and "impl Span {" in draft.values["code"]
    assert draft.before == LONG and draft.variant == "if_else_bool" and draft.verdict == "compiles"


def test_a_form_that_the_tests_accept_is_tested_and_one_that_they_reject_falls():
    row, crate = row_of(outcome="tested")
    assert only(transformations.make(row, crate, SETTINGS)).verdict == "tested"
    row, crate = row_of(outcome="failed")
    made = transformations.make(row, crate, SETTINGS)
    assert [drop.reason for drop in made] == ["behaviour_differs", "no_rewrite"]


def test_clippys_suggestion_is_the_answer():
    row, crate = row_of(direction="better", rewrite="clippy::some_lint")
    draft = only(transformations.make(row, crate, SETTINGS))
    assert draft.gen.count("\n") == 6 and draft.before == row["code"]
    assert "self.len() == 0\n" in draft.values["code"]


def test_a_twin_shows_the_blocking_function():
    row, crate = row_of(direction="twin", text="pub fn is_empty_blocking(&self) {}", twin="is_empty_blocking")
    draft = only(transformations.make(row, crate, SETTINGS))
    assert draft.wording == "twin_method" and draft.before is None
    assert "is_empty_blocking" in draft.values["code"] and draft.gen.startswith("pub fn is_empty(")


def test_a_derive_is_answered_with_the_types_attributes():
    row, crate = row_of()
    item = dict(row, kind="struct", code="pub struct A(u8);", above="/// Doc.\n#[derive(Clone)]\n", margin=0)
    item["rewritten"][0] |= dict(
        start=item["start"] - 26, text="/// Doc.\npub struct A(u8);\nimpl Clone for A {}"
    )
    draft = only(transformations.make(item, crate, SETTINGS))
    assert draft.gen == "/// Doc.\n#[derive(Clone)]\npub struct A(u8);"
    assert draft.start == item["start"] - 26 and draft.wording.startswith("type")
    assert "impl Clone for A {}" in draft.values["code"]


def test_what_fell_before_is_counted():
    row, crate = row_of(reason="does_not_compile")
    made = transformations.make(row, crate, SETTINGS)
    assert [(d.stage, d.reason, d.detail) for d in made] == [
        ("rewrite", "does_not_compile", "if_else_bool"),
        ("make", "no_rewrite", ""),
    ]
