"""A taskset of verifiers v1 (prime-rl, the Environments Hub): one task for each executable task, graded inside its crate.

    vf-validate ferrule-tasks --taskset.folder results/tasks -n 5
    vf-run ferrule-tasks --env.taskset.folder results/tasks -n 5

The package `verifiers` must be installed. An answer that could not be graded is an error and no reward of 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import verifiers.v1 as vf

from ferrule.core.reasons import AnswerStatus
from ferrule.grading.crate_grader import Result
from ferrule.rewards.grader import default_grader
from ferrule.rewards.known_answers import reference_answer, stub_answer

__all__ = ["FerruleTaskset"]


class FerruleConfig(vf.TasksetConfig):
    folder: Path | None = None
    """A folder that `snakemake tasks` wrote; FERRULE_TASKS where it is not given."""
    split: str = "train"
    """train or heldout"""


class FerruleData(vf.TaskData):
    folder: str
    kind: str
    crate: str
    strength: str


class FerruleTask(vf.Task[FerruleData, vf.State, vf.TaskConfig]):
    @property
    def key(self) -> str:
        return self.data.id or ""

    async def _graded(self, text: str) -> Result:
        result = await default_grader(self.data.folder).grade_one(self.data.id or "", text)
        if result.status == AnswerStatus.INFRASTRUCTURE:
            raise RuntimeError(result.reason)
        return result

    @vf.reward(weight=1.0)
    async def tests(self, trace: vf.Trace) -> float:
        """Whether all tests of the task pass; partial credit is recorded beside it, as metrics."""
        result = await self._graded(trace.last_reply or "")
        trace.record_metrics({"compiles": float(result.compiles), "tests_passed": result.share})
        return result.score

    async def validate(self, runtime: vf.Runtime) -> bool:
        """The author's code passes, and the stub does not."""
        task = default_grader(self.data.folder).tasks[self.data.id or ""]
        reference = await self._graded(reference_answer(task))
        stub = await self._graded(stub_answer(task))
        return reference.score == 1 and stub.score == 0


class FerruleTaskset(vf.Taskset[FerruleTask, FerruleConfig]):
    def load(self) -> Iterator[FerruleTask]:
        grader = default_grader(self.config.folder)
        for task in grader.tasks.values():
            if task["split"] == self.config.split:
                yield FerruleTask(
                    FerruleData(
                        id=task["id"],
                        name=f"{task['crate']}/{task['kind']}/{task['entry']}",
                        prompt=task["messages"][0]["content"],
                        folder=str(grader.folder),
                        kind=task["kind"],
                        crate=f"{task['crate']}@{task['version']}",
                        strength=task["strength"],
                    ),
                    self.config.task,
                )
