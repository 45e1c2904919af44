"""The documentation of an item gives an example of its use that its author wrote, and that compiles and runs.

The prompt has the item's signature, its documentation without examples, and what else the example uses. The answer
stands alone: where the page hides an import or the head of `main`, it has them.
"""

from __future__ import annotations

import re

from ferrule.core.reasons import MakeReason
from ferrule.core.schemas import choose
from ferrule.rust.doc_examples import standing_alone
from ferrule.rust.documentation import explanation
from ferrule.rust.signatures import head
from ferrule.tasks.answer_checks import only_forwards, unfinished
from ferrule.tasks.context import Crate
from ferrule.tasks.task import (
    Draft,
    Drop,
    Settings,
    common_drop,
    context_drop,
    fenced,
    names,
    placed,
    short_drop,
)

NAME, KIND = "code_generation", "api"
LEAST_LINES, MOST_LINES = 3, 40
USED = re.compile(r"^\s*use (?:::)?(\w+)", re.MULTILINE)
# An assertion on what comes out; examples of failures alone do not show how a thing is used.
ASSERTS = re.compile(r"\bassert(?:_eq|_ne|_matches)?!\((?![^;]*(?:\bErr\(|\bis_err\(|unwrap_err\())")
GETTER = re.compile(r"\(\s*&(?:'\w+ )?self\s*\)")
LEAST_DOCS = 40  # characters said about the item without its examples


def make(row: dict, crate: Crate, settings: Settings, others: frozenset[str] = frozenset()) -> Draft | Drop:
    if drop := common_drop(row) or short_drop(row, settings):
        return drop
    said = explanation(row["docs"])
    usable = [
        (one, code)
        for one in row.get("examples") or ()
        if worth(code := standing_alone(one["shown"], one["whole"]), row["name"], row["crate"])
    ]
    if not usable:
        return Drop(MakeReason.NO_EXAMPLE)
    if len(said) < LEAST_DOCS:
        return Drop(MakeReason.DOCUMENTATION_TOO_SHORT, f"{len(said)} characters")
    example, answer = usable[choose(settings.seed, row["id"], "example") % len(usable)]
    signature = head(row)
    if only_forwards(row) and GETTER.search(signature):
        return Drop(MakeReason.TRIVIAL_BODY, "it only reads")
    # What the example calls is shown as well; what the item itself calls is not needed to use it.
    uses = row | dict(code=f"{signature} {{\n{example['whole']}\n}}", calls=None, unsafe=0, outside=True)
    context = crate.context(uses, settings.max_context_chars)
    if drop := context_drop(context, settings):
        return drop
    docs = "\n".join(f"/// {line}".rstrip() for line in said.split("\n"))
    code = placed(row, context, f"{docs}\n{signature} {{ /* ... */ }}")
    return Draft(
        gen=answer,
        values=names(row) | dict(code=fenced(code), crate=row["crate"].partition("@")[0].replace("-", "_")),
        variant=f"example_{example['number']}",
        wording="api",
        kind=KIND,
        before=example["whole"],
        verdict="tested",
        tests=[],
    )


def worth(shown: str, name: str, crate: str) -> bool:
    """Whether an example shows the item, needs no further crate, and says what comes out."""
    lines = [line for line in shown.split("\n") if line.strip() and not line.strip().startswith("//")]
    own = {"std", "core", "alloc", "crate", "self", "super", crate.partition("@")[0].replace("-", "_")}
    return (
        set(USED.findall(shown)) <= own
        and LEAST_LINES <= len(lines) <= MOST_LINES
        and re.search(rf"\b{re.escape(name)}\b", shown) is not None
        and ASSERTS.search(shown) is not None
        and not unfinished(shown)
    )
