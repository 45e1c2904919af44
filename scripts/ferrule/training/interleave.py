"""The order in which a run sees its rows: each source shuffled, rows taken more or less than once, sources mixed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, zip_longest

from ferrule.core.schemas import choose

WHOLE = 1 << 64  # `choose` gives numbers below this
MODES = ("sequential", "round_robin", "weighted")


def copies(weight: float, seed: int, id: str) -> int:
    """How often a row of this weight is taken: the whole part, and once more for the share that the fraction is."""
    sure = math.floor(weight)
    return sure + (choose(seed, "copies", id) < (weight - sure) * WHOLE)


def order(times: Sequence[int], places: Sequence[int] | None = None) -> list[int]:
    """The rows of one source, by number, row n as often as `times[n]` says and never twice in a row if avoidable.

    `places` are hashes of the rows: a row that is taken three times stands once in each third, so that the kinds of
    task are spread evenly from beginning to end. Without them the file's order is kept: all rows, then once more
    those that are taken twice, and so on.
    """
    entries: list[tuple[int, ...]] = []
    for row, count in enumerate(times):
        if places is None:
            entries += [(turn, row) for turn in range(count)]
        else:
            entries += [((turn * WHOLE + places[row]) // count, row) for turn in range(count)]
    entries.sort()
    return apart([entry[1] for entry in entries])


def apart(rows: list[int]) -> list[int]:
    """The same rows with equal ones not beside each other, as far as there are others to put between."""
    for _ in range(2):  # forwards, and back for what is left at the end
        after = 0
        for at in range(1, len(rows)):
            if rows[at] != rows[at - 1]:
                continue
            after = max(after, at + 1)
            while after < len(rows) and rows[after] == rows[at]:
                after += 1
            if after == len(rows):
                break
            rows[at], rows[after] = rows[after], rows[at]
        rows.reverse()
    return rows


def interleave(
    sources: Sequence[Sequence[int]], mode: str, weights: Sequence[float] | None = None
) -> Iterator[int]:
    """Every entry of every source once, and the order within a source stays."""
    if mode == "sequential":
        return chain(*sources)
    if mode == "round_robin":
        none = object()  # stands in the turns of those that are used up
        return (row for turn in zip_longest(*sources, fillvalue=none) for row in turn if row is not none)
    if mode == "weighted":
        return weighted(sources, [Fraction(str(weight)) for weight in weights or [1] * len(sources)])
    raise ValueError(f"interleave: {mode!r} is none of {', '.join(MODES)}")


def weighted(sources: Sequence[Sequence[int]], shares: Sequence[Fraction]) -> Iterator[int]:
    """While all sources last, each has its share; what one leaves when it is used up, the others share."""
    left = {number: len(rows) for number, rows in enumerate(sources) if len(rows)}
    rest = {number: iter(sources[number]) for number in left}
    while left:
        for number in turns({number: shares[number] for number in left}):
            yield next(rest[number])
            left[number] -= 1
            if not left[number]:
                del left[number]
                break


def turns(shares: dict[int, Fraction]) -> Iterator[int]:
    """Whose turn it is, without end: after n turns everyone has had its share of n, less than one turn off.

    The k-th turn of a source may come once its share has reached k - 1, and is due when it has reached k. Of those
    that may, the one that is due first is next: a schedule of jobs of one length, which by this rule all meet their
    date if any rule can do it. (To take the source that lags most lets small shares lag by more than one.)
    """
    total = sum(shares.values())
    # Whole numbers: a share of `each[n]` in `all`.
    scale = math.lcm(*(share.denominator for share in shares.values()))
    each, everything = {n: int(share * scale) for n, share in shares.items()}, int(total * scale)
    had = dict.fromkeys(shares, 0)
    turn = 0
    while True:
        turn += 1
        may = (n for n in each if had[n] * everything < turn * each[n])
        number = min(may, key=lambda n: (-(-(had[n] + 1) * everything // each[n]), n))
        had[number] += 1
        yield number
