"""Putting placeholders where private data stood, the same in every text of a row.

A masked row is no longer what its authors wrote: its verdict becomes `unjudged`, and `is_masked` tells it
from the others, for people who compare rows with their sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

TEXTS = ("prompt", "gen", "_before", "_prefix", "_suffix", "_diagnostic")
PERSONAL = {
    "email": "<EMAIL>",
    "ip_address": "<IP_ADDRESS>",
    "phone_number": "<PHONE>",
    "home_folder": "/home/<NAME>",
}
SECRET = "<SECRET>"
PLACEHOLDERS = (*PERSONAL.values(), SECRET)


def mask(row: dict, found: Iterable[tuple[str, str]]) -> dict:
    """The row with a placeholder for every (text, kind) of `found`, wherever one of its texts holds it."""
    holders = {text: PERSONAL.get(kind, SECRET) for text, kind in found}
    # The longest first: a token may stand in an address that is private as well.
    pattern = re.compile("|".join(map(re.escape, sorted(holders, key=lambda text: (-len(text), text)))))

    def put(text: str | None) -> str | None:
        return pattern.sub(lambda match: holders[match[0]], text) if text else text

    masked = row | {name: put(row[name]) for name in TEXTS} | {"_verdict": "unjudged", "messages": None}
    for place in (
        "_error_start",
        "_error_end",
    ):  # they count bytes of a text that has become shorter or longer
        original = row["_before"]
        if original and row[place] is not None:
            before = original.encode()[: row[place]].decode(errors="ignore")
            masked[place] = len((put(before) or "").encode())
    return masked


def is_masked(row: dict) -> bool:
    return row["_verdict"] == "unjudged" and any(
        holder in (row.get(name) or "") for name in TEXTS for holder in PLACEHOLDERS
    )
