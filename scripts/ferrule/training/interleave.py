"""The order of a run's rows: each source shuffled, rows repeated or dropped by weight, sources mixed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, zip_longest

from ferrule.core.schemas import choose

WHOLE = 1 << 64  # `choose` returns numbers below this
MODES = ("sequential", "round_robin", "weighted")


def copies(weight: float, seed: int, id: str) -> int:
    """How many copies of a row to take: the whole part of its weight, and one more with the fraction as probability."""
    whole = math.floor(weight)
    return whole + (choose(seed, "copies", id) < (weight - whole) * WHOLE)


def order(times: Sequence[int], places: Sequence[int] | None = None) -> list[int]:
    """The numbers of one source's rows in order, row n `times[n]` times, without adjacent repeats if possible.

    `places` are hashes of the rows. A row that is taken three times appears once in each third, so the kinds of task
    are spread evenly. Without `places` the file's order is kept: all rows, then again those that are taken twice, and so
    on.
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
    """The same rows, equal ones separated as far as there are other rows to put between them."""
    for _ in range(2):  # forwards, then backwards for repeats that remain at the end
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
    """Every entry of every source once; the order within a source is kept."""
    if mode == "sequential":
        return chain(*sources)
    if mode == "round_robin":
        return (row for turn in zip_longest(*sources) for row in turn if row is not None)
    if mode == "weighted":
        return weighted(sources, [Fraction(str(weight)) for weight in weights or [1] * len(sources)])
    raise ValueError(f"interleave: {mode!r} is not one of {', '.join(MODES)}")


def weighted(sources: Sequence[Sequence[int]], shares: Sequence[Fraction]) -> Iterator[int]:
    """Each source has its share while all sources last; when one is used up, the others share its turns."""
    left = {number: len(rows) for number, rows in enumerate(sources) if len(rows)}
    remaining = {number: iter(sources[number]) for number in left}
    while left:
        for number in turns({number: shares[number] for number in left}):
            yield next(remaining[number])
            left[number] -= 1
            if not left[number]:
                del left[number]
                break


def turns(shares: dict[int, Fraction]) -> Iterator[int]:
    """An endless schedule of sources: after n turns, each has had its share of n, with an error below one turn.

    The k-th turn of a source is released once its share has reached k - 1, and due when it has reached k. Among the
    released turns, the one that is due first is next. This is earliest-deadline-first scheduling of jobs of equal length,
    which meets all deadlines if any schedule does. (Taking the source that lags most would let small shares lag by more
    than one turn.)
    """
    # Integers avoid rounding: source n has the share parts[n] / whole.
    scale = math.lcm(*(share.denominator for share in shares.values()))
    parts, whole = {n: int(share * scale) for n, share in shares.items()}, int(sum(shares.values()) * scale)
    taken = dict.fromkeys(shares, 0)
    turn = 0
    while True:
        turn += 1
        released = (n for n in parts if taken[n] * whole < turn * parts[n])
        number = min(released, key=lambda n: (-(-(taken[n] + 1) * whole // parts[n]), n))
        taken[number] += 1
        yield number
