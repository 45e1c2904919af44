"""The types of a comparison; docs/comparing.md has the meaning of the keys."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from ferrule.evaluation.metrics.metrics_types import (
    Column,
    Figure,
    Interval,
    ProblemSet,
    SampleCounts,
    Settings,
)
from ferrule.evaluation.problems.subset import Subset

SideName = Literal["base", "run"]
SIDES: tuple[SideName, ...] = ("base", "run")


class ComparedFigure(TypedDict):
    """A figure of both models, and the paired difference: run minus base."""

    base: Interval
    run: Interval
    difference: Interval


class ComparedMean(TypedDict):
    """A mean over samples that have the figure; None where none has it."""

    base: Figure | None
    run: Figure | None
    difference: Figure | None  # over the problems where both models have the figure
    problems: int  # the number of these problems


class PairedTest(TypedDict):
    test: str
    differing: int  # problems on which the models differ
    p: float
    least_p: float  # the smallest p that so many differing problems allow
    won: NotRequired[int]
    lost: NotRequired[int]
    flips: NotRequired[int]  # random sign flips


class Stage(TypedDict):
    samples: int
    share: float


class ComparedStep(TypedDict):
    """A step of the funnel."""

    step: str
    base: Stage
    run: Stage


class ProblemSide(TypedDict):
    n: int  # samples
    correct: int
    statuses: dict[str, int]


class ComparedProblem(TypedDict):
    id: str
    category: str
    difficulty: int
    base: ProblemSide
    run: ProblemSide
    difference: float  # of pass@1


class ComparedGroup(ComparedFigure):
    """pass@1 on the problems of one category or difficulty; the other of the two keys is missing."""

    category: NotRequired[str]
    difficulty: NotRequired[int]
    problems: int
    won: int
    lost: int
    tied: int


class ViewFigures(TypedDict):
    pass_at_k: dict[str, ComparedFigure]  # by k
    compile_rate: ComparedFigure
    test: PairedTest
    won: list[str]  # problems
    lost: list[str]
    tied: list[str]
    tied_solved: int
    funnel: list[ComparedStep]
    statuses: dict[SideName, dict[str, int]]
    per_problem: list[ComparedProblem]
    per_category: list[ComparedGroup]
    per_difficulty: list[ComparedGroup]
    conclusion: str  # better, worse, not_shown or unclear


class ComparedView(ViewFigures):
    """The figures with the policy off or on, and sentences about them."""

    says: list[str]


class Comparison(TypedDict):
    """The content of a comparison's JSON file."""

    benchmark: str
    base: str  # names of the models
    run: str
    problem_set: ProblemSet
    subset: Subset | None  # None if both took the whole set
    toolchain: str
    settings: Settings
    samples: dict[SideName, SampleCounts]
    problems: int
    left_out: list[str]  # problems on which the machine failed
    without_samples: list[str]
    notes: list[str]
    views: dict[str, ComparedView]  # policy_off, policy_on
    quality: NotRequired[dict[str, ComparedMean]]
    environment: NotRequired[dict[str, Any]]


def per_group(view: ViewFigures, column: Column) -> list[ComparedGroup]:
    return view["per_category"] if column == "category" else view["per_difficulty"]
