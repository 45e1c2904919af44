"""Tasks as rows that others load: TRL, verl and NeMo Gym take prompts, SWE-smith's columns have a patch and tests."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pyarrow as pa

from ferrule.core.files import read_json
from ferrule.core.schemas import TaskRow
from ferrule.exports.harbor import image_of
from ferrule.grading.task_rows import spec_of

MESSAGES = pa.list_(pa.struct({"role": pa.string(), "content": pa.string()}))
FACTS = ("kind", "crate", "version", "license", "strength", "split", "lines", "branches", "context_chars")
_INFO: dict[str, pa.DataType] = {"task_id": pa.string()} | {
    name: pa.int64() if name in ("lines", "branches", "context_chars") else pa.string() for name in FACTS
}

TRL = pa.schema({"prompt": MESSAGES, **_INFO})
VERL = pa.schema(
    {
        "data_source": pa.string(),
        "prompt": MESSAGES,
        "ability": pa.string(),
        "reward_model": pa.struct({"style": pa.string(), "ground_truth": pa.string()}),
        "extra_info": pa.struct(_INFO),
    }
)
SWE_SMITH = pa.schema(
    {
        "instance_id": pa.string(),
        "repo": pa.string(),
        "patch": pa.string(),
        "FAIL_TO_PASS": pa.list_(pa.string()),
        "PASS_TO_PASS": pa.list_(pa.string()),
        "image_name": pa.string(),
        "problem_statement": pa.string(),
        "base_commit": pa.string(),
        "test_patch": pa.string(),
        "version": pa.string(),
        "created_at": pa.string(),
    }
)
HARBOR = pa.schema({"path": pa.string(), "task_binary": pa.binary()})


def facts_of(task: TaskRow) -> dict[str, Any]:
    return {"task_id": task["id"]} | {name: task[name] for name in FACTS}  # type: ignore[literal-required]


def trl_row(task: TaskRow) -> dict[str, Any]:
    """`ferrule.rewards.trl` takes `task_id`."""
    return {"prompt": task["messages"], **facts_of(task)}


def verl_row(task: TaskRow) -> dict[str, Any]:
    """`ferrule.rewards.verl` takes `ground_truth`, which is the task's id."""
    return dict(
        data_source="ferrule",
        prompt=task["messages"],
        ability="code",
        reward_model=dict(style="rule", ground_truth=task["id"]),
        extra_info=facts_of(task),
    )


def nemo_gym_row(task: TaskRow) -> dict[str, Any]:
    """`ferrule.rewards.nemo_gym` takes `verifier_metadata.task_id`."""
    return dict(
        responses_create_params=dict(input=task["messages"]),
        verifier_metadata=facts_of(task),
        agent_ref=dict(type="responses_api_agents", name="ferrule_simple_agent"),
    )


def swe_smith_row(task: TaskRow, crates: Path) -> dict[str, Any]:
    """As there, `patch` makes the task: it takes the author's function out, and its reverse is the solution."""
    return dict(
        instance_id=f"{task['crate']}__{task['version']}.{task['id']}",
        repo=task["repository"],
        patch=patch_of(task, crates),
        FAIL_TO_PASS=task["fail_to_pass"],
        PASS_TO_PASS=task["pass_to_pass"],
        image_name=image_of(task),
        problem_statement=task["messages"][0]["content"],
        base_commit=task["commit"],
        test_patch="",
        version=task["version"],
        created_at=task["published"],
    )


def patch_of(task: TaskRow, crates: Path) -> str:
    """The patch that puts the stub in place of the author's function."""
    crate = crates / spec_of(task)
    package = read_json(crate / "crate.json")["package"]
    path = Path(package) / task["file"]
    before = (crate / "source" / path).read_bytes()
    after = before[: task["start"]] + task["stub"].encode() + before[task["end"] :]
    # By line feeds alone, as git counts lines.
    one, other = (text.decode().split("\n") for text in (before, after))
    lines = list(
        difflib.unified_diff(
            [line + "\n" for line in one[:-1]]
            + ([one[-1] + "\n\\ No newline at end of file\n"] if one[-1] else []),
            [line + "\n" for line in other[:-1]]
            + ([other[-1] + "\n\\ No newline at end of file\n"] if other[-1] else []),
            f"a/{path.as_posix()}",
            f"b/{path.as_posix()}",
        )
    )
    return "".join(lines)
