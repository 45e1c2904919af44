"""Exact paired tests of two models on the same problems: could chance alone make such a difference?

    paired_test([(1, 1, 0, 1), (1, 0, 1, 1)])       # per problem: samples and correct ones of one, then of the other

If both models were equally good on every problem, each problem's difference would be as likely to have the other
sign. p is the chance that signs thrown so give a sum at least as far from 0, in either direction.

    one sample each     every difference is -1, 0 or 1: this is McNemar's exact test, a binomial one
    more samples        sign-flip test on the differences of the rates, exact: the distribution of the sum is built up
                        problem by problem in whole numbers (a common denominator), 2^problems ways without listing them
    too large for that  the same with 100,000 seeded throws, the observed one counted among them

Problems without a difference say nothing and change nothing. No p below 2 / 2^(problems that differ) is possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, gcd, lcm

import numpy as np

FLIPS = 100_000
MOST_WORK = 200_000_000  # additions for the exact distribution
AT_ONCE = 4_000_000  # signs thrown at once; bounds the memory

Pair = tuple[int, int, int, int]  # samples, correct of one; samples, correct of the other


def paired_test(pairs: Sequence[Pair], *, seed: int = 0, most_work: int = MOST_WORK) -> dict:
    """The test that fits, its p, and how many problems it rests on."""
    if all(max(one, other) <= 1 for one, _, other, _ in pairs):
        won = sum(b > a for _, a, _, b in pairs)
        lost = sum(b < a for _, a, _, b in pairs)
        return found("mcnemar_exact", won + lost, mcnemar(won, lost)) | {"won": won, "lost": lost}
    differing = [d for d in whole_differences(pairs) if d]
    if len(differing) * sum(map(abs, differing)) <= most_work:
        return found("sign_flip_exact", len(differing), flip_exact(differing))
    largest = max(map(abs, differing))  # the unit makes no difference, and the numbers may be huge
    shares = np.array([d / largest for d in differing])
    return found("sign_flip_drawn", len(differing), flip_drawn(shares, seed)) | {"flips": FLIPS}


def found(test: str, differing: int, p: float) -> dict:
    # A p of 1e-8 has to stay what it is: digits that count, not places behind the point.
    return {
        "test": test,
        "differing": differing,
        "p": float(f"{p:.6g}"),
        "least_p": min(1.0, 2.0 ** (1 - differing)),
    }


def mcnemar(won: int, lost: int) -> float:
    """Two-sided binomial test of won against lost at 1/2, in whole numbers until the last step."""
    both, least = won + lost, min(won, lost)
    tail = sum(comb(both, k) for k in range(least + 1))
    return min(1.0, 2 * tail / 2**both)


def whole_differences(pairs: Sequence[Pair]) -> list[int]:
    """Differences of the rates (other minus one) as whole numbers, in the largest unit that allows it."""
    bottom = lcm(*(n for one, _, other, _ in pairs for n in (one, other) if n))
    scaled = [rate(other, b, bottom) - rate(one, a, bottom) for one, a, other, b in pairs]
    unit = gcd(*scaled) or 1
    return [d // unit for d in scaled]


def rate(samples: int, correct: int, bottom: int) -> int:
    return correct * (bottom // samples) if samples else 0


def flip_exact(differences: Sequence[int]) -> float:
    """The chance of |sum of +-d| >= |sum of d|, over all 2^n signs.

    With T the sum of those |d| that get a plus, the signed sum is 2 T - all. The chances of T are all positive and
    only added and halved, so that floating point loses next to nothing.
    """
    sizes = [abs(d) for d in differences]
    total, seen = sum(sizes), abs(sum(differences))
    chances = np.zeros(total + 1)
    chances[0] = 1.0
    reached = 0
    for size in sizes:
        reached += size
        moved = chances[: reached - size + 1] / 2
        chances[: reached + 1] /= 2
        chances[size : reached + 1] += moved
    sums = np.abs(2 * np.arange(total + 1) - total)
    return min(1.0, float(chances[sums >= seen].sum()))


def flip_drawn(differences: np.ndarray, seed: int) -> float:
    rng = np.random.default_rng(seed)
    seen = abs(differences.sum()) - 1e-9  # sums that are equal but for rounding count as reached
    size = max(1, AT_ONCE // max(1, len(differences)))
    hits = 0
    for start in range(0, FLIPS, size):
        signs = rng.integers(0, 2, size=(min(size, FLIPS - start), len(differences)), dtype=np.int8) * 2 - 1
        hits += int((np.abs(signs @ differences) >= seen).sum())
    return (hits + 1) / (FLIPS + 1)
