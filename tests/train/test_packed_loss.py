"""A sample's loss does not know what it is packed with: for sdpa and eager, in the collator's batches and alone."""

from __future__ import annotations

import pytest
import torch

from ferrule.training.chat import IGNORED, Chat
from ferrule.training.losses import token_losses
from ferrule.training.models import end_ids, load_model, load_tokenizer
from ferrule.training.packing import pack, sequence_of
from ferrule.training.trainer import Collator

pytestmark = pytest.mark.train
LENGTH = 512


@pytest.fixture(scope="module")
def samples(tiny_model, rows):
    chat = Chat(load_tokenizer(tiny_model), end_ids(tiny_model))
    return [chat.sample(row["prompt"], row["gen"]) for row in rows]


@pytest.fixture(scope="module", params=["sdpa", "eager"])
def model(request, tiny_model):
    torch.set_num_threads(1)
    model = load_model(tiny_model, attention=request.param, dtype=torch.float32).eval()
    assert model.config._attn_implementation == request.param
    return model


def losses_of(model, samples) -> list[float]:
    """The mean loss of each sample when they share a sequence."""
    losses, _ = token_losses(model, sequence_of(samples))
    found, start = [], 0
    for sample in samples:
        size = len(sample.input_ids)
        labelled = sum(label != IGNORED for label in sample.labels[1:])
        found.append(losses[max(start - 1, 0) : start + size - 1].sum().item() / labelled)
        start += size
    return found


@pytest.fixture(scope="module")
def alone(model, samples) -> list[float]:
    return [losses_of(model, [sample])[0] for sample in samples]


def test_packed_as_alone(model, samples, alone):
    groups = pack([len(sample.input_ids) for sample in samples], LENGTH)
    assert max(len(group) for group in groups) >= 3 and len(groups) < len(samples) / 2
    for group in groups:
        assert losses_of(model, [samples[n] for n in group]) == pytest.approx(
            [alone[n] for n in group], abs=1e-4
        )


def test_other_neighbours_change_nothing(model, samples):
    first = losses_of(model, [samples[3], samples[40], samples[5]])
    other = losses_of(model, [samples[77], samples[40], samples[6]])
    assert first[1] == pytest.approx(other[1], abs=1e-5)
    assert first[0] != pytest.approx(other[0], abs=1e-2)  # the neighbours are not the same


def test_without_positions_that_begin_anew_it_would(model, samples):
    """The test above can fail: with one count of positions over all, samples do see each other."""
    row = sequence_of([samples[3], samples[40]])
    apart, _ = token_losses(model, row)
    together, _ = token_losses(model, row | {"position_ids": list(range(len(row["input_ids"])))})
    assert (apart - together).abs().max() > 1e-2


@pytest.mark.parametrize("kind", ["packed", "padded", "flat"])
def test_batches_of_the_collator(model, samples, alone, kind):
    """The loss of a batch, filled up with the end-of-text, is that of its samples."""
    groups = [[3, 40], [5], [77, 6, 9]]
    rows = [sequence_of([samples[n] for n in group]) for group in groups]
    collator = Collator(model.config.pad_token_id or 2, LENGTH, packed=kind == "packed", flat=kind == "flat")
    batch = collator(rows)
    longest = max(len(row["input_ids"]) for row in rows)
    shapes = {"packed": (3, LENGTH), "padded": (3, longest), "flat": (1, sum(len(r["labels"]) for r in rows))}
    assert {tuple(tensor.shape) for tensor in batch.values()} == {shapes[kind]}
    with torch.no_grad():
        found = model(**batch, use_cache=False).loss.item()
    numbers = [n for group in groups for n in group]
    counts = [sum(label != IGNORED for label in samples[n].labels) for n in numbers]
    expected = sum(alone[n] * count for n, count in zip(numbers, counts, strict=True)) / sum(counts)
    assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("model", ["sdpa"], indirect=True)
def test_the_trainers_own_loss(tiny_model, samples, settings, alone, model, tmp_path):
    """TRL computes the loss in a way of its own; in its batches samples are apart as well."""
    from datasets import Dataset

    from ferrule.training.trainer import Trainer, Watch, trl_settings

    settings["train"].update(bf16=False)
    rows = [sequence_of([samples[n] for n in group]) for group in ([3, 40], [5, 6])]
    trainer = Trainer(
        model=model,
        args=trl_settings(settings, output=tmp_path, has_eval=True, cuda=False),
        train_dataset=Dataset.from_list(rows),
        eval_dataset=Dataset.from_list(rows),
        data_collator=Collator(2, LENGTH, packed=True, flat=False),
        processing_class=load_tokenizer(tiny_model),
        watch=Watch(keep=1),
    )
    batch = trainer.data_collator(rows)
    with torch.no_grad():
        found = trainer.compute_loss(model.train(), batch).item()
    model.eval()
    counts = {n: sum(label != IGNORED for label in samples[n].labels) for n in (3, 40, 5, 6)}
    expected = sum(alone[n] * count for n, count in counts.items()) / sum(counts.values())
    assert found == pytest.approx(expected, abs=1e-4)
