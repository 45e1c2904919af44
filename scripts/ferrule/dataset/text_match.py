"""A piece of text that should not be in a dataset, and the questions that tell it from an example.

Documentation is full of made-up keys and addresses. What is random passes for a secret; words, patterns and
text that declares itself an example does not.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import groupby, pairwise


@dataclass(frozen=True, order=True)
class Found:
    """Where something stands in a text, in characters. What it is called never holds what it is."""

    start: int
    end: int
    kind: str


# What people write as a placeholder, or to show that a value is not real.
PLACEHOLDER = re.compile(
    r"example|placeholder|change.?me|redacted|dummy|sample|your[_-]?|x{6}|\*{3}|\.{3}|insert|foobar|deadbeef"
    r"|\{\w*(?::[^}]*)?\}|\$[({]|<\w+>|%s|lorem|notasecret|not_a_secret",
    re.IGNORECASE,
)
SEPARATOR = re.compile(r"[-_./:,;=+@* ]+")
WORD_OR_NUMBER = re.compile(r"[A-Za-z]?[a-z]*\d{0,4}[!.]?|[A-Z]+\d{0,4}[!.]?|\d*|(?:[A-Z]?[a-z]{2,}\d{0,3})+")


def is_placeholder(value: str) -> bool:
    return bool(PLACEHOLDER.search(value)) or has_a_run(value) or len(set(value)) < min(5, len(value) / 2)


def has_a_run(value: str, length: int = 7) -> bool:
    """`0123456`, `abcdefg`, `7654321`, `aaaaaaa`: no machine draws these."""
    steps = (ord(after) - ord(before) for before, after in pairwise(value))
    return any(step in (-1, 0, 1) and len(list(same)) >= length - 1 for step, same in groupby(steps))


def is_random(value: str, bits: float = 2.7) -> bool:
    """Letters and digits mixed as in a drawn key or a good password, not as in a name or a version."""
    if not (re.search(r"\d", value) and re.search(r"[A-Za-z]", value)):
        return False
    if all(re.fullmatch(r"[A-Za-z]*", part) for part in SEPARATOR.split(value)):
        return False
    return is_key(value, bits)


def is_key(value: str, bits: float = 2.7) -> bool:
    """The same of what has a key's form already: it may happen to have no digit, but is not made of words."""
    if all(WORD_OR_NUMBER.fullmatch(part) for part in SEPARATOR.split(value)):
        return False
    return entropy(value) >= bits and not is_placeholder(value)


def entropy(value: str) -> float:
    """Shannon's, in bits a character."""
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values())
