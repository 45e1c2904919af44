"""Which texts hold a part of a benchmark problem: shares of its runs of tokens that a text has too.

    leaks = Leaks(problems)
    leaks.find([row_text(prompt, code), ...])      # for each text the best match, or None

A problem has three parts: its prompt, its solution (with the signature) and its tests. The prompt is compared as
words, comments included and whatever the case; the code as tokens without comments and layout, in the three
forms of `ferrule.rust.code_tokens`. A run that several problems of a benchmark share (a head, `fn main`) says nothing. The name of the function never decides: if it is a telling one, it lowers the share that is needed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ferrule.dataset.benchmark_texts import Problem
from ferrule.dataset.minhash import distinct, shingles
from ferrule.rust.code_tokens import tokens
from ferrule.rust.encoded_tokens import Encoded

RUN = {"words": 8, "text": 10, "locals": 10, "nameless": 12}  # tokens in a run
# A part of fewer runs than these is not looked for in the form: too many texts would have it by chance.
FEWEST = {"words": 2, "text": 3, "locals": 8, "nameless": 30}
SHARES = {"words": 0.6, "text": 0.6, "locals": 0.7, "nameless": 0.8}  # of a part's runs: from here on a leak
SHORT = 12  # runs: of a part of fewer, the text must have all
NAMED = 0.6  # times the share, where the text has the function's name
COMMON = 3  # problems of a benchmark that may share a run
PARTS = {
    "prompt": ("words",),
    "solution": ("text", "locals", "nameless"),
    "tests": ("text", "locals", "nameless"),
}
WORD = re.compile(r"\w+")
FENCE = re.compile(r"```\w*")
BITS = np.uint64(22)  # of a table that tells most runs of no problem at once


@dataclass(frozen=True)
class Match:
    benchmark: str
    problem: str
    part: str  # prompt, solution or tests
    form: str  # words, text, locals or nameless
    share: float
    named: bool  # the text has the function's name, and it is a telling one

    def __str__(self) -> str:
        name = ", named" if self.named else ""
        return f"{self.benchmark}:{self.problem} {self.part} {self.share:.2f} ({self.form}{name})"


@dataclass(frozen=True)
class RowText:
    words: list[str]
    code: list[str]


def row_text(prompt: str, code: str) -> RowText:
    """A row's prompt and code. Each fenced part is read by itself: a stray quote ends with it."""
    words = WORD.findall(f"{prompt}\n{code}".lower())
    return RowText(words, [token for part in [*FENCE.split(prompt), code] for token in tokens(part)])


def telling(name: str) -> bool:
    """A name of three words or more; `add` and `is_prime` are anybody's."""
    return len([word for word in name.split("_") if word]) >= 3


def part_tokens(problem: Problem, part: str) -> list[str]:
    if part == "prompt":
        return WORD.findall(problem.prompt.lower())
    if part == "tests":
        return tokens(problem.tests)
    return tokens(f"{signature(problem)}\n{problem.solution}") if problem.solution else []


def signature(problem: Problem) -> str:
    """What a solution lacks if it is a body only. The lines above it are often the same in many problems."""
    asked = re.compile(rf"\bfn\s+{re.escape(problem.entry_point)}\b")
    if not problem.entry_point or asked.search(problem.solution):
        return ""
    head = problem.declaration or problem.prompt
    found = [match.start() for match in asked.finditer(head)]
    return head[found[-1] :] if found else ""


