"""What rustc says of a batch: which answers its errors point at, and each as one line for any machine.

Nothing of a run is in such a line: no path, no name of a module, and of a type its last name alone, since rustc
writes whole paths or not depending on what else is in the crate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

LONGEST = 300  # characters of a line
# Names of a batch: m_ modules of answers, c_ clean modules, s_ libraries of tests, r_ the root.
MODULE = re.compile(r"(?:\bcrate::)?\b[mcrs]_[0-9a-f]{16}(?:::)?")
FILE = re.compile(r"[\w/.-]*\bm_[0-9a-f]{16}(/c_[0-9a-f]{16})?\.rs")
TYPE_PATH = re.compile(r"\b(?:[a-z_]\w*::)+(?=[A-Z])")
STEM = re.compile(r"([mc]_[0-9a-f]{16})\.rs$")


@dataclass(frozen=True)
class Fault:
    """An error: its code, one line, and the answers (numbers) that it points at and that it mentions at all."""

    code: str
    line: str
    blamed: int | None
    mentioned: frozenset[int]


def faults(messages: bytes, owner: dict[str, int]) -> Iterator[Fault]:
    """The errors among rustc's JSON lines; `owner` says whose a file is by its name without `.rs`."""
    for line in messages.splitlines():
        if not line.startswith(b"{"):
            continue
        try:
            message = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue  # what the compiler says when it crashes is no JSON, and may quote the answer
        if not message["level"].startswith("error") or message["message"].startswith("aborting due to"):
            continue
        primary = [span for span in message["spans"] if span["is_primary"]]
        blamed = [number for span in primary for number in _owners(span, owner)]
        others = [span for span in message["spans"] if not span["is_primary"]]
        others += [span for child in message["children"] for span in child["spans"]]
        mentioned = {*blamed, *(number for span in others for number in _owners(span, owner))}
        code = (message["code"] or {}).get("code") or ""
        yield Fault(code, one_line(message, primary), blamed[0] if blamed else None, frozenset(mentioned))


def _owners(span: dict | None, owner: dict[str, int]) -> Iterator[int]:
    """Whose the file of a span is, and those of the macro calls that it comes from."""
    while span:
        stem = STEM.search(span["file_name"])
        if stem and stem[1] in owner:
            yield owner[stem[1]]
        span = (span.get("expansion") or {}).get("span")


def one_line(message: dict, primary: list[dict]) -> str:
    label = next((span["label"] for span in primary if span["label"]), "")
    return portable(f"{message['message']}: {label}" if label else message["message"])


def portable(text: str) -> str:
    text = FILE.sub(lambda file: "tests.rs" if file[1] else "answer.rs", text)
    text = MODULE.sub(lambda name: "" if name[0].endswith("::") else "answer", text)
    text = TYPE_PATH.sub("", text)
    return " ".join(text.split())[:LONGEST]
