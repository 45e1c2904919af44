"""What was dropped: by stage and reason, down to crates and single rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from ferrule.core.reasons import STAGES
from ferrule.core.row_stream import batches
from ferrule.core.schemas import DROPPED

EXAMPLES = 8  # rows that are shown of one reason


@dataclass
class Refusal:
    """One reason of one stage."""

    stage: str
    reason: str
    meaning: str  # one line of Markdown
    count: int = 0
    crates: Counter = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)  # rows of DROPPED, of different crates first


def refusals(path: Path) -> dict[str, list[Refusal]]:
    """The reasons of dropped.parquet by stage, the most frequent first."""
    found: dict[tuple[str, str], Refusal] = {}
    for table in batches(path, schema=DROPPED):
        numbered = table.append_column("row", pa.array(range(table.num_rows), pa.int64()))
        groups = numbered.group_by(["stage", "reason", "crate"], use_threads=False).aggregate(
            [("row", "count"), ("row", "min")]
        )
        firsts = table.take(groups["row_min"]).to_pylist()
        for group, first in zip(groups.to_pylist(), firsts, strict=True):
            key = group["stage"], group["reason"]
            refusal = found.setdefault(key, Refusal(*key, meaning(*key)))
            refusal.count += group["row_count"]
            refusal.crates[group["crate"] or ""] += group["row_count"]
            if len(refusal.examples) < EXAMPLES:
                refusal.examples.append(first)
    by_stage: dict[str, list[Refusal]] = {}
    for refusal in sorted(found.values(), key=lambda each: (-each.count, each.reason)):
        by_stage.setdefault(refusal.stage, []).append(refusal)
    return by_stage


def meaning(stage: str, reason: str) -> str:
    """One line of Markdown about a reason; empty for one that this version does not know."""
    return next(
        (member.meaning for table in STAGES.get(stage, ()) for member in table if member == reason), ""
    )
