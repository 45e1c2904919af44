"""Paired tests of two models on the same problems: could chance alone cause such a difference?

    paired_test([(1, 1, 0, 1), (1, 0, 1, 1)])       # per problem: samples and correct ones of base, then of run

If both models were equally good on every problem, the difference on each problem would have either sign with equal
probability. p is the probability, under random sign flips, of a sum at least this extreme, in either direction.

    one sample each     every difference is -1, 0 or 1: this is McNemar's exact test, a binomial test
    more samples        exact sign-flip test on the differences of the rates. The distribution of the sum is built up
                        problem by problem in whole numbers (a common denominator), without listing the 2^problems signs
    too large for that  the same with 100,000 seeded random sign flips, the observed signs counted among them

Problems without a difference have no influence. No p below 2 / 2^(number of problems that differ) is possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, gcd, lcm

import numpy as np

from ferrule.evaluation.comparison.comparison_types import PairedTest

FLIPS = 100_000
MOST_WORK = 200_000_000  # additions for the exact distribution
AT_ONCE = 4_000_000  # random signs drawn at once; limits the memory

Pair = tuple[int, int, int, int]  # samples and correct ones of base, then of run


def paired_test(pairs: Sequence[Pair], *, seed: int = 0, most_work: int = MOST_WORK) -> PairedTest:
    """The p of the test that fits the data, and the number of problems that it is based on."""
    if all(max(base, run) <= 1 for base, _, run, _ in pairs):
        won = sum(b > a for _, a, _, b in pairs)
        lost = sum(b < a for _, a, _, b in pairs)
        return {**result("mcnemar_exact", won + lost, mcnemar(won, lost)), "won": won, "lost": lost}
    differing = [d for d in whole_differences(pairs) if d]
    if len(differing) * sum(map(abs, differing)) <= most_work:
        return result("sign_flip_exact", len(differing), flip_exact(differing))
    largest = max(map(abs, differing))  # the unit makes no difference, and the numbers may be huge
    shares = np.array([d / largest for d in differing])
    return {**result("sign_flip_drawn", len(differing), flip_drawn(shares, seed)), "flips": FLIPS}


def result(test: str, differing: int, p: float) -> PairedTest:
    # Significant digits, not decimal places, so that a p of 1e-8 is kept.
    return {
        "test": test,
        "differing": differing,
        "p": float(f"{p:.6g}"),
        "least_p": min(1.0, 2.0 ** (1 - differing)),
    }


def mcnemar(won: int, lost: int) -> float:
    """The p of the two-sided binomial test of won against lost at 1/2, in whole numbers until the last step."""
    both, least = won + lost, min(won, lost)
    tail = sum(comb(both, k) for k in range(least + 1))
    return min(1.0, 2 * tail / 2**both)


def whole_differences(pairs: Sequence[Pair]) -> list[int]:
    """The differences of the rates (run minus base) as whole numbers, in the largest unit that allows it."""
    denominator = lcm(*(n for base, _, run, _ in pairs for n in (base, run) if n))
    scaled = [rate(run, b, denominator) - rate(base, a, denominator) for base, a, run, b in pairs]
    unit = gcd(*scaled) or 1
    return [d // unit for d in scaled]


def rate(samples: int, correct: int, denominator: int) -> int:
    """The numerator of correct / samples with this denominator; 0 without samples."""
    return correct * (denominator // samples) if samples else 0


def flip_exact(differences: Sequence[int]) -> float:
    """The probability of |sum of +-d| >= |sum of d|, over all 2^n signs.

    With T the sum of those |d| that get a plus, the signed sum is 2 T - total. The probabilities of T are positive and
    only added and halved, so that there is almost no rounding error.
    """
    sizes = [abs(d) for d in differences]
    total, observed = sum(sizes), abs(sum(differences))
    chances = np.zeros(total + 1)
    chances[0] = 1.0
    reached = 0
    for size in sizes:
        reached += size
        moved = chances[: reached - size + 1] / 2
        chances[: reached + 1] /= 2
        chances[size : reached + 1] += moved
    sums = np.abs(2 * np.arange(total + 1) - total)
    return min(1.0, float(chances[sums >= observed].sum()))


def flip_drawn(differences: np.ndarray, seed: int) -> float:
    """An estimate of the same probability from FLIPS random sign flips."""
    rng = np.random.default_rng(seed)
    observed = abs(differences.sum()) - 1e-9  # sums that are equal except for rounding count as reached
    size = max(1, AT_ONCE // max(1, len(differences)))
    hits = 0
    for start in range(0, FLIPS, size):
        signs = rng.integers(0, 2, size=(min(size, FLIPS - start), len(differences)), dtype=np.int8) * 2 - 1
        hits += int((np.abs(signs @ differences) >= observed).sum())
    return (hits + 1) / (FLIPS + 1)
