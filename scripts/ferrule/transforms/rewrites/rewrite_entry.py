"""How a rewrite is written down and entered in the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ferrule.rust.function_tree import Site


class Edit(NamedTuple):
    """`text` in place of bytes [start, end) of the function's own text."""

    start: int
    end: int
    text: bytes


Place = tuple[Edit, ...]  # all that one use of a rewrite changes


class Rewrite(NamedTuple):
    """An entry of the catalogue: the rewriter, and what someone is told who shall undo it."""

    function: Callable[[Site], Iterator[Place]]
    advice: str  # one imperative sentence; it names the idiom that the original uses


REWRITES: dict[str, Rewrite] = {}


def rewrite(advice: str):
    """Enter a rewriter in the catalogue under its own name."""

    def enter(function):
        REWRITES[function.__name__] = Rewrite(function, advice)
        return function

    return enter
