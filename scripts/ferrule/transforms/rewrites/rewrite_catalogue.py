"""The catalogue of rewrites: idiomatic Rust written out the long way, one entry per idiom.

    site = parse_site(code, owner, header, names)
    for form in forms(site): ...            # the function's whole text in the longer form

One module per family; an entry is a generator from a `Site` to places, a place being the edits that
belong together, registered by `@rewrite(advice)` under its own name. A rewrite must do what the
original does: each states its preconditions and yields nothing where it cannot see that they hold.
Whether both sides compile, the compiler says (`ferrule.compiler.judge`); whether they do the same, the crate's own
tests (`ferrule.compiler.test_coverage`). Layout is not a rewriter's business (`ferrule.compiler.rustfmt`).
"""

from __future__ import annotations

from typing import NamedTuple

from ferrule.rust.function_tree import Site
from ferrule.transforms.rewrites import (  # noqa: F401 (imported for their entries)
    arithmetic,
    async_twins,
    branches,
    conditions,
    formats,
    matches,
    matching,
    spelling,
    spelt_signatures,
)
from ferrule.transforms.rewrites.loops import collecting, counters, for_loops, iterators, searches  # noqa: F401 (imported for their entries)
from ferrule.transforms.rewrites.option_result import combinators, defaults, early_returns, option_methods  # noqa: F401 (imported for their entries)
from ferrule.transforms.rewrites.rewrite_entry import REWRITES, Edit, Place, Rewrite

__all__ = ["REWRITES", "Edit", "Form", "Place", "Rewrite", "forms"]


class Form(NamedTuple):
    """A function in the longer form: `text` is all of it, `places` how often the idiom was written out."""

    rewrite: str
    text: bytes
    places: int


def forms(site: Site) -> list[Form]:
    """For every rewrite that applies: the function with all places rewritten, and with each of the first alone.

    The single places are for the case that one of several does not compile.
    """
    found = []
    for name in sorted(REWRITES):
        places = sorted(set(REWRITES[name].function(site)))
        together = apart(places)
        if together:
            found.append(Form(name, apply(site.code, together), len(together)))
        if len(together) > 1:
            found += [Form(name, apply(site.code, [place]), 1) for place in together[:3]]
    return found


def apart(places: list[Place]) -> list[Place]:
    """The places that can be rewritten together: in the order of the text, none inside another."""
    chosen: list[Place] = []
    for place in places:
        if all(_separate(place, other) for other in chosen):
            chosen.append(place)
    return chosen


def _separate(one: Place, other: Place) -> bool:
    return all(
        (a.end <= b.start or b.end <= a.start) and (a.start, a.end) != (b.start, b.end)
        for a in one
        for b in other
    )


def apply(code: bytes, places: list[Place]) -> bytes:
    parts, last = [], 0
    for edit in sorted(edit for place in places for edit in place):
        parts += [code[last : edit.start], edit.text]
        last = edit.end
    return b"".join([*parts, code[last:]])
