"""The format that readers of a dataset expect, as checks of one row: (kind of problem, what is wrong).

prompt and gen are plain text without a chat template, split is train or val, and what else a row has starts
with `_`. `ADVICE` has the next step for every kind.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from ferrule.core.schemas import SAMPLES

SIDES = ("train", "val")
TEXTS = ("prompt", "gen")
KEYS = (*TEXTS, "split")
OPTIONAL = ("messages",)  # the turns of a row with more than one

ADVICE = {
    "unreadable": "write the file again; it may have been cut short, or have another type than its name says",
    "bad_line": "write one JSON object a line, in UTF-8",
    "byte_order_mark": "save the file as UTF-8 without a byte order mark",
    "blank_line": "take the line out",
    "missing_key": "add the key; a row needs prompt, gen and split (--no-split: before the split)",
    "unknown_key": "rename the key so that it starts with _, or take it out",
    "not_text": "make the value a text",
    "empty_text": "leave the row out",
    "too_long": "leave the row out or cut the task smaller; --max-chars sets the limit",
    "null_character": "take the character out, or leave the row out",
    "chat_template": "take the marks out: the trainer adds the template of its model",
    "fenced_answer": "take the fence off: the answer is the text itself",
    "bad_split": "set split to train or val",
    "wrong_file": "move the row to the file of its side",
    "column_type": "write the column with the type that is expected; scripts/utilities/convert.py does",
    "id_twice": "leave one of the rows out, or give it an id of its own",
    "row_on_both_sides": "keep it on one side",
    "crate_on_both_sides": "split by crate: scripts/utilities/split_train_val.py",
    "repository_on_both_sides": "split by repository: scripts/utilities/split_train_val.py",
    "files_differ": "make both files from the same rows",
    "no_rows": "name a file that has rows",
}

# What templates of chat models put around texts. Marks that code may well have (`<s>`, `[INST]` in the
# middle of a line) count at the ends of a text or at the start of a line only.
TEMPLATE = re.compile(
    r"<\|(?:im_start|im_end|im_sep|endoftext|begin_of_text|end_of_text|eot_id|eom_id|start_header_id|end_header_id"
    r"|system|user|assistant|end|fim_prefix|fim_middle|fim_suffix|fim_pad)\|>"
    r"|<(?:start|end)_of_turn>|<<SYS>>|<\uff5c(?:User|Assistant|begin\u2581of\u2581sentence|end\u2581of\u2581sentence)\uff5c>"
    r"|^\s*\[/?INST\]|\[/?INST\]\s*$|\A\s*<s>|</s>\s*\Z|\A\s*<bos>|<eos>\s*\Z"
    r"|^### (?:Instruction|Response|Input):\s*$",
    re.MULTILINE,
)
HINTS = (
    "<|",
    "of_turn>",
    "<<SYS",
    "<\uff5c",
    "INST]",
    "s>",
    "### ",
)  # quick to look for: most texts have none
FENCE = re.compile(r"\s*(`{3,}|~{3,})[^\n`]*\n")


@dataclass(frozen=True)
class Expected:
    """What a file has to have besides."""

    side: str = ""  # train or val, where the file's name says so
    split: bool = True  # rows have a split
    max_chars: int = 200_000
    keys: bool = True  # look at each row's keys; a Parquet file has columns instead


def row_problems(row: dict, expected: Expected) -> Iterator[tuple[str, str]]:
    if expected.keys:
        yield from key_problems("key", row, expected.split)
    for name in TEXTS:
        if name in row:
            yield from text_problems(name, row[name], expected.max_chars)
    if isinstance(gen := row.get("gen"), str) and fenced(gen):
        yield "fenced_answer", "gen is one fenced block as a whole"
    if expected.split and "split" in row:
        side = row["split"]
        if side not in SIDES:
            yield "bad_split", f"split is {side!r}"
        elif expected.side and side != expected.side:
            yield "wrong_file", f"split is {side!r} in a file of {expected.side}"


def key_problems(word: str, names: Iterable[str], split: bool) -> Iterator[tuple[str, str]]:
    for name in KEYS if split else TEXTS:
        if name not in names:
            yield "missing_key", f"no {word} {name!r}"
    for name in names:
        if name not in (*KEYS, *OPTIONAL) and not name.startswith("_"):
            yield "unknown_key", f"the {word} {name!r} is none of {', '.join(KEYS)} and has no _"


def text_problems(name: str, text: object, max_chars: int) -> Iterator[tuple[str, str]]:
    if not isinstance(text, str):
        yield "not_text", f"{name} is {type(text).__name__}"
        return
    if not text.strip():
        yield "empty_text", f"{name} has no text"
    if len(text) > max_chars:
        yield "too_long", f"{name} has {len(text)} characters, the limit is {max_chars}"
    if "\0" in text:
        yield "null_character", f"{name} has a null character"
    if any(hint in text for hint in HINTS) and (mark := TEMPLATE.search(text)):
        yield "chat_template", f"{name} has {mark[0].strip()!r}"


def fenced(text: str) -> bool:
    """Whether one fence is around the whole text; a text of several fenced blocks is something else."""
    opening = FENCE.match(text)
    if not opening:
        return False
    _, *lines = text.strip().split("\n")
    closing = [number for number, line in enumerate(lines) if line.strip() == opening[1]]
    return bool(closing) and closing[0] == len(lines) - 1


def schema_problems(schema: pa.Schema, split: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with the columns of a Parquet file; ours have to have our types."""
    ours = set(schema.names) == set(SAMPLES.names)
    yield from key_problems("column", schema.names, split)
    for field in schema:
        wanted = SAMPLES.field(field.name).type if ours else pa.string() if field.name in KEYS else field.type
        if plain(field.type) != wanted:
            yield "column_type", f"the column {field.name!r} is {field.type}, expected {wanted}"


def plain(kind: pa.DataType) -> pa.DataType:
    """Text however it is stored is text."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.string() if pa.types.is_large_string(kind) else kind


class Report:
    """Problems by kind: all counted, the first few kept."""

    def __init__(self, show: int, ignore: Iterable[str] = ()):
        self.show, self.ignore = show, ignore
        self.counts: dict[str, int] = defaultdict(int)
        self.first: dict[str, list[tuple[str, str]]] = defaultdict(list)

    def add(self, kind: str, place: str, what: str) -> None:
        if kind in self.ignore:
            return
        self.counts[kind] += 1
        if len(self.first[kind]) < self.show:
            self.first[kind].append((place, what))

    def lines(self) -> Iterator[str]:
        if self.ignore:
            yield f"left out: {', '.join(self.ignore)}"
        for kind, count in self.counts.items():
            yield f"{kind}: {count}. To do: {ADVICE[kind]}"
            yield from (f"    {place}: {what}" for place, what in self.first[kind])
            if count > self.show:
                yield f"    and {count - self.show} more"

    def as_json(self) -> dict:
        return {
            kind: dict(
                count=count,
                to_do=ADVICE[kind],
                first=[dict(place=place, what=what) for place, what in self.first[kind]],
            )
            for kind, count in self.counts.items()
        }
