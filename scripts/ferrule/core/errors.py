"""Errors that several packages raise or catch."""

from __future__ import annotations

from collections.abc import Iterable

SHOWN = 50  # problems named; a long list can have thousands


class ConfigError(Exception):
    """The configuration or the list of crates cannot be used; the text has one line per problem."""

    def __init__(self, problems: Iterable[str]):
        every = list(problems)
        more = [f"and {len(every) - SHOWN} more problems of this kind"] if len(every) > SHOWN else []
        self.problems = every[:SHOWN] + more
        super().__init__("\n".join(self.problems))


class MissingPackages(RuntimeError):
    """Something that only the training packages have; the message says how to get them."""
