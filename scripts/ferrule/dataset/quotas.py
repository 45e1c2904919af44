"""How many rows of every kind of task a dataset takes, and which ones.

Quotas are whole numbers by largest remainder, so they add up. Which rows fill them depends on the rows and
the seed alone, not on their order.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from ferrule.core.schemas import choose


def facet(kind: str, code: str | None, variant: str | None) -> str:
    """What a kind is spread over besides crates: error codes or rewrites; nothing for the others."""
    if kind == "error_fixing":
        return code or "syntax"  # a syntax error has no code: together they are one more
    return variant or "" if kind == "transformations" else ""


def plan_mix(pool: dict[str, int], shares: dict[str, float], size: int | None = None) -> dict:
    """The total, and per kind its share, pool, quota, what is taken, the deficit and what limits it."""
    # Fractions of the decimal texts: 0.1 + 0.2 must not move a row from one kind to another.
    asked = {kind: Fraction(str(share)) for kind, share in sorted(shares.items()) if share > 0}
    used = asked if size is not None else {kind: s for kind, s in asked.items() if pool.get(kind)}
    total = size if size is not None else largest_total(pool, used)
    quotas = largest_remainder(used, total) if used else {}
    wanted = quotas if size is not None else largest_remainder(asked, total)
    kinds = {}
    for kind in sorted(set(pool) | set(shares)):
        have, quota = pool.get(kind, 0), quotas.get(kind, 0)
        take = min(have, quota)
        # Without a size, an empty kind lacks the rows that its share of this total would have been.
        deficit = quota - take if size is not None or have else wanted.get(kind, 0)
        kinds[kind] = dict(
            share=float(asked.get(kind, 0)),
            pool=have,
            quota=quota,
            taken=take,
            deficit=deficit,
            limited_by=f"its pool of {have} rows" if deficit else "",
        )
    limits = [kind for kind in used if size is None and quotas[kind] == pool[kind]]
    return dict(size=size, total=sum(row["taken"] for row in kinds.values()), limited_by=limits, kinds=kinds)


def largest_remainder(shares: dict[str, Fraction], total: int) -> dict[str, int]:
    """Whole numbers in proportion to `shares` that add up to `total`; ties go to the larger share."""
    if not shares:
        return {}
    scale = sum(shares.values())
    exact = {kind: share * total / scale for kind, share in shares.items()}
    quotas = {kind: int(value) for kind, value in exact.items()}
    order = sorted(shares, key=lambda kind: (quotas[kind] - exact[kind], -shares[kind], kind))
    for kind in order[: total - sum(quotas.values())]:
        quotas[kind] += 1
    return quotas


def largest_total(pool: dict[str, int], shares: dict[str, Fraction]) -> int:
    """The largest total at which no kind's quota is above its pool."""
    if not shares:
        return 0
    scale = sum(shares.values())
    # A quota is at least its exact value rounded down, so no total above this one can do. Below it
    # each is tried: largest remainder is not monotonous, one more row in all can mean one less of a kind.
    total = min(int((pool[kind] + 1) * scale / share) for kind, share in shares.items())
    while any(quota > pool[kind] for kind, quota in largest_remainder(shares, total).items()):
        total -= 1
    return total


def select(
    kinds: list[str],
    crates: list[str],
    ids: list[str],
    quotas: dict[str, int],
    seed: int,
    facets: list[str] | None = None,
) -> list[bool]:
    """Which rows are taken: per kind the crates in order of their hash take turns, each its rows in theirs.

    Within a crate the facets (error codes, rewrites) take turns too, so that none floods the set.
    """
    waiting: dict[tuple[str, str], list[tuple]] = {}
    order = sorted(range(len(ids)), key=lambda i: (choose(seed, "mix", ids[i]), ids[i]))
    seen: Counter = Counter()
    for i in order:
        part = (kinds[i], crates[i], facets[i] if facets else "")
        seen[part] += 1
        waiting.setdefault(part[:2], []).append((seen[part] if part[2] else 0, i))
    turns: dict[str, list[tuple]] = {}
    for (kind, crate), rows in waiting.items():
        place = choose(seed, "mix", kind, crate)
        rows.sort(key=lambda row: row[0])  # stable: among equals the order of the hash stays
        turns.setdefault(kind, []).extend((turn, place, crate, i) for turn, (_, i) in enumerate(rows))
    taken = [False] * len(ids)
    for kind, places in turns.items():
        for _, _, _, i in sorted(places)[: quotas.get(kind, 0)]:
            taken[i] = True
    return taken
