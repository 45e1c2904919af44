"""The result of every sample: samples, answers, verdicts and quality joined into one row each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from ferrule.core.reasons import AnswerStatus
from ferrule.evaluation.answers.answer import AnswerRow, CompletionRow
from ferrule.evaluation.judging.submission import AnswerVerdictRow, VerdictFields
from ferrule.evaluation.problems.problem import Problem
from ferrule.evaluation.quality.quality_types import QualityRow
from ferrule.rust import prefilter

VERDICT: VerdictFields = {
    "status": "",
    "stage": "",
    "reason": "",
    "error_code": "",
    "tests": 0,
    "passed": 0,
}
STEP = "delete it and run again"


class ResultColumns(VerdictFields):
    """The columns of results.jsonl that are always there."""

    task_id: str
    sample: int
    key: str
    form: str
    cut_off: bool
    taken: str
    policy: list[str]
    category: str
    difficulty: int


class ResultRow(ResultColumns, total=False):
    """A row of results.jsonl. The columns of quality are missing if it was not measured, null for other answers."""

    compiles: bool | None
    clippy: dict[str, int] | None
    lints: dict[str, int] | None
    clippy_warnings: int | None
    clippy_reason: str | None
    idiomatic: float | None
    idiomatic_syntax: float | None
    documented: bool | None
    documented_items: float | None
    functions: int | None
    structs: int | None
    impls: int | None
    traits: int | None
    has_main: bool | None
    has_tests: bool | None
    prompt_match: float | None
    prefilter: str | None


def compiled(status: str, stage: str) -> bool:
    """Whether the answer compiled with the tests, by the status and stage of its verdict."""
    return status in ("passed", "failed") or stage == "run"


def joined(
    problems: dict[str, Problem],
    samples: Iterable[CompletionRow],
    answers: Iterable[AnswerRow],
    verdicts: Iterable[AnswerVerdictRow],
    quality: Iterable[QualityRow] = (),
) -> Iterator[ResultRow]:
    """One row per sample, in the order of the samples. ValueError if the inputs do not fit together."""
    answer_of = {(row["task_id"], row["sample"]): row for row in answers}
    verdict_of = {row["key"]: row for row in verdicts}
    quality_of = {row["key"]: row for row in quality}
    nothing: dict[str, object] = dict.fromkeys(next(iter(quality_of.values()), ()))
    for sample in samples:
        place = sample["task_id"], sample["sample"]
        if place not in answer_of:
            raise ValueError(f"answers.jsonl has no row for sample {place[1]} of {place[0]}; {STEP}")
        answer, problem = answer_of[place], problems[place[0]]
        measured: Mapping[str, object] = quality_of.get(answer["key"]) or nothing
        row = {
            "task_id": place[0],
            "sample": place[1],
            "key": answer["key"],
            **outcome(answer, verdict_of),
            "form": answer["form"],
            "cut_off": answer["cut_off"],
            "taken": answer["taken"],
            "policy": answer["policy"],
            "category": problem.category,
            "difficulty": problem.difficulty,
            **{name: value for name, value in measured.items() if name != "key"},
            **(without_code(answer, sample) if nothing and not answer["key"] else {}),
        }
        yield cast(ResultRow, row)


def outcome(answer: AnswerRow, verdict_of: Mapping[str, AnswerVerdictRow]) -> VerdictFields:
    """The verdict on an answer. Without code, or with tampering found by reading, no verdict was needed."""
    if not answer["key"]:
        return VERDICT | {"status": AnswerStatus.NO_ANSWER, "stage": "answer", "reason": answer["reason"]}
    if answer["tampering"]:
        return VERDICT | {"status": AnswerStatus.TAMPERING, "stage": "answer", "reason": answer["tampering"]}
    if answer["key"] not in verdict_of:
        task, sample = answer["task_id"], answer["sample"]
        raise ValueError(f"verdicts.jsonl has no verdict on sample {sample} of {task}; {STEP}")
    verdict = verdict_of[answer["key"]]
    return {
        "status": verdict["status"],
        "stage": verdict["stage"],
        "reason": verdict["reason"],
        "error_code": verdict["error_code"],
        "tests": verdict["tests"],
        "passed": verdict["passed"],
    }


def without_code(answer: AnswerRow, sample: CompletionRow) -> dict[str, object]:
    """The columns of quality that even a sample without code has."""
    text = answer["taken"] or sample.get("completion") or ""
    return {"compiles": False, "prefilter": prefilter.reason(text)}
