"""The catalogue of rewrites: idiomatic Rust written out the long way, one entry per idiom.

    site = parse_site(code, owner, header, names)
    for form in forms(site): ...            # the function's whole text in the longer form

One module per family. An entry is a generator from a `Site` to places, and a place is a group of edits that
belong together; `@rewrite(advice)` registers it under its own name. A rewrite must keep the function's
behaviour: each checks its preconditions and yields nothing if the text does not show that they hold. The
compiler decides whether the result compiles (`ferrule.compiler.judge`), and the crate's own tests whether its
behaviour is the same (`ferrule.compiler.test_coverage`). rustfmt sees to the layout
(`ferrule.compiler.rustfmt`).
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
    """A function in the longer form: `text` is all of it, `places` is how often the idiom was written out."""

    rewrite: str
    text: bytes
    places: int


def forms(site: Site) -> list[Form]:
    """For every rewrite that applies: the function with all places rewritten, and with one of the first three.

    The forms of single places are used if the one with all places does not compile.
    """
    made = []
    for name in sorted(REWRITES):
        places = sorted(set(REWRITES[name].function(site)))
        together = apart(places)
        if together:
            made.append(Form(name, apply(site.code, together), len(together)))
        if len(together) > 1:
            made += [Form(name, apply(site.code, [place]), 1) for place in together[:3]]
    return made


def apart(places: list[Place]) -> list[Place]:
    """The places that can be rewritten together: each that does not overlap with an earlier one."""
    chosen: list[Place] = []
    for place in places:
        if all(_separate(place, other) for other in chosen):
            chosen.append(place)
    return chosen


def _separate(first: Place, second: Place) -> bool:
    return all(
        (a.end <= b.start or b.end <= a.start) and (a.start, a.end) != (b.start, b.end)
        for a in first
        for b in second
    )


def apply(code: bytes, places: list[Place]) -> bytes:
    """The text with the edits of all places."""
    parts, last = [], 0
    for edit in sorted(edit for place in places for edit in place):
        parts += [code[last : edit.start], edit.text]
        last = edit.end
    return b"".join([*parts, code[last:]])
