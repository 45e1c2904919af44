"""Documentation, signature and the needed context give the function that its author wrote."""

from __future__ import annotations

import re

from ferrule.core.reasons import MakeReason
from ferrule.rust.code_tokens import tokens
from ferrule.rust.documentation import prose, visible
from ferrule.rust.signatures import head
from ferrule.rust.syntax import dedent
from ferrule.tasks.context import Crate
from ferrule.tasks.task import (
    Draft,
    Drop,
    Settings,
    code_body,
    common_drop,
    context_drop,
    fenced,
    names,
    placed,
    trivial_drop,
)

NAME = "code_generation"

# Documentation that sends its reader elsewhere does not describe the task.
REFERS = re.compile(
    r"^(?:see|same as|like|alias|shorthand|equivalent|identical|analogous|similar|refer|the same as|as"
    r"|wrapper|calls?|forwards?|delegates?|convenience|variant of|version of|just like|works like"
    r"|this is (?:a|an|the) (?:\w+ )?(?:wrapper|version|variant|shorthand|alias|equivalent))\b",
    re.IGNORECASE,
)
# What only the rest of a page explains: numbered points, equations, figures.
ELSEWHERE = re.compile(
    r"\b(?:as per|see|by|in|from|of) (?:point |step |equation |section |figure |table )?\(?\d+\)|\b(?:as (?:described|explained|mentioned)"
    r" (?:above|below|earlier|previously))\b"
    r"|\b(?:see|refer to) (?:the |its )?\[?`?(?:\w+(?:-level)? )?(?:module|crate|trait|type|struct)(?:-level)?`? (?:docs|documentation)",
    re.IGNORECASE,
)
# Documentation that begins with such a section does not say what the function does.
SECTION_ONLY = re.compile(r"#+ *(?:safety|panics|errors|notes?|examples?)\b", re.IGNORECASE)
URL = re.compile(r"https?://")
LEAST_BESIDE_URL = 200  # characters that must be said where a page elsewhere says the rest
FEW_WORDS = 15  # of documentation: what they leave open, tests have to say
MOST_UNTOLD = 60  # tokens of a body
LINK = re.compile(r"\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?|<https?://[^>]*>|https?://\S+")


def make(row: dict, crate: Crate, settings: Settings, others: frozenset[str] = frozenset()) -> Draft | Drop:
    if drop := common_drop(row) or documentation_drop(row["docs"], settings):
        return drop
    if drop := trivial_drop(row, settings):
        return drop
    if not row.get("tests") and says_little(row["docs"]) and len(tokens(code_body(row))) > MOST_UNTOLD:
        return Drop(MakeReason.DOCUMENTATION_TOO_SHORT, "for so much code that no test looks at")
    context = crate.context(row, settings.max_context_chars)
    if drop := context_drop(context, settings):
        return drop
    docs = "\n".join(f"/// {line}".rstrip() for line in visible(row["docs"]).split("\n"))
    signature = head(row)
    opening = "\n{" if "\n" in signature else " {"
    stub = f"{docs}\n{signature}{opening}\n    todo!()\n}}"
    margin = row["margin"]
    return Draft(
        gen=dedent(row["code"], margin),
        values=names(row) | dict(code=fenced(placed(row, context, stub))),
    )


def says_little(docs: str) -> bool:
    return len(re.findall(r"\w+", LINK.sub("", prose(docs)))) < FEW_WORDS


def documentation_drop(docs: str, settings: Settings) -> Drop | None:
    if not docs.strip():
        return Drop(MakeReason.UNDOCUMENTED)
    said = prose(docs)
    if SECTION_ONLY.match(docs.strip()):
        return Drop(MakeReason.DOCUMENTATION_TOO_SHORT, "it has only a section")
    if len(LINK.sub("", said)) < settings.min_doc_chars:
        return Drop(MakeReason.DOCUMENTATION_TOO_SHORT, f"{len(said)} characters")
    if URL.search(docs) and len(LINK.sub("", said)) < LEAST_BESIDE_URL:
        return Drop(MakeReason.DOCUMENTATION_REFERS_ELSEWHERE)
    if (REFERS.match(said) and len(said) < 200) or ELSEWHERE.search(said):
        return Drop(MakeReason.DOCUMENTATION_REFERS_ELSEWHERE)
    return None
