"""Merge a run's adapter into its base model, freshly loaded in 16 bits, and check the merged model by its loss.

    python scripts/train/merge_adapter.py --model results/models/smollm2-135m \\
        --adapter results/train/tiny/adapter --config '{"run": {"merge": {"dtype": "bfloat16"}}}' \\
        --rows results/train/tiny/packed/val.parquet --fallback-rows results/train/tiny/packed/train.parquet \\
        --out results/train/tiny/merged --record results/train/tiny/merge.json

Never into the 4-bit model: after a forward pass its weights may be in a layout for the processor, and merging them
gives a broken model without an error. The loss of three models is measured on the same sequences: base, base with
the adapter, merged, the last one as it was written. If merged and adapter differ by more than `--most`, nothing stays.
"""

from __future__ import annotations

import argparse
import os

from ferrule.core.command_line import add_config, parser_of

os.environ.setdefault("HF_HUB_OFFLINE", "1")


def main() -> None:
    arguments = parse_arguments()
    from ferrule.training.adapter_merging import run  # it loads torch, which --help does without

    run(arguments)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--model", required=True, help="the base model's folder")
    parser.add_argument("--adapter", required=True, help="the adapter's folder, or one of checkpoints")
    parser.add_argument("--rows", required=True, help="packed sequences on which the losses are measured")
    parser.add_argument("--fallback-rows", required=True, help="the same, where those are too few")
    parser.add_argument("--most", type=float, default=0.001, help="largest difference of the losses, in nats")
    parser.add_argument("--out", required=True, help="folder to make")
    parser.add_argument("--record", required=True, help="losses and checksums, JSON")
    add_config(parser, "run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