class Leaks:
    def __init__(self, problems: list[Problem]):
        self.problems = problems
        self.names = [problem.entry_point if telling(problem.entry_point) else "" for problem in problems]
        self.parts = [(number, part) for number in range(len(problems)) for part in PARTS]
        found = [part_tokens(problems[number], part) for number, part in self.parts]
        self.indexes = {form: self.index(form, found) for form in RUN}
        sought = set().union(*(index.sought for index in self.indexes.values()))
        self.unmatched = [self.parts[i] for i in range(len(found)) if found[i] and i not in sought]

    def index(self, form: str, found: list[list[str]]) -> Index:
        texts = [
            text if form in PARTS[part] else [] for (_, part), text in zip(self.parts, found, strict=True)
        ]
        flat, bounds = runs(texts, form)
        owners = [(self.problems[number].benchmark, number) for number, _ in self.parts]
        return Index(flat, bounds, owners, FEWEST[form])

    def find(self, texts: list[RowText]) -> list[Match | None]:
        matches: list[Match | None] = [None] * len(texts)
        code = Encoded([text.code for text in texts])
        for form, index in self.indexes.items():
            flat, bounds = runs([text.words for text in texts], form) if form == "words" else runs(code, form)
            for text, part, share in index.shares(flat, bounds):
                least = SHARES[form] if index.sizes[part] >= SHORT else 1.0
                match = self.judge(texts[text], *self.parts[part], form, share, least)
                known = matches[text]
                if match and (known is None or match.share > known.share):
                    matches[text] = match
        return matches

    def judge(
        self, text: RowText, number: int, part: str, form: str, share: float, least: float
    ) -> Match | None:
        named = bool(self.names[number]) and share >= least * NAMED and self.names[number] in text.code
        if share < least * (NAMED if named else 1):
            return None
        problem = self.problems[number]
        return Match(problem.benchmark, problem.id, part, form, share, named)


def runs(texts: list[list[str]] | Encoded, form: str) -> tuple[np.ndarray, np.ndarray]:
    encoded = texts if isinstance(texts, Encoded) else Encoded(texts)
    every = np.arange(len(encoded.ends) - 1)
    return shingles(*encoded.hashes("text" if form == "words" else form, every), RUN[form])


def shared(problems: list[np.ndarray]) -> np.ndarray:
    """The runs that more than COMMON of a benchmark's problems have. Another benchmark may hold the same problems."""
    found, counts = np.unique(np.concatenate(problems), return_counts=True)
    return found[counts > COMMON]


class Index:
    """From a run to the parts that have it; `owners` are the benchmark and the problem of each part."""

    def __init__(self, flat: np.ndarray, bounds: np.ndarray, owners: list[tuple[str, int]], fewest: int):
        own = [distinct(flat[low:high]) for low, high in itertools.pairwise(bounds)]
        having: dict[str, list[np.ndarray]] = {}  # benchmark: the runs of each of its problems
        for problem, parts in itertools.groupby(range(len(own)), key=owners.__getitem__):
            mine = distinct(np.concatenate([own[part] for part in parts]))
            having.setdefault(problem[0], []).append(mine)
        common = np.concatenate([np.empty(0, np.uint64), *map(shared, having.values())])
        own = [hashes[~np.isin(hashes, common)] for hashes in own]
        own = [hashes if hashes.size >= fewest else hashes[:0] for hashes in own]
        self.sizes = np.array([hashes.size for hashes in own], np.int64)
        self.sought = set(np.flatnonzero(self.sizes).tolist())

        every = np.concatenate([np.empty(0, np.uint64), *own])
        order = np.argsort(every, kind="stable")
        self.runs = np.unique(every)
        self.parts = np.repeat(np.arange(len(own)), self.sizes)[order]
        self.first = np.searchsorted(every[order], self.runs)
        self.count = np.diff(np.append(self.first, every.size))
        self.table = np.zeros(1 << int(BITS), bool)
        self.table[self.runs >> np.uint64(64) - BITS] = True

    def shares(self, flat: np.ndarray, bounds: np.ndarray) -> Iterator[tuple[int, int, float]]:
        """(text, part, share of the part's runs that the text has) for each pair with a run in common."""
        maybe = np.flatnonzero(self.table[flat >> np.uint64(64) - BITS])
        at = np.searchsorted(self.runs, flat[maybe])
        at[at == self.runs.size] = 0
        real = self.runs[at] == flat[maybe] if self.runs.size else np.zeros(0, bool)
        texts = np.searchsorted(bounds, maybe[real], side="right") - 1
        pairs = np.unique(np.stack([texts, at[real]]), axis=1)  # a run counts once
        many = self.count[pairs[1]]
        texts = np.repeat(pairs[0], many)
        start = np.repeat(self.first[pairs[1]] - np.cumsum(many) + many, many)
        parts = self.parts[start + np.arange(start.size)]
        found, counts = np.unique(np.stack([texts, parts]), axis=1, return_counts=True)
        for (text, part), count in zip(found.T.tolist(), counts.tolist(), strict=True):
            yield text, part, count / int(self.sizes[part])
