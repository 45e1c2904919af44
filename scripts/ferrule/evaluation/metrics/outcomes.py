"""What became of every sample: samples, answers, verdicts and quality joined into one row each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ferrule.evaluation.problems.problem import Problem
from ferrule.rust import prefilter

VERDICT = {"status": "", "stage": "", "reason": "", "error_code": "", "tests": 0, "passed": 0}
STEP = "delete it and run again"


def compiled(status: str, stage: str) -> bool:
    """Whether a verdict says that the answer compiled with the tests."""
    return status in ("passed", "failed") or stage == "run"


def joined(
    problems: dict[str, Problem],
    samples: Iterable[dict],
    answers: Iterable[dict],
    verdicts: Iterable[dict],
    quality: Iterable[dict] = (),
) -> Iterator[dict]:
    """One row per sample, in the order of the samples. What does not fit together is a ValueError."""
    answer_of = {(row["task_id"], row["sample"]): row for row in answers}
    verdict_of = {row["key"]: row for row in verdicts}
    quality_of = {row["key"]: row for row in quality}
    nothing = dict.fromkeys(next(iter(quality_of.values()), {}))
    for sample in samples:
        place = sample["task_id"], sample["sample"]
        if place not in answer_of:
            raise ValueError(f"answers.jsonl has no row for sample {place[1]} of {place[0]}; {STEP}")
        answer, problem = answer_of[place], problems[place[0]]
        measured = quality_of.get(answer["key"], nothing)
        yield {
            "task_id": place[0],
            "sample": place[1],
            "key": answer["key"],
            **outcome(answer, verdict_of),
            **{name: answer[name] for name in ("form", "cut_off", "taken", "policy")},
            "category": problem.category,
            "difficulty": problem.difficulty,
            **{name: value for name, value in measured.items() if name != "key"},
            **(without_code(answer, sample) if nothing and not answer["key"] else {}),
        }


def outcome(answer: dict, verdict_of: dict[str, dict]) -> dict:
    if not answer["key"]:
        return VERDICT | {"status": "no_answer", "stage": "answer", "reason": answer["reason"]}
    if answer["tampering"]:
        return VERDICT | {"status": "tampering", "stage": "answer", "reason": answer["tampering"]}
    if answer["key"] not in verdict_of:
        task, sample = answer["task_id"], answer["sample"]
        raise ValueError(f"verdicts.jsonl has no verdict on sample {sample} of {task}; {STEP}")
    return {name: verdict_of[answer["key"]][name] for name in VERDICT}


def without_code(answer: dict, sample: dict) -> dict:
    """The columns of quality that even an answer without code has."""
    text = answer["taken"] or sample.get("completion") or ""
    return {"compiles": False, "prefilter": prefilter.reason(text)}
