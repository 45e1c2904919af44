"""Expert iteration: which answers of a model are good enough to train on, and with which weight.

An answer is dropped for the first of REASONS that applies. All figures are measured; an answer without a figure that
is needed does not count as good. The result is one row per distinct (prompt, code), at most `max_per_problem` per
problem, the best first.

The worth of a row, between 0 and 1, is a weighted mean of three marks:

    0.4  clippy       1 / (1 + warnings)
    0.4  idiomatic    the score
    0.2  documented   the share of documented items; if there is nothing to document, the other two marks share the 0.2

`_weight` is the worth divided by the mean worth of all kept rows, so that the mean weight is always 1.
scripts/train/choose_rows.py multiplies it by the run's weight for the kind of task. The product is a number of copies:
its whole part, and one more with its fractional part as the probability.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from ferrule.core.schemas import choose, identity
from ferrule.evaluation.answers.answer import AnswerRow, CompletionRow
from ferrule.evaluation.metrics.outcomes import ResultRow, compiled
from ferrule.evaluation.problems.problem import Problem
from ferrule.evaluation.quality.quality_types import Quality

REASONS = {
    "no_verdict": "the machine failed on it",
    "no_answer": "there is no code in it",
    "cut_off": "it stops in the middle",
    "tampering": "it manipulates the measurement",
    "policy": "it uses a group of features that the policy forbids",
    "does_not_compile": "it does not compile",
    "not_passed": "it does not pass its tests",
    "clippy_unknown": "clippy did not finish on it",
    "clippy": "more clippy warnings than clippy_max",
    "not_idiomatic": "less idiomatic than idiomatic_min",
    "not_documented": "less documented than doc_min",
    "duplicate": "the same prompt and code as an earlier sample",
    "over_limit": "max_per_problem better ones are kept",
}
IDIOMATIC: dict[str, Literal["idiomatic", "idiomatic_syntax"]] = {
    "text": "idiomatic",
    "syntax": "idiomatic_syntax",
}


class ExpertRow(TypedDict):
    """A row to train on."""

    prompt: str
    gen: str
    _id: str
    _task_type: str
    _source: str
    _weight: float
    _task_id: str
    _sample: int
    _verdict: str


class ExpertRecord(TypedDict):
    """What was kept and dropped, and the limits that were used."""

    samples: int
    kept: int
    problems: int  # that have kept rows
    dropped: dict[str, int]  # by reason
    compile_rate: float
    clippy_max: float
    idiomatic_min: float
    mean_worth: float | None  # None if no row is kept


class CodeRow(TypedDict):
    """A row of code without its prompt, in the form of the published pipelines: the text alone is trained on."""

    text: str
    _id: str
    _task_type: str
    _weight: float


def code_only(row: ExpertRow) -> CodeRow:
    """The code of a row, without prompt and fence."""
    code = (
        row["gen"].removeprefix("```rust\n").removesuffix("\n```")
        if row["gen"].startswith("```rust\n")
        else row["gen"]
    )
    return {
        "text": code,
        "_id": identity("experts", "", code),
        "_task_type": row["_task_type"],
        "_weight": row["_weight"],
    }


@dataclass(frozen=True)
class Thresholds:
    """The conditions that an answer must meet. Section `experts` of the configuration has the values."""

    passed: bool = True  # it passes its tests, if the problem has any
    clippy_max: float = 2.0
    idiomatic_min: float = 0.7
    doc_min: float = 0.5  # 0 switches it off
    idiomatic_by: str = "text"  # text: the published patterns; syntax: the same idioms in the syntax tree
    documented_by: str = "items"  # items: the share of documented items; any: 1 if there is any doc comment
    scale_below: float | None = None  # stricter thresholds for a model whose compile rate is below this
    max_per_problem: int | None = None
    policy: tuple[str, ...] = ()  # forbidden groups of features
    fence: bool = True  # the row's answer is a fenced block, as sampling.instruction asks for
    seed: int = 0  # of the choice among equally good answers

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Thresholds:
        """The thresholds from settings; ValueError for an unknown key or value."""
        if unknown := settings.keys() - cls.__dataclass_fields__.keys():
            raise ValueError(f"experts: there is no setting {min(unknown)!r}")
        thresholds = cls(**settings | {"policy": tuple(settings.get("policy") or ())})
        if thresholds.idiomatic_by not in IDIOMATIC or thresholds.documented_by not in ("items", "any"):
            raise ValueError("experts: idiomatic_by is text or syntax, documented_by is items or any")
        return thresholds

    def scaled(self, compile_rate: float) -> tuple[float, float]:
        """(clippy_max, idiomatic_min) for a model with this compile rate.

        The weaker a model is, the more of its compiling answers compile by luck. With f = rate / scale_below, f times
        the warnings are allowed, and idiomatic_min moves towards 1 by the part 1 - f of the distance.
        """
        if not self.scale_below or compile_rate >= self.scale_below:
            return self.clippy_max, self.idiomatic_min
        f = compile_rate / self.scale_below
        return self.clippy_max * f, self.idiomatic_min + (1 - self.idiomatic_min) * (1 - f)


@dataclass(frozen=True)
class Candidate:
    """A sample with everything that is known about it."""

    sample: CompletionRow
    answer: AnswerRow
    result: ResultRow
    quality: Quality | None
    problem: Problem

    @property
    def prompt(self) -> str:
        """The text that the model got; if the sample does not have it, the text of the problem."""
        problem = self.problem
        return (
            self.sample.get("prompt")
            or "\n\n".join(part for part in (problem.instruction, problem.prompt) if part).strip()
        )

    @property
    def code(self) -> str:
        return self.answer["code"].strip("\n")


def kept(candidates: list[Candidate], thresholds: Thresholds) -> tuple[list[ExpertRow], ExpertRecord]:
    """The kept rows, in the order of the samples, and a record of what was dropped and why."""
    judged = [c for c in candidates if c.result["status"] != "infrastructure"]
    compiling = sum(compiled(c.result["status"], c.result["stage"]) for c in judged)
    rate = compiling / len(judged) if judged else 0.0
    limits = thresholds.scaled(rate)
    dropped: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    good: dict[str, list[tuple[float, int]]] = defaultdict(
        list
    )  # by problem: (worth, number of the candidate)
    for at, candidate in enumerate(candidates):
        reason = reason_against(candidate, thresholds, limits)
        if not reason and (candidate.prompt, candidate.code) in seen:
            reason = "duplicate"
        if reason:
            dropped[reason] += 1
            continue
        seen.add((candidate.prompt, candidate.code))
        good[candidate.problem.id].append((worth(candidate, thresholds), at))
    chosen = dict(pair for name, pairs in good.items() for pair in best(name, pairs, thresholds, dropped))
    mean = sum(chosen.values()) / len(chosen) if chosen else 1.0
    rows = [row(candidates[at], chosen[at] / mean if mean else 1.0, thresholds) for at in sorted(chosen)]
    return rows, {
        "samples": len(candidates),
        "kept": len(rows),
        "problems": len({row["_task_id"] for row in rows}),
        "dropped": {reason: dropped[reason] for reason in REASONS if dropped[reason]},
        "compile_rate": round(rate, 6),
        "clippy_max": round(limits[0], 6),
        "idiomatic_min": round(limits[1], 6),
        "mean_worth": round(mean, 6) if chosen else None,
    }


def reason_against(candidate: Candidate, thresholds: Thresholds, limits: tuple[float, float]) -> str:
    """The first of REASONS up to `not_documented` that applies, or ""."""
    answer, result, quality = candidate.answer, candidate.result, candidate.quality
    if result["status"] == "infrastructure":
        return "no_verdict"
    if not answer["key"]:
        return "no_answer"
    if answer["cut_off"]:
        return "cut_off"
    if answer["tampering"] or result["status"] == "tampering":
        return "tampering"
    if not set(thresholds.policy).isdisjoint(answer["policy"]):
        return "policy"
    if not compiled(result["status"], result["stage"]):
        return "does_not_compile"
    if thresholds.passed and candidate.problem.tests.strip() and result["status"] != "passed":
        return "not_passed"
    if quality is None or quality["clippy_warnings"] is None:
        return "clippy_unknown"
    if quality["clippy_warnings"] > limits[0]:
        return "clippy"
    if quality[IDIOMATIC[thresholds.idiomatic_by]] < limits[1]:
        return "not_idiomatic"
    docs = documented(quality, thresholds)
    return "not_documented" if docs is not None and docs < thresholds.doc_min else ""


def documented(quality: Quality, thresholds: Thresholds) -> float | None:
    """How well an answer is documented, from 0 to 1; None if it has nothing to document."""
    if thresholds.documented_by == "any":
        return float(quality["documented"])
    return quality["documented_items"]


def worth(candidate: Candidate, thresholds: Thresholds) -> float:
    """The worth of an answer for which no reason applies; see the top of the file."""
    quality = candidate.quality
    assert quality is not None and quality["clippy_warnings"] is not None, "else it is clippy_unknown"
    marks = [
        (0.4, 1 / (1 + quality["clippy_warnings"])),
        (0.4, quality[IDIOMATIC[thresholds.idiomatic_by]]),
        (0.2, documented(quality, thresholds)),
    ]
    present = [(share, mark) for share, mark in marks if mark is not None]
    return sum(share * mark for share, mark in present) / sum(share for share, _ in present)


def best(
    problem: str, candidates: list[tuple[float, int]], thresholds: Thresholds, dropped: Counter[str]
) -> list[tuple[int, float]]:
    """(number, worth) of the best candidates of a problem. The seed decides among equally good ones.

    Candidates over the limit are counted in `dropped`.
    """
    order = sorted(
        candidates, key=lambda each: (-each[0], choose(thresholds.seed, problem, each[1]), each[1])
    )
    most = len(order) if thresholds.max_per_problem is None else thresholds.max_per_problem
    if len(order) > most:
        dropped["over_limit"] += len(order) - most
    return [(at, value) for value, at in order[:most]]


def row(candidate: Candidate, weight: float, thresholds: Thresholds) -> ExpertRow:
    code, prompt = candidate.code, candidate.prompt
    return {
        "prompt": prompt,
        "gen": f"```rust\n{code}\n```" if thresholds.fence else code,
        "_id": identity("experts", prompt, code),
        "_task_type": "code_generation",
        "_source": "experts",
        "_weight": round(weight, 6),
        "_task_id": candidate.problem.id,
        "_sample": candidate.sample["sample"],
        "_verdict": "tested"
        if candidate.problem.tests.strip() and candidate.result["status"] == "passed"
        else "compiles",
    }
