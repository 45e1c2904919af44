"""Errors that several packages raise or catch."""

from __future__ import annotations

from collections.abc import Iterable


class ConfigError(Exception):
    """The configuration or the list of crates cannot be used; the text has one line per problem."""

    def __init__(self, problems: Iterable[str]):
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


class MissingPackages(RuntimeError):
    """Something that only the training packages have; the message says how to get them."""
