"""A subset of a problem set, chosen by a seed: quick to sample, the same in every run.

A problem is chosen by a hash of the seed and its own id. So a larger subset of the same seed contains the smaller one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ferrule.core.errors import ConfigError
from ferrule.evaluation.problems.problem import Problem


def subset(problems: Iterable[Problem], size: int, seed: int, *, of: str) -> list[Problem]:
    """`size` of the problems, in their order. ConfigError if there are fewer; `of` is the name of the set, for it."""
    everything = list(problems)
    if size > len(everything):
        raise ConfigError(
            [
                f"{size} problems of {of} are asked for, and it has {len(everything)}:"
                f" ask for at most {len(everything)}, or for all of them with null"
            ]
        )
    chosen = {each.id for each in sorted(everything, key=lambda problem: place(problem.id, seed))[:size]}
    return [problem for problem in everything if problem.id in chosen]


def place(problem: str, seed: int) -> tuple[bytes, str]:
    """The place of a problem in the order of choice."""
    return hashlib.sha256(f"{seed}\n{problem}".encode()).digest(), problem
