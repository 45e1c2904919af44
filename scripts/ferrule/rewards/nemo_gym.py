"""A resources server of NeMo Gym that grades answers inside their crates, and the rows that it takes.

    FERRULE_TASKS=results/tasks ng_run "+config_paths=[results/task_exports/nemo_gym/ferrule.yaml, ...]"

The package `nemo-gym` must be installed. FERRULE_TASKS names the folder of tasks.
"""

from __future__ import annotations

from typing import Any

from nemo_gym.base_resources_server import (
    BaseResourcesServerConfig,
    BaseVerifyRequest,
    BaseVerifyResponse,
    SimpleResourcesServer,
)

from ferrule.core.reasons import AnswerStatus
from ferrule.rewards.grader import default_grader


class FerruleVerifyRequest(BaseVerifyRequest):
    verifier_metadata: dict[str, Any]


class FerruleVerifyResponse(BaseVerifyResponse):
    status: str
    reason: str
    compiles: bool
    tests_passed: float
    graded: bool  # False: the machine or the crate is at fault, and the reward of 0 says nothing


class FerruleServer(SimpleResourcesServer):
    config: BaseResourcesServerConfig

    async def verify(self, body: FerruleVerifyRequest) -> FerruleVerifyResponse:
        task_id = str(body.verifier_metadata.get("task_id", ""))
        result = await default_grader().grade_one(task_id, body.response.output_text or "")
        return FerruleVerifyResponse(
            **body.model_dump(exclude={"verifier_metadata"}),
            reward=result.score,
            status=str(result.status),
            reason=result.reason,
            compiles=result.compiles,
            tests_passed=result.share,
            graded=result.status != AnswerStatus.INFRASTRUCTURE,
        )


if __name__ == "__main__":
    FerruleServer.run_webserver()
