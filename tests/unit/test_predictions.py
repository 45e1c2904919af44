"""Diagnostics that are said without a compiler look like rustc's and stand where rustc's would."""

from pathlib import Path

from ferrule.compiler.judge import Function, Replacement
from ferrule.transforms.mutations.mutation_catalogue import OPERATORS
from ferrule.transforms.predictions import PLACES, Prediction, predicted, read_predictions

TABLE = Path(__file__).parents[2] / "resources/predictions.tsv"
SOURCE = b"// first\n    fn f(count: u8) -> u8 {\n        g(count)\n    }\n"
CODE = SOURCE[13:-1].decode()
ROW = dict(id="1", start=13, name="f", code=CODE, file="src/a.rs")


def replacement(old: bytes, new: bytes) -> Replacement:
    start = SOURCE.rindex(old)
    return Replacement(
        "1 x", Function("1", "src/a.rs", 13, len(SOURCE) - 1, 35), start, start + len(old), new
    )


def test_a_prediction_is_what_rustc_prints():
    prediction = Prediction("E0425", "cannot find value `{new}` in this scope", "new")
    columns = predicted(prediction, ROW, SOURCE, replacement(b"count", b"counts"))
    assert columns["diagnostic"] == (
        "error[E0425]: cannot find value `counts` in this scope\n"
        " --> src/a.rs:3:11\n"
        "  |\n"
        "3 |         g(counts)\n"
        "  |           ^^^^^^\n"
        "\n"
    )
    broken = CODE.replace("(count)", "(counts)")
    assert broken[columns["error_start"] : columns["error_end"]] == "counts"
    assert (columns["code"], columns["codes"]) == ("E0425", ["E0425"])


def test_the_word_beside_a_cut_can_be_what_is_wrong():
    prediction = Prediction("E0425", "cannot find value `{next}` in this scope", "next")
    columns = predicted(prediction, ROW, SOURCE, replacement(b"g(", b""))
    assert "`count`" in columns["diagnostic"]
    assert columns["error_end"] - columns["error_start"] == len("count")


def test_nothing_is_said_where_a_word_is_missing():
    prediction = Prediction("E0425", "cannot find value `{new}` in this scope", "new")
    assert predicted(prediction, ROW, SOURCE, replacement(b"count", b"")) is None


def test_the_table_speaks_of_the_catalogue_and_of_its_first_aims():
    table = read_predictions(TABLE)
    assert len(table) >= 5
    for operator, prediction in table.items():
        assert prediction.code == OPERATORS[operator].aims[0]
        assert prediction.place in PLACES
