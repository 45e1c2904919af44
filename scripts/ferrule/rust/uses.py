"""What a `use` declaration brings in: every name with its path."""

from __future__ import annotations

from typing import NamedTuple

from ferrule.rust.lexer import CLOSE, OPEN, WORD, Token

LONGEST = 64  # segments of a path; no crate has longer ones, and nothing may grow endlessly


class Leaf(NamedTuple):
    path: tuple[str, ...]  # without a leading `::`
    name: str  # the name it has here; "*" for all of a module, "_" for none

    def __str__(self) -> str:
        path = "::".join(self.path)
        if self.name == "*":
            return f"{path}::*" if path else "*"
        return path if self.path and self.path[-1] == self.name else f"{path} as {self.name}"


def leaves(tokens: list[Token]) -> list[Leaf]:
    """The leaves of a use tree: the tokens between `use` and `;`."""
    found: list[Leaf] = []
    groups: list[tuple[str, ...]] = []
    path: tuple[str, ...] = ()
    alias, named, open_leaf = "", False, False

    def end_leaf() -> None:
        if open_leaf and path:
            found.append(Leaf(path, alias or path[-1]))

    for kind, text, _, _ in tokens:
        if kind == WORD and text == "as":
            named = True
        elif kind == WORD and named:
            alias, named = text, False
        elif text == "self" and path:
            open_leaf = True  # a::{self}: the group's own path
        elif kind == WORD:
            path, open_leaf = (*path[: LONGEST - 1], text), True
        elif text == "*":
            found.append(Leaf(path, "*"))
            open_leaf = False
        elif kind == OPEN:
            groups.append(path)
            alias, open_leaf = "", False
        elif kind == CLOSE:
            end_leaf()
            path = groups.pop() if groups else ()
            alias, open_leaf = "", False
        elif text == ",":
            end_leaf()
            path = groups[-1] if groups else ()
            alias, open_leaf = "", False
    end_leaf()
    return found
