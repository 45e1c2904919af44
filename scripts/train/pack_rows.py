"""Tokenise the rows of a run with its model's chat template, and pack them into sequences.

    python scripts/train/pack_rows.py --rows results/train/tiny/train.parquet \\
        --model results/models/smollm2-135m --config '{"run": {"sequence": {"length": 1024, "packing": true}}}' \\
        --out results/train/tiny/packed/train.parquet --record results/train/tiny/packed/train.json

Rows that are too short or too long in tokens, or that hold a control token of the template, are left out and counted;
none is cut. The order of the rows stays, except within a window of some thousand that are packed together.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pyarrow as pa
import pyarrow.parquet as pq

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import atomic, parquet_file, write_json
from ferrule.training.chat import IGNORED, Chat, ChatError, Tokens
from ferrule.training.models import end_ids, load_tokenizer
from ferrule.training.packing import WINDOW, pack, sequence_of
from ferrule.training.run_tables import PACKED

Named = tuple[str, Tokens]  # a row's _id and its tokens


def main() -> None:
    arguments = parse_arguments()
    sequence, filters = arguments.config["run"]["sequence"], arguments.config["run"].get("filters") or {}
    length, packing = sequence["length"], sequence.get("packing", True)
    try:
        chat = Chat(load_tokenizer(arguments.model), end_ids(arguments.model), name=arguments.model)
    except ChatError as error:
        sys.exit(str(error))
    counts = Counts()
    with (
        atomic(arguments.out) as temporary,
        pq.ParquetWriter(temporary, PACKED, compression="zstd", store_schema=False) as out,
    ):
        least, most = filters.get("min_tokens") or 0, min(filters.get("max_tokens") or length, length)
        kept = samples(rows_of(arguments.rows), chat, least, most, counts)
        # A window at a time: the rows of a broad run are more than memory holds.
        while window := list(islice(kept, WINDOW)):
            lengths = [len(sample.input_ids) for _, sample in window]
            groups = pack(lengths, length) if packing else [[number] for number in range(len(window))]
            rows = [sequence_row([window[number] for number in group]) for group in groups]
            counts.add(lengths, rows)
            out.write_table(pa.Table.from_pylist(rows, schema=PACKED))
        if not counts.samples and not arguments.may_be_empty:
            sys.exit(
                f"{arguments.rows}: none of its {counts.rows} rows is left ({dict(counts.left_out)}): raise"
                f" sequence.length ({length}) or the limits under filters"
            )
    write_json(arguments.record, counts.record(length))


def rows_of(path: str) -> Iterator[dict]:
    with parquet_file(path) as file:
        for batch in file.iter_batches(WINDOW, columns=["_id", "prompt", "gen"]):
            yield from batch.to_pylist()


def samples(rows: Iterable[dict], chat: Chat, least: int, most: int, counts: Counts) -> Iterator[Named]:
    """The rows with `least` to `most` tokens and no token of the template's own in their text."""
    for row in rows:
        counts.rows += 1
        if chat.holds_control(row["prompt"] + row["gen"]):
            counts.left_out["control_token"] += 1
            continue
        sample = chat.sample(row["prompt"], row["gen"])
        size = len(sample.input_ids)
        if least <= size <= most:
            yield row["_id"], sample
        else:
            counts.left_out["too_few_tokens" if size < least else "too_many_tokens"] += 1


def sequence_row(group: list[Named]) -> dict:
    return sequence_of([sample for _, sample in group]) | {"samples": [name for name, _ in group]}


class Counts:
    """What went in, what was left out, and how full the sequences are."""

    def __init__(self):
        self.rows = self.samples = self.sequences = self.tokens = self.answer_tokens = self.longest = 0
        self.left_out: Counter[str] = Counter()

    def add(self, lengths: list[int], rows: list[dict]) -> None:
        self.samples += len(lengths)
        self.sequences += len(rows)
        self.tokens += sum(lengths)
        self.answer_tokens += sum(label != IGNORED for row in rows for label in row["labels"])
        self.longest = max(self.longest, *lengths)

    def record(self, length: int) -> dict:
        return {
            "rows": self.rows,
            "left_out": dict(sorted(self.left_out.items())),
            "samples": self.samples,
            "sequences": self.sequences,
            "length": length,
            "tokens": self.tokens,
            "answer_tokens": self.answer_tokens,
            "filled": round(self.tokens / (self.sequences * length), 4) if self.sequences else None,
            "longest": self.longest,
            "mean": round(self.tokens / self.samples, 1) if self.samples else None,
        }


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--rows", required=True, help="Parquet with _id, prompt and gen")
    parser.add_argument("--model", required=True, help="the base model's folder")
    parser.add_argument("--may-be-empty", action="store_true", help="for the rows of the evaluation loss")
    parser.add_argument("--out", required=True, help="Parquet with a sequence a row")
    parser.add_argument("--record", required=True, help="what was left out, and how full the sequences are")
    add_config(parser, "run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
