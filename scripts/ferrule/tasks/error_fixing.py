"""A function that a mutation has broken, with rustc's own diagnostic, gives the function as its author wrote it."""

from __future__ import annotations

from ferrule.core.reasons import MakeReason
from ferrule.rust.syntax import dedent
from ferrule.tasks.answer_checks import cannot_be_guessed
from ferrule.tasks.context import Crate
from ferrule.tasks.task import Draft, Drop, Settings, common_drop, fenced, names, placed

NAME = "error_fixing"
MAX_DIAGNOSTIC = 3000  # characters; a mutation with more to say is not one mistake any more


def make(
    row: dict, crate: Crate, settings: Settings, others: frozenset[str] = frozenset()
) -> list[Draft | Drop]:
    """A draft per broken form of the function (`row["broken"]`, rows of `ferrule.core.schemas.BROKEN`)."""
    unbroken = [Drop(b["reason"], b["operator"], "mutate") for b in row["broken"] if b["reason"]]
    if drop := common_drop(row):
        return [*unbroken, drop]
    usable = [b for b in row["broken"] if not b["reason"] and len(b["diagnostic"]) <= MAX_DIAGNOSTIC]
    if not usable:
        return [*unbroken, Drop(MakeReason.NO_BROKEN_FORM)]
    # The broken code says itself what it uses; the context is help, not a condition.
    brief, context = crate.context_of_type(row), crate.context(row, settings.max_context_chars)
    if context.size > settings.max_context_chars:
        context = brief
    original = row["code"].encode()
    gen = dedent(row["code"], row["margin"])
    drafts: list[Draft | Drop] = []
    for broken in usable:
        start, end = broken["start"] - row["start"], broken["end"] - row["start"]
        text = (original[:start] + broken["text"].encode() + original[end:]).decode()
        # Syntax errors can be fixed without knowing what the names mean.
        shown = placed(row, context if broken["code"] else brief, dedent(text, row["margin"]))
        if why := cannot_be_guessed(text, row["code"], f"{shown}\n{broken['diagnostic']}"):
            drafts.append(Drop(MakeReason.UNGUESSABLE, f"{broken['operator']}: {why}"))
            continue
        diagnostic = f"```text\n{broken['diagnostic'].strip(chr(10))}\n```"
        values = names(row) | dict(code=fenced(shown), diagnostic=diagnostic)
        drafts.append(
            Draft(
                gen=gen,
                values=values,
                variant=broken["operator"],
                error_code=broken["code"],
                diagnostic=broken["diagnostic"],
                before=text,
                error_start=broken["error_start"],
                error_end=broken["error_end"],
                verdict="unjudged" if broken["simulated"] else "",
            )
        )
    return [*unbroken, *drafts]
