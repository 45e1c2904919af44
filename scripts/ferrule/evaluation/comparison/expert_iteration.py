"""Expert iteration: which answers of a model are good enough to train on, and how much each of them counts.

An answer falls at the first of REASONS that holds for it; every figure is one that was measured, and what could not
be measured is not taken for good. What is left is one row per distinct (prompt, code), at most `max_per_problem` of
a problem, the best first.

The worth of a row, between 0 and 1, is the mean of three marks with these shares:

    0.4  clippy       1 / (1 + warnings)
    0.4  idiomatic    the score as it is
    0.2  documented   the share of documented items; where an answer had nothing to document the others share its 0.2

`_weight` is that worth divided by the mean of all kept rows, so that a set of any quality has the mean 1. The chooser
of rows (scripts/train/choose_rows.py) takes it, times the run's weight for the kind of task, as a number of copies: the
whole part for certain, one more with the rest as the chance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from ferrule.core.schemas import choose, identity
from ferrule.evaluation.metrics.outcomes import compiled
from ferrule.evaluation.problems.problem import Problem

REASONS = {
    "no_verdict": "the machine failed on it",
    "no_answer": "there is no code in it",
    "cut_off": "it stops in the middle",
    "tampering": "it reaches for the measurement",
    "policy": "it uses what the policy forbids",
    "does_not_compile": "it does not compile",
    "not_passed": "it does not pass its tests",
    "clippy_unknown": "clippy did not come to an end on it",
    "clippy": "more clippy warnings than clippy_max",
    "not_idiomatic": "less idiomatic than idiomatic_min",
    "not_documented": "less documented than doc_min",
    "duplicate": "the same prompt and code as a sample before",
    "over_limit": "max_per_problem better ones are kept",
}
IDIOMATIC = {"text": "idiomatic", "syntax": "idiomatic_syntax"}


@dataclass(frozen=True)
class Thresholds:
    """What an answer has to be. The numbers are those of `experts` in the configuration."""

    passed: bool = True  # its tests, where the problem has any
    clippy_max: float = 2.0
    idiomatic_min: float = 0.7
    doc_min: float = 0.5  # 0 switches it off
    idiomatic_by: str = "text"  # text: the published patterns; syntax: the same ideas in the syntax tree
    documented_by: str = (
        "items"  # items: the share of documented items; any: 1 where there is any doc comment
    )
    scale_below: float | None = None  # stricter thresholds for a model whose compile rate is below this
    max_per_problem: int | None = None
    policy: tuple[str, ...] = ()  # groups that bar an answer
    fence: bool = True  # the row's answer is a fenced block, as sampling.instruction asks for
    seed: int = 0  # of the choice among equally good ones

    @classmethod
    def of(cls, settings: dict) -> Thresholds:
        """From settings; a key that is not here is a ValueError."""
        if unknown := settings.keys() - cls.__dataclass_fields__.keys():
            raise ValueError(f"experts: there is no setting {min(unknown)!r}")
        found = cls(**settings | {"policy": tuple(settings.get("policy") or ())})
        if found.idiomatic_by not in IDIOMATIC or found.documented_by not in ("items", "any"):
            raise ValueError("experts: idiomatic_by is text or syntax, documented_by is items or any")
        return found

    def scaled(self, compile_rate: float) -> tuple[float, float]:
        """clippy_max and idiomatic_min for a model that compiles so often.

        The weaker the model, the more of what compiles does so by luck: with f = rate / scale_below, f times the
        warnings are allowed, and idiomatic_min is moved towards 1 by 1 - f of its distance.
        """
        if not self.scale_below or compile_rate >= self.scale_below:
            return self.clippy_max, self.idiomatic_min
        f = compile_rate / self.scale_below
        return self.clippy_max * f, self.idiomatic_min + (1 - self.idiomatic_min) * (1 - f)


@dataclass(frozen=True)
class Candidate:
    """A sample with all that is known of it."""

    sample: dict
    answer: dict
    result: dict
    quality: dict | None
    problem: Problem

    @property
    def prompt(self) -> str:
        """The text it was sampled with; a sample from elsewhere does not say, then it is the problem's own."""
        problem = self.problem
        return (
            self.sample.get("prompt")
            or "\n\n".join(part for part in (problem.instruction, problem.prompt) if part).strip()
        )

    @property
    def code(self) -> str:
        return self.answer["code"].strip("\n")


def kept(candidates: list[Candidate], thresholds: Thresholds) -> tuple[list[dict], dict]:
    """The rows, in the samples' order, and a record of what was dropped and why."""
    judged = [c for c in candidates if c.result["status"] != "infrastructure"]
    compiling = sum(compiled(c.result["status"], c.result["stage"]) for c in judged)
    rate = compiling / len(judged) if judged else 0.0
    limits = thresholds.scaled(rate)
    dropped: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    good: dict[str, list[tuple[float, int]]] = defaultdict(list)  # of each problem: worth and place
    for at, candidate in enumerate(candidates):
        reason = reason_against(candidate, thresholds, limits)
        if not reason and (candidate.prompt, candidate.code) in seen:
            reason = "duplicate"
        if reason:
            dropped[reason] += 1
            continue
        seen.add((candidate.prompt, candidate.code))
        good[candidate.problem.id].append((worth(candidate, thresholds), at))
    chosen = dict(pair for name, found in good.items() for pair in best(name, found, thresholds, dropped))
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
    """The first of REASONS up to `not_documented` that holds, or ""."""
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


def documented(quality: dict, thresholds: Thresholds) -> float | None:
    """None where the answer had nothing to document, as all its items have their docs from the prompt."""
    if thresholds.documented_by == "any":
        return float(quality["documented"])
    return quality["documented_items"]


def worth(candidate: Candidate, thresholds: Thresholds) -> float:
    quality = candidate.quality
    marks = [
        (0.4, 1 / (1 + quality["clippy_warnings"])),
        (0.4, quality[IDIOMATIC[thresholds.idiomatic_by]]),
        (0.2, documented(quality, thresholds)),
    ]
    there = [(share, mark) for share, mark in marks if mark is not None]
    return sum(share * mark for share, mark in there) / sum(share for share, _ in there)


def best(
    problem: str, found: list[tuple[float, int]], thresholds: Thresholds, dropped: Counter[str]
) -> list[tuple[int, float]]:
    """The places of the best of a problem with their worth; equally good ones are chosen by the seed."""
    order = sorted(found, key=lambda each: (-each[0], choose(thresholds.seed, problem, each[1]), each[1]))
    most = len(order) if thresholds.max_per_problem is None else thresholds.max_per_problem
    if len(order) > most:
        dropped["over_limit"] += len(order) - most
    return [(at, value) for value, at in order[:most]]


def row(candidate: Candidate, weight: float, thresholds: Thresholds) -> dict:
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
