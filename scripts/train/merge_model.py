"""Merge an adapter under `models` into its base, without any training; the losses are measured on problems' references.

    python scripts/train/merge_model.py --model results/models/llama-3.1-8b --adapter results/models/rust-qlora \\
        --problems results/problems/own/problems.jsonl --config '{"run": {"merge": {"dtype": "bfloat16"}}}' \\
        --out results/merged/rust-qlora --record results/merged/rust-qlora.json

Everything else is as in merge_adapter.py, which merges what a run has trained.
"""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from ferrule.core.command_line import add_config, parser_of
from ferrule.evaluation.problems.problem import read_problems
from ferrule.sampling.requests import fenced
from ferrule.training.run_tables import PackedRow

SEQUENCES = 8  # for measuring the losses
LONGEST = 1024  # tokens of a sequence


def main() -> None:
    arguments = parse_arguments()
    rows = rows_of(arguments.problems, arguments.model)
    from ferrule.training.adapter_merging import run  # it loads torch, which --help does without

    run(arguments, rows)


def rows_of(path: str, model: str) -> list[PackedRow]:
    """The first problems as sequences in the model's chat template, each with its reference as the answer."""
    from ferrule.training.chat import Chat, ChatError
    from ferrule.training.models import end_ids, load_tokenizer
    from ferrule.training.packing import sequence_of

    try:
        chat = Chat(load_tokenizer(model), end_ids(model), name=model)
    except ChatError as error:
        sys.exit(str(error))
    rows: list[PackedRow] = []
    for problem in read_problems(path).values():
        sample = chat.sample(fenced(problem.prompt), fenced(problem.prompt + problem.reference))
        if problem.reference and len(sample.input_ids) <= LONGEST and len(rows) < SEQUENCES:
            rows.append({**sequence_of([sample]), "samples": [problem.id]})
    if not rows:
        sys.exit(f"{path}: no problem with a reference of at most {LONGEST} tokens to measure the losses on")
    return rows


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--model", required=True, help="the base model's folder")
    parser.add_argument("--adapter", required=True, help="the adapter's folder, or one of checkpoints")
    parser.add_argument("--problems", required=True, help="problems.jsonl of a set that has references")
    parser.add_argument("--most", type=float, default=0.001, help="largest difference of the losses, in nats")
    parser.add_argument("--out", required=True, help="folder to make")
    parser.add_argument("--record", required=True, help="losses and checksums, JSON")
    add_config(parser, "run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
