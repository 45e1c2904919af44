"""The side of the split that a row of another pipeline is on: its columns `split` and `_split`."""

from __future__ import annotations

SIDES = {"train": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val"}


def given_side(split: str | None, published: str | None) -> str:
    """train, val, or empty for a row that names no side.

    `split` is our column, `published` is `_split`, the name in published pipelines. Raises ValueError for a side that
    is neither, and for two columns that disagree; the message says what to do.
    """
    found = {
        column: side_of(column, value) for column, value in (("split", split), ("_split", published)) if value
    }
    if len(set(found.values())) > 1:
        raise ValueError(f"split is {split!r} and _split is {published!r}; keep one of the two columns")
    return next(iter(found.values()), "")


def side_of(column: str, value: str) -> str:
    """train or val. Raises ValueError for any other name, such as test: it must be trained on nowhere."""
    try:
        return SIDES[value.lower()]
    except KeyError:
        raise ValueError(
            f"{column} is {value!r}, expected train or val; leave rows of other splits out of the file"
        ) from None
