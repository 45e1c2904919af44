"""A function, its documentation taken off, gives what its author says about it."""

from __future__ import annotations

import re

from ferrule.context import Crate
from ferrule.syntax import dedent
from ferrule.tasks import Draft, Drop, Settings, common_drop, fenced, names, placed
from ferrule.tasks.code_generation import REFERS

NAME = "explanations"

# Sections whose text lives in their code block, or that speak to the crate's developers.
LEFT_OUT = re.compile(r"^#+\s*(?:examples?|usage|see also|todo|implementation|notes? to)", re.IGNORECASE)
MIN_CHARS = 80


def make(row: dict, crate: Crate, settings: Settings, others: frozenset[str] = frozenset()) -> Draft | Drop:
    if drop := common_drop(row):
        return drop
    if not row["docs"].strip():
        return Drop("undocumented")
    said = explanation(row["docs"])
    if len(said) < max(MIN_CHARS, settings.min_doc_chars):
        return Drop("documentation_too_short", f"{len(said)} characters")
    if REFERS.match(said) and len(said) < 200:
        return Drop("documentation_refers_elsewhere")
    if said[-1] not in ".!?)`|":
        return Drop("documentation_unfinished", said[-20:])
    context = crate.context_of_type(row)
    code = dedent(row["code"], row["margin"])
    return Draft(gen=said, values=names(row) | dict(code=fenced(placed(row, context, code))))


def explanation(docs: str) -> str:
    """The documentation's sentences: no code blocks, no examples section, no link definitions.

    Lines are taken or left whole, so every line of the answer is a line of the author's.
    """
    lines, fence, skipping = [], "", False
    for line in docs.split("\n"):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
            continue
        if fence or re.match(r"\s*\[[^\]]+\]:\s", line):
            continue
        if re.match(r"#+\s", line):
            skipping = bool(LEFT_OUT.match(line))
        if not skipping:
            lines.append(line.rstrip())
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    # What introduced a code block now ends in a colon with nothing behind it.
    paragraphs = text.split("\n\n")
    while paragraphs and (paragraphs[-1].rstrip().endswith(":") or paragraphs[-1].startswith("#")):
        paragraphs.pop()
    return "\n\n".join(paragraphs).strip()
