"""A reproducible subset of a problem set: the settings `evaluate.sample_n` and `evaluate.sample_seed`.

A problem is chosen by a hash of the seed and its id. So the choice is the same on every machine, it does not depend on
the order of the set, and for one seed a larger subset contains every smaller one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from ferrule.core.schemas import choose
from ferrule.evaluation.problems.problem import Problem


class Subset(TypedDict):
    """What names a subset in metrics.json and in a comparison."""

    n: int
    of: int  # problems of the whole set
    seed: int
    sha256: str  # of the ids, sorted, each with a line end


def subset_of(
    problems: dict[str, Problem], settings: Mapping[str, Any]
) -> tuple[dict[str, Problem], Subset | None]:
    """The problems that the settings of section `evaluate` take, in their order, and the name of the subset.

    The name is None if the settings take the whole set. ValueError if `sample_n` is not a number from 1 to the size
    of the set; it names the key `sample_key`, where the number does not come from the section.
    """
    n, seed = settings.get("sample_n"), settings.get("sample_seed", 0)
    key = settings.get("sample_key", "evaluate.sample_n")
    if n is None or n == len(problems):
        return problems, None
    if n > len(problems):
        raise ValueError(
            f"{key}: {n} is more than the {len(problems)} problems of the set; take at most "
            f"{len(problems)}, or null for all"
        )
    if n < 1:
        raise ValueError(f"{key}: {n} problems cannot be measured; take 1 or more, or null for all")
    ids = set(sorted(problems, key=lambda name: (choose(seed, "problem", name), name))[:n])
    taken = {name: problem for name, problem in problems.items() if name in ids}
    return taken, {"n": n, "of": len(problems), "seed": seed, "sha256": sha256_of(taken)}


def sha256_of(ids: Iterable[str]) -> str:
    """The sum that `jq -r .task_id results.jsonl | LC_ALL=C sort -u | sha256sum` gives."""
    return hashlib.sha256("".join(f"{name}\n" for name in sorted(ids)).encode()).hexdigest()


def in_words(subset: Subset) -> str:
    return f"{subset['n']:,} of {subset['of']:,} problems (sample_seed {subset['seed']}, sha256 {subset['sha256'][:12]})"
