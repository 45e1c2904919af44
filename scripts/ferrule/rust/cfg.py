"""Conditional compilation: which `#[cfg(...)]` leaves code to the tests alone."""

from __future__ import annotations

from ferrule.rust.lexer import lex

OUTSIDE = frozenset("# ! [ ]".split())


def test_only(attribute: bytes) -> bool:
    """Whether `#[cfg(...)]` can hold only when `test` does: `all(test, x)` yes, `any(test, x)` no."""
    tokens = [token.text for token in lex(attribute.decode(errors="replace")) if token.text not in OUTSIDE]
    if not tokens or tokens[0] != "cfg":
        return False
    possible, _ = _cfg_values(tokens, 2)
    return True not in possible


def _cfg_values(tokens: list[str], at: int) -> tuple[set[bool], int]:
    """Values that a predicate can take with `test` false and everything else unknown."""
    if at >= len(tokens):
        return {True, False}, at
    word, at = tokens[at], at + 1
    if at < len(tokens) and tokens[at] == "(":
        parts, at = [], at + 1
        while at < len(tokens) and tokens[at] != ")":
            if tokens[at] == ",":
                at += 1
                continue
            values, at = _cfg_values(tokens, at)
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
    if at < len(tokens) and tokens[at] == "=":
        return {True, False}, at + 2
    return ({False} if word == "test" else {True, False}), at
