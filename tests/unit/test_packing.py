"""How samples are put into sequences: the parts of packing that need no model."""

from __future__ import annotations

import random

import pytest

from ferrule.training.chat import IGNORED, Tokens
from ferrule.training.packing import fill, pack, sequence_of


def lengths_of(rng: random.Random) -> list[int]:
    """Many short samples, few long ones, as in real data; sometimes all of one length."""
    count = rng.randrange(0, 300)
    if rng.random() < 0.2:
        return [rng.randrange(1, 129)] * count
    return [min(128, int(rng.lognormvariate(3, 1)) + 1) for _ in range(count)]


@pytest.mark.parametrize("seed", range(40))
def test_every_sample_is_in_one_sequence_and_none_is_too_long(seed):
    rng = random.Random(seed)
    lengths, window = lengths_of(rng), rng.choice([1, 7, 50, 2000])
    sequences = pack(lengths, 128, window)
    assert sorted(number for sequence in sequences for number in sequence) == list(range(len(lengths)))
    assert all(0 < sum(lengths[n] for n in sequence) <= 128 for sequence in sequences)
    # The windows stay in their order, and no sequence takes samples of two of them.
    windows = [{number // window for number in sequence} for sequence in sequences]
    assert all(len(each) == 1 for each in windows)
    assert [min(each) for each in windows] == sorted(min(each) for each in windows)
    firsts = [sequence[0] for sequence in sequences]
    assert firsts == sorted(firsts) and all(sequence == sorted(sequence) for sequence in sequences)
    assert pack(lengths, 128, window) == sequences


@pytest.mark.parametrize("seed", range(20))
def test_no_two_sequences_of_a_window_fit_into_one(seed):
    """Best fit opens a sequence only for what fits into none that is there."""
    rng = random.Random(seed)
    lengths = lengths_of(rng)
    totals = sorted(sum(lengths[n] for n in sequence) for sequence in pack(lengths, 128))
    assert len(totals) < 2 or totals[0] + totals[1] > 128


def test_real_lengths_leave_little_empty():
    rng = random.Random(0)
    lengths = [min(1024, int(rng.lognormvariate(5.2, 0.8))) for _ in range(2000)]
    sequences = pack(lengths, 1024)
    assert sum(lengths) / (len(sequences) * 1024) > 0.99
    longest_of_batches = sum(8 * max(lengths[at : at + 8]) for at in range(0, 2000, 8))
    assert longest_of_batches > 1.8 * sum(lengths)  # what padding to the longest of eight would compute


def test_what_fits_exactly_and_what_does_not():
    assert pack([4, 4], 8) == [[0, 1]]
    assert pack([8, 8], 8) == [[0], [1]]
    assert pack([5, 3, 4, 4], 8) == [[0, 1], [2, 3]]
    assert pack([], 8) == []
    with pytest.raises(ValueError, match="sample 1 has 9 tokens, a sequence 8"):
        pack([1, 9], 8)


def test_positions_begin_anew_and_no_sample_is_predicted_from_the_one_before():
    row = sequence_of([Tokens([1, 2, 3], [IGNORED, 2, 3]), Tokens([4, 5], [4, 5])])
    assert row == {
        "input_ids": [1, 2, 3, 4, 5],
        "labels": [IGNORED, 2, 3, IGNORED, 5],  # a prompt that is empty: still no label for the first token
        "position_ids": [0, 1, 2, 0, 1],
    }


def test_what_is_empty_is_a_block_of_its_own_without_labels():
    row = fill(sequence_of([Tokens([1, 2], [IGNORED, 2])]), 5, pad=2)
    assert row == {
        "input_ids": [1, 2, 2, 2, 2],
        "labels": [IGNORED, 2, IGNORED, IGNORED, IGNORED],
        "position_ids": [0, 1, 0, 1, 2],
    }
