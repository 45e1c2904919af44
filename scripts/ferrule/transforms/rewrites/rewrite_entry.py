"""How a rewrite is defined and registered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ferrule.rust.function_tree import Site


class Edit(NamedTuple):
    """`text` in place of bytes [start, end) of the function's own text."""

    start: int
    end: int
    text: bytes


Place = tuple[Edit, ...]  # the edits of one use of a rewrite

Rewriter = Callable[[Site], Iterator[Place]]


class Rewrite(NamedTuple):
    """An entry of the catalogue.

    `advice` is the instruction to undo it: one sentence that names the idiom.
    """

    function: Rewriter
    advice: str


REWRITES: dict[str, Rewrite] = {}


def rewrite(advice: str) -> Callable[[Rewriter], Rewriter]:
    """Register a rewriter in the catalogue under its own name."""

    def register(function: Rewriter) -> Rewriter:
        REWRITES[function.__name__] = Rewrite(function, advice)
        return function

    return register
