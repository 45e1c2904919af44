"""What rustc would say of a mutation, where that is certain enough to be said without asking it.

`resources/predictions.tsv` has the operators whose errors are always alike, with the code, the message and
the place that rustc gave for them; `scripts/utilities/learn_predictions.py` makes it from mutations that were judged.
Messages have placeholders for words of the mutation: {new} what was put in, {old} what stood there, {next} and
{previous} the words beside it, {name} the function's name.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from ferrule.compiler.judge import Replacement

WORD_AFTER = re.compile(rb"\W*?(\w+)")
WORD_BEFORE = re.compile(rb"(\w+)\W*$")
PLACES = ("new", "next", "previous", "broken")


@dataclass(frozen=True)
class Prediction:
    code: str
    message: str
    place: str  # which of PLACES is underlined


def read_predictions(path: Path) -> dict[str, Prediction]:
    """Predictions by operator."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["operator"]: Prediction(row["code"], row["message"], row["place"]) for row in rows}


def words(code: bytes, start: int, end: int, text: bytes, name: str) -> tuple[dict[str, str], dict]:
    """(placeholders, places) of a mutation: `text` in place of bytes [start, end) of a function's text."""
    broken = code[:start] + text + code[end:]
    after = WORD_AFTER.match(broken, start + len(text))
    before = WORD_BEFORE.search(broken[:start])
    said = {
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
    whole = re.compile(rb"\w*").match(broken, start + len(text))
    head = re.search(rb"\w*$", broken[:start])
    places["broken"] = (head.start(), whole.end())  # the word that the mutation is a part of
    return said, places


def predicted(prediction: Prediction, row: dict, source: bytes, replacement: Replacement) -> dict | None:
    """The columns of a broken row that a diagnostic fills, or None where the words are not there."""
    start, end = replacement.start - row["start"], replacement.end - row["start"]
    code = row["code"].encode()
    said, places = words(code, start, end, replacement.text, row["name"])
    if prediction.place not in places or not all(
        said[key] for key in re.findall(r"\{(\w+)\}", prediction.message)
    ):
        return None
    message = re.sub(r"\{(\w+)\}", lambda match: said[match[1]], prediction.message)
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
    return dict(
        code=prediction.code, codes=[prediction.code], error_start=first, error_end=last, diagnostic=rendered
    )
