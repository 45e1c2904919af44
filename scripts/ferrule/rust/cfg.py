"""Conditional compilation: which `#[cfg(...)]` cannot hold, and which leaves code to the tests alone."""

from __future__ import annotations

from collections.abc import Callable

from ferrule.rust.lexer import lex

OUTSIDE = frozenset("# ! [ ]".split())
# Whether an option is set, such as `unix`, or `feature` with the value `std`; None if that is not known.
Options = Callable[[str, str | None], bool | None]


def test_only(attribute: bytes) -> bool:
    """Whether `#[cfg(...)]` can hold only when `test` does: `all(test, x)` yes, `any(test, x)` no."""
    return never(attribute, lambda name, value: False if name == "test" and value is None else None)


def never(attribute: bytes, options: Options) -> bool:
    """Whether `#[cfg(...)]` cannot hold with these options. Other attributes always can."""
    tokens = [token.text for token in lex(attribute.decode(errors="replace")) if token.text not in OUTSIDE]
    if not tokens or tokens[0] != "cfg":
        return False
    possible, _ = _cfg_values(tokens, 2, options)
    return True not in possible


def _cfg_values(tokens: list[str], at: int, options: Options) -> tuple[set[bool], int]:
    """Values that a predicate can take, and where it ends."""
    if at >= len(tokens):
        return {True, False}, at
    word, at = tokens[at], at + 1
    if at < len(tokens) and tokens[at] == "(":
        parts, at = [], at + 1
        while at < len(tokens) and tokens[at] != ")":
            if tokens[at] == ",":
                at += 1
                continue
            values, at = _cfg_values(tokens, at, options)
            parts.append(values)
        at += 1
        if word == "not":
            return {not value for value in parts[0]} if parts else {True}, at
        sure, other = (False, True) if word == "all" else (True, False)
        if any(values == {sure} for values in parts):
            return {sure}, at
        if all(values == {other} for values in parts):
            return {other}, at
        return {True, False}, at
    value = None
    if at < len(tokens) and tokens[at] == "=":
        value = tokens[at + 1].strip('"') if at + 1 < len(tokens) else ""
        at += 2
    known = options(word, value)
    return ({True, False} if known is None else {known}), at
