"""Unsafe code in an answer to a problem that needs none: it could read the whole process, tests and nonce included."""

from __future__ import annotations

from functools import lru_cache

from ferrule.evaluation.problems.problem import Problem
from ferrule.rust.lexer import WORD, lex

REASON = "unsafe code, which neither the problem nor its reference has"


def is_needless(problem: Problem, code: str) -> bool:
    """Whether the code has unsafe code and neither the problem's prompt nor its tests nor its reference has any."""
    return "unsafe" in code and has_unsafe(code) and not _needs(problem)


@lru_cache(4096)
def _needs(problem: Problem) -> bool:
    return any(map(has_unsafe, (problem.prompt, problem.reference, problem.tests)))


def has_unsafe(code: str) -> bool:
    """Whether the keyword is among the tokens; in strings and comments it does not count."""
    return any(token.kind == WORD and token.text == "unsafe" for token in lex(code))
