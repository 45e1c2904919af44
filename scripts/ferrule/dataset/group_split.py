"""Which groups of rows are val: whole groups, as near to a share of the rows as groups allow."""

from __future__ import annotations

from fractions import Fraction

from ferrule.core.schemas import choose


def choose_val(sizes: dict[str, int], ratio: float, seed: int) -> tuple[set[str], str]:
    """The groups of val, and a remark where the ratio could not be met."""
    if ratio <= 0 or not sizes:
        return set(), ""
    if len(sizes) == 1:
        return set(), "one group of crates only: all of it is train"
    total = sum(sizes.values())
    target = round(Fraction(str(ratio)) * total)
    order = sorted(sizes, key=lambda group: (choose(seed, "split", group), group))
    smallest = min(sizes.values())
    if target < smallest:
        chosen = {min(order, key=lambda group: sizes[group])}  # the first of the smallest ones
        return chosen, "the smallest group of crates is more than the ratio asks for"
    # At least one group stays in train.
    return nearest_sum(order, sizes, target, highest=total - smallest), ""


def nearest_sum(order: list[str], sizes: dict[str, int], target: int, highest: int) -> set[str]:
    """Groups whose sizes add up to nearly `target` (the smaller of two equally near), early ones first.

    Subset sum: bit s of `reached` says that some of the groups seen so far add up to s, and by_group[s]
    is the group that first made it so; walking back from a sum through by_group gives its groups. Sums
    above 2 * target are further off than nothing at all, and one that is exact ends the search.
    """
    limit = min(2 * target, highest)
    mask, reached, by_group = (1 << (limit + 1)) - 1, 1, {}
    for group in order:
        new = (reached << sizes[group]) & mask & ~reached
        reached |= new
        bits = f"{new:b}"  # as text: to find the next 1 in it is quick however many bits there are
        at = bits.find("1")
        while at >= 0:
            by_group[len(bits) - 1 - at] = group
            at = bits.find("1", at + 1)
        if target in by_group:
            break
    best = min(by_group, key=lambda s: (abs(s - target), s))
    chosen = set()
    while best:
        chosen.add(by_group[best])
        best -= sizes[by_group[best]]
    return chosen
