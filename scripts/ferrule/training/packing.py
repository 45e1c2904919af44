"""Samples of different lengths, put together into sequences of one length with little left empty.

No sample is cut, and none sees another: positions begin at 0 with each sample, and no attention mask is given. From
that transformers builds masks of blocks for every attention (sdpa, eager, flash), and what is empty at a sequence's
end is a block of its own that the loss does not see.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from ferrule.training.chat import IGNORED, Tokens

WINDOW = 2000  # samples that are put together at a time: the order of the sources stays, but for this


def pack(lengths: Sequence[int], length: int, window: int = WINDOW) -> list[list[int]]:
    """Numbers of samples that share a sequence: best fit, the longest first, window by window.

    Every length must be at most `length`. The same lengths give the same sequences.
    """
    sequences: list[list[int]] = []
    for start in range(0, len(lengths), window):
        room: list[tuple[int, int]] = []  # (free places, number of the sequence), in that order
        first = len(sequences)
        numbers = sorted(range(start, min(start + window, len(lengths))), key=lambda n: (-lengths[n], n))
        for number in numbers:
            needed = lengths[number]
            if needed > length:
                raise ValueError(f"sample {number} has {needed} tokens, a sequence {length}")
            at = bisect_left(room, (needed, -1))
            if at < len(room):
                free, sequence = room.pop(at)
                sequences[sequence].append(number)
            else:
                free, sequence = length, len(sequences)
                sequences.append([number])
            if free - needed:
                insort(room, (free - needed, sequence))
        # The longest samples come first out of a window; its sequences go by their first sample instead.
        sequences[first:] = sorted((sorted(each) for each in sequences[first:]), key=lambda each: each[0])
    return sequences


def sequence_of(samples: Sequence[Tokens]) -> dict[str, list[int]]:
    """One row of a packed table: input_ids, labels and position_ids of the samples behind each other.

    The first token of a sample has no label: nothing before it may predict it.
    """
    row: dict[str, list[int]] = {"input_ids": [], "labels": [], "position_ids": []}
    for sample in samples:
        row["input_ids"] += sample.input_ids
        row["labels"] += [IGNORED, *sample.labels[1:]]
        row["position_ids"] += range(len(sample.input_ids))
    return row


def fill(row: dict[str, list[int]], length: int, pad: int) -> dict[str, list[int]]:
    """The row with `pad` up to `length`, as a block of its own that has no label."""
    empty = length - len(row["input_ids"])
    return {
        "input_ids": [*row["input_ids"], *[pad] * empty],
        "labels": [*row["labels"], *[IGNORED] * empty],
        "position_ids": [*row["position_ids"], *range(empty)],
    }
