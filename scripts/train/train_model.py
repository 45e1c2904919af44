"""Train all weights of a model on packed sequences, and write it; a killed job resumes from its last checkpoint.

    python scripts/train/train_model.py --model results/models/smollm2-135m \\
        --train results/train/whole/packed/train.parquet --val results/train/whole/packed/val.parquet \\
        --config run.yaml --work results/train/whole/checkpoints --logs results/train/whole/logs \\
        --out results/train/whole/merged --record results/train/whole/merge.json \\
        --metrics results/train/whole/metrics.json

run.yaml has the settings of the run under the key `run`: every key of `run_defaults` in config/config.yaml, `lora` null.
With several GPUs: the same behind `accelerate launch`. To take the model of another run further, give its folder.
"""

from __future__ import annotations

import argparse

from ferrule.core.command_line import add_config, parser_of
from ferrule.training import process_environment


def main() -> None:
    arguments = parse_arguments()
    process_environment.prepare()
    from ferrule.training.full_training import run  # it loads torch, which --help does without

    run(arguments)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--model", required=True, help="the folder of the model to train")
    parser.add_argument("--train", required=True, help="packed sequences, Parquet")
    parser.add_argument("--val", required=True, help="packed sequences for the evaluation loss, Parquet")
    parser.add_argument("--work", required=True, help="folder of the checkpoints")
    parser.add_argument("--logs", required=True, help="folder of TensorBoard's files")
    parser.add_argument(
        "--most", type=float, default=0.001, help="largest change of the loss by rounding, in nats"
    )
    parser.add_argument("--out", required=True, help="folder of the model to make")
    parser.add_argument("--record", required=True, help="losses and checksums of the model, JSON")
    parser.add_argument("--metrics", required=True, help="losses, speed and memory, JSON")
    add_config(parser, "run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
