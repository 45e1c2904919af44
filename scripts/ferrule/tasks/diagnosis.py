"""A short diagnosis of a compile error in words, from facts alone: the mutation, rustc's labels, and the difference.

Nothing in it is a guess: the operator says which mistake was made, rustc says what it objects to and where, and the lines
that differ are those of the author's function.
"""

from __future__ import annotations

import difflib
import re

LABEL = re.compile(r"\^ ([\w`'\"&][^\n]*)$", re.MULTILINE)
HEAD = re.compile(r"^error(?:\[(E\d+)\])?: (.*)$", re.MULTILINE)
MOST_LINES = 6  # lines of the difference that are named

OPENINGS = (
    "{error}{label}.",
    "rustc reports {error_low}{label}.",
    "The compiler objects: {error_low}{label}.",
    "What the message says: {error_low}{label}.",
)


def diagnosis(diagnostic: str, before: str, after: str, mistake: str, number: int) -> str:
    """Two or three sentences; empty if the facts do not give them. `number` chooses the wording."""
    head = HEAD.search(diagnostic)
    old, new = changed(before, after)
    if head is None or not (old or new) or len(old) + len(new) > MOST_LINES:
        return ""
    code, message = head[1], head[2].strip().rstrip(".")
    labels = [label.strip() for label in LABEL.findall(diagnostic) if label.strip()]
    label = next((one for one in labels if one.lower() not in message.lower()), "")
    opening = OPENINGS[number % len(OPENINGS)].format(
        error=message[0].upper() + message[1:],
        error_low=message,
        label=f" ({code})" * bool(code) + f": {label.rstrip('.')}" * bool(label),
    )
    advice = place(old[0], after) if old == new and len(old) == 1 else remedy(old, new)
    return f"{opening} {cause(mistake)} {advice}"


def cause(mistake: str) -> str:
    """The docstring of an operator, `Forgot to clone a value.`, as a sentence on this code."""
    said = mistake.strip().split("\n")[0].rstrip(".")
    return f"The mistake: {said[0].lower() + said[1:]}."


def remedy(old: list[str], new: list[str]) -> str:
    if len(old) == len(new) == 1:
        return f"`{old[0]}` has to be `{new[0]}`."
    if not old:
        lines = " ".join(f"`{line}`" for line in new)
        return f"What is missing is {lines}."
    if not new:
        lines = " ".join(f"`{line}`" for line in old)
        return f"{lines} must go."
    return f"{' '.join(f'`{line}`' for line in old)} becomes {' '.join(f'`{line}`' for line in new)}."


def place(line: str, after: str) -> str:
    """Where a line that only moved belongs: before the one that follows it."""
    lines = [other.strip() for other in after.split("\n") if other.strip()]
    at = lines.index(line)
    return f"`{line}` has to come before `{lines[at + 1]}`." if lines[at + 1 :] else f"`{line}` comes last."


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that only one of two texts has, without margins and blank ones."""
    one, other = ([line.strip() for line in text.split("\n")] for text in (before, after))
    old: list[str] = []
    new: list[str] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag != "equal":
            old += [line for line in one[a:b] if line]
            new += [line for line in other[c:d] if line]
    return old, new
