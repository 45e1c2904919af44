"""Tokens a second of training: packed sequences against padded ones, on the lengths of a real dataset.

    make bench ARGS="tests/bench/test_packing_speed.py"    # with the training packages, and results/dataset

The same rows, the same model (random, four layers), the same steps; only tokens of samples count, not what is filled.
Padded to the length of a sequence, and, which is kinder to padding, to the longest of a batch of 8. The output layer
is a small one: with all of a vocabulary a processor would need an hour for the same ratio.
"""

import random
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.bench, pytest.mark.train]

ROOT = Path(__file__).parents[2]
LENGTH, ROWS, VOCABULARY = 2048, 160, 4096


def test_packing(capsys):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from ferrule.core.files import read_table
    from ferrule.training.chat import Chat
    from ferrule.training.models import end_ids, load_tokenizer
    from ferrule.training.packing import fill, pack, sequence_of

    folder = ROOT / "results/models/smollm2-135m"
    dataset = ROOT / "results/dataset/train.parquet"
    for path, target in ((folder, "results/models/smollm2-135m.json"), (dataset, "dataset")):
        assert path.exists(), f"first: snakemake --cores 2 {target}"
    chat = Chat(load_tokenizer(folder), end_ids(folder))
    rows = read_table(dataset, columns=["prompt", "gen"]).to_pylist()
    rows = random.Random(0).sample(rows, min(ROWS, len(rows)))
    samples = [chat.sample(row["prompt"], row["gen"]) for row in rows]
    samples = [sample for sample in samples if len(sample.input_ids) <= LENGTH]
    lengths = [len(sample.input_ids) for sample in samples]

    torch.set_num_threads(2)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=8,
        num_key_value_heads=4,
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config)

    def seconds(batches) -> float:
        start = time.process_time()
        for batch in batches:
            inputs = {
                name: torch.tensor([row[name] for row in batch])
                for name in ("input_ids", "position_ids", "labels")
            }
            for name in ("input_ids", "labels"):
                inputs[name] = torch.where(inputs[name] < 0, inputs[name], inputs[name] % VOCABULARY)
            model(**inputs, use_cache=False).loss.backward()
            model.zero_grad()
        return time.process_time() - start

    pad = chat.tokenizer.pad_token_id
    packed = [
        [fill(sequence_of([samples[n] for n in group]), LENGTH, pad)] for group in pack(lengths, LENGTH)
    ]
    full = [[fill(sequence_of([sample]), LENGTH, pad)] for sample in samples]
    longest = []
    for start in range(0, len(samples), 8):
        batch = samples[start : start + 8]
        length = max(len(sample.input_ids) for sample in batch)
        longest.append([fill(sequence_of([sample]), length, pad) for sample in batch])
    seconds(packed[:1])
    rates = {
        name: sum(lengths) / seconds(batches)
        for name, batches in (
            ("packed", packed),
            ("padded to the length", full),
            ("padded to the longest of 8", longest),
        )
    }
    with capsys.disabled():
        print(
            f"\n{len(samples)} samples, {sum(lengths)} tokens, {sum(lengths) / len(samples):.0f} on average"
        )
        print(
            f"{len(packed)} packed sequences of {LENGTH}, {sum(lengths) / (len(packed) * LENGTH):.1%} filled"
        )
        for name, rate in rates.items():
            print(
                f"{name}: {rate:.0f} tokens a CPU second, packed is {rates['packed'] / rate:.1f} times as fast"
            )
