"""A reward for verl, which asks for one answer at a time: `reward.custom_reward_function.path=.../ferrule/rewards/verl.py`.

The rows are those of results/task_exports/verl: `ground_truth` is the task's id. FERRULE_TASKS names the folder of tasks.
"""

from __future__ import annotations

from typing import Any

from ferrule.core.reasons import AnswerStatus
from ferrule.rewards.grader import default_grader


async def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: dict[str, Any] | None = None,
    **kw: Any,
) -> dict[str, float | str]:
    """`score` is 1 for an answer that passes, else 0; beside it partial credit, for the log."""
    result = await default_grader().grade_one(ground_truth, solution_str)
    return dict(
        score=result.score,
        compiles=float(result.compiles),
        tests_passed=result.share,
        graded=float(result.status != AnswerStatus.INFRASTRUCTURE),
        status=str(result.status),
    )
