"""A score from 0 to 1 for an answer, by rules that anyone can check (docs/qa.md has them).

    score(answer, code=piece, verdict="compiles")       # the product of four parts

length      0 for no words, rising to 1 at 20 words; 1 up to 400 words, falling to 0.5 at 800
variety     the share of distinct sequences of four words; 1 for texts under eight words
overlap     0.5, and half of the share of the eight most frequent names of the code that the answer mentions, doubled
            and cut at 1
code        1 without code or with code that compiles, 0.75 if it parses, 0.25 if not; 0.5 if nothing is known
"""

from __future__ import annotations

import re
from collections import Counter

WORD = re.compile(r"\w+")
NAME = re.compile(r"[A-Za-z_]\w{2,}")
CODE_SCORES = {"none": 1.0, "compiles": 1.0, "parses": 0.75, "broken": 0.25, "unjudged": 0.5}
NAMES = 8


def score(answer: str, code: str, verdict: str) -> float:
    """`verdict`: none, compiles, parses, broken or unjudged. Rounded to three digits."""
    words = WORD.findall(answer)
    return round(length(words) * variety(words) * overlap(words, code) * CODE_SCORES[verdict], 3)


def length(words: list[str]) -> float:
    count = len(words)
    if count < 20:
        return count / 20
    return 1.0 if count <= 400 else max(0.5, 1 - (count - 400) / 800)


def variety(words: list[str]) -> float:
    if len(words) < 8:
        return 1.0
    lower = " ".join(words).lower().split(" ")
    grams = set(zip(lower, lower[1:], lower[2:], lower[3:], strict=False))
    return len(grams) / (len(words) - 3)


def overlap(words: list[str], code: str) -> float:
    """The names that are most frequent in the code, of which an answer about it should mention some."""
    names = Counter(NAME.findall(code))
    chosen = [name for name, _ in sorted(names.items(), key=lambda item: (-item[1], item[0]))[:NAMES]]
    if not chosen:
        return 1.0
    said = set(words)
    return 0.5 + 0.5 * min(1.0, 2 * sum(name in said for name in chosen) / len(chosen))
