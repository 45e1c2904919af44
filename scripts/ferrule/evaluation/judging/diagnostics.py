"""rustc's errors on a batch: the answers that they point at, and each error as one line.

Such a line is the same on every machine and in every run. It has no paths and no names of modules. It has only the last
name of a type, since rustc writes the full path or not depending on what else is in the crate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from ferrule.compiler.cargo_messages import RustcMessage, RustcSpan

LONGEST = 300  # characters of a line
# Names in a batch: m_ modules of answers, c_ clean modules, s_ libraries of tests, r_ the root.
MODULE = re.compile(r"(?:\bcrate::)?\b[mcrs]_[0-9a-f]{16}(?:::)?")
FILE = re.compile(r"[\w/.-]*\bm_[0-9a-f]{16}(/c_[0-9a-f]{16})?\.rs")
TYPE_PATH = re.compile(r"\b(?:[a-z_]\w*::)+(?=[A-Z])")
STEM = re.compile(r"([mc]_[0-9a-f]{16})\.rs$")


@dataclass(frozen=True)
class Fault:
    """An error of rustc. Answers are known by their numbers in the batch."""

    code: str
    line: str  # its message, on one line
    blamed: int | None  # the answer that it points at
    mentioned: frozenset[int]  # all answers that it points at or that its notes mention


def faults(messages: bytes, owner: dict[str, int]) -> Iterator[Fault]:
    """The errors among rustc's JSON lines; `owner` is the answer of each file, by the file's name without `.rs`."""
    for line in messages.splitlines():
        if not line.startswith(b"{"):
            continue
        try:
            message: RustcMessage = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue  # a crash of the compiler prints text that is not JSON and may quote the answer
        if not message["level"].startswith("error") or message["message"].startswith("aborting due to"):
            continue
        primary = [span for span in message["spans"] if span["is_primary"]]
        blamed = [number for span in primary for number in _owners(span, owner)]
        secondary = [span for span in message["spans"] if not span["is_primary"]]
        secondary += [span for child in message["children"] for span in child["spans"]]
        mentioned = {*blamed, *(number for span in secondary for number in _owners(span, owner))}
        code = message["code"]["code"] if message["code"] else ""
        yield Fault(code, one_line(message, primary), blamed[0] if blamed else None, frozenset(mentioned))


def _owners(span: RustcSpan, owner: dict[str, int]) -> Iterator[int]:
    """The answers that a span is in: by its file, and by the files of the macro calls that it comes from."""
    current: RustcSpan | None = span
    while current:
        stem = STEM.search(current["file_name"])
        if stem and stem[1] in owner:
            yield owner[stem[1]]
        expansion = current.get("expansion")
        current = expansion["span"] if expansion else None


def one_line(message: RustcMessage, primary: list[RustcSpan]) -> str:
    """The message with the label of its first labelled primary span."""
    label = next((span["label"] for span in primary if span["label"]), "")
    return portable(f"{message['message']}: {label}" if label else message["message"])


def portable(text: str) -> str:
    """The text on one line, without what depends on the run or the batch."""
    text = FILE.sub(lambda file: "tests.rs" if file[1] else "answer.rs", text)
    text = MODULE.sub(lambda name: "" if name[0].endswith("::") else "answer", text)
    text = TYPE_PATH.sub("", text)
    return " ".join(text.split())[:LONGEST]
