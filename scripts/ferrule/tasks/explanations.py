"""A function, its documentation taken off, gives what its author says about it."""

from __future__ import annotations

from ferrule.core.reasons import MakeReason
from ferrule.rust.documentation import explanation
from ferrule.rust.signatures import head
from ferrule.rust.syntax import dedent
from ferrule.tasks.answer_checks import leaves_out_failure, only_forwards, weak_explanation
from ferrule.tasks.code_generation import REFERS
from ferrule.tasks.context import Crate
from ferrule.tasks.task import Draft, Drop, Settings, common_drop, fenced, names, placed

NAME = "explanations"

MIN_CHARS = 80


def make(row: dict, crate: Crate, settings: Settings, others: frozenset[str] = frozenset()) -> Draft | Drop:
    if drop := common_drop(row):
        return drop
    said = explanation(row["docs"])
    if drop := documented_drop(row["docs"], said, settings):
        return drop
    if row["body"] >= 0 and only_forwards(row):
        return Drop(MakeReason.WEAK_EXPLANATION, "the code only forwards")
    context = crate.context_of_type(row)
    code = placed(row, context, dedent(row["code"], row["margin"]))
    if why := weak_explanation(said, code) or leaves_out_failure(said, head(row)):
        return Drop(MakeReason.WEAK_EXPLANATION, why)
    return Draft(gen=said, values=names(row) | dict(code=fenced(code)))


def documented_drop(docs: str, said: str, settings: Settings) -> Drop | None:
    """Why `said`, the sentences of `docs`, cannot be an answer."""
    if not docs.strip():
        return Drop(MakeReason.UNDOCUMENTED)
    if len(said) < max(MIN_CHARS, settings.min_doc_chars):
        return Drop(MakeReason.DOCUMENTATION_TOO_SHORT, f"{len(said)} characters")
    if REFERS.match(said) and len(said) < 200:
        return Drop(MakeReason.DOCUMENTATION_REFERS_ELSEWHERE)
    if said[-1] not in ".!?)`|":
        return Drop(MakeReason.DOCUMENTATION_UNFINISHED, said[-20:])
    return None
