"""The parts of a chat answer: what a model thought before it, and the code between fences."""

from __future__ import annotations

import re
from typing import NamedTuple

THOUGHT = re.compile(r"\s*<(think|thinking|thought|reasoning)>")
THOUGHT_END = re.compile(r"</(?:think|thinking|thought|reasoning)>")
# A fence begins a line; ```rust may also end one ("Answer: ```rust"), but not in a comment of Rust.
OPENING = re.compile(
    r"^(?P<before>[ \t]*|(?![ \t]*(?://|\*)).*[^`~\n])(?P<fence>`{3,}+|~{3,}+)(?P<info>[^`\n]*+)$", re.M
)
# Languages of fences that may hold Rust: models name them rust or not at all.
RUST = re.compile(r"(?:rust|rs|rust_code|\{\.rust\}|)(?=[\s,{]|$)", re.I)


class Fence(NamedTuple):
    start: int  # of the text inside
    end: int
    rust: bool  # said to be Rust, or nothing said
    closed: bool
    outside: int  # where its opening line begins


def answer_start(text: str) -> int:
    """Where the answer begins behind the thoughts; -1 where the thoughts never end."""
    start = 1 if text.startswith("\ufeff") else 0
    opened = THOUGHT.match(text, start)
    ended = THOUGHT_END.search(text, start)
    if opened and not ended:
        return -1
    # A chat template may have opened the thoughts in the prompt, so that only their end is here.
    if ended and (opened or alone_on_its_line(text, ended)):
        return ended.end()
    return start


def alone_on_its_line(text: str, match: re.Match) -> bool:
    line_end = text.find("\n", match.end())
    after = text[match.end() : line_end if line_end >= 0 else len(text)]
    return not text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip() and not after.strip()


def fences(text: str, start: int = 0) -> list[Fence]:
    """The fences from `start` on. One that never closes goes on to the end."""
    found: list[Fence] = []
    while opening := OPENING.search(text, start):
        mark, info = opening["fence"], opening["info"].strip()
        rust = RUST.match(info)
        if opening["before"].strip() and not (info and rust):
            start = opening.end()
            continue
        inside = min(opening.end() + 1, len(text))
        closing = closing_of(mark).search(text, inside)
        end = closing.start("fence") if closing else len(text)
        found.append(Fence(inside, end, bool(rust), closing is not None, opening.start()))
        if not closing:
            break
        start = closing.end()
    return found


def closing_of(mark: str) -> re.Pattern:
    """The same mark, as long or longer, alone on a line or behind the end of a statement or block."""
    mark = f"{re.escape(mark[0])}{{{len(mark)},}}"
    return re.compile(rf"^(?:[ \t]*|.*[}};])(?P<fence>{mark})[ \t\r]*$", re.M)


CODE_BLOCK = re.compile(r"```rust\n(.*?)\n```", re.DOTALL)


def code_of(gen: str) -> str:
    """The code of a row's answer that has words around it; an answer without a block is code itself."""
    block = CODE_BLOCK.search(gen)
    return block[1] if block else gen
