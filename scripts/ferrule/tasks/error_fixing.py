"""A function that a mutation has broken, with rustc's own diagnostic, gives the function as its author wrote it.

Half of the answers begin with a short diagnosis (`ferrule.tasks.diagnosis`). Some rows have two turns: the first fix is
wrong, in the way of another broken form of the function, the compiler answers, and the second one is right.
"""

from __future__ import annotations

from ferrule.core.reasons import MakeReason
from ferrule.core.schemas import choose
from ferrule.rust.syntax import dedent
from ferrule.tasks.answer_checks import cannot_be_guessed
from ferrule.tasks.context import Context, Crate
from ferrule.tasks.diagnosis import diagnosis
from ferrule.tasks.task import Draft, Drop, Settings, common_drop, fenced, names, placed

NAME = "error_fixing"
MAX_DIAGNOSTIC = 3000  # characters; a mutation with more to say is not one mistake any more
TWO_TURNS = 6  # of so many functions one has a row of two turns


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
    made: list[Draft | Drop] = []
    forms: list[tuple[dict, str, Context]] = []
    for broken in usable:
        text, around = text_of(row, broken), context if broken["code"] else brief
        # Syntax errors can be fixed without knowing what the names mean.
        shown = placed(row, around, dedent(text, row["margin"]))
        if why := cannot_be_guessed(text, row["code"], f"{shown}\n{broken['diagnostic']}"):
            made.append(Drop(MakeReason.UNGUESSABLE, f"{broken['operator']}: {why}"))
            continue
        forms.append((broken, text, around))
        made.append(draft(row, broken, text, shown, settings))
    if two := two_turns(row, forms, settings):
        made.append(two)
    return [*unbroken, *made]


def text_of(row: dict, broken: dict) -> str:
    original = row["code"].encode()
    start, end = broken["start"] - row["start"], broken["end"] - row["start"]
    return (original[:start] + broken["text"].encode() + original[end:]).decode()


def quoted(diagnostic: str) -> str:
    return f"```text\n{diagnostic.strip(chr(10))}\n```"


def answer(row: dict, broken: dict, text: str, settings: Settings) -> tuple[str, bool]:
    """The author's function, and whether a diagnosis comes before it: in five of eight rows, so that half have one."""
    gen = dedent(row["code"], row["margin"])
    number = choose(settings.seed, row["id"], broken["operator"], "diagnosis")
    if number % 8 >= 5:
        return gen, False
    words = diagnosis(broken["diagnostic"], text, row["code"], broken["mistake"], number // 8)
    return (f"{words}\n\n{fenced(gen)}", True) if words else (gen, False)


def draft(row: dict, broken: dict, text: str, shown: str, settings: Settings) -> Draft:
    gen, explained = answer(row, broken, text, settings)
    return Draft(
        gen=gen,
        wording="explained" if explained else "",
        values=names(row) | dict(code=fenced(shown), diagnostic=quoted(broken["diagnostic"])),
        variant=broken["operator"],
        error_code=broken["code"],
        diagnostic=broken["diagnostic"],
        before=text,
        error_start=broken["error_start"],
        error_end=broken["error_end"],
        verdict="unjudged" if broken["simulated"] else "",
    )


def two_turns(row: dict, forms: list[tuple[dict, str, Context]], settings: Settings) -> Draft | None:
    """A row of two turns for some functions: of two broken forms, the fix of the first is the second."""
    forms = [one for one in forms if one[0]["code"] and not one[0]["simulated"]]
    if len(forms) < 2 or choose(settings.seed, row["id"], "two turns") % TWO_TURNS:
        return None
    forms.sort(key=lambda one: choose(settings.seed, row["id"], one[0]["operator"], "turn"))
    (first, text, around), (second, wrong, _) = forms[:2]
    # Nobody misspells a name as an idea of a fix.
    if first["code"] == second["code"] or second["operator"].startswith("misspell"):
        return None
    if not near(row, first, second):  # who corrects one place does not break another
        return None
    shown = placed(row, around, dedent(text, row["margin"]))
    gen, explained = answer(row, second, wrong, settings)
    ask = "What is wrong now? Name it and correct it." if explained else "Please correct it."
    again = f"Now the compiler says:\n\n{quoted(second['diagnostic'])}\n\n{ask}"
    reply = fenced(dedent(wrong, row["margin"]))
    return Draft(
        gen=gen,
        values=names(row) | dict(code=fenced(shown), diagnostic=quoted(first["diagnostic"])),
        variant=f"{first['operator']} then {second['operator']}",
        error_code=second["code"],
        diagnostic=second["diagnostic"],
        before=wrong,
        error_start=second["error_start"],
        error_end=second["error_end"],
        turns=(reply, again),
    )


def near(row: dict, one: dict, other: dict) -> bool:
    """Whether two broken forms differ from the function in the same line or the one beside it."""
    first, last = sorted((one, other), key=lambda form: form["start"])
    between = row["code"].encode()[first["end"] - row["start"] : last["start"] - row["start"]]
    return between.count(b"\n") <= 1
