"""Train an adapter (QLoRA, LoRA) on packed sequences; a killed job resumes from its last checkpoint.

    python scripts/train/train_adapter.py --model results/models/smollm2-135m \\
        --train results/train/tiny/packed/train.parquet --val results/train/tiny/packed/val.parquet \\
        --config run.yaml --work results/train/tiny/checkpoints --logs results/train/tiny/logs \\
        --adapter results/train/tiny/adapter --metrics results/train/tiny/metrics.json

run.yaml has the settings of the run under the key `run`: every key of `run_defaults` in config/config.yaml.
With several GPUs: the same behind `accelerate launch`. `--continue-from` trains an adapter further: that of another run, a checkpoint, or any other one for the same base.
"""

from __future__ import annotations

import argparse

from ferrule.core.command_line import add_config, parser_of
from ferrule.training import process_environment


def main() -> None:
    arguments = parse_arguments()
    process_environment.prepare()
    from ferrule.training.adapter_training import run  # it loads torch, which --help does without

    run(arguments)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--model", required=True, help="the base model's folder")
    parser.add_argument("--continue-from", help="an adapter to train further, or a folder of checkpoints")
    parser.add_argument("--train", required=True, help="packed sequences, Parquet")
    parser.add_argument("--val", required=True, help="packed sequences for the evaluation loss, Parquet")
    parser.add_argument("--work", required=True, help="folder of the checkpoints")
    parser.add_argument("--logs", required=True, help="folder of TensorBoard's files")
    parser.add_argument("--adapter", required=True, help="folder to make")
    parser.add_argument("--metrics", required=True, help="losses, speed and memory, JSON")
    parser.add_argument("--monitored", help="folder to make: the adapters after every --monitor-every steps")
    parser.add_argument(
        "--monitor-every", type=int, default=0, help="steps; the last one is the adapter itself"
    )
    add_config(parser, "run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
