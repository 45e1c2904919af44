"""The types of metrics.json; docs/evaluation.md has the meaning of the keys."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from ferrule.evaluation.problems.subset import Subset

Column = Literal["category", "difficulty"]  # by which problems are grouped


class Settings(TypedDict, total=False):
    """The part of the configuration's section `evaluate` that the figures depend on."""

    bootstrap: int  # number of resamples
    seed: int
    k: list[int]
    policy: list[str]  # forbidden groups; if it is missing, every group
    allow_infrastructure: bool  # compute figures although the machine failed on some samples


class Interval(TypedDict):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class Figure(Interval):
    """A mean over `n` samples."""

    n: int


class FunnelStep(TypedDict):
    step: str
    samples: int
    share: float


class ProblemFigures(TypedDict):
    id: str
    category: str
    difficulty: int
    n: int  # samples
    correct: int
    pass_at_1: float
    statuses: dict[str, int]


class GroupFigures(TypedDict):
    """The problems of one category or difficulty; the other of the two keys is missing."""

    category: NotRequired[str]
    difficulty: NotRequired[int]
    problems: int
    n: int  # samples
    pass_at_1: Interval


class View(TypedDict):
    """The figures with the policy off or on."""

    statuses: dict[str, int]
    pass_at_k: dict[str, Interval]  # by k
    compile_rate: Interval
    funnel: list[FunnelStep]
    per_problem: list[ProblemFigures]
    pass_at_k_of_given: NotRequired[dict[str, Interval]]
    per_category: list[GroupFigures]
    per_difficulty: list[GroupFigures]


class ClippyFigures(TypedDict):
    linted: int
    not_linted: dict[str, int]  # compiled, but without a result of clippy: samples by reason
    warnings: Figure | None
    clean: Figure | None  # the share of samples without a warning
    groups: dict[str, Figure | None]
    lints: dict[str, int]


class PrefilterFigures(TypedDict):
    samples: int
    share: float
    reasons: dict[str, int]


class QualityFigures(TypedDict):
    """A figure is None if no sample has it."""

    scores: dict[str, Figure | None]
    shape: dict[str, Figure | None]
    clippy: ClippyFigures
    prefilter: PrefilterFigures


class SampleCounts(TypedDict):
    total: int
    infrastructure: int
    least_per_problem: int
    most_per_problem: int
    distinct: int
    dtypes: NotRequired[list[str]]  # of the weights that they were sampled with, where the samples say it


class Figures(TypedDict):
    """All figures of one model on one problem set."""

    samples: SampleCounts
    missing: list[str]
    unjudged: list[str]
    views: dict[str, View]  # policy_off, policy_on
    quality: NotRequired[QualityFigures]


class ProblemSet(TypedDict):
    """Where the problems come from."""

    hash: str
    license: str
    origin: str
    sha256: str
    errata: object
    problems: int


class References(TypedDict):
    passed: int
    not_passed: dict[str, str]  # problem to status


class Metrics(Figures):
    """The content of metrics.json."""

    benchmark: str
    model: str
    problem_set: ProblemSet
    toolchain: str
    settings: Settings
    references: References
    subset: Subset | None  # None if the whole set was taken


def per_group(view: View, column: Column) -> list[GroupFigures]:
    return view["per_category"] if column == "category" else view["per_difficulty"]
