"""Train an adapter by GRPO: the crates' own tests reward the model's answers to executable tasks.

    python scripts/train/train_grpo.py --model results/models/smollm2-135m --rows results/train/tiny-grpo/train.parquet \\
        --tasks results/tasks --config run.yaml --work results/train/tiny-grpo/checkpoints \\
        --logs results/train/tiny-grpo/logs --adapter results/train/tiny-grpo/adapter \\
        --metrics results/train/tiny-grpo/metrics.json

run.yaml has the settings of the run under the key `run`, and the sections `crates`, `evaluate` and `sandbox`. The rows say which tasks are asked, and
in which order. A killed job resumes from its last checkpoint. `--continue-from` trains an adapter further.
"""

from __future__ import annotations

import argparse
import os

from ferrule.core.command_line import add_config, parser_of
from ferrule.training import process_environment


def main() -> None:
    arguments = parse_arguments()
    process_environment.prepare()
    os.environ["TENSORBOARD_LOGGING_DIR"] = arguments.logs
    from ferrule.rewards.grpo_training import run  # it loads torch, which --help does without

    run(arguments)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--model", required=True, help="the base model's folder")
    parser.add_argument("--continue-from", help="an adapter to train further, or a folder of checkpoints")
    parser.add_argument("--rows", dest="train", required=True, help="the run's rows, Parquet")
    parser.add_argument("--tasks", required=True, help="a folder that `snakemake tasks` wrote")
    parser.add_argument("--work", required=True, help="folder of the checkpoints")
    parser.add_argument("--logs", required=True, help="folder of TensorBoard's files")
    parser.add_argument("--adapter", required=True, help="folder to make")
    parser.add_argument("--metrics", required=True, help="losses, rewards and memory, JSON")
    add_config(parser, "run", "crates", "evaluate", "sandbox")
    return parser.parse_args()


if __name__ == "__main__":
    main()
