"""A function written the long way gives the function as its author wrote it; both compile.

Three sources (`row["rewritten"]`, rows of `ferrule.core.schemas.REWRITES`): rewrites of ours that make the author's
code longer (`direction` longer: the answer is the original), clippy's suggestions (better: the prompt is the
original, the answer has the suggestion in it), and pairs of functions that the crate ships both blocking and
async (twin: the prompt is the blocking one, the answer the async one).
"""

from __future__ import annotations

from ferrule.core.reasons import MakeReason
from ferrule.rust.syntax import dedent
from ferrule.tasks.context import Crate
from ferrule.tasks.task import Draft, Drop, Settings, common_drop, fenced, names, placed

NAME = "transformations"


def make(
    row: dict, crate: Crate, settings: Settings, others: frozenset[str] = frozenset()
) -> list[Draft | Drop]:
    """A draft per rewritten form that compiles and that no test speaks against."""
    made: list[Draft | Drop] = []
    usable = []
    for form in row["rewritten"]:
        if form["reason"]:
            made.append(Drop(form["reason"], form["rewrite"], "rewrite"))
        elif form["outcome"] == "failed":
            made.append(Drop(MakeReason.BEHAVIOUR_DIFFERS, form["rewrite"]))
        else:
            usable.append(form)
    if drop := common_drop(row):
        return [*made, drop]
    if not usable:
        return [*made, Drop(MakeReason.NO_REWRITE)] if row["kind"] in ("function", "method") else made
    return made + [draft(form, row, crate, settings) for form in usable]


def draft(form: dict, row: dict, crate: Crate, settings: Settings) -> Draft:
    """The row of one form. `advice` is one of the sentences that say which idiom is wanted."""
    original = (row["above"] if form["start"] < row["start"] else "") + row["code"]
    before, after = (original, form["text"]) if form["direction"] == "better" else (form["text"], original)
    shown, gen = dedent(before, row["margin"]), dedent(after, row["margin"])
    if row["kind"] in ("function", "method"):
        # What the function calls is not needed to see how it is written: its type is enough. To write the
        # async twin of another function is: what that one awaits must be known.
        context = crate.context_of_type(row)
        if form["direction"] == "twin":
            wide = crate.context(row, settings.max_context_chars)
            context = wide if wide.size <= settings.max_context_chars else context
        shown = placed(row, context, shown)
    values = names(row) | dict(code=fenced(shown), advice=form["advice"], twin=form["twin"])
    return Draft(
        gen=gen,
        values=values,
        variant=form["rewrite"],
        start=form["start"],
        before=before if form["direction"] != "twin" else None,  # which is elsewhere in the crate
        verdict="tested" if form["outcome"] == "tested" else "compiles",
        wording=wording(form, row),
    )


def wording(form: dict, row: dict) -> str:
    """The group of templates. All of them name the idiom: nobody could guess which of many is wanted."""
    if form["direction"] == "twin":
        return "twin_method" if row["kind"] == "method" else "twin_function"
    return "" if row["kind"] in ("function", "method") else "type"
