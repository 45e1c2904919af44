"""The tables of a run."""

from __future__ import annotations

import pyarrow as pa

IDS = pa.list_(pa.int32())

# One sequence of tokens, one or more samples behind each other.
PACKED = pa.schema(
    [
        ("input_ids", IDS),
        ("labels", IDS),  # -100 where the loss does not look
        ("position_ids", IDS),  # from 0 on in each sample
        ("samples", pa.list_(pa.string())),  # their _id
    ]
)
