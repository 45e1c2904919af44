"""The rows of a run's tables."""

from __future__ import annotations

from typing import Annotated, TypedDict

import pyarrow as pa

from ferrule.core.schemas import Bool, Text, Texts, schema_of

Ids = Annotated[list[int], pa.list_(pa.int32())]


class ChosenRow(TypedDict):
    """A row as it is trained on. The table has the rows in the order of training."""

    prompt: Text
    gen: Text
    _id: Text  # the source's own id, or a hash of prompt and answer
    _source: Text  # the label of the run's source
    _task_type: Text
    _source_file: Text | None
    _documented: Bool  # as the filters see the row
    _idiomatic: Bool


class PackedTokens(TypedDict):
    """One sequence of tokens: one or more samples, concatenated."""

    input_ids: Ids
    labels: Ids  # -100 for tokens that do not count in the loss
    position_ids: Ids  # start at 0 in each sample


class PackedRow(PackedTokens):
    """A packed sequence with the `_id` of its samples."""

    samples: Texts


CHOSEN = schema_of(ChosenRow)
PACKED = schema_of(PackedRow)
