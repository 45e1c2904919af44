"""What the kinds of task share: drafts, drops, settings, and the checks that all of them make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ferrule.core.reasons import MakeReason, check
from ferrule.rust.signatures import in_impl
from ferrule.tasks import answer_checks
from ferrule.tasks.context import Context

TOO_LONG, TOO_MANY_LINES = 8000, 200  # characters and lines: what consumers of the format expect
PLACEHOLDER = re.compile(r"\b(?:todo|unimplemented)!\s*\(")


@dataclass(frozen=True)
class Draft:
    """A row before its provenance. `values` fill the prompt template (name, owner, code)."""

    gen: str
    values: dict[str, str]
    variant: str = ""
    prefix: str | None = None
    suffix: str | None = None
    error_code: str = ""  # rustc's, of the first error
    diagnostic: str = ""
    before: str | None = None  # the item as the prompt has it, where that differs from the file
    error_start: int | None = None  # the place of the first error in it
    error_end: int | None = None
    verdict: str = ""  # if it is not that of the unchanged function
    start: int | None = None  # the item's span in the file, where it is more than the chunk
    wording: str = ""  # the group of templates, where it is not `function` or `method`
    kind: str = ""  # `_kind`, where it is not the usual one of the task
    tests: list[str] | None = None  # those that prove the row, where they are not all that cover the function
    turns: tuple[str, str] | None = None  # an earlier answer, and what was said to it
    file: str = ""  # where the answer stands, if that is another file
    end: int | None = None


@dataclass(frozen=True)
class Drop:
    """Why a function gives no row of a kind; `reason` is one that the stage can give, or ValueError is raised."""

    reason: str
    detail: str = ""
    stage: str = "make"  # where it fell

    def __post_init__(self) -> None:
        check(self.stage, self.reason)


@dataclass(frozen=True)
class Settings:
    """The section `tasks` of the configuration, as far as makers read it; lengths in characters."""

    seed: int = 0
    max_context_chars: int = 5000
    min_doc_chars: int = 40
    min_code_chars: int = 30
    # impls, modules: the shares of them that are asked for as wholes; max_lines
    blocks: Mapping[str, float] = field(default_factory=dict)


def fenced(code: str) -> str:
    return f"```rust\n{code}\n```"


def placed(row: dict, context: Context, inner: str, margin: str = "") -> str:
    """`inner` (the function, whole or in part) in its impl, below the context it needs.

    With a `margin` all lines of `inner` but the first already stand as far in as they should.
    """
    if row["kind"] == "method":
        body = in_impl(row["header"], context.siblings, inner, margin)
    else:
        body = "\n\n".join([*context.siblings, inner])
    before = context.before()
    return f"{before}\n\n{body}" if before else body


def names(row: dict) -> dict[str, str]:
    """What templates call the item: {name}, {owner}, {path}, {item}, {Item} and {whole}."""
    name, owner = row["name"], row["owner"]
    if row["kind"] == "method":
        item = f"the method `{name}` of `{owner}`"
        path, whole = f"{owner}::{name}", "just the method, in full"
    else:
        item, path, whole = f"the function `{name}`", name, "just the function, in full"
    return dict(name=name, owner=owner, item=item, Item=item[0].upper() + item[1:], path=path, whole=whole)


def common_drop(row: dict) -> Drop | None:
    """What no kind of task wants. Every maker asks, so the row keeps the answer."""
    if "common_drop" not in row:
        row["common_drop"] = first_common_drop(row)
    return row["common_drop"]


def first_common_drop(row: dict) -> Drop | None:
    if "doc(hidden)" in row["attributes"]:
        return Drop(MakeReason.HIDDEN)
    if "deprecated" in row["attributes"]:
        return Drop(MakeReason.DEPRECATED)
    if PLACEHOLDER.search(row["code"]):
        return Drop(MakeReason.PLACEHOLDER)
    if mark := answer_checks.unfinished(row["code"]):
        return Drop(MakeReason.UNFINISHED, mark)
    if comment := answer_checks.loose_comment(row["code"]):
        return Drop(MakeReason.LOOSE_COMMENT, comment)
    for function in row.get("functions") or [row]:  # of a block each of its functions
        if answer_checks.unexplained_unsafe(function):
            return Drop(MakeReason.UNEXPLAINED_UNSAFE, function["name"])
        if function["kind"] in ("function", "method") and answer_checks.dummy(function):
            return Drop(MakeReason.DUMMY, function["name"])
    return None


def code_body(row: dict) -> str:
    """A function's body with its braces."""
    return row["code"].encode()[row["body"] - row["start"] :].decode()


def short_drop(row: dict, settings: Settings) -> Drop | None:
    """A body with next to nothing in it."""
    length = len("".join(code_body(row).split()))
    return Drop(MakeReason.TRIVIAL_BODY, f"{length} characters") if length < settings.min_code_chars else None


def trivial_drop(row: dict, settings: Settings) -> Drop | None:
    """A body that is not worth asking for."""
    if drop := short_drop(row, settings):
        return drop
    return Drop(MakeReason.TRIVIAL_BODY, "it only forwards") if answer_checks.only_forwards(row) else None


def context_drop(context: Context, settings: Settings) -> Drop | None:
    """A prompt must hold what its answer needs, and stay readable."""
    if context.missing:
        return Drop(MakeReason.NEEDS_UNSEEN_ITEM, ", ".join(context.missing))
    if context.size > settings.max_context_chars:
        return Drop(MakeReason.CONTEXT_TOO_LONG, f"{context.size} characters")
    return None
