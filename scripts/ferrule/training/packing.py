"""Packing samples of different lengths into sequences of one length, with little padding.

No sample is cut, and none attends to another: positions start at 0 in each sample, and there is no attention mask. From
such positions transformers builds block masks for every attention (sdpa, eager, flash). The padding at the end of a
sequence is a block without labels.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from ferrule.training.chat import IGNORED, Tokens
from ferrule.training.run_tables import PackedTokens

WINDOW = 2000  # samples that are packed together; only within such a window does the order of the rows change


def pack(lengths: Sequence[int], length: int, window: int = WINDOW) -> list[list[int]]:
    """For each sequence, the numbers of its samples: best fit, longest first, window by window.

    Every length must be at most `length`. The same lengths give the same sequences.
    """
    sequences: list[list[int]] = []
    for start in range(0, len(lengths), window):
        room: list[tuple[int, int]] = []  # (free tokens, number of the sequence), sorted
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
        # The loop starts with the longest samples; sort the window's sequences by their first sample instead.
        sequences[first:] = sorted((sorted(each) for each in sequences[first:]), key=lambda each: each[0])
    return sequences


def sequence_of(samples: Sequence[Tokens]) -> PackedTokens:
    """The samples as one packed row.

    The first token of a sample has no label: nothing before it may predict it.
    """
    row: PackedTokens = {"input_ids": [], "labels": [], "position_ids": []}
    for sample in samples:
        row["input_ids"] += sample.input_ids
        row["labels"] += [IGNORED, *sample.labels[1:]]
        row["position_ids"] += range(len(sample.input_ids))
    return row


def fill(row: PackedTokens, length: int, pad: int) -> PackedTokens:
    """The row padded with the token `pad` to `length`. The padding is a block without labels: its positions start at 0."""
    empty = length - len(row["input_ids"])
    return {
        "input_ids": [*row["input_ids"], *[pad] * empty],
        "labels": [*row["labels"], *[IGNORED] * empty],
        "position_ids": [*row["position_ids"], *range(empty)],
    }
