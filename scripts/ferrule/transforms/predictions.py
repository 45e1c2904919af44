"""Predict the diagnostic of a mutation without a compiler, for operators whose diagnostics are predictable.

`resources/predictions.tsv` has the operators that nearly always cause the same error, with its code, message
and place. `scripts/utilities/learn_predictions.py` derives it from mutations that rustc has judged. Messages
have placeholders: {new} is the inserted text, {old} the text that it replaces, {next} and {previous} are the
words beside it, {name} is the function's name.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from ferrule.compiler.judge import Replacement
from ferrule.core.schemas import ChunkRow

WORD_AFTER = re.compile(rb"\W*?(\w+)")
WORD_BEFORE = re.compile(rb"(\w+)\W*$")
WORD_BEGUN = re.compile(rb"\w*$")
WORD_REST = re.compile(rb"\w*")
PLACES = ("new", "next", "previous", "broken")


@dataclass(frozen=True)
class Prediction:
    """The diagnostic of an operator. `message` has placeholders."""

    code: str
    message: str
    place: str  # which of PLACES is underlined


def read_predictions(path: Path) -> dict[str, Prediction]:
    """Predictions by operator."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["operator"]: Prediction(row["code"], row["message"], row["place"]) for row in rows}


class PredictedColumns(TypedDict):
    """The columns of a broken row that come from its diagnostic, see `ferrule.core.schemas.BrokenRow`."""

    code: str
    codes: list[str]
    error_start: int
    error_end: int
    diagnostic: str


def words(
    code: bytes, start: int, end: int, text: bytes, name: str
) -> tuple[dict[str, str], dict[str, tuple[int, int]]]:
    """(placeholders, places) of a mutation: `text` in place of bytes [start, end) of a function's text.

    `places` are spans in the broken text, by their names in PLACES; those without a word beside them are
    missing.
    """
    broken = code[:start] + text + code[end:]
    after = WORD_AFTER.match(broken, start + len(text))
    before = WORD_BEFORE.search(broken[:start])
    placeholders = {
        "new": text.strip(b"(), ").decode(),
        "old": code[start:end].strip(b"(), ").decode(),
        "next": after[1].decode() if after else "",
        "previous": before[1].decode() if before else "",
        "name": name,
    }
    places = {"new": (start, start + len(text))}
    if after:
        places["next"] = after.span(1)
    if before:
        places["previous"] = before.span(1)
    head, rest = WORD_BEGUN.search(broken[:start]), WORD_REST.match(broken, start + len(text))
    assert head is not None and rest is not None, "both patterns match an empty text"
    places["broken"] = (head.start(), rest.end())  # the word that the mutation is a part of
    return placeholders, places


def predicted(
    prediction: Prediction, row: ChunkRow, source: bytes, replacement: Replacement
) -> PredictedColumns | None:
    """The predicted columns of a broken row. None if the mutation lacks a word that the prediction needs.

    `row` is the function's chunk, `source` its whole file.
    """
    start, end = replacement.start - row["start"], replacement.end - row["start"]
    code = row["code"].encode()
    placeholders, places = words(code, start, end, replacement.text, row["name"])
    if prediction.place not in places or not all(
        placeholders[key] for key in re.findall(r"\{(\w+)\}", prediction.message)
    ):
        return None
    message = re.sub(r"\{(\w+)\}", lambda match: placeholders[match[1]], prediction.message)
    first, last = places[prediction.place]
    text = source[: replacement.start] + replacement.text + source[replacement.end :]
    at = row["start"] + first
    line = text.count(b"\n", 0, at) + 1
    line_start = text.rfind(b"\n", 0, at) + 1
    shown = text[line_start:].split(b"\n", 1)[0].decode(errors="replace")
    column = len(text[line_start:at].decode(errors="replace"))
    width = min(len(text[at : row["start"] + last].decode(errors="replace")), len(shown) - column)
    margin = " " * len(str(line))
    blank = re.sub(r"[^\t]", " ", shown[:column])
    rendered = (
        f"error[{prediction.code}]: {message}\n{margin}--> {row['file']}:{line}:{column + 1}\n{margin} |\n"
        f"{line} | {shown}\n{margin} | {blank}{'^' * max(width, 1)}\n\n"
    )
    return PredictedColumns(
        code=prediction.code, codes=[prediction.code], error_start=first, error_end=last, diagnostic=rendered
    )
