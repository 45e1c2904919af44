"""Take from every kind of task as many rows as its share of the dataset says.

    python scripts/dataset/mix.py --pool unique.parquet --mix '{"code_generation": 0.7, "explanations": 0.3}' \
        --size 1000 --seed 0 --out mixed.parquet --dropped dropped.parquet --funnel mix.json

Quotas are whole numbers by largest remainder: within one row of share times total, and they add up.
Without --size the total is the largest for which every kind can fill its quota; a kind that has no rows at
all is a deficit, and its share goes to the others in proportion. With --size a kind that has too few
rows leaves a deficit and the total falls short: other kinds are never taken in its place.
Within a kind the crates take turns, and within a crate the error codes or the rewrites: none can flood the set.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from fractions import Fraction

from ferrule.rows import choose
from ferrule.streams import batches, sift, stage_counts
from ferrule.tables import write_json

COLUMNS = ["_task_type", "_source_crate", "_id", "_error_code", "_variant"]


def main() -> None:
    arguments = parse_arguments()
    kinds, crates, ids, facets = [], [], [], []
    for table in batches(arguments.pool, COLUMNS):
        kinds += table["_task_type"].to_pylist()
        crates += table["_source_crate"].to_pylist()
        ids += table["_id"].to_pylist()
        facets += map(facet, *(table[name].to_pylist() for name in ("_task_type", "_error_code", "_variant")))
    plan = plan_mix(Counter(kinds), arguments.mix, arguments.size)
    quotas = {kind: row["taken"] for kind, row in plan["kinds"].items()}
    taken = select(kinds, crates, ids, quotas, arguments.seed, facets)
    fates = [
        None
        if taken_here
        else ("over_quota" if plan["kinds"].get(kind, {}).get("share") else "not_in_mix", kind)
        for kind, taken_here in zip(kinds, taken, strict=True)
    ]
    sift(arguments.pool, arguments.out, arguments.dropped, "mix", fates)
    write_json(arguments.funnel, stage_counts("mix", kinds, fates) | {"mix": plan})
    for kind, row in plan["kinds"].items():
        print(f"{kind}: {row['taken']} of {row['pool']} rows, quota {row['quota']}, deficit {row['deficit']}")


def facet(kind: str, code: str | None, variant: str | None) -> str:
    """What a kind is to be spread over besides crates: error codes, rewrites; nothing for the others."""
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
            share=float(asked.get(kind, 0)), pool=have, quota=quota, taken=take, deficit=deficit,
            limited_by=f"its pool of {have} rows" if deficit else "",
        )  # fmt: skip
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
    kinds: list[str], crates: list[str], ids: list[str], quotas: dict[str, int], seed: int,
    facets: list[str] | None = None,
) -> list[bool]:  # fmt: skip
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


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pool", required=True, help="samples")
    parser.add_argument("--mix", required=True, type=json.loads, help="kind: share, as JSON")
    parser.add_argument("--size", help="rows in all; none takes as many as the pool allows")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", required=True, help="the samples taken")
    parser.add_argument("--dropped", required=True, help="the samples not taken")
    parser.add_argument("--funnel", required=True, help="counts")
    arguments = parser.parse_args()
    # Snakemake writes a null of the configuration as None.
    arguments.size = int(arguments.size) if arguments.size not in (None, "", "None") else None
    return arguments


if __name__ == "__main__":
    main()
