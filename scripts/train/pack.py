"""Tokenise the rows of a run with its model's chat template, and pack them into sequences.

    PYTHONPATH=scripts python scripts/train/pack.py --rows results/train/tiny/train.parquet \\
        --model results/models/smollm2-135m --settings '{"sequence": {"length": 1024, "packing": true}}' \\
        --out results/train/tiny/packed/train.parquet --record results/train/tiny/packed/train.json

Rows that are too short or too long in tokens, or that hold a control token of the template, are left out and counted;
none is cut. The order of the rows stays, but for a window of some thousand that are packed together.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from ferrule.tables import read_table, write_json, write_rows
from ferrule.training.chat import Chat, ChatError, Tokens
from ferrule.training.models import end_ids, load_tokenizer
from ferrule.training.packing import pack, sequence_of
from ferrule.training.tables import PACKED


def main() -> None:
    arguments = parse_arguments()
    settings = arguments.settings
    try:
        chat = Chat(load_tokenizer(arguments.model), end_ids(arguments.model), name=arguments.model)
    except ChatError as error:
        sys.exit(str(error))
    rows = read_table(arguments.rows, columns=["_id", "prompt", "gen"]).to_pylist()
    length, filters = settings["sequence"]["length"], settings.get("filters") or {}
    least, most = filters.get("min_tokens") or 0, min(filters.get("max_tokens") or length, length)

    kept: list[tuple[str, Tokens]] = []
    reasons: Counter[str] = Counter()
    for row in rows:
        reason = "control_token" if chat.holds_control(row["prompt"] + row["gen"]) else ""
        sample = chat.sample(row["prompt"], row["gen"])
        size = len(sample.input_ids)
        reason = reason or ("too_few_tokens" if size < least else "too_many_tokens" if size > most else "")
        if reason:
            reasons[reason] += 1
        else:
            kept.append((row["_id"], sample))
    if not kept and not arguments.may_be_empty:
        sys.exit(
            f"{arguments.rows}: none of its {len(rows)} rows is left ({dict(reasons)}): raise sequence.length"
            f" ({length}) or the limits under filters"
        )

    lengths = [len(sample.input_ids) for _, sample in kept]
    packing = settings["sequence"].get("packing", True)
    groups = pack(lengths, length) if packing else [[number] for number in range(len(kept))]
    packed = [
        sequence_of([kept[n][1] for n in group]) | {"samples": [kept[n][0] for n in group]}
        for group in groups
    ]
    write_rows(arguments.out, packed, PACKED)
    tokens = sum(lengths)
    answers = sum(label >= 0 for row in packed for label in row["labels"])
    write_json(
        arguments.record,
        {
            "rows": len(rows),
            "left_out": dict(sorted(reasons.items())),
            "samples": len(kept),
            "sequences": len(packed),
            "length": length,
            "tokens": tokens,
            "answer_tokens": answers,
            "filled": round(tokens / (len(packed) * length), 4) if packed else None,
            "longest": max(lengths, default=0),
            "mean": round(tokens / len(kept), 1) if kept else None,
        },
    )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", required=True, help="Parquet with _id, prompt and gen")
    parser.add_argument("--model", required=True, help="the base model's folder")
    parser.add_argument("--settings", type=json.loads, required=True, help="the run's settings, as JSON")
    parser.add_argument("--may-be-empty", action="store_true", help="for the rows of the evaluation loss")
    parser.add_argument("--out", required=True, help="Parquet with a sequence a row")
    parser.add_argument("--record", required=True, help="what was left out, and how full the sequences are")
    return parser.parse_args()


if __name__ == "__main__":
    main()
