"""Rewards for TRL's trainers (GRPO, RLOO): whole batches, strings or chat completions.

    from ferrule.rewards.trl import trl_reward           # grades with the folder that FERRULE_TASKS names
    GRPOTrainer(..., reward_funcs=trl_reward)            # the data set has a column `task_id`

    GRPOTrainer(..., reward_funcs=reward_of(Grader("results/tasks")))

An answer that could not be graded (a crate is gone, the time is up) gets None, which TRL takes as "not applicable".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ferrule.core.reasons import AnswerStatus
from ferrule.grading.crate_grader import Result
from ferrule.rewards.grader import Grader, default_grader

Completion = str | Sequence[dict[str, Any]]
Reward = Callable[..., list[float | None]]
Score = Callable[[Result], float]


def passed(result: Result) -> float:
    return result.score


def reward_of(grader: Grader, score: Score = passed) -> Reward:
    """A reward function that uses this grader. `score` makes a number of a result: 1 for a pass, else 0."""

    def ferrule_reward(
        prompts: Sequence[Any], completions: Sequence[Completion], task_id: Sequence[str], **kw: Any
    ) -> list[float | None]:
        return graded(grader, completions, task_id, score, kw)

    return ferrule_reward


def trl_reward(
    prompts: Sequence[Any], completions: Sequence[Completion], task_id: Sequence[str], **kw: Any
) -> list[float | None]:
    """1 for a completion that passes the tests of its task, else 0; the folder is the one that FERRULE_TASKS names."""
    return graded(default_grader(), completions, task_id, passed, kw)


def graded(
    grader: Grader,
    completions: Sequence[Completion],
    task_id: Sequence[str],
    score: Score,
    kw: dict[str, Any],
) -> list[float | None]:
    texts = [text_of(completion) for completion in completions]
    results = grader.grade(list(zip(task_id, texts, strict=True)))
    # Figures of their own in the trainer's log, and columns in its table of completions.
    if (log := kw.get("log_metric")) and results:
        log("ferrule/compiles", sum(result.compiles for result in results) / len(results))
        log("ferrule/tests_passed", sum(result.share for result in results) / len(results))
    if log := kw.get("log_extra"):
        log("status", [str(result.status) for result in results])
    return [None if result.status == AnswerStatus.INFRASTRUCTURE else score(result) for result in results]


def text_of(completion: Completion) -> str:
    """What the model wrote: the text itself, or the last message of a chat completion."""
    if isinstance(completion, str):
        return completion
    content = completion[-1].get("content") if completion else ""
    if isinstance(content, list):  # parts of a message
        return "".join(part.get("text", "") for part in content)
    return content or ""
